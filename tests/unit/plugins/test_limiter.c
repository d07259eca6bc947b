/* SPDX-License-Identifier: Apache-2.0 */
/* The limiter with an injected clock: against one naive bucket per client, its bound, and its rules. */
#include "cmocka_first.h"

#include "plugins/limit/limiter.h"
#include "unit/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

static int64_t tracked(void)
{
    return bednet_gauge_get(BEDNET_GAUGE_RATELIMIT_KEYS);
}

static const struct bednet_hash_key KEY = {{9}};

static const struct bednet_publish_limit MESSAGES = {
    .has_messages = true,
    .messages = {.tokens = 10, .period_ns = SECOND, .burst = 5},
    .source = {3, 1},
};
static const struct bednet_limits_policy TEN_PER_SECOND = {&MESSAGES, 1};

static uint64_t exact_ns;     /* what the exact clock says */
static uint64_t grain_ns = 1; /* what the other one counts in */

static uint64_t exact(void)
{
    return exact_ns;
}

static unsigned asked; /* how often somebody was to say who is exempt */

static bool is_an_engineer(void *id)
{
    asked++;
    return id != NULL && strncmp(id, "engineer", 8) == 0;
}

static struct bednet_decision take_at(struct bednet_limiter *limiter,
                                      const struct bednet_limits_policy *policy, uint32_t generation,
                                      const char *id, uint64_t bytes, uint64_t now)
{
    char name[16];
    exact_ns = now;
    const struct bednet_limiter_message message = {
        .client_id = bednet_text(id),
        .bytes = bytes,
        .now_ns = now - now % grain_ns,
        .exact_ns = exact,
        .is_exempt = is_an_engineer,
        .context = id == NULL ? NULL : strcpy(name, id),
    };
    struct bednet_decision decision = {0};
    bednet_limiter_take(limiter, policy, generation, &message, &decision);
    return decision;
}

static enum bednet_reason take(struct bednet_limiter *limiter, const struct bednet_limits_policy *policy,
                               const char *id, uint64_t bytes, uint64_t now)
{
    struct bednet_decision decision = take_at(limiter, policy, 1, id, bytes, now);
    if (decision.verdict == BEDNET_DENY)
        assert_int_not_equal(decision.reason, BEDNET_REASON_NONE);
    else
        assert_int_equal(decision.verdict, BEDNET_DEFER);
    return decision.verdict == BEDNET_DENY ? decision.reason : BEDNET_REASON_NONE;
}

static void test_burst_then_rate(void **state)
{
    (void)state;
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 10);
    for (int i = 0; i < 5; i++)
        assert_int_equal(take(limiter, &TEN_PER_SECOND, "a", 1, SECOND), BEDNET_REASON_NONE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "a", 1, SECOND), BEDNET_REASON_MESSAGE_RATE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "b", 1, SECOND), BEDNET_REASON_NONE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "a", 1, SECOND + SECOND / 10), BEDNET_REASON_NONE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "a", 1, SECOND + SECOND / 10),
                     BEDNET_REASON_MESSAGE_RATE);
    bednet_limiter_free(limiter);
}

/* A clock that goes by steps of some milliseconds makes no difference but in when what flows in is there. */
static void test_a_late_clock_refuses_nothing_and_gives_no_more(void **state)
{
    (void)state;
    enum { MS = 1000000, GRAIN_MS = 4, THOUSAND = 1000 };
    const struct bednet_publish_limit thousand = {
        .has_messages = true, .messages = {THOUSAND, SECOND, 1}, .source = {3, 1}};
    const struct bednet_limits_policy policy = {&thousand, 1};
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 10);
    uint64_t passed = 0;
    grain_ns = GRAIN_MS * MS;
    for (uint64_t ms = THOUSAND; ms < 2 * THOUSAND; ms++)
        assert_int_equal(take(limiter, &policy, "steady", 1, ms * MS), BEDNET_REASON_NONE);
    for (uint64_t quarter = 0; quarter < 4 * THOUSAND; quarter++)
        passed += take(limiter, &policy, "greedy", 1, 2 * SECOND + quarter * (MS / 4)) == BEDNET_REASON_NONE;
    grain_ns = 1;
    assert_between(passed, THOUSAND, THOUSAND + GRAIN_MS + 1);
    bednet_limiter_free(limiter);
}

static void test_denial_names_its_rule_and_takes_nothing_elsewhere(void **state)
{
    (void)state;
    const struct bednet_publish_limit rules[] = {
        {.has_messages = true, .messages = {10, SECOND, 100}, .source = {3, 1}},
        {.has_bytes = true, .bytes = {100, SECOND, 100}, .source = {4, 1}},
    };
    const struct bednet_limits_policy policy = {rules, 2};
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 10);
    for (int i = 0; i < 1000; i++) {
        struct bednet_decision decision = take_at(limiter, &policy, 1, "a", 101, SECOND);
        assert_int_equal(decision.verdict, BEDNET_DENY);
        assert_int_equal(decision.reason, BEDNET_REASON_BYTE_RATE);
        assert_int_equal(decision.rule.line, 4);
    }
    /* A thousand refusals by bytes left the bucket of messages full. */
    for (int i = 0; i < 100; i++)
        assert_int_equal(take(limiter, &policy, "a", 1, SECOND), BEDNET_REASON_NONE);
    assert_int_equal(take(limiter, &policy, "a", 0, SECOND), BEDNET_REASON_MESSAGE_RATE);
    bednet_limiter_free(limiter);
}

static void test_coming_back_does_not_refill(void **state)
{
    (void)state;
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 2);
    for (int i = 0; i < 5; i++)
        take(limiter, &TEN_PER_SECOND, "flood", 1, SECOND);
    /* Others fill the table, but whose buckets have not refilled is not forgotten. */
    char id[16];
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "x%d", i);
        take(limiter, &TEN_PER_SECOND, id, 1, SECOND);
    }
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "flood", 1, SECOND), BEDNET_REASON_MESSAGE_RATE);
    assert_int_equal(tracked(), 2);
    bednet_limiter_free(limiter);
}

static void test_newcomers_without_room_share(void **state)
{
    (void)state;
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 1);
    take(limiter, &TEN_PER_SECOND, "busy", 1, SECOND);
    char id[16];
    int passed = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "x%d", i);
        passed += take(limiter, &TEN_PER_SECOND, id, 1, SECOND) == BEDNET_REASON_NONE;
    }
    assert_int_equal(passed, 5);
    /* Once the silent one has refilled, a newcomer gets its place. */
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "late", 1, 3 * SECOND), BEDNET_REASON_NONE);
    for (int i = 0; i < 4; i++)
        assert_int_equal(take(limiter, &TEN_PER_SECOND, "late", 1, 3 * SECOND), BEDNET_REASON_NONE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "late", 1, 3 * SECOND), BEDNET_REASON_MESSAGE_RATE);
    bednet_limiter_free(limiter);
}

/* Neither the generation nor the line makes other limits. */
static void test_the_same_limits_refill_nothing(void **state)
{
    (void)state;
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 1);
    struct bednet_publish_limit moved = MESSAGES;
    const struct bednet_limits_policy later = {&moved, 1};
    static const char *const ids[] = {"known", "shares", "shares-too"};
    for (int i = 0; i < 5; i++) {
        take(limiter, &TEN_PER_SECOND, "known", 1, SECOND);
        take(limiter, &TEN_PER_SECOND, "shares", 1, SECOND);
    }
    for (uint32_t generation = 2; generation < 50; generation++) {
        moved.source.line = generation;
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
            struct bednet_decision decision = take_at(limiter, &later, generation, ids[i], 1, SECOND);
            assert_int_equal(decision.verdict, BEDNET_DENY);
            assert_int_equal(decision.rule.line, generation);
        }
    }
    /* What flows in meanwhile is there. */
    assert_int_equal(take_at(limiter, &later, 50, "known", 1, SECOND + SECOND / 10).verdict, BEDNET_DEFER);
    assert_int_equal(take_at(limiter, &later, 50, "known", 1, SECOND + SECOND / 10).verdict, BEDNET_DENY);
    bednet_limiter_free(limiter);
}

static void test_any_other_limit_starts_anew(void **state)
{
    (void)state;
    const struct bednet_publish_limit both = {
        .has_messages = true, .has_bytes = true, .messages = {10, SECOND, 5}, .bytes = {1, 3600 * SECOND, 5}};
    struct bednet_publish_limit others[8];
    for (int i = 0; i < 8; i++)
        others[i] = both;
    others[0].has_bytes = false;
    others[1].has_messages = false;
    others[2].messages.tokens++;
    others[3].messages.period_ns++;
    others[4].messages.burst++;
    others[5].bytes.tokens++;
    others[6].bytes.period_ns++;
    others[7].bytes.burst++;
    for (int i = 0; i < 8; i++) {
        struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 1);
        const struct bednet_limits_policy before = {&both, 1}, after = {&others[i], 1};
        for (int full = 5; full >= 0; full--) {
            enum bednet_verdict expected = full > 0 ? BEDNET_DEFER : BEDNET_DENY;
            assert_int_equal(take_at(limiter, &before, 1, "known", 1, SECOND).verdict, expected);
            assert_int_equal(take_at(limiter, &before, 1, "shares", 1, SECOND).verdict, expected);
        }
        assert_int_equal(take_at(limiter, &after, 2, "known", 1, SECOND).verdict, BEDNET_DEFER);
        assert_int_equal(take_at(limiter, &after, 2, "shares", 1, SECOND).verdict, BEDNET_DEFER);
        bednet_limiter_free(limiter);
    }
}

/* Who is exempt leaves to others what they share, but hears what they would; and is not counted among them.
 */
static void test_who_is_exempt_does_not_share(void **state)
{
    (void)state;
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 1);
    long long shared = metric("mosquitto_ratelimit_shared_total");
    take(limiter, &TEN_PER_SECOND, "busy", 1, SECOND);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(take(limiter, &TEN_PER_SECOND, "engineer", 1, SECOND), BEDNET_REASON_NONE);
    assert_int_equal(metric("mosquitto_ratelimit_shared_total"), shared);
    for (int i = 0; i < 5; i++)
        assert_int_equal(take(limiter, &TEN_PER_SECOND, "device", 1, SECOND), BEDNET_REASON_NONE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "device", 1, SECOND), BEDNET_REASON_MESSAGE_RATE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, "engineer", 1, SECOND), BEDNET_REASON_MESSAGE_RATE);
    assert_int_equal(metric("mosquitto_ratelimit_shared_total"), shared + 6);
    bednet_limiter_free(limiter);
}

/* Looking somebody up costs more than all the rest. */
static void test_nobody_is_asked_about_who_has_buckets(void **state)
{
    (void)state;
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 1);
    asked = 0;
    for (int i = 0; i < 10; i++)
        assert_int_equal(take(limiter, &TEN_PER_SECOND, "engineer", 1, SECOND),
                         i < 5 ? BEDNET_REASON_NONE : BEDNET_REASON_MESSAGE_RATE);
    assert_int_equal(asked, 0);
    take(limiter, &TEN_PER_SECOND, "device", 1, SECOND);
    assert_int_equal(asked, 1);
    bednet_limiter_free(limiter);
}

static void test_new_policy_starts_anew(void **state)
{
    (void)state;
    const struct bednet_publish_limit rules[] = {MESSAGES, MESSAGES, MESSAGES};
    const struct bednet_limits_policy bigger = {rules, 3};
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 4);
    for (uint32_t generation = 1; generation < 50; generation++) {
        const struct bednet_limits_policy *policy = generation % 2 ? &TEN_PER_SECOND : &bigger;
        assert_int_equal(take_at(limiter, policy, generation, "a", 1, SECOND).verdict, BEDNET_DEFER);
        assert_int_equal(tracked(), 1);
    }
    bednet_limiter_free(limiter);
}

static enum bednet_verdict take_of(struct bednet_limiter *limiter, uint32_t generation, const char *id)
{
    static const struct bednet_publish_limit rules[] = {
        {.has_messages = true, .messages = {1, 3600 * SECOND, 2}, .source = {3, 1}},
        {.has_bytes = true, .bytes = {1, 3600 * SECOND, 1000}, .source = {4, 1}},
    };
    static const struct bednet_limits_policy policies[] = {{rules, 1}, {rules, 2}};
    return take_at(limiter, &policies[generation % 2], generation, id, 1, SECOND).verdict;
}

/* However many there were: each starts anew when it is its turn, and who does not come back makes room. */
static void test_a_new_policy_makes_room(void **state)
{
    (void)state;
    enum { CAPACITY = 100 };
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, CAPACITY);
    char id[16];
    for (uint32_t generation = 1; generation < 10; generation++) {
        /* Half of them were there before, with another number of buckets. */
        for (unsigned i = 0; i < CAPACITY; i++) {
            snprintf(id, sizeof id, "%u", generation * CAPACITY / 2 + i);
            for (int message = 0; message < 3; message++)
                assert_int_equal(take_of(limiter, generation, id), message < 2 ? BEDNET_DEFER : BEDNET_DENY);
        }
        assert_int_equal(tracked(), CAPACITY);
        /* No room is left, for they are of this policy: these two share what is for the others. */
        assert_int_equal(take_of(limiter, generation, "late"), BEDNET_DEFER);
        assert_int_equal(take_of(limiter, generation, "later"), BEDNET_DEFER);
        assert_int_equal(take_of(limiter, generation, "late"), BEDNET_DENY);
        assert_int_equal(tracked(), CAPACITY);
    }
    bednet_limiter_free(limiter);
}

static void test_absent_and_empty_ids(void **state)
{
    (void)state;
    struct bednet_limiter *limiter = bednet_limiter_new(&KEY, 4);
    for (int i = 0; i < 5; i++)
        assert_int_equal(take(limiter, &TEN_PER_SECOND, i % 2 ? NULL : "", 1, SECOND), BEDNET_REASON_NONE);
    assert_int_equal(take(limiter, &TEN_PER_SECOND, NULL, 1, SECOND), BEDNET_REASON_MESSAGE_RATE);
    bednet_limiter_free(limiter);
}

#define CLIENTS 8

static void test_agrees_with_one_naive_bucket_per_client(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        srand(seed);
        struct bednet_limiter *limiter = bednet_limiter_new(&KEY, CLIENTS);
        double level[CLIENTS];
        uint64_t updated[CLIENTS], now = SECOND;
        for (int i = 0; i < CLIENTS; i++) {
            level[i] = 5;
            updated[i] = now;
        }
        for (int i = 0; i < 20000; i++) {
            /* Whole hundredths of a second and a rate of ten: every level is a multiple of a tenth. */
            now += (uint64_t)(rand() % 3) * SECOND / 100;
            int c = rand() % CLIENTS;
            char id[2] = {(char)('a' + c), '\0'};
            level[c] += 10.0 * (double)(now - updated[c]) / SECOND;
            level[c] = level[c] > 5 ? 5 : level[c];
            updated[c] = now;
            bool expected = level[c] >= 1 - 1e-6;
            level[c] -= expected;
            assert_int_equal(take(limiter, &TEN_PER_SECOND, id, 1, now) == BEDNET_REASON_NONE, expected);
        }
        bednet_limiter_free(limiter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_then_rate),
        cmocka_unit_test(test_a_late_clock_refuses_nothing_and_gives_no_more),
        cmocka_unit_test(test_denial_names_its_rule_and_takes_nothing_elsewhere),
        cmocka_unit_test(test_coming_back_does_not_refill),
        cmocka_unit_test(test_newcomers_without_room_share),
        cmocka_unit_test(test_the_same_limits_refill_nothing),
        cmocka_unit_test(test_any_other_limit_starts_anew),
        cmocka_unit_test(test_who_is_exempt_does_not_share),
        cmocka_unit_test(test_nobody_is_asked_about_who_has_buckets),
        cmocka_unit_test(test_new_policy_starts_anew),
        cmocka_unit_test(test_a_new_policy_makes_room),
        cmocka_unit_test(test_absent_and_empty_ids),
        cmocka_unit_test(test_agrees_with_one_naive_bucket_per_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
