/* SPDX-License-Identifier: Apache-2.0 */
/* From counters to one document; what it leaves out is not there to be said. */
#include "outcome.h"
#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A number of JSON has the digits that mean something, not those of a double. */
static json_t *rounded(double value, double step)
{
    return json_real(round(value / step) * step);
}

static json_t *microseconds(int64_t ns)
{
    return json_real((double)((ns + 50) / 100) / 10);
}

static json_t *make_duration(const struct bednet_histogram *histogram)
{
    static const struct {
        const char *name;
        double share;
    } quantiles[] = {{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}, {"p999_us", 0.999}};
    json_t *duration = json_object();
    json_object_set_new(duration, "count", json_integer((json_int_t)histogram->count));
    json_object_set_new(duration, "mean_us", rounded(bednet_histogram_mean(histogram) / 1000, 0.1));
    json_object_set_new(duration, "min_us", microseconds(histogram->least));
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        json_object_set_new(duration, quantiles[i].name,
                            microseconds(bednet_histogram_quantile(histogram, quantiles[i].share)));
    json_object_set_new(duration, "max_us", microseconds(histogram->most));
    return duration;
}

static json_t *make_durations(const struct bednet_tally *tally)
{
    json_t *durations = json_object();
    for (unsigned i = 0; i < BEDNET_DURATIONS; i++)
        if (tally->durations[i]->count > 0)
            json_object_set_new(durations, bednet_duration_name((enum bednet_duration)i),
                                make_duration(tally->durations[i]));
    return durations;
}

static json_t *make_causes(const uint64_t counts[BEDNET_CAUSES])
{
    json_t *causes = json_object();
    for (unsigned i = 0; i < BEDNET_CAUSES; i++)
        if (counts[i] > 0)
            json_object_set_new(causes, bednet_cause_name((enum bednet_cause)i),
                                json_integer((json_int_t)counts[i]));
    return causes;
}

static json_t *make_reasons(const uint64_t counts[256])
{
    json_t *reasons = json_object();
    char code[8];
    for (unsigned i = 0; i < 256; i++)
        if (counts[i] > 0) {
            snprintf(code, sizeof code, "%u", i);
            json_object_set_new(reasons, code, json_integer((json_int_t)counts[i]));
        }
    return reasons;
}

static void put_count(json_t *object, const char *name, uint64_t count)
{
    json_object_set_new(object, name, json_integer((json_int_t)count));
}

static double seconds_measured(const struct bednet_swarm *swarm)
{
    return swarm->measured_ns != 0 ? (double)(swarm->ended_ns - swarm->measured_ns) / 1e9 : 0;
}

static json_t *make_logins(const struct bednet_swarm *swarm)
{
    const struct bednet_tally *tally = &swarm->tally;
    double seconds = seconds_measured(swarm);
    json_t *logins = json_object();
    put_count(logins, "begun", tally->logins_begun);
    put_count(logins, "accepted", tally->total.logins);
    json_object_set_new(logins, "refused", make_reasons(tally->logins_refused));
    json_object_set_new(logins, "failed", make_causes(tally->logins_failed));
    if (!swarm->play->gathers && seconds > 0)
        json_object_set_new(
            logins, "per_second",
            rounded((double)(swarm->at_end.logins - swarm->at_measure.logins) / seconds, 0.1));
    put_count(logins, "most_in_a_second", tally->most_logins_a_second);
    if (!swarm->play->gathers && swarm->order->has_rate)
        put_count(logins, "behind", tally->unsent);
    return logins;
}

static json_t *make_sessions(const struct bednet_tally *tally)
{
    json_t *sessions = json_object();
    json_object_set_new(sessions, "dropped", make_causes(tally->drops));
    json_object_set_new(sessions, "dropped_by_reason", make_reasons(tally->drops_by_reason));
    json_object_set_new(sessions, "subscriptions_refused", make_reasons(tally->filters_refused));
    return sessions;
}

/* Who fell and came back, over all rounds, and who did not. */
static json_t *make_storm(const struct bednet_swarm *swarm)
{
    json_t *storm = json_object();
    put_count(storm, "back", swarm->tally.durations[BEDNET_DURATION_RECOVERY]->count);
    put_count(storm, "away", swarm->tally.lost);
    return storm;
}

static json_t *make_messages(const struct bednet_swarm *swarm)
{
    const struct bednet_tally *tally = &swarm->tally;
    double seconds = seconds_measured(swarm);
    json_t *messages = json_object();
    put_count(messages, "sent", tally->total.sent);
    put_count(messages, "answered", tally->total.answered);
    put_count(messages, "delivered", tally->total.delivered);
    put_count(messages, "lost", tally->lost);
    put_count(messages, "duplicates", tally->copies);
    put_count(messages, "out_of_order", tally->belated);
    json_object_set_new(messages, "refused", make_reasons(tally->messages_refused));
    put_count(messages, "unexpected", tally->messages_unexpected);
    put_count(messages, "foreign", tally->messages_foreign);
    put_count(messages, "behind", tally->unsent);
    if (seconds > 0) {
        json_object_set_new(messages, "sent_per_second",
                            rounded((double)(swarm->at_end.sent - swarm->at_measure.sent) / seconds, 0.1));
        json_object_set_new(
            messages, "delivered_per_second",
            rounded((double)(swarm->at_end.delivered - swarm->at_measure.delivered) / seconds, 0.1));
    }
    return messages;
}

/* CPU for each of `count`, where there were any. */
static void put_share(json_t *object, const char *name, int64_t cpu_ns, uint64_t count)
{
    if (count > 0)
        json_object_set_new(object, name, rounded((double)cpu_ns / 1000 / (double)count, 0.01));
}

static json_t *make_broker(const struct bednet_swarm *swarm)
{
    const struct bednet_gauge *before = &swarm->gauges[BEDNET_MOMENT_BEFORE],
                              *start = &swarm->gauges[BEDNET_MOMENT_MEASURE],
                              *end = &swarm->gauges[BEDNET_MOMENT_SETTLED];
    const struct bednet_counts *total = &swarm->tally.total;
    int64_t cpu_ns = end->cpu_ns - start->cpu_ns;
    double seconds = seconds_measured(swarm);
    json_t *broker = json_object();
    put_count(broker, "pid", (uint64_t)swarm->order->broker_pid);
    json_object_set_new(broker, "cpu_seconds", rounded((double)cpu_ns / 1e9, 0.0001));
    if (seconds > 0)
        json_object_set_new(broker, "cpu_percent", rounded((double)cpu_ns / 1e7 / seconds, 0.1));
    put_share(broker, "cpu_us_per_message", cpu_ns, total->sent - swarm->at_measure.sent);
    put_share(broker, "cpu_us_per_delivery", cpu_ns, total->delivered - swarm->at_measure.delivered);
    put_share(broker, "cpu_us_per_login", cpu_ns, total->logins - swarm->at_measure.logins);
    put_share(broker, "cpu_us_per_ping", swarm->play->has_messages ? 0 : cpu_ns,
              swarm->play->has_messages ? 0 : total->pings - swarm->at_measure.pings);
    json_object_set_new(broker, "rss_bytes_before", json_integer(before->rss_bytes));
    json_object_set_new(broker, "rss_bytes_start", json_integer(start->rss_bytes));
    json_object_set_new(broker, "rss_bytes_end", json_integer(end->rss_bytes));
    json_object_set_new(broker, "rss_bytes_peak", json_integer(end->peak_bytes));
    json_object_set_new(broker, "own_bytes_start", json_integer(start->own_bytes));
    if (swarm->play->gathers)
        json_object_set_new(
            broker, "rss_bytes_per_client",
            rounded((double)(start->rss_bytes - before->rss_bytes) / (double)swarm->count, 1));
    return broker;
}

static json_t *make_generator(const struct bednet_swarm *swarm)
{
    int64_t cpu_ns = swarm->own[BEDNET_MOMENT_SETTLED].cpu_ns - swarm->own[BEDNET_MOMENT_MEASURE].cpu_ns;
    double seconds = seconds_measured(swarm);
    json_t *generator = json_object();
    json_object_set_new(generator, "cpu_seconds", rounded((double)cpu_ns / 1e9, 0.0001));
    if (seconds > 0)
        json_object_set_new(generator, "cpu_percent", rounded((double)cpu_ns / 1e7 / seconds, 0.1));
    json_object_set_new(generator, "rss_bytes_peak",
                        json_integer(swarm->own[BEDNET_MOMENT_SETTLED].peak_bytes));
    return generator;
}

/* What was asked for, as far as figures depend on it. Nothing that is secret. */
static json_t *make_order(const struct bednet_order *order, bool has_messages)
{
    json_t *asked = json_object();
    json_object_set_new(asked, "host", json_string(order->host));
    json_object_set_new(asked, "protocol", json_string(order->version == BEDNET_MQTT_5 ? "5" : "3.1.1"));
    json_object_set_new(asked, "tls", json_boolean(order->tls));
    json_object_set_new(asked, "credentials",
                        json_string(order->certificates != NULL    ? "certificate"
                                    : order->wish.key_path != NULL ? "minted token"
                                    : order->tokens != NULL        ? "token"
                                    : order->password != NULL      ? "password"
                                                                   : "none"));
    put_count(asked, has_messages ? "publishers" : "clients", order->clients);
    put_count(asked, "in_flight", order->in_flight);
    if (has_messages) {
        put_count(asked, "subscribers", order->subscribers);
        put_count(asked, "qos", order->qos);
        put_count(asked, "payload_bytes", order->payload_bytes);
        put_count(asked, "topics", order->topics);
        json_object_set_new(asked, "topic", json_string(order->topic));
        put_count(asked, "window", order->window);
    }
    if (order->has_rate)
        json_object_set_new(asked, "rate", json_real(order->rate));
    put_count(asked, "seed", order->seed);
    return asked;
}

/* What the figures are not about, although it shows in them. */
static json_t *make_notes(const struct bednet_swarm *swarm)
{
    json_t *notes = json_array();
    int64_t busy_ns = swarm->own[BEDNET_MOMENT_SETTLED].cpu_ns - swarm->own[BEDNET_MOMENT_MEASURE].cpu_ns;
    if (swarm->measured_ns != 0 && (double)busy_ns > 0.9e9 * seconds_measured(swarm))
        json_array_append_new(notes,
                              json_string("bednet-load itself was busy all the time: this is what it can do, "
                                          "and the broker may be able to do more"));
    if (swarm->tally.unsent > 0)
        json_array_append_new(notes, json_string("the rate was not reached: see `behind`"));
    return notes;
}

/* json_object_set_new takes NULL for a failure, so one that failed shows in what is missing. */
json_t *bednet_outcome_make(const struct bednet_swarm *swarm)
{
    json_t *outcome = json_object();
    json_t *failures = bednet_judge(swarm);
    bool good =
        json_object_set_new(outcome, "load", json_string(swarm->play->word)) == 0 &&
        json_object_set_new(outcome, "asked", make_order(swarm->order, swarm->play->has_messages)) == 0 &&
        json_object_set_new(outcome, "seconds", rounded(seconds_measured(swarm), 0.001)) == 0 &&
        json_object_set_new(outcome, "logins", make_logins(swarm)) == 0 &&
        json_object_set_new(outcome, "sessions", make_sessions(&swarm->tally)) == 0 &&
        (!swarm->play->has_messages || json_object_set_new(outcome, "messages", make_messages(swarm)) == 0) &&
        (!swarm->expects_drops || json_object_set_new(outcome, "storm", make_storm(swarm)) == 0) &&
        json_object_set_new(outcome, "durations", make_durations(&swarm->tally)) == 0 &&
        (!swarm->has_gauge || swarm->measured_ns == 0 ||
         json_object_set_new(outcome, "broker", make_broker(swarm)) == 0) &&
        json_object_set_new(outcome, "generator", make_generator(swarm)) == 0 &&
        json_object_set_new(outcome, "interrupted", json_boolean(swarm->is_interrupted)) == 0 &&
        json_object_set_new(outcome, "notes", make_notes(swarm)) == 0;
    if (json_object_set_new(outcome, "failures", failures) == 0 && good)
        return outcome;
    json_decref(outcome);
    return NULL;
}

bool bednet_outcome_is_good(const json_t *outcome)
{
    return json_array_size(json_object_get(outcome, "failures")) == 0;
}
