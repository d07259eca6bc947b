/* SPDX-License-Identifier: Apache-2.0 */
/* Each filter: two bytes of length, its text, NUL. */
#include "core/filter_set.h"

#include <stdlib.h>

#define LENGTH_BYTES     sizeof(uint16_t)
#define FRAME_BYTES      (LENGTH_BYTES + 1)
#define FILTER_BYTES_MAX UINT16_MAX

static const struct bednet_text SHARED_PREFIX = BEDNET_TEXT_LITERAL("$share/");

void bednet_filter_set_clear(struct bednet_filter_set *set)
{
    free(set->block);
    *set = (struct bednet_filter_set){0};
}

bool bednet_filter_set_next(const struct bednet_filter_set *set, uint32_t *place, struct bednet_text *filter)
{
    if (*place >= set->used)
        return false;
    uint16_t length;
    memcpy(&length, set->block + *place, sizeof length);
    *filter = (struct bednet_text){set->block + *place + LENGTH_BYTES, length};
    *place += FRAME_BYTES + length;
    return true;
}

/* Where the filter begins; `used` where it is not there. */
static uint32_t find(const struct bednet_filter_set *set, struct bednet_text filter)
{
    struct bednet_text there;
    for (uint32_t at = 0, next = 0; bednet_filter_set_next(set, &next, &there); at = next)
        if (bednet_text_equal(there, filter))
            return at;
    return set->used;
}

bool bednet_filter_set_has(const struct bednet_filter_set *set, struct bednet_text filter)
{
    return find(set, filter) < set->used;
}

bool bednet_filter_set_has_room(const struct bednet_filter_set *set, size_t filter_bytes)
{
    return set->count < BEDNET_FILTER_SET_COUNT_MAX && filter_bytes <= FILTER_BYTES_MAX &&
           set->used + FRAME_BYTES + filter_bytes <= BEDNET_FILTER_SET_BYTES_MAX;
}

static bool is_shared(struct bednet_text filter)
{
    return filter.len >= SHARED_PREFIX.len && memcmp(filter.ptr, SHARED_PREFIX.ptr, SHARED_PREFIX.len) == 0;
}

/* An eighth more than is asked for: most sessions subscribe once and for all. */
static uint32_t capacity_for(const struct bednet_filter_set *set, size_t filter_bytes)
{
    uint32_t bytes = set->used + (uint32_t)(FRAME_BYTES + filter_bytes);
    return bytes <= set->capacity ? set->capacity : bytes + bytes / 8;
}

uint32_t bednet_filter_set_growth(const struct bednet_filter_set *set, struct bednet_text filter)
{
    if (!bednet_filter_set_has_room(set, filter.len) || bednet_filter_set_has(set, filter))
        return 0;
    return capacity_for(set, filter.len) - set->capacity;
}

static bool reserve(struct bednet_filter_set *set, uint32_t capacity)
{
    if (capacity == set->capacity)
        return true;
    char *block = realloc(set->block, capacity);
    if (block == NULL)
        return false;
    set->block = block;
    set->capacity = capacity;
    return true;
}

enum bednet_status bednet_filter_set_add(struct bednet_filter_set *set, struct bednet_text filter)
{
    if (bednet_filter_set_has(set, filter))
        return BEDNET_OK;
    if (!bednet_filter_set_has_room(set, filter.len))
        return BEDNET_LIMIT;
    uint16_t length = (uint16_t)filter.len;
    if (!reserve(set, capacity_for(set, filter.len)))
        return BEDNET_NOMEM;
    char *at = set->block + set->used;
    memcpy(at, &length, sizeof length);
    memcpy(at + LENGTH_BYTES, filter.ptr, length);
    at[LENGTH_BYTES + length] = '\0';
    set->used += (uint32_t)FRAME_BYTES + length;
    set->count++;
    set->shared += is_shared(filter);
    return BEDNET_OK;
}

/* Where the allocator has no smaller block the larger one serves as well. */
static void shrink(struct bednet_filter_set *set)
{
    if (set->count == 0) {
        bednet_filter_set_clear(set);
        return;
    }
    if (set->used > set->capacity / 4)
        return;
    char *block = realloc(set->block, set->used);
    if (block == NULL)
        return;
    set->block = block;
    set->capacity = set->used;
}

bool bednet_filter_set_remove(struct bednet_filter_set *set, struct bednet_text filter, uint32_t *at,
                              uint32_t *bytes)
{
    *at = find(set, filter);
    if (*at == set->used)
        return false;
    *bytes = (uint32_t)(FRAME_BYTES + filter.len);
    set->shared -= is_shared(filter);
    set->count--;
    set->used -= *bytes;
    memmove(set->block + *at, set->block + *at + *bytes, set->used - *at);
    shrink(set);
    return true;
}
