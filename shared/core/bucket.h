/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token bucket in integers. The caller gives the time, so tests own the clock. Between any two moments never
 * more than `burst` and what flowed in meanwhile gets through, exactly; rounding costs the taker less than a
 * nanosecond's filling each time. Saturates instead of overflowing; a clock that steps back neither refills
 * nor freezes it: what counts is how far it went forward in all. One thread at a time.
 */
#ifndef BEDNET_CORE_BUCKET_H
#define BEDNET_CORE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* All at least 1 and at most the bounds below; whoever loads a rate checks that. */
struct bednet_bucket_rate {
    uint64_t tokens; /* that flow in per `period_ns` */
    uint64_t period_ns;
    uint64_t burst; /* capacity in tokens */
};

struct bednet_bucket {
    uint64_t level_ns;   /* what is in it, as the time that filling it took, at most 2^64-1 (584 years) */
    uint64_t updated_ns; /* monotonic time of the last change */
};

/* The largest values a rate may have, so that no product below overflows. */
#define BEDNET_BUCKET_TOKENS_MAX    (UINT64_C(1) << 40)
#define BEDNET_BUCKET_PERIOD_NS_MAX (UINT64_C(86400) * 1000000000)

/* A full bucket at `now_ns`. */
void bednet_bucket_fill(struct bednet_bucket *bucket, const struct bednet_bucket_rate *rate, uint64_t now_ns);

/*
 * Takes `tokens` if they are all there and says so; otherwise takes nothing. More tokens than the burst are
 * never there.
 */
bool bednet_bucket_take(struct bednet_bucket *bucket, const struct bednet_bucket_rate *rate, uint64_t tokens,
                        uint64_t now_ns);

/* True when the bucket would be full at `now_ns`: forgetting it then loses nothing. */
bool bednet_bucket_is_full(const struct bednet_bucket *bucket, const struct bednet_bucket_rate *rate,
                           uint64_t now_ns);

#endif
