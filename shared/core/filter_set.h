/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of one session, packed end to end in one block: three bytes for each besides its text, in the
 * order in which they came. Looked through from the start, which for a bounded number of them is cheaper than
 * an index that every idle client would have to pay for. One thread at a time.
 */
#ifndef BEDNET_CORE_FILTER_SET_H
#define BEDNET_CORE_FILTER_SET_H

#include "core/status.h"
#include "core/text.h"
#include <stdint.h>

#define BEDNET_FILTER_SET_COUNT_MAX 1024
/* Texts, and what is stored beside them. */
#define BEDNET_FILTER_SET_BYTES_MAX (256 * 1024)

/* All zero is an empty set. Owns its block. */
struct bednet_filter_set {
    char *block;
    uint32_t used; /* bytes of the block */
    uint32_t capacity;
    uint32_t count;
    uint32_t shared; /* how many of them begin with `$share/` */
};

void bednet_filter_set_clear(struct bednet_filter_set *set);

bool bednet_filter_set_has(const struct bednet_filter_set *set, struct bednet_text filter);

/* Whether a filter of so many bytes, which is not in the set, would be within the bounds above. */
bool bednet_filter_set_has_room(const struct bednet_filter_set *set, size_t filter_bytes);

/* By how many bytes its block would grow if this filter were added; 0 where it fits in or is there already.
 */
uint32_t bednet_filter_set_growth(const struct bednet_filter_set *set, struct bednet_text filter);

/*
 * Copies a filter into the set; BEDNET_OK also where it is there already. BEDNET_LIMIT beyond the bounds,
 * BEDNET_NOMEM; the set then is what it was.
 */
enum bednet_status bednet_filter_set_add(struct bednet_filter_set *set, struct bednet_text filter);

/*
 * False where the filter is not there. Else *at and *bytes say which part of the block went: a place behind
 * it has moved towards the start by so many bytes. `filter` may be the text that is removed. Cannot fail.
 */
bool bednet_filter_set_remove(struct bednet_filter_set *set, struct bednet_text filter, uint32_t *at,
                              uint32_t *bytes);

/*
 * The filter at a place, which starts as 0 and is moved on to the next one; false at the end. The text is
 * borrowed until the set changes, and a NUL follows it.
 */
bool bednet_filter_set_next(const struct bednet_filter_set *set, uint32_t *place, struct bednet_text *filter);

#endif
