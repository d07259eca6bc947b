/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters: which series there are, that nothing a client does adds one, that denials and reasons add up,
 * and that a page may be rendered while others count.
 */
#include "cmocka_first.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/counters.h"

#define PAGE_BYTES (256 * 1024)

static char page_text[PAGE_BYTES];

static const char *render(void)
{
    struct bednet_exposition page;
    bednet_exposition_start(&page, page_text, sizeof page_text - 1);
    bednet_counters_render(&page);
    assert_true(bednet_exposition_finish(&page));
    page_text[page.length] = '\0';
    return page_text;
}

/* The start of the line that begins with `start`, or NULL. */
static const char *find_line(const char *page, const char *start)
{
    size_t bytes = strlen(start);
    for (const char *line = page; line != NULL && *line != '\0';) {
        if (strncmp(line, start, bytes) == 0)
            return line;
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    return NULL;
}

/* The value of a series, which must be there. */
static uint64_t value_of(const char *page, const char *series)
{
    char start[256];
    snprintf(start, sizeof start, "%s ", series);
    const char *line = find_line(page, start);
    if (line == NULL)
        fail_msg("no series %s", series);
    return strtoull(line + strlen(start), NULL, 10);
}

/* How many series a family has (all families: NULL), and what they add up to. */
static size_t count_series(const char *page, const char *family, uint64_t *sum)
{
    size_t count = 0;
    uint64_t total = 0;
    for (const char *line = page; *line != '\0'; line = strchr(line, '\n') + 1) {
        size_t name_bytes = strcspn(line, "{ ");
        if (*line == '#' ||
            (family != NULL && (strlen(family) != name_bytes || strncmp(line, family, name_bytes) != 0)))
            continue;
        const char *end = strchr(line, '\n');
        const char *value = end;
        while (value[-1] != ' ')
            value--;
        count++;
        total += strtoull(value, NULL, 10);
    }
    if (sum != NULL)
        *sum = total;
    return count;
}

static uint64_t sum_of(const char *page, const char *family)
{
    uint64_t sum;
    assert_true(count_series(page, family, &sum) > 0);
    return sum;
}

static int reset(void **state)
{
    (void)state;
    bednet_counters_reset();
    return 0;
}

/* Counted by hand from the reasons of verdict.h. */
static void every_series_is_there_from_the_start(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        size_t series;
    } expected[] = {{"mosquitto_auth_requests_total", 2 * 3},
                    {"mosquitto_auth_denials_total", 24 + 2 + 15 + 2},
                    {"mosquitto_acl_checks_total", 7},
                    {"mosquitto_acl_denials_total", 3 * 10 + 1},
                    {"mosquitto_topic_denials_total", 11 + 15},
                    {"mosquitto_ratelimit_decisions_total", 2},
                    {"mosquitto_ratelimit_drops_total", 3},
                    {"mosquitto_gate_denials_total", 5 * 5},
                    {"mosquitto_observed_denials_total", 5},
                    {"mosquitto_policy_reloads_total", 2},
                    {"mosquitto_auth_renewals_total", 2},
                    {"mosquitto_sessions_ended_total", 3},
                    {"mosquitto_policy_last_load_duration_seconds", 1},
                    {"mosquitto_plugin_build_info", 0},
                    {"mosquitto_certificate_remaining_seconds_bucket", 10},
                    {"mosquitto_certificate_remaining_seconds_sum", 1},
                    {"mosquitto_certificate_remaining_seconds_count", 1},
#define X(name, metric, help) {metric, 1},
                    BEDNET_COUNTER_LIST(X) BEDNET_GAUGE_LIST(X)
#undef X
    };
    const char *page = render();
    size_t total = 0;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        uint64_t sum;
        size_t found = count_series(page, expected[i].family, &sum);
        if (found != expected[i].series)
            fail_msg("%s has %zu series, not %zu", expected[i].family, found, expected[i].series);
        assert_int_equal(sum, 0);
        total += found;
    }
    assert_int_equal(count_series(page, NULL, NULL), total);
}

static void what_cannot_happen_has_no_series(void **state)
{
    (void)state;
    static const char *const impossible[] = {
        "mosquitto_acl_checks_total{action=\"unsubscribe\",result=\"deny\"}",
        "mosquitto_acl_denials_total{action=\"unsubscribe\"",
        "mosquitto_acl_denials_total{action=\"login\"",
        "mosquitto_acl_denials_total{action=\"publish\",reason=\"expired\"}",
        "mosquitto_acl_denials_total{action=\"publish\",reason=\"unknown_session\"}",
        "mosquitto_auth_denials_total{method=\"jwt\",reason=\"none\"}",
        "mosquitto_auth_denials_total{method=\"jwt\",reason=\"levels\"}",
        "mosquitto_auth_requests_total{method=\"acl\"",
        "mosquitto_topic_denials_total{action=\"publish\",rule=\"multi_level\"}",
        "mosquitto_topic_denials_total{action=\"publish\",rule=\"shared\"}",
        "mosquitto_ratelimit_decisions_total{limiter=\"subscribe\"",
        "mosquitto_observed_denials_total{plugin=\"metrics\"}",
        "mosquitto_auth_renewals_total{result=\"defer\"}",
        "mosquitto_auth_denials_total{method=\"jwt\",reason=\"session_ended\"}",
        "mosquitto_auth_denials_total{method=\"jwt\",reason=\"no_certificate\"}",
        "mosquitto_auth_denials_total{method=\"cert\",reason=\"malformed\"}",
        "mosquitto_auth_denials_total{method=\"cert\",reason=\"factors_disagree\"}",
        "mosquitto_auth_denials_total{method=\"cert\",reason=\"other_identity\"}",
    };
    const char *page = render();
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        if (find_line(page, impossible[i]) != NULL)
            fail_msg("there is a series %s", impossible[i]);
    }
}

static void decide(enum bednet_plugin plugin, enum bednet_action action, enum bednet_verdict verdict,
                   enum bednet_reason reason)
{
    const struct bednet_decision decision = {.verdict = verdict, .reason = reason};
    bednet_count_decision(plugin, action, &decision);
}

static void a_decision_is_counted_where_it_belongs(void **state)
{
    (void)state;
    decide(BEDNET_PLUGIN_JWT, BEDNET_ACTION_LOGIN, BEDNET_GRANT, BEDNET_REASON_NONE);
    decide(BEDNET_PLUGIN_JWT, BEDNET_ACTION_LOGIN, BEDNET_DEFER, BEDNET_REASON_NONE);
    decide(BEDNET_PLUGIN_JWT, BEDNET_ACTION_LOGIN, BEDNET_DENY, BEDNET_REASON_EXPIRED);
    decide(BEDNET_PLUGIN_ACL, BEDNET_ACTION_RECEIVE, BEDNET_DENY, BEDNET_REASON_DENY_RULE);
    decide(BEDNET_PLUGIN_ACL, BEDNET_ACTION_UNSUBSCRIBE, BEDNET_GRANT, BEDNET_REASON_NONE);
    decide(BEDNET_PLUGIN_TOPIC, BEDNET_ACTION_SUBSCRIBE, BEDNET_DENY, BEDNET_REASON_MULTI_LEVEL);
    decide(BEDNET_PLUGIN_TOPIC, BEDNET_ACTION_SUBSCRIBE, BEDNET_DEFER, BEDNET_REASON_NONE);
    decide(BEDNET_PLUGIN_LIMIT, BEDNET_ACTION_PUBLISH, BEDNET_DENY, BEDNET_REASON_BYTE_RATE);
    decide(BEDNET_PLUGIN_LIMIT, BEDNET_ACTION_PUBLISH, BEDNET_DEFER, BEDNET_REASON_NONE);
    bednet_count_gate_denial(BEDNET_ACTION_LOGIN, BEDNET_REASON_PLUGIN_MISSING);
    bednet_count_observed(BEDNET_PLUGIN_LIMIT);
    bednet_count(BEDNET_COUNTER_LOG_SUPPRESSED);
    bednet_count_renewal(true);
    bednet_count_renewal(false);
    bednet_count_session_ended(BEDNET_END_EXPIRED);
    bednet_count_session_ended(BEDNET_END_REVOKED);
    bednet_count_session_ended(BEDNET_END_POLICY);

    static const char *const once[] = {
        "mosquitto_auth_requests_total{method=\"jwt\",result=\"allow\"}",
        "mosquitto_auth_requests_total{method=\"jwt\",result=\"defer\"}",
        "mosquitto_auth_requests_total{method=\"jwt\",result=\"deny\"}",
        "mosquitto_auth_denials_total{method=\"jwt\",reason=\"expired\"}",
        "mosquitto_acl_checks_total{action=\"receive\",result=\"deny\"}",
        "mosquitto_acl_denials_total{action=\"receive\",reason=\"deny_rule\"}",
        "mosquitto_acl_checks_total{action=\"unsubscribe\",result=\"allow\"}",
        "mosquitto_topic_denials_total{action=\"subscribe\",rule=\"multi_level\"}",
        "mosquitto_ratelimit_decisions_total{limiter=\"publish\",result=\"drop\"}",
        "mosquitto_ratelimit_decisions_total{limiter=\"publish\",result=\"pass\"}",
        "mosquitto_ratelimit_drops_total{limiter=\"publish\",reason=\"byte_rate\"}",
        "mosquitto_gate_denials_total{action=\"login\",reason=\"plugin_missing\"}",
        "mosquitto_observed_denials_total{plugin=\"limit\"}",
        "mosquitto_log_messages_suppressed_total",
        "mosquitto_auth_renewals_total{result=\"allow\"}",
        "mosquitto_auth_renewals_total{result=\"deny\"}",
        "mosquitto_sessions_ended_total{reason=\"expired\"}",
        "mosquitto_sessions_ended_total{reason=\"revoked\"}",
        "mosquitto_sessions_ended_total{reason=\"policy\"}",
    };
    const char *page = render();
    for (size_t i = 0; i < sizeof once / sizeof *once; i++)
        assert_int_equal(value_of(page, once[i]), 1);
    assert_int_equal(sum_of(page, NULL), sizeof once / sizeof *once);
}

static void a_denial_with_a_foreign_reason_is_internal(void **state)
{
    (void)state;
    decide(BEDNET_PLUGIN_JWT, BEDNET_ACTION_LOGIN, BEDNET_DENY, BEDNET_REASON_NONE);
    decide(BEDNET_PLUGIN_JWT, BEDNET_ACTION_LOGIN, BEDNET_DENY, BEDNET_REASON_LEVELS);
    decide(BEDNET_PLUGIN_JWT, BEDNET_ACTION_LOGIN, BEDNET_DENY, BEDNET_REASONS);
    decide(BEDNET_PLUGIN_JWT, BEDNET_ACTION_LOGIN, BEDNET_VERDICTS, BEDNET_REASON_NONE);
    decide(BEDNET_PLUGIN_TOPIC, BEDNET_ACTION_PUBLISH, BEDNET_DENY, BEDNET_REASON_SHARED);
    bednet_count_gate_denial(BEDNET_ACTION_PUBLISH, BEDNET_REASON_EXPIRED);
    const char *page = render();
    assert_int_equal(value_of(page, "mosquitto_auth_denials_total{method=\"jwt\",reason=\"internal\"}"), 4);
    assert_int_equal(value_of(page, "mosquitto_auth_requests_total{method=\"jwt\",result=\"deny\"}"), 4);
    assert_int_equal(value_of(page, "mosquitto_topic_denials_total{action=\"publish\",rule=\"internal\"}"),
                     1);
    assert_int_equal(value_of(page, "mosquitto_gate_denials_total{action=\"publish\",reason=\"internal\"}"),
                     1);
}

static void what_is_out_of_range_is_not_counted(void **state)
{
    (void)state;
    decide(BEDNET_PLUGINS, BEDNET_ACTION_LOGIN, BEDNET_DENY, BEDNET_REASON_INTERNAL);
    decide(BEDNET_PLUGIN_ACL, BEDNET_ACTIONS, BEDNET_DENY, BEDNET_REASON_INTERNAL);
    bednet_count_gate_denial(BEDNET_ACTIONS, BEDNET_REASON_INTERNAL);
    bednet_count_observed(BEDNET_PLUGINS);
    bednet_count_plugin_loaded(BEDNET_PLUGINS);
    bednet_count_session_ended(BEDNET_ENDS);
    bednet_count(BEDNET_COUNTERS);
    bednet_gauge_add(BEDNET_GAUGES, 1);
    bednet_gauge_set(BEDNET_GAUGES, 1);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGES), 0);
    assert_int_equal(sum_of(render(), NULL), 0);
}

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % bound;
}

/* Whatever a hundred thousand clients provoke, the page has the series it had. */
static void decisions_add_no_series(void **state)
{
    (void)state;
    size_t before = count_series(render(), NULL, NULL);
    uint64_t asked[BEDNET_PLUGINS] = {0};
    uint64_t denied[BEDNET_PLUGINS] = {0};
    static const enum bednet_action of_acl[] = {BEDNET_ACTION_PUBLISH, BEDNET_ACTION_SUBSCRIBE,
                                                BEDNET_ACTION_RECEIVE};
    for (int i = 0; i < 100000; i++) {
        enum bednet_plugin plugin = (enum bednet_plugin)random_below(BEDNET_PLUGINS);
        enum bednet_action action = plugin == BEDNET_PLUGIN_JWT     ? BEDNET_ACTION_LOGIN
                                    : plugin == BEDNET_PLUGIN_CERT  ? BEDNET_ACTION_LOGIN
                                    : plugin == BEDNET_PLUGIN_ACL   ? of_acl[random_below(3)]
                                    : plugin == BEDNET_PLUGIN_TOPIC ? of_acl[random_below(2)]
                                                                    : BEDNET_ACTION_PUBLISH;
        enum bednet_verdict verdict = (enum bednet_verdict)random_below(BEDNET_VERDICTS);
        decide(plugin, action, verdict, (enum bednet_reason)random_below(BEDNET_REASONS));
        asked[plugin]++;
        denied[plugin] += verdict == BEDNET_DENY;
    }
    const char *page = render();
    assert_int_equal(count_series(page, NULL, NULL), before);
    assert_int_equal(sum_of(page, "mosquitto_auth_requests_total"),
                     asked[BEDNET_PLUGIN_JWT] + asked[BEDNET_PLUGIN_CERT]);
    assert_int_equal(sum_of(page, "mosquitto_auth_denials_total"),
                     denied[BEDNET_PLUGIN_JWT] + denied[BEDNET_PLUGIN_CERT]);
    assert_int_equal(sum_of(page, "mosquitto_acl_denials_total"), denied[BEDNET_PLUGIN_ACL]);
    assert_int_equal(sum_of(page, "mosquitto_topic_denials_total"), denied[BEDNET_PLUGIN_TOPIC]);
    assert_int_equal(sum_of(page, "mosquitto_ratelimit_drops_total"), denied[BEDNET_PLUGIN_LIMIT]);
}

static void build_info_names_only_what_is_loaded(void **state)
{
    (void)state;
    bednet_count_plugin_loaded(BEDNET_PLUGIN_JWT);
    bednet_count_plugin_loaded(BEDNET_PLUGIN_METRICS);
    bednet_count_plugin_loaded(BEDNET_PLUGIN_JWT);
    const char *page = render();
    uint64_t sum;
    assert_int_equal(count_series(page, "mosquitto_plugin_build_info", &sum), 2);
    assert_int_equal(sum, 2);
    const char *line = find_line(page, "mosquitto_plugin_build_info{plugin=\"jwt\",version=\"");
    assert_non_null(line);
    unsigned major;
    unsigned minor;
    unsigned patch;
    assert_int_equal(sscanf(line, "mosquitto_plugin_build_info{plugin=\"jwt\",version=\"%u.%u.%u\"} 1",
                            &major, &minor, &patch),
                     3);
}

static void a_reload_sets_its_gauges(void **state)
{
    (void)state;
    int64_t before = time(NULL);
    bednet_count_reload(true);
    const char *page = render();
    assert_int_equal(value_of(page, "mosquitto_policy_reloads_total{result=\"success\"}"), 1);
    assert_int_equal(value_of(page, "mosquitto_policy_last_reload_successful"), 1);
    int64_t at = bednet_gauge_get(BEDNET_GAUGE_RELOAD_SUCCESS_TIME);
    assert_true(at >= before - 1 && at <= time(NULL) + 1); /* time() may lag behind by a tick */

    bednet_gauge_set(BEDNET_GAUGE_RELOAD_SUCCESS_TIME, 42);
    bednet_count_reload(false);
    page = render();
    assert_int_equal(value_of(page, "mosquitto_policy_reloads_total{result=\"failure\"}"), 1);
    assert_int_equal(value_of(page, "mosquitto_policy_last_reload_successful"), 0);
    assert_int_equal(value_of(page, "mosquitto_policy_last_reload_success_timestamp_seconds"), 42);
}

static void the_time_of_a_load_is_shown_in_seconds(void **state)
{
    (void)state;
    bednet_count_load_time(12);
    assert_non_null(find_line(render(), "mosquitto_policy_last_load_duration_seconds 0.012"));
    bednet_count_load_time(61005);
    assert_non_null(find_line(render(), "mosquitto_policy_last_load_duration_seconds 61.005"));
}

static void a_gauge_is_never_shown_below_zero(void **state)
{
    (void)state;
    bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, -1);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), -1);
    assert_int_equal(value_of(render(), "mosquitto_connections"), 0);
    bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, 3);
    assert_int_equal(value_of(render(), "mosquitto_connections"), 2);
}

static void a_buffer_too_small_is_said_and_measured(void **state)
{
    (void)state;
    size_t needed = strlen(render());
    struct bednet_exposition page;
    for (size_t capacity = 0; capacity <= needed; capacity += capacity < needed - 64 ? 61 : 1) {
        char *out = malloc(capacity > 0 ? capacity : 1);
        assert_non_null(out);
        bednet_exposition_start(&page, out, capacity);
        bednet_counters_render(&page);
        assert_int_equal(bednet_exposition_finish(&page), capacity >= needed);
        assert_int_equal(page.length, needed);
        free(out);
    }
}

static uint64_t bucket(const char *page, const char *bound)
{
    char series[128];
    snprintf(series, sizeof series, "mosquitto_certificate_remaining_seconds_bucket{le=\"%s\"}", bound);
    return value_of(page, series);
}

/* A bound belongs to its bucket; what has expired meanwhile counts as 0, and the buckets are sums. */
static void certificates_are_counted_by_what_remains(void **state)
{
    (void)state;
    enum { DAY = 86400 };
    static const int64_t left[] = {INT64_MIN, -1, 0, DAY, DAY + 1, 7 * DAY, 730LL * DAY, 730LL * DAY + 1};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        bednet_count_certificate(left[i]);
    const char *page = render();
    assert_int_equal(bucket(page, "86400"), 4);
    assert_int_equal(bucket(page, "604800"), 6);
    assert_int_equal(bucket(page, "1209600"), 6);
    assert_int_equal(bucket(page, "31536000"), 6);
    assert_int_equal(bucket(page, "63072000"), 7);
    assert_int_equal(bucket(page, "+Inf"), 8);
    assert_int_equal(value_of(page, "mosquitto_certificate_remaining_seconds_count"), 8);
    assert_int_equal(value_of(page, "mosquitto_certificate_remaining_seconds_sum"),
                     (1 + 1 + 7 + 730 + 730) * DAY + 2);
}

static void a_reset_forgets_everything(void **state)
{
    (void)state;
    char *fresh = strdup(render());
    assert_non_null(fresh);
    for (unsigned plugin = 0; plugin < BEDNET_PLUGINS; plugin++) {
        bednet_count_plugin_loaded((enum bednet_plugin)plugin);
        bednet_count_observed((enum bednet_plugin)plugin);
        for (unsigned action = 0; action < BEDNET_ACTIONS; action++)
            for (unsigned verdict = 0; verdict < BEDNET_VERDICTS; verdict++)
                decide((enum bednet_plugin)plugin, (enum bednet_action)action, (enum bednet_verdict)verdict,
                       BEDNET_REASON_INTERNAL);
    }
    bednet_count_gate_denial(BEDNET_ACTION_LOGIN, BEDNET_REASON_INTERNAL);
    for (unsigned counter = 0; counter < BEDNET_COUNTERS; counter++)
        bednet_count((enum bednet_counter)counter);
    for (unsigned gauge = 0; gauge < BEDNET_GAUGES; gauge++)
        bednet_gauge_add((enum bednet_gauge)gauge, 7);
    bednet_count_reload(true);
    bednet_count_reload(false);
    bednet_count_renewal(true);
    bednet_count_renewal(false);
    bednet_count_certificate(0);
    bednet_count_certificate(INT64_MAX);
    for (unsigned why = 0; why < BEDNET_ENDS; why++)
        bednet_count_session_ended((enum bednet_end)why);
    assert_string_not_equal(render(), fresh);
    bednet_counters_reset();
    assert_string_equal(render(), fresh);
    free(fresh);
}

#define WRITERS 3
#define ROUNDS  40000

static void *write_counters(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        decide(BEDNET_PLUGIN_ACL, BEDNET_ACTION_PUBLISH, BEDNET_DENY, BEDNET_REASON_NO_RULE);
        decide(BEDNET_PLUGIN_LIMIT, BEDNET_ACTION_PUBLISH, BEDNET_DEFER, BEDNET_REASON_NONE);
        bednet_count(BEDNET_COUNTER_CONNECTIONS_OPENED);
        bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, 1);
        bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, -1);
        bednet_count_observed(BEDNET_PLUGIN_ACL);
        bednet_count_gate_denial(BEDNET_ACTION_LOGIN, BEDNET_REASON_CHAIN_SPLIT);
        bednet_count_plugin_loaded(BEDNET_PLUGIN_ACL);
        bednet_count_reload(i % 2 == 0);
    }
    return NULL;
}

static void others_count_while_a_page_is_rendered(void **state)
{
    (void)state;
    pthread_t writers[WRITERS];
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_counters, NULL), 0);
    uint64_t last = 0;
    while (last < WRITERS * ROUNDS) {
        uint64_t now = value_of(render(), "mosquitto_observed_denials_total{plugin=\"acl\"}");
        assert_true(now >= last && now <= WRITERS * ROUNDS);
        last = now;
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);

    const char *page = render();
    static const char *const exact[] = {
        "mosquitto_acl_checks_total{action=\"publish\",result=\"deny\"}",
        "mosquitto_acl_denials_total{action=\"publish\",reason=\"no_rule\"}",
        "mosquitto_ratelimit_decisions_total{limiter=\"publish\",result=\"pass\"}",
        "mosquitto_connections_opened_total",
        "mosquitto_gate_denials_total{action=\"login\",reason=\"chain_split\"}",
    };
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        assert_int_equal(value_of(page, exact[i]), WRITERS * ROUNDS);
    assert_int_equal(sum_of(page, "mosquitto_policy_reloads_total"), WRITERS * ROUNDS);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), 0);
}

/* A row of the reference being put together: the values of each label in the order in which they appear. */
struct row {
    char label[2][32];
    char values[2][1024];
};

static void add_value(struct row *row, const char *name, size_t name_bytes, const char *value,
                      size_t value_bytes)
{
    size_t i = 0;
    while (i < 2 && row->label[i][0] != '\0' &&
           (strlen(row->label[i]) != name_bytes || strncmp(row->label[i], name, name_bytes) != 0))
        i++;
    assert_true(i < 2);
    snprintf(row->label[i], sizeof row->label[i], "%.*s", (int)name_bytes, name);
    char quoted[64];
    if (strcmp(row->label[i], "version") == 0)
        snprintf(quoted, sizeof quoted, "%s", " of the plugin");
    else
        snprintf(quoted, sizeof quoted, " `%.*s`", (int)value_bytes, value);
    size_t used = strlen(row->values[i]);
    if (strstr(row->values[i], quoted) == NULL)
        snprintf(row->values[i] + used, sizeof row->values[i] - used, "%s", quoted);
}

/* `name{a="b",c="d"} 1`, whose values have nothing that was escaped. */
static void add_labels(struct row *row, const char *line)
{
    const char *end = strchr(line, '\n');
    const char *at = line + strcspn(line, "{ ");
    while (*at != ' ' && *at != '}' && at < end) {
        const char *name = at + 1;
        const char *value = strchr(name, '"') + 1;
        const char *quote = strchr(value, '"');
        add_value(row, name, (size_t)(value - 2 - name), value, (size_t)(quote - value));
        at = quote + 1;
    }
}

/* Appends what the reference must say of the family whose `# HELP` begins at `line`. */
static void describe_family(const char *line, char *out, size_t out_bytes)
{
    char name[128];
    char help[256];
    char type[16];
    assert_int_equal(sscanf(line, "# HELP %127s %255[^\n]\n# TYPE %*s %15s", name, help, type), 3);
    struct row row = {0};
    for (line = strchr(strchr(line, '\n') + 1, '\n') + 1; *line != '#' && *line != '\0';
         line = strchr(line, '\n') + 1)
        add_labels(&row, line);
    size_t used = strlen(out);
    int written = snprintf(out + used, out_bytes - used, "| `%s` | %s | ", name, type);
    used += (size_t)written;
    for (size_t i = 0; i < 2 && row.label[i][0] != '\0'; i++)
        used += (size_t)snprintf(out + used, out_bytes - used, "%s`%s`:%s", i > 0 ? "; " : "", row.label[i],
                                 row.values[i]);
    used += (size_t)snprintf(out + used, out_bytes - used, "%s| %s |\n", row.label[0][0] != '\0' ? " " : "",
                             help);
    assert_true(used < out_bytes);
}

static char *read_reference(void)
{
    FILE *file = fopen(BEDNET_TEST_DATA "/../../docs/metrics.md", "r");
    assert_non_null(file);
    char *text = calloc(1, PAGE_BYTES);
    assert_non_null(text);
    assert_true(fread(text, 1, PAGE_BYTES - 1, file) > 0);
    fclose(file);
    return text;
}

static void the_reference_is_the_page(void **state)
{
    (void)state;
    for (unsigned plugin = 0; plugin < BEDNET_PLUGINS; plugin++)
        bednet_count_plugin_loaded((enum bednet_plugin)plugin);
    static char expected[PAGE_BYTES];
    snprintf(expected, sizeof expected,
             "<!-- begin -->\n| family | type | labels | meaning |\n|---|---|---|---|\n");
    for (const char *line = render(); *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "# HELP ", 7) == 0)
            describe_family(line, expected, sizeof expected - 32);
    }
    strcat(expected, "<!-- end -->\n");
    char *reference = read_reference();
    bool same = strstr(reference, expected) != NULL;
    free(reference);
    /* cmocka would cut it. */
    if (!same)
        fprintf(stderr, "docs/metrics.md must say:\n%s", expected);
    assert_true(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_series_is_there_from_the_start, reset),
        cmocka_unit_test_setup(what_cannot_happen_has_no_series, reset),
        cmocka_unit_test_setup(a_decision_is_counted_where_it_belongs, reset),
        cmocka_unit_test_setup(a_denial_with_a_foreign_reason_is_internal, reset),
        cmocka_unit_test_setup(what_is_out_of_range_is_not_counted, reset),
        cmocka_unit_test_setup(decisions_add_no_series, reset),
        cmocka_unit_test_setup(build_info_names_only_what_is_loaded, reset),
        cmocka_unit_test_setup(a_reload_sets_its_gauges, reset),
        cmocka_unit_test_setup(the_time_of_a_load_is_shown_in_seconds, reset),
        cmocka_unit_test_setup(a_gauge_is_never_shown_below_zero, reset),
        cmocka_unit_test_setup(a_buffer_too_small_is_said_and_measured, reset),
        cmocka_unit_test_setup(certificates_are_counted_by_what_remains, reset),
        cmocka_unit_test_setup(a_reset_forgets_everything, reset),
        cmocka_unit_test_setup(the_reference_is_the_page, reset),
        cmocka_unit_test_setup(others_count_while_a_page_is_rendered, reset),
    };
    return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
