/* SPDX-License-Identifier: Apache-2.0 */
/* Strings laid end to end, found through a table of their numbers. */
#include "core/interner.h"

#include <stdlib.h>

void bednet_interner_clear(struct bednet_interner *interner)
{
    free(interner->slots);
    free(interner->items);
    free(interner->bytes);
    *interner = (struct bednet_interner){0};
}

uint32_t bednet_slots_for(uint32_t count)
{
    uint64_t slots = 4;

    while (slots * 2 < (uint64_t)count * 3) {
        slots *= 2;
    }
    return slots <= UINT32_MAX ? (uint32_t)slots : 0;
}

void *bednet_grow(void *items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    uint32_t wanted;
    void *grown;

    if (count < *capacity) {
        return items;
    }
    if (count >= UINT32_C(1) << 31) {
        return NULL;
    }
    wanted = count < 8 ? 16 : count * 2;
    if (wanted > SIZE_MAX / item_bytes) {
        return NULL;
    }
    grown = realloc(items, wanted * item_bytes);
    if (grown != NULL) {
        *capacity = wanted;
    }
    return grown;
}

static uint32_t first_slot(const struct bednet_level *text, uint32_t mask)
{
    return (uint32_t)(bednet_level_hash(text) >> 32) & mask;
}

/* The slot that holds the text, or the free one where it belongs. */
static uint32_t find_slot(const struct bednet_interner *interner, const struct bednet_level *text)
{
    uint32_t at = first_slot(text, interner->slot_mask);

    while (interner->slots[at] != 0) {
        if (bednet_interner_is(interner, interner->slots[at], text)) {
            break;
        }
        at = (at + 1) & interner->slot_mask;
    }
    return at;
}

uint32_t bednet_interner_find(const struct bednet_interner *interner, struct bednet_text text)
{
    struct bednet_level level = bednet_level_of(text);

    return interner->count != 0 ? interner->slots[find_slot(interner, &level)] : 0;
}

struct bednet_text bednet_interner_text(const struct bednet_interner *interner, uint32_t number)
{
    const struct bednet_interned *item = &interner->items[number];

    return (struct bednet_text){interner->bytes + item->offset, item->length};
}

/* `slots` is all zero; the items are known to differ. */
static void fill_slots(const struct bednet_interner *interner, uint32_t *slots, uint32_t mask)
{
    for (uint32_t number = 1; number <= interner->count; number++) {
        struct bednet_level text = bednet_level_of(bednet_interner_text(interner, number));
        uint32_t at = first_slot(&text, mask);

        while (slots[at] != 0) {
            at = (at + 1) & mask;
        }
        slots[at] = number;
    }
}

static bool reserve_slot(struct bednet_interner *interner)
{
    uint32_t wanted = bednet_slots_for(interner->count + 1);
    uint32_t *slots;

    if (interner->slots != NULL && wanted <= interner->slot_mask + 1) {
        return true;
    }
    slots = wanted != 0 ? calloc(wanted, sizeof(*slots)) : NULL;
    if (slots == NULL) {
        return false;
    }
    fill_slots(interner, slots, wanted - 1);
    free(interner->slots);
    interner->slots = slots;
    interner->slot_mask = wanted - 1;
    return true;
}

static bool reserve_item(struct bednet_interner *interner)
{
    struct bednet_interned *items =
        bednet_grow(interner->items, interner->count + 1, &interner->item_capacity, sizeof(*items));

    if (items != NULL) {
        interner->items = items;
    }
    return items != NULL;
}

static bool reserve_bytes(struct bednet_interner *interner, size_t bytes)
{
    uint64_t needed = (uint64_t)interner->byte_count + bytes;
    uint64_t wanted = needed * 2;
    char *grown;

    if (interner->bytes != NULL && needed <= interner->byte_capacity) {
        return true;
    }
    if (wanted > UINT32_MAX) {
        return false;
    }
    grown = realloc(interner->bytes, wanted + 1);
    if (grown != NULL) {
        interner->bytes = grown;
        interner->byte_capacity = (uint32_t)wanted;
    }
    return grown != NULL;
}

uint32_t bednet_interner_add(struct bednet_interner *interner, struct bednet_text text)
{
    struct bednet_level level = bednet_level_of(text);
    uint32_t at;

    if (text.len > BEDNET_INTERNED_BYTES_MAX || !reserve_slot(interner)) {
        return 0;
    }
    at = find_slot(interner, &level);
    if (interner->slots[at] != 0) {
        return interner->slots[at];
    }
    if (!reserve_item(interner) || !reserve_bytes(interner, text.len)) {
        return 0;
    }
    memcpy(interner->bytes + interner->byte_count, text.ptr, text.len);
    interner->slots[at] = ++interner->count;
    interner->items[interner->count] =
        (struct bednet_interned){level.low, level.high, interner->byte_count, (uint32_t)text.len};
    interner->byte_count += (uint32_t)text.len;
    return interner->count;
}

static bool is_long(const struct bednet_interned *item)
{
    return item->length > BEDNET_LEVEL_WORDS_BYTES;
}

static size_t long_bytes(const struct bednet_interner *interner)
{
    size_t bytes = 0;

    for (uint32_t number = 1; number <= interner->count; number++) {
        bytes += is_long(&interner->items[number]) ? interner->items[number].length : 0;
    }
    return bytes;
}

bool bednet_interner_freeze(const struct bednet_interner *interner, struct bednet_arena *arena,
                            struct bednet_interner *out)
{
    *out = (struct bednet_interner){.count = interner->count};
    if (interner->count == 0) {
        return true;
    }
    out->items = bednet_arena_array(arena, (size_t)interner->count + 1, sizeof(*out->items));
    out->bytes = bednet_arena_alloc(arena, long_bytes(interner));
    if (out->items == NULL || out->bytes == NULL) {
        return false;
    }
    for (uint32_t number = 1; number <= interner->count; number++) {
        struct bednet_interned *item = &out->items[number];

        *item = interner->items[number];
        if (is_long(item)) {
            memcpy(out->bytes + out->byte_count, interner->bytes + item->offset, item->length);
            item->offset = out->byte_count;
            out->byte_count += item->length;
        }
        out->longest = item->length > out->longest ? item->length : out->longest;
    }
    return true;
}
