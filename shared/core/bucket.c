/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Levels are times, so that refilling is an addition. Comparisons are made in the product of tokens and
 * nanoseconds, where no fraction exists; only what is left after taking is rounded, and that downwards. A
 * level may stand above the capacity between calls and is cut to it whenever it is read.
 */
#include "core/bucket.h"

__extension__ typedef unsigned __int128 product;

/* The time for which the clock went forward since the last change. */
static uint64_t elapsed_ns(const struct bednet_bucket *bucket, uint64_t now_ns)
{
    return now_ns > bucket->updated_ns ? now_ns - bucket->updated_ns : 0;
}

static uint64_t refilled_ns(const struct bednet_bucket *bucket, uint64_t now_ns)
{
    uint64_t gained_ns = elapsed_ns(bucket, now_ns);

    return gained_ns > UINT64_MAX - bucket->level_ns ? UINT64_MAX : bucket->level_ns + gained_ns;
}

static product capacity(const struct bednet_bucket_rate *rate)
{
    return (product)rate->burst * rate->period_ns;
}

void bednet_bucket_fill(struct bednet_bucket *bucket, const struct bednet_bucket_rate *rate, uint64_t now_ns)
{
    product full_ns = (capacity(rate) + rate->tokens - 1) / rate->tokens;

    bucket->level_ns = full_ns < UINT64_MAX ? (uint64_t)full_ns : UINT64_MAX;
    bucket->updated_ns = now_ns;
}

bool bednet_bucket_take(struct bednet_bucket *bucket, const struct bednet_bucket_rate *rate, uint64_t tokens,
                        uint64_t now_ns)
{
    uint64_t level_ns = refilled_ns(bucket, now_ns);
    product level = (product)level_ns * rate->tokens;
    product cost = (product)tokens * rate->period_ns;

    bucket->updated_ns = now_ns;
    bucket->level_ns = level_ns;
    if (level > capacity(rate)) {
        level = capacity(rate);
    }
    if (tokens > rate->burst || cost > level) {
        return false;
    }
    level -= cost;
    /* The same quotient both ways; the short division is many times cheaper and nearly always enough. */
    bucket->level_ns =
        level <= UINT64_MAX ? (uint64_t)level / rate->tokens : (uint64_t)(level / rate->tokens);
    return true;
}

bool bednet_bucket_is_full(const struct bednet_bucket *bucket, const struct bednet_bucket_rate *rate,
                           uint64_t now_ns)
{
    return (product)refilled_ns(bucket, now_ns) * rate->tokens >= capacity(rate);
}
