/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus' text exposition format 0.0.4, written into a caller's buffer. A writer that ran out of room
 * says so at the end instead of giving half a page. Pure; one thread at a time.
 */
#ifndef BEDNET_CORE_EXPOSITION_H
#define BEDNET_CORE_EXPOSITION_H

#include "core/text.h"
#include <stdint.h>

struct bednet_exposition {
    char *out;
    size_t capacity;
    size_t length;
    bool overflow;
};

struct bednet_label {
    const char *name;
    const char *value;
};

/* `out` is borrowed until the end. `length` goes on counting after an overflow: the bytes that a page needs.
 */
void bednet_exposition_start(struct bednet_exposition *page, char *out, size_t capacity);

/* `# HELP` and `# TYPE`; type is "counter", "gauge" or "histogram". Help is escaped. */
void bednet_exposition_family(struct bednet_exposition *page, const char *name, const char *type,
                              const char *help);

/* One sample with up to a few labels, values escaped. */
void bednet_exposition_sample(struct bednet_exposition *page, const char *name,
                              const struct bednet_label *labels, size_t label_count, uint64_t value);

/* One sample without labels, of a value in thousandths: 1500 is written as 1.500. */
void bednet_exposition_sample_milli(struct bednet_exposition *page, const char *name, uint64_t thousandths);

/*
 * The samples of a histogram without labels: for each bound, ascending, how many observations were not above
 * it, then all of them as `+Inf`, their sum and their count. counts[i] is of those that were above the bound
 * before and not above bounds[i]; counts[bound_count] of those above all.
 */
void bednet_exposition_histogram(struct bednet_exposition *page, const char *name, const uint64_t *bounds,
                                 const uint64_t *counts, size_t bound_count, uint64_t sum);

/* True when everything fitted; `length` bytes are then in `out`, without a NUL. */
bool bednet_exposition_finish(const struct bednet_exposition *page);

#endif
