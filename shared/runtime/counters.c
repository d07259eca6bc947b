/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of the process and the page that shows them. Each number is one relaxed atomic: a scrape may
 * see a decision before its reason or the other way round, but never half a number, and nobody waits.
 */
#include "runtime/counters.h"
#include "runtime/clock.h"

#include <stdatomic.h>

/* Who can deny: the plugins, and after them the runtime's own gate. */
#define GATE    BEDNET_PLUGINS
#define AUTHORS (BEDNET_PLUGINS + 1)

/* The bounds of mosquitto_certificate_remaining_seconds: 1, 7, 14, 30, 60, 90, 180, 365 and 730 days. */
static const uint64_t remaining_bounds[] = {86400,   604800,   1209600,  2592000, 5184000,
                                            7776000, 15552000, 31536000, 63072000};
#define REMAINING_BOUNDS (sizeof remaining_bounds / sizeof *remaining_bounds)

static struct {
    atomic_uint_fast64_t certificates[REMAINING_BOUNDS + 1];
    atomic_uint_fast64_t certificate_seconds; /* all of them together */
    atomic_uint_fast64_t counters[BEDNET_COUNTERS];
    atomic_int_fast64_t gauges[BEDNET_GAUGES];
    atomic_uint_fast64_t decisions[BEDNET_PLUGINS][BEDNET_VERDICTS][BEDNET_ACTIONS];
    atomic_uint_fast64_t denials[AUTHORS][BEDNET_ACTIONS][BEDNET_REASONS];
    atomic_uint_fast64_t observed[BEDNET_PLUGINS];
    atomic_uint_fast64_t reloads[2];  /* failed, succeeded */
    atomic_uint_fast64_t load_ms;     /* of the last attempt */
    atomic_uint_fast64_t renewals[2]; /* denied, allowed */
    atomic_uint_fast64_t ended[BEDNET_ENDS];
    atomic_bool loaded[BEDNET_PLUGINS];
} all;

/* What each author decides and why it may deny: the product closes the sets of labels. */
static const struct {
    unsigned actions;
    unsigned scope;
} authors[AUTHORS] = {
    [BEDNET_PLUGIN_CERT] = {1u << BEDNET_ACTION_LOGIN, BEDNET_SCOPE_CERT},
    [BEDNET_PLUGIN_JWT] = {1u << BEDNET_ACTION_LOGIN, BEDNET_SCOPE_JWT},
    [BEDNET_PLUGIN_ACL] = {1u << BEDNET_ACTION_PUBLISH | 1u << BEDNET_ACTION_SUBSCRIBE |
                               1u << BEDNET_ACTION_RECEIVE | 1u << BEDNET_ACTION_UNSUBSCRIBE,
                           BEDNET_SCOPE_ACL},
    [BEDNET_PLUGIN_TOPIC] = {1u << BEDNET_ACTION_PUBLISH | 1u << BEDNET_ACTION_SUBSCRIBE, BEDNET_SCOPE_TOPIC},
    [BEDNET_PLUGIN_LIMIT] = {1u << BEDNET_ACTION_PUBLISH, BEDNET_SCOPE_LIMIT},
    [GATE] = {(1u << BEDNET_ACTIONS) - 1, BEDNET_SCOPE_GATE},
};

/* One family of decisions or denials: who is counted in it and how its two labels are called. */
struct family {
    const char *name;
    const char *help;
    unsigned authors;
    const char *subject; /* label of the action, or of the plugin where by_plugin is set */
    bool by_plugin;
    const char *results[BEDNET_VERDICTS]; /* values of `result`; NULL where it is none of this family */
    const char *detail;                   /* label of the reason, in families of denials */
};

static const struct family decision_families[] = {
    {.name = "mosquitto_auth_requests_total",
     .help = "Logins that an authenticating plugin was asked about, by what it said.",
     .authors = 1u << BEDNET_PLUGIN_CERT | 1u << BEDNET_PLUGIN_JWT,
     .subject = "method",
     .by_plugin = true,
     .results = {[BEDNET_GRANT] = "allow", [BEDNET_DENY] = "deny", [BEDNET_DEFER] = "defer"}},
    {.name = "mosquitto_acl_checks_total",
     .help = "Actions that the access rules were asked about, by what they said.",
     .authors = 1u << BEDNET_PLUGIN_ACL,
     .subject = "action",
     .results = {[BEDNET_GRANT] = "allow", [BEDNET_DENY] = "deny"}},
    {.name = "mosquitto_ratelimit_decisions_total",
     .help = "Messages that a limiter was asked about, by what it said.",
     .authors = 1u << BEDNET_PLUGIN_LIMIT,
     .subject = "limiter",
     .results = {[BEDNET_DENY] = "drop", [BEDNET_DEFER] = "pass"}},
};

static const struct family denial_families[] = {
    {.name = "mosquitto_auth_denials_total",
     .help = "Logins that an authenticating plugin denied, by reason.",
     .authors = 1u << BEDNET_PLUGIN_CERT | 1u << BEDNET_PLUGIN_JWT,
     .subject = "method",
     .by_plugin = true,
     .detail = "reason"},
    {.name = "mosquitto_acl_denials_total",
     .help = "Actions that the access rules denied, by reason.",
     .authors = 1u << BEDNET_PLUGIN_ACL,
     .subject = "action",
     .detail = "reason"},
    {.name = "mosquitto_topic_denials_total",
     .help = "Actions that the rules for topic names and filters denied, by rule.",
     .authors = 1u << BEDNET_PLUGIN_TOPIC,
     .subject = "action",
     .detail = "rule"},
    {.name = "mosquitto_ratelimit_drops_total",
     .help = "Messages that a limiter dropped, by reason.",
     .authors = 1u << BEDNET_PLUGIN_LIMIT,
     .subject = "limiter",
     .detail = "reason"},
    {.name = "mosquitto_gate_denials_total",
     .help = "Actions that the chain itself denied because its plugins could not judge them, by reason.",
     .authors = 1u << GATE,
     .subject = "action",
     .detail = "reason"},
};

static void add(atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Unsubscribing is never denied by a rule, only a filter has wildcards or a share name, and only a session
 * without a connection is unknown. */
static bool may_deny(unsigned author, unsigned action, enum bednet_reason reason)
{
    if ((authors[author].actions >> action & 1) == 0)
        return false;
    if (author == BEDNET_PLUGIN_ACL && action == BEDNET_ACTION_UNSUBSCRIBE)
        return false;
    if (reason == BEDNET_REASON_UNKNOWN_SESSION && action != BEDNET_ACTION_RECEIVE)
        return false;
    if (action == BEDNET_ACTION_PUBLISH &&
        (reason == BEDNET_REASON_MULTI_LEVEL || reason == BEDNET_REASON_SINGLE_LEVEL ||
         reason == BEDNET_REASON_SHARED || reason == BEDNET_REASON_SUBSCRIPTIONS))
        return false;
    return (bednet_reason_scopes(reason) & authors[author].scope) != 0;
}

static bool may_answer(unsigned author, unsigned action, enum bednet_verdict verdict)
{
    if ((authors[author].actions >> action & 1) == 0)
        return false;
    return verdict != BEDNET_DENY || may_deny(author, action, BEDNET_REASON_INTERNAL);
}

static __attribute__((cold)) void count_denial(unsigned author, enum bednet_action action,
                                               enum bednet_reason reason)
{
    if ((unsigned)reason >= BEDNET_REASONS || !may_deny(author, action, reason))
        reason = BEDNET_REASON_INTERNAL;
    add(&all.denials[author][action][reason]);
}

void bednet_count(enum bednet_counter counter)
{
    if ((unsigned)counter < BEDNET_COUNTERS)
        add(&all.counters[counter]);
}

void bednet_gauge_add(enum bednet_gauge gauge, int64_t delta)
{
    if ((unsigned)gauge < BEDNET_GAUGES)
        atomic_fetch_add_explicit(&all.gauges[gauge], delta, memory_order_relaxed);
}

void bednet_gauge_set(enum bednet_gauge gauge, int64_t value)
{
    if ((unsigned)gauge < BEDNET_GAUGES)
        atomic_store_explicit(&all.gauges[gauge], value, memory_order_relaxed);
}

int64_t bednet_gauge_get(enum bednet_gauge gauge)
{
    if ((unsigned)gauge >= BEDNET_GAUGES)
        return 0;
    return atomic_load_explicit(&all.gauges[gauge], memory_order_relaxed);
}

void bednet_count_decision(enum bednet_plugin plugin, enum bednet_action action,
                           const struct bednet_decision *decision)
{
    if ((unsigned)plugin >= BEDNET_PLUGINS || (unsigned)action >= BEDNET_ACTIONS)
        return;
    /* What is no verdict is enforced as a denial, so it is counted as one. */
    enum bednet_verdict verdict =
        (unsigned)decision->verdict < BEDNET_VERDICTS ? decision->verdict : BEDNET_DENY;
    add(&all.decisions[plugin][verdict][action]);
    if (verdict == BEDNET_DENY)
        count_denial(plugin, action, decision->reason);
}

bednet_tally *bednet_tally_of(enum bednet_plugin plugin, enum bednet_verdict verdict)
{
    return all.decisions[plugin][verdict];
}

void bednet_count_gate_denial(enum bednet_action action, enum bednet_reason reason)
{
    if ((unsigned)action < BEDNET_ACTIONS)
        count_denial(GATE, action, reason);
}

void bednet_count_observed(enum bednet_plugin plugin)
{
    if ((unsigned)plugin < BEDNET_PLUGINS)
        add(&all.observed[plugin]);
}

void bednet_count_reload(bool success)
{
    add(&all.reloads[success]);
    if (success)
        bednet_gauge_set(BEDNET_GAUGE_RELOAD_SUCCESS_TIME, bednet_clock_wall_s());
    bednet_gauge_set(BEDNET_GAUGE_RELOAD_SUCCESSFUL, success);
}

void bednet_count_load_time(uint64_t milliseconds)
{
    atomic_store_explicit(&all.load_ms, milliseconds, memory_order_relaxed);
}

void bednet_count_session_ended(enum bednet_end why)
{
    if ((unsigned)why < BEDNET_ENDS)
        add(&all.ended[why]);
}

void bednet_count_certificate(int64_t seconds_left)
{
    size_t bucket = 0;
    if (seconds_left < 0)
        seconds_left = 0;
    while (bucket < REMAINING_BOUNDS && (uint64_t)seconds_left > remaining_bounds[bucket])
        bucket++;
    add(&all.certificates[bucket]);
    atomic_fetch_add_explicit(&all.certificate_seconds, (uint64_t)seconds_left, memory_order_relaxed);
}

void bednet_count_renewal(bool granted)
{
    add(&all.renewals[granted]);
}

void bednet_count_plugin_loaded(enum bednet_plugin plugin)
{
    if ((unsigned)plugin < BEDNET_PLUGINS)
        atomic_store_explicit(&all.loaded[plugin], true, memory_order_relaxed);
}

static void render_sample(struct bednet_exposition *page, const struct family *family, unsigned author,
                          unsigned action, const char *label, const char *text, uint64_t value)
{
    const char *subject = family->by_plugin ? bednet_plugin_name((enum bednet_plugin)author)
                                            : bednet_action_name((enum bednet_action)action);
    const struct bednet_label labels[] = {{family->subject, subject}, {label, text}};
    bednet_exposition_sample(page, family->name, labels, 2, value);
}

static void render_answers(struct bednet_exposition *page, const struct family *family, unsigned author,
                           unsigned action)
{
    for (unsigned verdict = 0; verdict < BEDNET_VERDICTS; verdict++) {
        if (family->results[verdict] != NULL && may_answer(author, action, (enum bednet_verdict)verdict))
            render_sample(page, family, author, action, "result", family->results[verdict],
                          get(&all.decisions[author][verdict][action]));
    }
}

static void render_reasons(struct bednet_exposition *page, const struct family *family, unsigned author,
                           unsigned action)
{
    for (unsigned reason = 0; reason < BEDNET_REASONS; reason++) {
        if (may_deny(author, action, (enum bednet_reason)reason))
            render_sample(page, family, author, action, family->detail,
                          bednet_reason_name((enum bednet_reason)reason),
                          get(&all.denials[author][action][reason]));
    }
}

static void render_family(struct bednet_exposition *page, const struct family *family,
                          void (*render)(struct bednet_exposition *page, const struct family *family,
                                         unsigned author, unsigned action))
{
    bednet_exposition_family(page, family->name, "counter", family->help);
    for (unsigned author = 0; author < AUTHORS; author++) {
        if ((family->authors >> author & 1) == 0)
            continue;
        for (unsigned action = 0; action < BEDNET_ACTIONS; action++)
            render(page, family, author, action);
    }
}

/* Only plugins that decide can be observed. */
static void render_observed(struct bednet_exposition *page)
{
    static const char name[] = "mosquitto_observed_denials_total";
    bednet_exposition_family(page, name, "counter",
                             "Denials that were let through because a section of the policy says observe.");
    for (unsigned plugin = 0; plugin < BEDNET_PLUGINS; plugin++) {
        if (authors[plugin].actions == 0)
            continue;
        const struct bednet_label label = {"plugin", bednet_plugin_name((enum bednet_plugin)plugin)};
        bednet_exposition_sample(page, name, &label, 1, get(&all.observed[plugin]));
    }
}

/* Families with one label. */
static const struct {
    const char *name;
    const char *help;
    const char *label;
    const char *values[3]; /* NULL behind the last */
    const atomic_uint_fast64_t *counters;
} short_families[] = {
    {"mosquitto_policy_reloads_total",
     "Attempts to load a policy, by how they ended.",
     "result",
     {"failure", "success"},
     all.reloads},
    {"mosquitto_auth_renewals_total",
     "Logins of clients that were logged in already, by what was said to them.",
     "result",
     {"deny", "allow"},
     all.renewals},
    {"mosquitto_sessions_ended_total",
     "Sessions that were ended because their credential was no longer good, or the policy changed, by "
     "reason.",
     "reason",
     {[BEDNET_END_EXPIRED] = "expired", [BEDNET_END_REVOKED] = "revoked", [BEDNET_END_POLICY] = "policy"},
     all.ended},
};

_Static_assert(BEDNET_ENDS == 3, "as many values as there are counters");

static void render_short(struct bednet_exposition *page)
{
    for (size_t f = 0; f < sizeof short_families / sizeof *short_families; f++) {
        bednet_exposition_family(page, short_families[f].name, "counter", short_families[f].help);
        for (unsigned i = 0; i < 3 && short_families[f].values[i] != NULL; i++) {
            const struct bednet_label label = {short_families[f].label, short_families[f].values[i]};
            bednet_exposition_sample(page, short_families[f].name, &label, 1,
                                     get(&short_families[f].counters[i]));
        }
    }
}

static void render_certificates(struct bednet_exposition *page)
{
    static const char name[] = "mosquitto_certificate_remaining_seconds";
    uint64_t counts[REMAINING_BOUNDS + 1];
    for (size_t i = 0; i <= REMAINING_BOUNDS; i++)
        counts[i] = get(&all.certificates[i]);
    bednet_exposition_family(page, name, "histogram",
                             "Certificates that let a client in, by the time until they expire.");
    bednet_exposition_histogram(page, name, remaining_bounds, counts, REMAINING_BOUNDS,
                                get(&all.certificate_seconds));
}

static void render_load_time(struct bednet_exposition *page)
{
    static const char name[] = "mosquitto_policy_last_load_duration_seconds";
    bednet_exposition_family(page, name, "gauge",
                             "How long the last attempt to read, check and compile a policy took.");
    bednet_exposition_sample_milli(page, name, get(&all.load_ms));
}

static void render_builds(struct bednet_exposition *page)
{
    static const char name[] = "mosquitto_plugin_build_info";
    bednet_exposition_family(page, name, "gauge", "Always 1: the plugins that are loaded and their version.");
    for (unsigned plugin = 0; plugin < BEDNET_PLUGINS; plugin++) {
        if (!atomic_load_explicit(&all.loaded[plugin], memory_order_relaxed))
            continue;
        const struct bednet_label labels[] = {{"plugin", bednet_plugin_name((enum bednet_plugin)plugin)},
                                              {"version", BEDNET_VERSION}};
        bednet_exposition_sample(page, name, labels, 2, 1);
    }
}

static void render_plain(struct bednet_exposition *page)
{
    static const struct {
        const char *name;
        const char *help;
    } counters[] =
        {
#define X(name, metric, help) {metric, help},
            BEDNET_COUNTER_LIST(X)
#undef X
        },
      gauges[] = {
#define X(name, metric, help) {metric, help},
          BEDNET_GAUGE_LIST(X)
#undef X
      };
    for (unsigned i = 0; i < BEDNET_COUNTERS; i++) {
        bednet_exposition_family(page, counters[i].name, "counter", counters[i].help);
        bednet_exposition_sample(page, counters[i].name, NULL, 0, get(&all.counters[i]));
    }
    for (unsigned i = 0; i < BEDNET_GAUGES; i++) {
        /* A client that leaves may be counted before the one that came: below zero is never meant. */
        int64_t value = bednet_gauge_get((enum bednet_gauge)i);
        bednet_exposition_family(page, gauges[i].name, "gauge", gauges[i].help);
        bednet_exposition_sample(page, gauges[i].name, NULL, 0, value > 0 ? (uint64_t)value : 0);
    }
}

void bednet_counters_render(struct bednet_exposition *page)
{
    for (size_t i = 0; i < sizeof decision_families / sizeof *decision_families; i++)
        render_family(page, &decision_families[i], render_answers);
    for (size_t i = 0; i < sizeof denial_families / sizeof *denial_families; i++)
        render_family(page, &denial_families[i], render_reasons);
    render_observed(page);
    render_short(page);
    render_plain(page);
    render_load_time(page);
    render_certificates(page);
    render_builds(page);
}

void bednet_counters_reset(void)
{
    for (size_t i = 0; i < BEDNET_COUNTERS; i++)
        atomic_store(&all.counters[i], 0);
    for (size_t i = 0; i <= REMAINING_BOUNDS; i++)
        atomic_store(&all.certificates[i], 0);
    atomic_store(&all.certificate_seconds, 0);
    atomic_store(&all.load_ms, 0);
    for (size_t i = 0; i < BEDNET_GAUGES; i++)
        atomic_store(&all.gauges[i], 0);
    for (size_t author = 0; author < AUTHORS; author++)
        for (size_t action = 0; action < BEDNET_ACTIONS; action++)
            for (size_t reason = 0; reason < BEDNET_REASONS; reason++)
                atomic_store(&all.denials[author][action][reason], 0);
    for (size_t plugin = 0; plugin < BEDNET_PLUGINS; plugin++) {
        for (size_t action = 0; action < BEDNET_ACTIONS; action++)
            for (size_t verdict = 0; verdict < BEDNET_VERDICTS; verdict++)
                atomic_store(&all.decisions[plugin][verdict][action], 0);
        atomic_store(&all.observed[plugin], 0);
        atomic_store(&all.loaded[plugin], false);
    }
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&all.reloads[i], 0);
        atomic_store(&all.renewals[i], 0);
    }
    for (size_t i = 0; i < BEDNET_ENDS; i++)
        atomic_store(&all.ended[i], 0);
}
