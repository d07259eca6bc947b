/* SPDX-License-Identifier: Apache-2.0 */
/* Cells: 2^10 of width one, then for each further bit of the value 2^10 that are twice as wide. */
#include "histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OCTAVE_CELLS (1 << BEDNET_HISTOGRAM_BITS)

struct bednet_histogram *bednet_histogram_new(void)
{
    return calloc(1, sizeof(struct bednet_histogram));
}

void bednet_histogram_clear(struct bednet_histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

/* Values below 2^11 are their own cells; of longer ones the leading bit says the octave, the next ten the
 * cell. */
static unsigned cell_of(uint64_t value)
{
    if (value < OCTAVE_CELLS)
        return (unsigned)value;
    unsigned bits = 64 - (unsigned)__builtin_clzll(value);
    unsigned octave = bits - BEDNET_HISTOGRAM_BITS;
    if (octave > BEDNET_HISTOGRAM_OCTAVES)
        return BEDNET_HISTOGRAM_CELLS - 1;
    return octave * OCTAVE_CELLS + (unsigned)((value >> (octave - 1)) - OCTAVE_CELLS);
}

/* The largest value of a cell. */
static int64_t end_of(unsigned cell)
{
    unsigned octave = cell / OCTAVE_CELLS;
    uint64_t within = cell % OCTAVE_CELLS;
    if (octave == 0)
        return (int64_t)within;
    return (int64_t)(((within + OCTAVE_CELLS + 1) << (octave - 1)) - 1);
}

void bednet_histogram_add(struct bednet_histogram *histogram, int64_t value)
{
    if (value < 0)
        value = 0;
    if (histogram->count == 0 || value < histogram->least)
        histogram->least = value;
    if (value > histogram->most)
        histogram->most = value;
    histogram->count++;
    histogram->sum += (double)value;
    histogram->cells[cell_of((uint64_t)value)]++;
}

int64_t bednet_histogram_quantile(const struct bednet_histogram *histogram, double share)
{
    double rank = ceil(share * (double)histogram->count);
    uint64_t wanted = rank >= 1 ? (uint64_t)rank : 1;
    uint64_t seen = 0;
    for (unsigned cell = 0; cell < BEDNET_HISTOGRAM_CELLS; cell++) {
        seen += histogram->cells[cell];
        /* The last cell has no end: it holds whatever was too long. */
        if (seen >= wanted && cell < BEDNET_HISTOGRAM_CELLS - 1)
            return end_of(cell) < histogram->most ? end_of(cell) : histogram->most;
    }
    return histogram->most;
}

double bednet_histogram_mean(const struct bednet_histogram *histogram)
{
    return histogram->count > 0 ? histogram->sum / (double)histogram->count : 0;
}
