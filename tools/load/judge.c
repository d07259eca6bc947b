/* SPDX-License-Identifier: Apache-2.0 */
/* See judge.h. A run that cannot fail says nothing: what was expected and did not happen is a failure, too.
 */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>

struct findings {
    json_t *list;
    bool failed; /* without memory */
};

__attribute__((format(printf, 2, 3))) static void find(struct findings *findings, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (json_array_append_new(findings->list, json_string(text)) != 0)
        findings->failed = true;
}

/* One finding for each reason but the one that is wanted; how many had that one. */
static uint64_t find_refusals(struct findings *findings, const struct bednet_swarm *swarm,
                              const uint64_t counts[256], const char *what)
{
    uint64_t wanted = 0;
    for (unsigned i = 0; i < 256; i++) {
        const char *words = bednet_mqtt_reason(swarm->order->version, i);
        if ((int)i == swarm->order->expected_refusal)
            wanted += counts[i];
        else if (counts[i] > 0)
            find(findings, "%llu %s refused by code %u (%s)", (unsigned long long)counts[i], what, i,
                 words != NULL ? words : "unknown");
    }
    return wanted;
}

static void find_causes(struct findings *findings, const uint64_t counts[BEDNET_CAUSES], const char *what)
{
    for (unsigned i = 0; i < BEDNET_CAUSES; i++)
        if (counts[i] > 0)
            find(findings, "%llu %s: %s", (unsigned long long)counts[i], what,
                 bednet_cause_name((enum bednet_cause)i));
}

static void judge_logins(struct findings *findings, const struct bednet_swarm *swarm)
{
    const struct bednet_tally *tally = &swarm->tally;
    uint64_t wanted = 0;
    /* Who is refused in a storm tries again, and only who is not back at its end is a failure. */
    if (!swarm->expects_drops) {
        wanted += find_refusals(findings, swarm, tally->logins_refused, "logins");
        find_causes(findings, tally->logins_failed, "logins failed");
    }
    find_causes(findings, tally->drops, "connections ended by the broker");
    wanted += find_refusals(findings, swarm, tally->filters_refused, "subscriptions");
    wanted += find_refusals(findings, swarm, tally->messages_refused, "messages");
    if (swarm->order->expected_refusal >= 0 && wanted == 0)
        find(findings, "nothing was refused by code %d, which was expected", swarm->order->expected_refusal);
}

static void judge_messages(struct findings *findings, const struct bednet_swarm *swarm)
{
    const struct bednet_tally *tally = &swarm->tally;
    const struct bednet_order *order = swarm->order;
    double wanted = (double)(tally->total.delivered + tally->lost);
    double tolerated = order->is_share ? order->tolerated_loss * wanted : order->tolerated_loss;
    if ((double)tally->lost > tolerated)
        find(findings, "%llu messages lost", (unsigned long long)tally->lost);
    if (tally->copies > 0 && order->qos != 1)
        find(findings, "%llu messages came more than once at QoS %u", (unsigned long long)tally->copies,
             order->qos);
    if (tally->messages_unexpected > 0)
        find(findings, "%llu messages or answers that nobody should have got",
             (unsigned long long)tally->messages_unexpected);
    if (swarm->measured_ns != 0 && tally->total.sent == 0)
        find(findings, "nothing was sent");
}

static void judge_run(struct findings *findings, const struct bednet_swarm *swarm)
{
    const struct bednet_tally *tally = &swarm->tally;
    bool is_storm = swarm->expects_drops;
    if (swarm->is_stalled)
        find(findings, "stalled: nothing was heard for as long as --timeout");
    if (swarm->gave_up)
        find(findings, "given up: the broker cannot be reached");
    if (is_storm && tally->lost > 0)
        find(findings, "%llu clients were not back in time", (unsigned long long)tally->lost);
    if (is_storm && tally->lost == 0 && !swarm->is_interrupted &&
        tally->durations[BEDNET_DURATION_RECOVERY]->count < (uint64_t)swarm->order->rounds * swarm->count)
        find(findings, "not all connections ended in time");
    if (!swarm->play->gathers && tally->total.logins == 0 && swarm->order->expected_refusal < 0)
        find(findings, "nobody was let in");
    if (swarm->order->broker_pid != 0 && !swarm->has_gauge)
        find(findings, "process %ld is not there, or may not be looked at", (long)swarm->order->broker_pid);
}

json_t *bednet_judge(const struct bednet_swarm *swarm)
{
    struct findings findings = {.list = json_array()};
    judge_logins(&findings, swarm);
    if (swarm->play->has_messages)
        judge_messages(&findings, swarm);
    judge_run(&findings, swarm);
    if (json_array_size(findings.list) > 0 && swarm->tally.example[0] != '\0')
        find(&findings, "the first: %s", swarm->tally.example);
    if (!findings.failed)
        return findings.list;
    json_decref(findings.list);
    return NULL;
}
