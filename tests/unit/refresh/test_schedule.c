/* SPDX-License-Identifier: Apache-2.0 */
/* When the next fetch is due, with a clock and a die of the test's own. */
#include "cmocka_first.h"

#include "refresh/schedule.h"

static const struct bednet_schedule_limits limits = {
    .ask_ms = 30000, .least_ms = 60000, .retry_first_ms = 2000, .retry_most_ms = 300000};

#define NOW 1000000

static struct bednet_schedule begun(void)
{
    struct bednet_schedule schedule;
    bednet_schedule_start(&schedule, NOW);
    assert_int_equal(schedule.due_ms, NOW);
    bednet_schedule_begin(&schedule, NOW);
    return schedule;
}

static void success(void **state)
{
    static const struct {
        int64_t life_ms;
        uint32_t chance;
        int64_t pause_ms;
    } cases[] = {
        {600000, 0, 600000},
        {600000, 59999, 540001},
        {600000, 60000, 600000},
        {600000, UINT32_MAX, 552705},
        {60000, 5999, 60000},
        {0, 7, 60000},
        {-5, 7, 60000},
        {1, UINT32_MAX, 60000},
        {INT64_C(86400000), 0, INT64_C(86400000)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bednet_schedule schedule = begun();
        bednet_schedule_succeed(&schedule, &limits, NOW + 500, cases[i].life_ms, cases[i].chance);
        assert_int_equal(schedule.due_ms, NOW + 500 + cases[i].pause_ms);
        assert_int_equal(schedule.failures, 0);
    }
}

/* Doubling, up to the most; never less than half of it, and never none. */
static void failures(void **state)
{
    static const int64_t pauses[] = {2000,   4000,   8000,   16000,  32000, 64000,
                                     128000, 256000, 300000, 300000, 300000};
    struct bednet_schedule schedule = begun();
    (void)state;
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        struct bednet_schedule other = schedule;
        bednet_schedule_fail(&other, &limits, NOW, (uint32_t)(pauses[i] / 2));
        assert_int_equal(other.due_ms, NOW + pauses[i] - pauses[i] / 2);
        bednet_schedule_fail(&schedule, &limits, NOW, 0);
        assert_int_equal(schedule.due_ms, NOW + pauses[i]);
        assert_int_equal(schedule.failures, i + 1);
    }
    schedule.failures = UINT32_MAX;
    bednet_schedule_fail(&schedule, &limits, NOW, UINT32_MAX);
    assert_between(schedule.due_ms, NOW + 150000, NOW + 300000);
    assert_int_equal(schedule.failures, UINT32_MAX);
    bednet_schedule_succeed(&schedule, &limits, NOW, 600000, 0);
    bednet_schedule_fail(&schedule, &limits, NOW, 0);
    assert_int_equal(schedule.due_ms, NOW + 2000);
}

static void asked_after_a_success(void **state)
{
    struct bednet_schedule schedule = begun();
    (void)state;
    bednet_schedule_succeed(&schedule, &limits, NOW + 100, 600000, 0);
    for (int64_t later = 200; later < 29000; later += 1000) {
        bednet_schedule_ask(&schedule, &limits, NOW + later);
        assert_int_equal(schedule.due_ms, NOW + 30000);
    }
    bednet_schedule_succeed(&schedule, &limits, NOW + 100, 600000, 0);
    schedule.asked = false;
    schedule.due_ms = NOW + 600000;
    bednet_schedule_ask(&schedule, &limits, NOW + 45000);
    assert_int_equal(schedule.due_ms, NOW + 45000);
}

/* A question makes nothing later, and is forgotten when the next fetch begins. */
static void asked_when_it_is_due_anyhow(void **state)
{
    struct bednet_schedule schedule = begun();
    (void)state;
    bednet_schedule_fail(&schedule, &limits, NOW, 0);
    bednet_schedule_ask(&schedule, &limits, NOW + 1);
    assert_int_equal(schedule.due_ms, NOW + 2000);
    bednet_schedule_begin(&schedule, NOW + 2000);
    bednet_schedule_succeed(&schedule, &limits, NOW + 2100, 600000, 0);
    assert_int_equal(schedule.due_ms, NOW + 602100);
}

static void asked_during_a_fetch(void **state)
{
    struct bednet_schedule schedule = begun();
    (void)state;
    bednet_schedule_ask(&schedule, &limits, NOW + 50);
    bednet_schedule_succeed(&schedule, &limits, NOW + 100, 600000, 0);
    assert_int_equal(schedule.due_ms, NOW + 30000);
    bednet_schedule_begin(&schedule, NOW + 30000);
    schedule.failures = 20;
    bednet_schedule_ask(&schedule, &limits, NOW + 30050);
    bednet_schedule_fail(&schedule, &limits, NOW + 45000, 0);
    assert_int_equal(schedule.due_ms, NOW + 60000);
}

static void asked_before_the_first(void **state)
{
    struct bednet_schedule schedule;
    (void)state;
    bednet_schedule_start(&schedule, NOW);
    bednet_schedule_ask(&schedule, &limits, NOW);
    assert_int_equal(schedule.due_ms, NOW);
}

/* Whatever comes in whatever order, two beginnings are never closer than the least of the pauses. */
static void never_busy(void **state)
{
    struct bednet_schedule schedule;
    uint32_t random = 1;
    int64_t now = NOW;
    int64_t last = 0;
    (void)state;
    bednet_schedule_start(&schedule, now);
    for (unsigned i = 0; i < 20000; i++) {
        now = now > schedule.due_ms ? now : schedule.due_ms;
        assert_true(last == 0 || now - last >= limits.retry_first_ms / 2);
        last = now;
        bednet_schedule_begin(&schedule, now);
        random = random * 1664525 + 1013904223;
        if (random >> 30 & 1)
            bednet_schedule_ask(&schedule, &limits, now);
        if (random >> 29 & 1)
            bednet_schedule_succeed(&schedule, &limits, now, random % 100000, random);
        else
            bednet_schedule_fail(&schedule, &limits, now, random);
        if (random >> 28 & 1)
            bednet_schedule_ask(&schedule, &limits, now);
        assert_true(schedule.due_ms <= now + limits.retry_most_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success),
        cmocka_unit_test(failures),
        cmocka_unit_test(asked_after_a_success),
        cmocka_unit_test(asked_when_it_is_due_anyhow),
        cmocka_unit_test(asked_during_a_fetch),
        cmocka_unit_test(asked_before_the_first),
        cmocka_unit_test(never_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
