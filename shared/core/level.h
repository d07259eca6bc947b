/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A level of a topic, with words that tell it from others in two comparisons: nearly all levels have at most
 * 16 bytes. Pure; any thread.
 */
#ifndef BEDNET_CORE_LEVEL_H
#define BEDNET_CORE_LEVEL_H

#include "core/bytes.h"
#include "core/hash.h"

/* Levels of at most so many bytes are the same where their lengths and both words are. */
#define BEDNET_LEVEL_WORDS_BYTES 16

/* Borrows its bytes. */
struct bednet_level {
    const char *ptr;
    size_t len;
    uint64_t low;  /* the first eight bytes, zeros behind them where there are fewer */
    uint64_t high; /* the last eight bytes where there are more than eight, else 0 */
};

static inline struct bednet_text bednet_level_text(const struct bednet_level *level)
{
    return (struct bednet_text){level->ptr, level->len};
}

static inline bool bednet_level_is_long(const struct bednet_level *level)
{
    return level->len > BEDNET_LEVEL_WORDS_BYTES;
}

/* `low` of less than eight bytes. Parts that overlap are the same bytes. */
static inline uint64_t bednet_level_short_word(const char *bytes, size_t count)
{
    if (count >= 4) {
        return bednet_half_word_at(bytes) | (uint64_t)bednet_half_word_at(bytes + count - 4)
                                                << 8 * (count - 4);
    }
    if (count == 0) {
        return 0;
    }
    return (uint64_t)(unsigned char)bytes[0] | (uint64_t)(unsigned char)bytes[count / 2] << 8 * (count / 2) |
           (uint64_t)(unsigned char)bytes[count - 1] << 8 * (count - 1);
}

static inline struct bednet_level bednet_level_of(struct bednet_text text)
{
    struct bednet_level level = {.ptr = text.ptr, .len = text.len};

    if (text.len < 8) {
        level.low = bednet_level_short_word(text.ptr, text.len);
    } else {
        level.low = bednet_word_at(text.ptr);
        level.high = text.len > 8 ? bednet_word_at(text.ptr + text.len - 8) : 0;
    }
    return level;
}

/* Whether they are the same where one of them is not long; else they may differ nevertheless. */
static inline bool bednet_level_short_equal(const struct bednet_level *a, const struct bednet_level *b)
{
    return a->len == b->len && a->low == b->low && a->high == b->high;
}

static inline bool bednet_level_equal(const struct bednet_level *a, const struct bednet_level *b)
{
    return bednet_level_short_equal(a, b) &&
           (!bednet_level_is_long(a) || memcmp(a->ptr, b->ptr, a->len) == 0);
}

/* bednet_level_hash of one that is not long. Both rounds carry whichever byte differs to the upper half. */
static inline uint64_t bednet_level_short_hash(const struct bednet_level *level)
{
    uint64_t high = level->high * UINT64_C(0xD6E8FEB86659FD93);
    uint64_t hash = level->low * UINT64_C(0x9E3779B97F4A7C15) + (high << 32 | high >> 32);

    return (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
}

/*
 * For tables that only the policy fills, like bednet_hash_frozen, which it is for long levels. The upper half
 * is the good one.
 */
static inline uint64_t bednet_level_hash(const struct bednet_level *level)
{
    return bednet_level_is_long(level) ? bednet_hash_frozen(bednet_level_text(level))
                                       : bednet_level_short_hash(level);
}

#endif
