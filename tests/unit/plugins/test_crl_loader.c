/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lists of revoked certificates are in force: at the start, when files change, and from one policy to
 * the next.
 */
#include "../certificate/crl_making.h"
#include "../metric.h"
#include "plugins/cert/crl_loader.h"
#include "runtime/clock.h"
#include "runtime/counters.h"

/* Nothing here waits so long unless it hangs; the thread looks once a second. */
#define AWAIT_NS UINT64_C(60000000000)

static struct maker ca, respelled, other;
static struct bednet_authorities *authorities;
static struct bednet_text files[2];
static struct bednet_certificate_policy policy;
static struct bednet_crl_loader *loader;
static char said[16384];

static const char *const one[] = {"01", NULL}, *const two[] = {"01", "02", NULL};

/* Complete at once: whoever reads meanwhile sees the old one. */
static void write_list_until(const struct maker *maker, const char *const *serials, int64_t next_update_s,
                             const char *file)
{
    const struct crl_spec spec = {.issuer = maker,
                                  .serials = serials,
                                  .this_update_s = bednet_clock_wall_s() - 100,
                                  .next_update_s = next_update_s};
    write_crl(&spec, ".new", "w", false);
    assert_int_equal(rename(scratch_path(".new"), scratch_path(file)), 0);
}

static void write_list(const struct maker *maker, const char *const *serials, const char *file)
{
    write_list_until(maker, serials, bednet_clock_wall_s() + 3650 * DAY_S, file);
}

static struct bednet_authorities *trust_only(const char *file)
{
    struct bednet_authorities *only = bednet_authorities_new();
    trust(only, "devices", file);
    return only;
}

static int begin(void **state)
{
    static char paths[2][PATH_MAX];
    if (scratch_begin(state) != 0)
        return -1;
    ca = make_authority("Device CA", MBSTRING_UTF8, CA_USAGE, "ca.crt");
    /* The same authority by name, but its name is written in other bytes. */
    respelled = make_authority("DEVICE CA", MBSTRING_UTF8, CA_USAGE, "respelled.crt");
    other = make_authority("Other CA", MBSTRING_UTF8, CA_USAGE, "other.crt");
    snprintf(paths[0], PATH_MAX, "%s", scratch_path("a.crl"));
    snprintf(paths[1], PATH_MAX, "%s", scratch_path("b.crl"));
    files[0] = bednet_text(paths[0]);
    files[1] = bednet_text(paths[1]);
    return 0;
}

static int end(void **state)
{
    free_maker(&ca);
    free_maker(&respelled);
    free_maker(&other);
    return scratch_end(state);
}

static int setup(void **state)
{
    (void)state;
    said[0] = '\0';
    bednet_counters_reset();
    authorities = trust_only("ca.crt");
    policy = (struct bednet_certificate_policy){
        .authorities = authorities,
        .crl = {.sources = {.files = files, .file_count = 1}, .source = {.line = 1}}};
    write_list(&ca, one, "a.crl");
    write_list(&ca, two, "b.crl");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bednet_crl_loader_stop(loader);
    loader = NULL;
    bednet_authorities_free(authorities);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_LISTS), 0);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_ENTRIES), 0);
    return 0;
}

static void start(void)
{
    struct bednet_diag *diag = bednet_diag_new();
    if (bednet_crl_loader_start(&policy, diag, &loader) != BEDNET_OK)
        fail_msg("%s", diag_text(diag));
    bednet_diag_free(diag);
}

static void hear(enum bednet_severity severity, const char *line)
{
    size_t length = strlen(said);
    snprintf(said + length, sizeof said - length, "%c %s\n", severity == BEDNET_ERROR ? 'E' : 'N', line);
}

static bool was_said(const char *text)
{
    bednet_crl_loader_drain(loader, hear);
    return strstr(said, text) != NULL;
}

#define AWAIT(condition)                                                                                     \
    do {                                                                                                     \
        uint64_t until_ns = bednet_clock_coarse_ns() + AWAIT_NS;                                             \
        while (!(condition)) {                                                                               \
            if (bednet_clock_coarse_ns() > until_ns)                                                         \
                fail_msg("in vain: %s\n%s", #condition, said);                                               \
            usleep(1000);                                                                                    \
        }                                                                                                    \
    } while (0)

static size_t entries(void)
{
    struct bednet_crls_summary summary;
    bednet_crls_summarize(bednet_crl_loader_current(loader), &summary);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_ENTRIES), summary.entries);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_LISTS), summary.lists);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_NEXT_UPDATE), summary.next_update_s);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_OLDEST_UPDATE), summary.oldest_update_s);
    return summary.entries;
}

static void a_start_that_fails(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();
    (void)state;
    scratch_write("a.crl", "nonsense", 0600);
    assert_int_equal(bednet_crl_loader_start(&policy, diag, &loader), BEDNET_INVALID);
    assert_null(loader);
    assert_non_null(strstr(diag_text(diag), "a.crl: is not a list of revoked certificates"));
    assert_int_equal(unlink(scratch_path("a.crl")), 0);
    assert_int_equal(bednet_crl_loader_start(&policy, diag, &loader), BEDNET_IO);
    assert_null(loader);
    bednet_diag_free(diag);
}

static void no_lists_asked_for(void **state)
{
    (void)state;
    policy.crl.source.line = 0;
    start();
    assert_null(bednet_crl_loader_current(loader));
    assert_false(bednet_crl_loader_take(loader));
    bednet_crl_loader_reload(loader);
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    /* Asked for from now on: there is none until it is read, and then it is. */
    policy.crl.source.line = 7;
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    assert_null(bednet_crl_loader_current(loader));
    assert_false(bednet_crl_loader_settled(loader));
    AWAIT(bednet_crl_loader_take(loader));
    assert_true(bednet_crl_loader_settled(loader));
    assert_int_equal(entries(), 1);
    policy.crl.source.line = 0;
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    assert_null(bednet_crl_loader_current(loader));
    assert_int_equal(entries(), 0);
}

static void files_that_change(void **state)
{
    (void)state;
    start();
    assert_int_equal(entries(), 1);
    assert_int_equal(ask(bednet_crl_loader_current(loader), authorities, ca.name, "01"), BEDNET_CRL_REVOKED);
    write_list(&ca, two, "a.crl");
    AWAIT(bednet_crl_loader_take(loader));
    assert_int_equal(entries(), 2);
    assert_true(was_said("N revoked certificates: 1 lists with 2 entries were read"));
    scratch_write("a.crl", "nonsense", 0600);
    AWAIT(was_said("E revoked certificates: what was read before stays in use: "));
    assert_false(bednet_crl_loader_take(loader));
    assert_int_equal(entries(), 2);
    assert_true(bednet_crl_loader_settled(loader));
    write_list(&ca, one, "a.crl");
    bednet_crl_loader_reload(loader);
    AWAIT(bednet_crl_loader_take(loader) && entries() == 1);
}

/* Whatever becomes of its certificates, somebody should look after it: said once, and of the next one again.
 */
static void a_list_that_is_out_of_date(void **state)
{
    static const char words[] = "revoked certificates: a list has been out of date for ";
    (void)state;
    start();
    assert_false(was_said(words));
    write_list_until(&ca, one, bednet_clock_wall_s() - 50, "a.crl");
    AWAIT(bednet_crl_loader_take(loader));
    assert_true(was_said(words));
    said[0] = '\0';
    assert_false(was_said(words));
    write_list_until(&ca, two, bednet_clock_wall_s() - 20, "a.crl");
    AWAIT(bednet_crl_loader_take(loader));
    assert_true(was_said(words));
}

static void told_to(void **state)
{
    (void)state;
    start();
    const struct bednet_crls *before = bednet_crl_loader_current(loader);
    assert_int_equal(metric("mosquitto_crl_loads_succeeded_total"), 1);
    /* The same policy again is no reason to read anything; to be told so is. */
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    assert_true(bednet_crl_loader_settled(loader));
    bednet_crl_loader_reload(loader);
    AWAIT(bednet_crl_loader_take(loader));
    assert_ptr_not_equal(bednet_crl_loader_current(loader), before);
    assert_int_equal(metric("mosquitto_crl_loads_succeeded_total"), 2);
    assert_int_equal(unlink(scratch_path("a.crl")), 0);
    bednet_crl_loader_reload(loader);
    AWAIT(was_said("No such file or directory"));
    assert_true(metric("mosquitto_crl_loads_failed_total") >= 1);
}

static void another_policy(void **state)
{
    (void)state;
    start();
    policy.crl.sources.files = &files[1];
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    assert_int_equal(entries(), 1);
    assert_false(bednet_crl_loader_settled(loader));
    AWAIT(bednet_crl_loader_take(loader));
    assert_true(bednet_crl_loader_settled(loader));
    assert_int_equal(entries(), 2);
    /* One that asks for what is not there leaves what was. */
    static const struct bednet_text nowhere = {"/nowhere.crl", 12};
    policy.crl.sources.files = &nowhere;
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    AWAIT(was_said("/nowhere.crl: No such file or directory"));
    assert_false(bednet_crl_loader_take(loader));
    assert_false(bednet_crl_loader_settled(loader));
    assert_int_equal(entries(), 2);
}

/* Marks of the new policy are looked for in the old set only where they are the same ones. */
static void other_authorities(void **state)
{
    struct bednet_authorities *first = authorities;
    (void)state;
    start();
    authorities = trust_only("ca.crt");
    trust(authorities, "other", "other.crt");
    policy.authorities = authorities;
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    bednet_authorities_free(first);
    assert_non_null(bednet_crl_loader_current(loader));
    assert_false(bednet_crl_loader_settled(loader));
    assert_int_equal(ask(bednet_crl_loader_current(loader), authorities, ca.name, "01"), BEDNET_CRL_REVOKED);
    AWAIT(bednet_crl_loader_take(loader));
    first = authorities;
    authorities = trust_only("respelled.crt");
    trust(authorities, "devices-before", "ca.crt");
    policy.authorities = authorities;
    assert_int_equal(bednet_crl_loader_configure(loader, &policy), BEDNET_OK);
    bednet_authorities_free(first);
    assert_null(bednet_crl_loader_current(loader));
    assert_int_equal(entries(), 0);
    AWAIT(bednet_crl_loader_take(loader));
    assert_int_equal(ask(bednet_crl_loader_current(loader), authorities, ca.name, "01"), BEDNET_CRL_REVOKED);
    assert_int_equal(ask(bednet_crl_loader_current(loader), authorities, ca.name, "02"), BEDNET_CRL_GOOD);
}

/* Two chains of one broker: what they show adds up. */
static void two_of_them(void **state)
{
    struct bednet_crl_loader *first;
    (void)state;
    start();
    first = loader;
    policy.crl.sources.files = &files[1];
    start();
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_LISTS), 2);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_ENTRIES), 3);
    bednet_crl_loader_stop(first);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_LISTS), 1);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CRL_ENTRIES), 2);
    bednet_crl_loader_stop(NULL);
}

#define LOADER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADER(a_start_that_fails),
        LOADER(no_lists_asked_for),
        LOADER(files_that_change),
        LOADER(a_list_that_is_out_of_date),
        LOADER(told_to),
        LOADER(another_policy),
        LOADER(other_authorities),
        LOADER(two_of_them),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
