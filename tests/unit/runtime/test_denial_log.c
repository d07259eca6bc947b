/* SPDX-License-Identifier: Apache-2.0 */
/* Denials in the log: the line's form, one line whatever a client calls itself, and both limits in rate. */
#include "cmocka_first.h"

#include "runtime/counters.h"
#include "runtime/denial_log.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND UINT64_C(1000000000)

static const struct bednet_hash_key KEY = {{4}};
static char last[BEDNET_DENIAL_LINE_BYTES];
static size_t lines;

static void capture(const char *line)
{
    assert_null(strpbrk(line, "\n\r\t\x7f"));
    assert_true(strlen(line) < BEDNET_DENIAL_LINE_BYTES);
    snprintf(last, sizeof last, "%s", line);
    lines++;
}

static struct bednet_denial denial(const char *client_id, const char *topic)
{
    return (struct bednet_denial){
        .plugin = "acl",
        .verb = "deny",
        .action = BEDNET_ACTION_PUBLISH,
        .reason = BEDNET_REASON_NO_RULE,
        .client = {.client_id = bednet_text(client_id)},
        .topic = bednet_text(topic),
        .policy_path = BEDNET_TEXT_LITERAL("/etc/p.yaml"),
    };
}

static void test_form(void **state)
{
    (void)state;
    struct bednet_denial_log *log = bednet_denial_log_new(&KEY);
    struct bednet_denial d = denial("dev1", "a/b");
    assert_true(bednet_denial_log_is_empty(log));
    bednet_denial_log_push(log, &d, SECOND);
    assert_false(bednet_denial_log_is_empty(log));
    bednet_denial_log_drain(log, SECOND, capture);
    assert_string_equal(last, "bednet: acl: deny publish client=\"dev1\" topic=\"a/b\" reason=no_rule");

    d.verb = "would deny";
    d.client.username = bednet_text("u");
    d.client.address = "127.0.0.1";
    d.rule = (struct bednet_source){12, 9};
    bednet_denial_log_push(log, &d, SECOND);
    bednet_denial_log_drain(log, SECOND, capture);
    assert_string_equal(last, "bednet: acl: would deny publish client=\"dev1\" username=\"u\" "
                              "address=\"127.0.0.1\" topic=\"a/b\" reason=no_rule rule=/etc/p.yaml:12:9");
    assert_true(bednet_denial_log_is_empty(log));
    bednet_denial_log_free(log);
}

static void test_longest_and_strangest_names_stay_one_line(void **state)
{
    (void)state;
    struct bednet_denial_log *log = bednet_denial_log_new(&KEY);
    char strange[70000];
    for (int c = 1; c < 256; c++) {
        memset(strange, c, sizeof strange - 1);
        strange[sizeof strange - 1] = '\0';
        struct bednet_denial d = denial(strange, strange);
        d.client.username = bednet_text(strange);
        d.client.address = strange;
        d.policy_path = bednet_text("/a/very/long/path");
        d.rule = (struct bednet_source){UINT32_MAX, UINT32_MAX};
        bednet_denial_log_push(log, &d, SECOND * (uint64_t)c);
        lines = 0;
        bednet_denial_log_drain(log, SECOND * (uint64_t)c, capture);
        assert_int_equal(lines, 1);
        assert_non_null(strstr(last, "...\""));
        assert_non_null(strstr(last, "rule=/a/very/long/path:4294967295:4294967295"));
    }
    bednet_denial_log_free(log);
}

static void test_a_noisy_client_does_not_hide_the_rest(void **state)
{
    (void)state;
    struct bednet_denial_log *log = bednet_denial_log_new(&KEY);
    struct bednet_denial noisy = denial("noisy", "a"), quiet = denial("quiet", "b");
    lines = 0;
    for (int i = 0; i < 10000; i++) {
        bednet_denial_log_push(log, &noisy, SECOND);
        bednet_denial_log_drain(log, 0, capture);
    }
    assert_true(lines >= 10 && lines <= 50);
    bednet_denial_log_push(log, &quiet, SECOND);
    bednet_denial_log_drain(log, 0, capture);
    assert_non_null(strstr(last, "quiet"));
    bednet_denial_log_free(log);
}

static void test_total_is_limited_and_what_is_left_out_is_said(void **state)
{
    (void)state;
    bednet_counters_reset();
    struct bednet_denial_log *log = bednet_denial_log_new(&KEY);
    char id[32];
    lines = 0;
    for (int i = 0; i < 10000; i++) {
        snprintf(id, sizeof id, "client-%d", i);
        struct bednet_denial d = denial(id, "a");
        bednet_denial_log_push(log, &d, 10 * SECOND);
    }
    bednet_denial_log_drain(log, 10 * SECOND, capture);
    assert_true(lines >= 100 && lines <= 257);
    char expected[128];
    snprintf(expected, sizeof expected, "bednet: %zu more denials were counted but not logged",
             10000 - (lines - 1));
    assert_string_equal(last, expected);
    assert_true(bednet_denial_log_is_empty(log));
    bednet_denial_log_free(log);
}

/* A broker that publishes its log asks plugins whether its readers may have each line. */
static struct bednet_denial_log *published;

static void publish(const char *line)
{
    lines++;
    assert_true(lines < 1000);
    snprintf(last, sizeof last, "%s", line);
    struct bednet_denial d = denial("reader", "$SYS/broker/log/N");
    bednet_denial_log_push(published, &d, SECOND);
    bednet_denial_log_drain(published, SECOND, publish);
}

static void test_a_line_that_leads_to_a_denial_ends(void **state)
{
    (void)state;
    published = bednet_denial_log_new(&KEY);
    struct bednet_denial d = denial("dev1", "a");
    lines = 0;
    bednet_denial_log_push(published, &d, SECOND);
    bednet_denial_log_drain(published, SECOND, publish);
    assert_true(lines >= 2 && lines <= 30);
    bednet_denial_log_free(published);
}

static void test_ring_wraps_around(void **state)
{
    (void)state;
    struct bednet_denial_log *log = bednet_denial_log_new(&KEY);
    char id[32], expected[64];
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "client-%d", i);
        snprintf(expected, sizeof expected, "client=\"client-%d\"", i);
        struct bednet_denial d = denial(id, "a");
        uint64_t now = SECOND * (uint64_t)(i + 1);
        bednet_denial_log_push(log, &d, now);
        bednet_denial_log_drain(log, now, capture);
        assert_non_null(strstr(last, expected));
    }
    bednet_denial_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_longest_and_strangest_names_stay_one_line),
        cmocka_unit_test(test_a_noisy_client_does_not_hide_the_rest),
        cmocka_unit_test(test_total_is_limited_and_what_is_left_out_is_said),
        cmocka_unit_test(test_a_line_that_leads_to_a_denial_ends),
        cmocka_unit_test(test_ring_wraps_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
