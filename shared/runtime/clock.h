/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks. Wall time is for exp and nbf only; everything that counts an interval is monotonic. Any
 * thread. */
#ifndef BEDNET_RUNTIME_CLOCK_H
#define BEDNET_RUNTIME_CLOCK_H

#include <stdint.h>

uint64_t bednet_clock_monotonic_ns(void);

/* The same, some milliseconds late: for a fraction of the price. */
uint64_t bednet_clock_coarse_ns(void);

/* Seconds since 1970. */
int64_t bednet_clock_wall_s(void);

#endif
