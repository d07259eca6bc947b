/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bucket never gives more than it may, and hardly less: against one that keeps exact fractions. The test
 * owns the clock.
 */
#include "cmocka_first.h"

#include "core/bucket.h"
#include "naive.h"

__extension__ typedef unsigned __int128 exact;

#define SECOND UINT64_C(1000000000)

static void more_than_the_burst_is_never_there(void **state)
{
    struct bednet_bucket_rate rate = {10, SECOND, 5};
    struct bednet_bucket bucket;

    (void)state;
    bednet_bucket_fill(&bucket, &rate, 0);
    assert_false(bednet_bucket_take(&bucket, &rate, 6, 0));
    assert_false(bednet_bucket_take(&bucket, &rate, 6, 1000 * SECOND));
    assert_false(bednet_bucket_take(&bucket, &rate, UINT64_MAX, UINT64_MAX));
    assert_true(bednet_bucket_take(&bucket, &rate, 5, UINT64_MAX));
    assert_false(bednet_bucket_take(&bucket, &rate, 1, UINT64_MAX));
}

static void what_is_refused_costs_nothing(void **state)
{
    struct bednet_bucket_rate rate = {1, SECOND, 10};
    struct bednet_bucket bucket;

    (void)state;
    bednet_bucket_fill(&bucket, &rate, 0);
    assert_true(bednet_bucket_take(&bucket, &rate, 7, 0));
    for (int i = 0; i < 100; i++) {
        assert_false(bednet_bucket_take(&bucket, &rate, 4, 0));
    }
    assert_true(bednet_bucket_take(&bucket, &rate, 3, 0));
    assert_false(bednet_bucket_take(&bucket, &rate, 1, SECOND - 1));
    assert_true(bednet_bucket_take(&bucket, &rate, 1, SECOND));
    assert_true(bednet_bucket_take(&bucket, &rate, 0, SECOND));
}

/* Steps of {tokens, wait before in ms, expected} at 10 a second, burst 3. */
static void a_table_of_takes(void **state)
{
    static const struct {
        uint64_t tokens, wait_ms;
        bool taken;
    } steps[] = {{3, 0, true},  {1, 0, false},  {1, 99, false}, {1, 1, true},    {2, 199, false},
                 {2, 1, true},  {1, 0, false},  {3, 300, true}, {3, 299, false}, {3, 100000, true},
                 {1, 0, false}, {1, 50, false}, {1, 50, true}};
    struct bednet_bucket_rate rate = {10, SECOND, 3};
    struct bednet_bucket bucket;
    uint64_t now_ns = 5 * SECOND;

    (void)state;
    bednet_bucket_fill(&bucket, &rate, now_ns);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        now_ns += steps[i].wait_ms * 1000000;
        if (bednet_bucket_take(&bucket, &rate, steps[i].tokens, now_ns) != steps[i].taken) {
            fail_msg("step %zu", i);
        }
    }
}

static void a_clock_that_steps_back_neither_refills_nor_freezes(void **state)
{
    struct bednet_bucket_rate rate = {1, SECOND, 2};
    struct bednet_bucket bucket;

    (void)state;
    bednet_bucket_fill(&bucket, &rate, 1000 * SECOND);
    assert_true(bednet_bucket_take(&bucket, &rate, 2, 1000 * SECOND));
    assert_false(bednet_bucket_take(&bucket, &rate, 1, 10 * SECOND));
    assert_false(bednet_bucket_take(&bucket, &rate, 1, 11 * SECOND - 1));
    assert_true(bednet_bucket_take(&bucket, &rate, 1, 11 * SECOND));
    assert_false(bednet_bucket_is_full(&bucket, &rate, 5 * SECOND));
    assert_false(bednet_bucket_take(&bucket, &rate, 1, 0));
}

static void fullness_is_exact(void **state)
{
    struct bednet_bucket_rate rate = {3, 10, 4}; /* 13 1/3 ns to fill */
    struct bednet_bucket bucket;

    (void)state;
    bednet_bucket_fill(&bucket, &rate, 0);
    assert_true(bednet_bucket_is_full(&bucket, &rate, 0));
    assert_true(bednet_bucket_take(&bucket, &rate, 4, 0));
    assert_false(bednet_bucket_is_full(&bucket, &rate, 13));
    assert_true(bednet_bucket_is_full(&bucket, &rate, 14));
    assert_false(bednet_bucket_take(&bucket, &rate, 4, 13));
    assert_true(bednet_bucket_take(&bucket, &rate, 4, 14));
}

static void extremes_saturate(void **state)
{
    struct bednet_bucket_rate slow = {1, BEDNET_BUCKET_PERIOD_NS_MAX, BEDNET_BUCKET_TOKENS_MAX};
    struct bednet_bucket_rate quick = {BEDNET_BUCKET_TOKENS_MAX, 1, BEDNET_BUCKET_TOKENS_MAX};
    struct bednet_bucket bucket;

    (void)state;
    /* Takes longer than the clock runs to fill: gives what 2^64-1 ns are worth, and no more. */
    bednet_bucket_fill(&bucket, &slow, 0);
    assert_int_equal(bucket.level_ns, UINT64_MAX);
    assert_false(bednet_bucket_take(&bucket, &slow, BEDNET_BUCKET_TOKENS_MAX, UINT64_MAX));
    assert_true(bednet_bucket_take(&bucket, &slow, UINT64_MAX / BEDNET_BUCKET_PERIOD_NS_MAX, UINT64_MAX));
    assert_false(bednet_bucket_take(&bucket, &slow, 1, UINT64_MAX));
    bednet_bucket_fill(&bucket, &quick, 0);
    assert_true(bednet_bucket_take(&bucket, &quick, BEDNET_BUCKET_TOKENS_MAX, 0));
    assert_false(bednet_bucket_take(&bucket, &quick, 1, 0));
    assert_true(bednet_bucket_take(&bucket, &quick, BEDNET_BUCKET_TOKENS_MAX, 1));
    /* A jump over the whole range of the clock is just a full bucket. */
    assert_true(bednet_bucket_take(&bucket, &quick, BEDNET_BUCKET_TOKENS_MAX, UINT64_MAX));
    assert_false(bednet_bucket_take(&bucket, &quick, 1, UINT64_MAX));
}

/* Level in tokens times period_ns: every quantity is then an integer, and nothing is ever rounded. */
struct exact_bucket {
    exact level;
    uint64_t updated_ns;
};

static exact exact_level(const struct exact_bucket *bucket, const struct bednet_bucket_rate *rate,
                         uint64_t now_ns)
{
    exact full = (exact)rate->burst * rate->period_ns;
    exact level = bucket->level;

    if (now_ns > bucket->updated_ns) {
        level += (exact)(now_ns - bucket->updated_ns) * rate->tokens;
    }
    return level < full ? level : full;
}

static uint64_t some_rate(uint64_t *seed)
{
    static const unsigned bounds[] = {3, 10, 100, 1000, 1000000};

    return 1 + naive_below(seed, bounds[naive_below(seed, 5)]);
}

/*
 * The exact bucket follows the decisions of ours: it must always have what ours gave away. And what ours
 * refused may at most be short by a nanosecond's filling for each time it gave something.
 */
static void never_more_and_hardly_less_than_exact(void **state)
{
    uint64_t seed = 8;
    unsigned long taken = 0, refused = 0;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct bednet_bucket_rate rate = {some_rate(&seed), some_rate(&seed), some_rate(&seed)};
        uint64_t now_ns = naive_random(&seed) >> 1;
        struct exact_bucket reference = {(exact)rate.burst * rate.period_ns, now_ns};
        struct bednet_bucket bucket;
        uint64_t given = 0;

        bednet_bucket_fill(&bucket, &rate, now_ns);
        for (int step = 0; step < 200; step++) {
            uint64_t tokens =
                naive_below(&seed, 4) ? naive_below(&seed, 4) : naive_random(&seed) % (rate.burst + 2);
            uint64_t wait_ns = naive_below(&seed, 3) ? naive_below(&seed, 8) : some_rate(&seed);
            exact level, cost = (exact)tokens * rate.period_ns;

            now_ns = naive_below(&seed, 20) == 0 ? now_ns - wait_ns : now_ns + wait_ns;
            level = exact_level(&reference, &rate, now_ns);
            reference = (struct exact_bucket){level, now_ns};
            if (bednet_bucket_take(&bucket, &rate, tokens, now_ns)) {
                if (level < cost || tokens > rate.burst) {
                    fail_msg("seed 8, round %d, step %d: too much", round, step);
                }
                reference.level -= cost;
                given++;
                taken++;
            } else {
                if (tokens <= rate.burst && level >= cost + (exact)given * rate.tokens) {
                    fail_msg("seed 8, round %d, step %d: too little", round, step);
                }
                refused++;
            }
        }
    }
    assert_true(taken > 100000 && refused > 100000);
}

/* Over any stretch of time, whatever was asked: the sum is bounded by burst and rate. */
static void sums_are_bounded(void **state)
{
    uint64_t seed = 9;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct bednet_bucket_rate rate = {1 + naive_below(&seed, 50), 1 + naive_below(&seed, 50),
                                          1 + naive_below(&seed, 30)};
        struct bednet_bucket bucket;
        exact sum = 0;

        bednet_bucket_fill(&bucket, &rate, 0);
        for (uint64_t now_ns = 0; now_ns < 2000; now_ns += naive_below(&seed, 3)) {
            uint64_t tokens = 1 + naive_below(&seed, 3);

            sum += bednet_bucket_take(&bucket, &rate, tokens, now_ns) ? tokens : 0;
            /* sum <= burst + now * tokens / period, without the division */
            assert_true(sum * rate.period_ns <=
                        (exact)rate.burst * rate.period_ns + (exact)now_ns * rate.tokens);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_the_burst_is_never_there),
        cmocka_unit_test(what_is_refused_costs_nothing),
        cmocka_unit_test(a_table_of_takes),
        cmocka_unit_test(a_clock_that_steps_back_neither_refills_nor_freezes),
        cmocka_unit_test(fullness_is_exact),
        cmocka_unit_test(extremes_saturate),
        cmocka_unit_test(never_more_and_hardly_less_than_exact),
        cmocka_unit_test(sums_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
