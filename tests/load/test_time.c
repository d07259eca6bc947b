/* SPDX-License-Identifier: Apache-2.0 */
/* What waits: back-off with jitter, and alarms. */
#include "alarm.h"
#include "backoff.h"
#include "cmocka_first.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000000)

enum { SLEEPERS = 500 };

static void backs_off_to_the_most_and_no_further(void **state)
{
    (void)state;
    const struct bednet_backoff backoff = {SECOND, 60 * SECOND};
    const int64_t wanted[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_true(bednet_backoff_bound(&backoff, i) == wanted[i] * SECOND);
    assert_true(bednet_backoff_bound(&backoff, 4000000000u) == 60 * SECOND);
    const struct bednet_backoff flat = {SECOND, SECOND};
    assert_true(bednet_backoff_bound(&flat, 0) == SECOND && bednet_backoff_bound(&flat, 9) == SECOND);
}

/* Full jitter: from nothing to the bound, and evenly. */
static void spreads_evenly_below_the_bound(void **state)
{
    (void)state;
    const struct bednet_backoff backoff = {SECOND, 60 * SECOND};
    unsigned short random[3] = {7, 7, 7};
    int tenths[10] = {0};
    for (int i = 0; i < 10000; i++) {
        int64_t delay = bednet_backoff_delay(&backoff, 3, random);
        assert_true(delay >= 0 && delay < 8 * SECOND);
        tenths[delay * 10 / (8 * SECOND)]++;
    }
    for (int i = 0; i < 10; i++)
        assert_between(tenths[i], 850, 1150);
}

static void draws_the_same_from_the_same_seed(void **state)
{
    (void)state;
    const struct bednet_backoff backoff = {SECOND, 60 * SECOND};
    unsigned short one[3] = {1, 0, 0}, same[3] = {1, 0, 0}, other[3] = {2, 0, 0};
    int different = 0;
    for (unsigned i = 0; i < 20; i++) {
        int64_t delay = bednet_backoff_delay(&backoff, i, one);
        assert_true(delay == bednet_backoff_delay(&backoff, i, same));
        different += delay != bednet_backoff_delay(&backoff, i, other);
    }
    assert_true(different > 10);
}

static void rings_nobody_who_sleeps(void **state)
{
    (void)state;
    struct bednet_alarms alarms;
    struct bednet_alarm one = {0};
    assert_true(bednet_alarms_init(&alarms, 1));
    assert_null(bednet_alarms_take(&alarms, INT64_MAX - 1));
    bednet_alarms_set(&alarms, &one, 10);
    assert_null(bednet_alarms_take(&alarms, 9));
    bednet_alarms_set(&alarms, &one, BEDNET_ALARM_NEVER);
    bednet_alarms_set(&alarms, &one, BEDNET_ALARM_NEVER);
    assert_null(bednet_alarms_take(&alarms, 100));
    assert_true(bednet_alarms_next(&alarms) == BEDNET_ALARM_NEVER);
    bednet_alarms_set(&alarms, &one, 10);
    assert_ptr_equal(bednet_alarms_take(&alarms, 10), &one);
    assert_null(bednet_alarms_take(&alarms, 100));
    bednet_alarms_free(&alarms);
}

/* Set, moved and taken out at random: what rings is always the earliest, and everybody rings once. */
static void rings_in_order(void **state)
{
    (void)state;
    static struct bednet_alarm sleepers[SLEEPERS];
    unsigned short random[3] = {3, 1, 4};
    struct bednet_alarms alarms;
    int awake = 0, set = 0;
    assert_true(bednet_alarms_init(&alarms, SLEEPERS));
    for (int i = 0; i < 10 * SLEEPERS; i++)
        bednet_alarms_set(&alarms, &sleepers[nrand48(random) % SLEEPERS],
                          nrand48(random) % 5 == 0 ? BEDNET_ALARM_NEVER : nrand48(random) % 1000);
    for (int i = 0; i < SLEEPERS; i++)
        set += sleepers[i].place != 0;
    assert_int_equal(set, alarms.count);
    assert_true(set > SLEEPERS / 2);
    for (int64_t last = -1, next; (next = bednet_alarms_next(&alarms)) != BEDNET_ALARM_NEVER;
         last = next, awake++) {
        assert_true(next >= last);
        assert_null(bednet_alarms_take(&alarms, next - 1));
        assert_int_equal(bednet_alarms_take(&alarms, next)->place, 0);
    }
    assert_int_equal(awake, set);
    bednet_alarms_free(&alarms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backs_off_to_the_most_and_no_further),
        cmocka_unit_test(spreads_evenly_below_the_bound), cmocka_unit_test(draws_the_same_from_the_same_seed),
        cmocka_unit_test(rings_nobody_who_sleeps), cmocka_unit_test(rings_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
