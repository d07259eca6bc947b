/* SPDX-License-Identifier: Apache-2.0 */
/* See backoff.h. */
#include "backoff.h"

#include <stdlib.h>

int64_t bednet_backoff_bound(const struct bednet_backoff *backoff, unsigned attempt)
{
    int64_t bound = backoff->base_ns;
    for (; attempt > 0 && bound < backoff->most_ns; attempt--)
        bound *= 2; /* both are below an hour: nothing can overflow */
    return bound < backoff->most_ns ? bound : backoff->most_ns;
}

int64_t bednet_backoff_delay(const struct bednet_backoff *backoff, unsigned attempt, unsigned short random[3])
{
    return (int64_t)(erand48(random) * (double)bednet_backoff_bound(backoff, attempt));
}
