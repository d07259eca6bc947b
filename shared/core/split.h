/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the levels of a topic, each into its words, eight bytes at a time. Internal to core. Pure; any
 * thread. */
#ifndef BEDNET_CORE_SPLIT_H
#define BEDNET_CORE_SPLIT_H

#include "core/topic.h"

/* Where a level ends whose first eight bytes have no slash: at a slash, or at the end. */
static inline const char *bednet_split_far(const char *from, const char *end)
{
    const char *at = from + 8;

    for (; end - at >= 8; at += 8) {
        uint64_t slash = bednet_word_find_first(bednet_word_at(at), '/');

        if (slash != 0) {
            return at + (unsigned)__builtin_ctzll(slash) / 8;
        }
    }
    while (at < end && *at != '/') {
        at++;
    }
    return at;
}

/* The last bytes of a topic, which are less than eight, with zeros behind them. */
static inline uint64_t bednet_split_tail(struct bednet_text topic, size_t left)
{
    const char *end = topic.ptr + topic.len;

    return topic.len >= 8 ? bednet_word_at(end - 8) >> 8 >> (56 - 8 * left)
                          : bednet_level_short_word(end - left, left);
}

/*
 * Writes the levels from `level` on; gives what is behind the last one. Where the topic may have more bytes
 * than BEDNET_TOPIC_LEVELS_MAX it has to be `bounded`: NULL then stands for more levels than that. The topic
 * is not absent.
 */
static inline __attribute__((always_inline)) struct bednet_level *
bednet_split(struct bednet_text topic, bool bounded, struct bednet_level *level)
{
    const char *from = topic.ptr, *end = topic.ptr + topic.len;
    const char *last_word = topic.len >= 8 ? end - 8 : NULL;
    const struct bednet_level *full = level + BEDNET_TOPIC_LEVELS_MAX;

    for (; !bounded || level < full; level++) {
        uint64_t word = (uintptr_t)from <= (uintptr_t)last_word
                            ? bednet_word_at(from)
                            : bednet_split_tail(topic, (size_t)(end - from));
        uint64_t slash = bednet_word_find_first(word, '/');

        level->ptr = from;
        level->high = 0;
        if (slash != 0) {
            level->low = word & (slash ^ (slash - 1)) >> 8;
            level->len = (unsigned)__builtin_ctzll(slash) / 8;
            from += level->len + 1;
            continue;
        }
        level->low = word;
        level->len = (size_t)(end - from);
        if (level->len <= 8) {
            return level + 1;
        }
        from = bednet_split_far(from, end);
        level->len = (size_t)(from - level->ptr);
        if (level->len > 8) {
            level->high = bednet_word_at(from - 8);
        }
        if (from == end) {
            return level + 1;
        }
        from++;
    }
    return NULL;
}

#endif
