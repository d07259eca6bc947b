/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to try again: exponential back-off with full jitter. The n-th delay is anything between nothing and
 * base * 2^n, but not more than `most`, and each as likely: clients that fell together do not rise together.
 */
#ifndef BEDNET_LOAD_BACKOFF_H
#define BEDNET_LOAD_BACKOFF_H

#include <stdint.h>

struct bednet_backoff {
    int64_t base_ns, most_ns;
};

/* What the delay before attempt `attempt` (the first is 0) stays below. */
int64_t bednet_backoff_bound(const struct bednet_backoff *backoff, unsigned attempt);

/* The delay itself; `random` is the state of nrand48. */
int64_t bednet_backoff_delay(const struct bednet_backoff *backoff, unsigned attempt,
                             unsigned short random[3]);

#endif
