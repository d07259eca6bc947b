/* SPDX-License-Identifier: Apache-2.0 */
/* Levels against their types. */
#include "core/segment.h"

#include <stdlib.h>

/* By length first: most values are told apart without looking at them. */
static int compare(const void *left, const void *right)
{
    const struct bednet_text *a = left;
    const struct bednet_text *b = right;

    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    return a->len > 0 ? memcmp(a->ptr, b->ptr, a->len) : 0;
}

void bednet_segment_sort(struct bednet_text *values, size_t count)
{
    if (count > 1) {
        qsort(values, count, sizeof(*values), compare);
    }
}

bool bednet_segment_fits(const struct bednet_topic_segment *segment, struct bednet_text level)
{
    if (level.ptr == NULL) {
        return false;
    }
    if (segment->pattern != NULL) {
        return bednet_regular_match(segment->pattern, level);
    }
    return segment->value_count > 0 &&
           bsearch(&level, segment->values, segment->value_count, sizeof(level), compare) != NULL;
}

const struct bednet_topic_segment *bednet_segment_named(const struct bednet_topic_segment *segments,
                                                        size_t count, struct bednet_text name)
{
    for (size_t i = 0; i < count; i++) {
        if (bednet_text_equal(segments[i].name, name)) {
            return &segments[i];
        }
    }
    return NULL;
}
