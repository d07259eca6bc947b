/* SPDX-License-Identifier: Apache-2.0 */
/* Random lives of a broker, with fixed seeds; see events.h. $BEDNET_EVENT_SEEDS says how many lives, if
 * not 60. */
#include "cmocka_first.h"
#include "fault/events.h"
#include "fault/oracle.h"

#include <stdio.h>
#include <stdlib.h>

#define SEEDS  60 /* at least, or nothing can be said about how often things happen */
#define EVENTS 1500

/* The model must be right for once without Bednet: what the standard says about filters. */
static void test_the_oracle(void **state)
{
    (void)state;
    assert_true(oracle_matches("a/#", "a"));
    assert_true(oracle_matches("a/+", "a/"));
    assert_true(oracle_matches("+/+", "/a"));
    assert_false(oracle_matches("+", "/a"));
    assert_false(oracle_matches("a/+", "a"));
    assert_false(oracle_matches("#", "$SYS"));
    assert_false(oracle_matches("+/a", "$SYS/a"));
    assert_true(oracle_matches("$SYS/#", "$SYS/a/b"));
    assert_true(oracle_covers("a/#", "a/+/b"));
    assert_true(oracle_covers("a/#", "a"));
    assert_true(oracle_covers("+/#", "#"));
    assert_true(oracle_covers("a/+", "a/+"));
    assert_false(oracle_covers("a/+", "a/#"));
    assert_false(oracle_covers("a/+/#", "a/#"));
    assert_false(oracle_covers("a/b", "a/+"));
    assert_false(oracle_covers("#", "$SYS/a"));
}

static void test_random_lives(void **state)
{
    (void)state;
    struct event_counts counts = {0};
    const char *more = getenv("BEDNET_EVENT_SEEDS");
    uint64_t last = more != NULL && strtoull(more, NULL, 10) > SEEDS ? strtoull(more, NULL, 10) : SEEDS;
    for (uint64_t seed = 1; seed <= last; seed++) {
        struct chooser chooser = {.generator = seed * UINT64_C(0x9E3779B97F4A7C15)};
        if (!events_run(&chooser, EVENTS, &counts))
            fail_msg("seed %u", (unsigned)seed);
    }
    print_message("%zu logins, %zu refused; %zu checks allowed, %zu denied; %zu messages, %zu dropped;\n"
                  "%zu reloads, %zu refused; %zu takeovers; %zu sessions asked again\n",
                  counts.logins, counts.logins_refused, counts.checks_allowed, counts.checks_denied,
                  counts.messages, counts.messages_dropped, counts.reloads, counts.reloads_refused,
                  counts.takeovers, counts.kept);
    print_message("%zu enhanced, %zu refused; %zu renewals, %zu refused; %zu left early; %zu ends by time\n",
                  counts.enhanced, counts.enhanced_refused, counts.renewals, counts.renewals_refused,
                  counts.left_early, counts.ends);
    /* Nothing of all this may become rare without being seen. */
    assert_true(counts.logins > SEEDS * 10 && counts.logins_refused > SEEDS * 10);
    assert_true(counts.checks_allowed > SEEDS * 20 && counts.checks_denied > SEEDS * 20);
    assert_true(counts.messages > SEEDS * 10 && counts.messages_dropped > SEEDS * 10);
    assert_true(counts.reloads > SEEDS && counts.reloads_refused > SEEDS);
    assert_true(counts.takeovers > SEEDS && counts.kept > SEEDS);
    assert_true(counts.enhanced > SEEDS && counts.enhanced_refused > SEEDS);
    assert_true(counts.renewals > SEEDS && counts.renewals_refused > SEEDS);
    assert_true(counts.left_early > SEEDS && counts.ends > SEEDS);
}

static int set_up(void **state)
{
    (void)state;
    events_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    events_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_oracle),
        cmocka_unit_test(test_random_lives),
    };
    return cmocka_run_group_tests_name("events", tests, set_up, tear_down);
}
