/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for strings: equal strings get equal numbers, from 1 on. Grows while something is being built; a
 * frozen copy only tells whether a number stands for a text. One thread at a time until frozen.
 */
#ifndef BEDNET_CORE_INTERNER_H
#define BEDNET_CORE_INTERNER_H

#include "core/arena.h"
#include "core/level.h"

#define BEDNET_INTERNED_BYTES_MAX 65535

/* As struct bednet_level; its bytes are at `offset`, in a frozen copy those of long ones only. */
struct bednet_interned {
    uint64_t low;
    uint64_t high;
    uint32_t offset;
    uint32_t length;
};

/* All zero is an empty one that can grow. */
struct bednet_interner {
    uint32_t *slots; /* open addressing; numbers, 0 where free */
    uint32_t slot_mask;
    struct bednet_interned *items; /* by number; the first one is not used */
    uint32_t count;                /* of numbers given out */
    uint32_t item_capacity;
    char *bytes;
    uint32_t byte_count;
    uint32_t byte_capacity;
    uint32_t longest; /* text in bytes; of a frozen one only */
};

/* Frees what a growing one holds; a frozen one goes with its arena. */
void bednet_interner_clear(struct bednet_interner *interner);

/* The number of a text, a new one if need be; 0 without memory or for a text beyond the bound. */
uint32_t bednet_interner_add(struct bednet_interner *interner, struct bednet_text text);

/* The text behind a number that was given out; valid until the next add. Not of a frozen one. */
struct bednet_text bednet_interner_text(const struct bednet_interner *interner, uint32_t number);

/* A compact copy, whose parts live in `arena`; false without memory. */
bool bednet_interner_freeze(const struct bednet_interner *interner, struct bednet_arena *arena,
                            struct bednet_interner *out);

/* True when it is this text, which is not long. */
static inline bool bednet_interned_is_short(const struct bednet_interned *item,
                                            const struct bednet_level *text)
{
    return item->low == text->low && item->high == text->high && item->length == text->len;
}

/* True when `number` was given out for this text, which is not long. */
static inline bool bednet_interner_is_short(const struct bednet_interner *interner, uint32_t number,
                                            const struct bednet_level *text)
{
    return bednet_interned_is_short(&interner->items[number], text);
}

/* True when `number` was given out for this text. */
static inline bool bednet_interner_is(const struct bednet_interner *interner, uint32_t number,
                                      const struct bednet_level *text)
{
    return bednet_interner_is_short(interner, number, text) &&
           (!bednet_level_is_long(text) ||
            memcmp(interner->bytes + interner->items[number].offset, text->ptr, text->len) == 0);
}

/* The number of a text, 0 where it has none. Not of a frozen one. */
uint32_t bednet_interner_find(const struct bednet_interner *interner, struct bednet_text text);

/* The slots of a table for `count` entries: a power of two, between a third and two thirds full. */
uint32_t bednet_slots_for(uint32_t count);

/*
 * Makes room for one more item behind `count` of `item_bytes` each in a block of malloc; gives the block,
 * possibly moved, or NULL (and leaves it) without memory or beyond 2^31 items.
 */
void *bednet_grow(void *items, uint32_t count, uint32_t *capacity, size_t item_bytes);

#endif
