/* SPDX-License-Identifier: Apache-2.0 */
/* The types of levels in naming templates: which values a level may have. Frozen after building; pure. */
#ifndef BEDNET_CORE_SEGMENT_H
#define BEDNET_CORE_SEGMENT_H

#include "core/diag.h"
#include "core/regular.h"

struct bednet_topic_segment {
    struct bednet_text name;
    const struct bednet_text *values; /* as bednet_segment_sort leaves them; without a pattern */
    size_t value_count;
    const struct bednet_regular *pattern; /* NULL: one of `values` */
    struct bednet_source source;
};

/* Brings values into the order in which they are looked up. */
void bednet_segment_sort(struct bednet_text *values, size_t count);

/* Whether a level has one of the values. Allocates nothing. Any thread. */
bool bednet_segment_fits(const struct bednet_topic_segment *segment, struct bednet_text level);

/* The segment of that name; NULL where there is none. */
const struct bednet_topic_segment *bednet_segment_named(const struct bednet_topic_segment *segments,
                                                        size_t count, struct bednet_text name);

#endif
