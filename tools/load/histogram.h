/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations counted as HdrHistogram counts: in cells whose width grows with the value, so that each is known
 * to one part in a thousand, from a nanosecond to more than an hour, in bounded memory. Debian 12 has no such
 * library for C.
 */
#ifndef BEDNET_LOAD_HISTOGRAM_H
#define BEDNET_LOAD_HISTOGRAM_H

#include <stdint.h>

enum {
    BEDNET_HISTOGRAM_BITS = 10,   /* a cell is at most 2^-10 of what is in it */
    BEDNET_HISTOGRAM_OCTAVES = 32 /* the largest value has 10 + 32 bits: 73 minutes */
};

#define BEDNET_HISTOGRAM_CELLS ((BEDNET_HISTOGRAM_OCTAVES + 1) << BEDNET_HISTOGRAM_BITS)

struct bednet_histogram {
    uint64_t count;
    int64_t least, most; /* exact; of nothing 0 */
    double sum;
    uint64_t cells[BEDNET_HISTOGRAM_CELLS];
};

/* NULL without memory; free() ends it. */
struct bednet_histogram *bednet_histogram_new(void);
void bednet_histogram_clear(struct bednet_histogram *histogram);

/* What is below 0 counts as 0, and what is too long as the longest there is a cell for; `most` stays exact.
 */
void bednet_histogram_add(struct bednet_histogram *histogram, int64_t value);

/* The value that `share` (0 to 1) of all are not above: the upper end of its cell, `most` at the most. */
int64_t bednet_histogram_quantile(const struct bednet_histogram *histogram, double share);

double bednet_histogram_mean(const struct bednet_histogram *histogram);

#endif
