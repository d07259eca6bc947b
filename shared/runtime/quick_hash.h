/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash for direct-mapped memories, where every message passes and nothing is lost when two texts meet: the
 * later one takes the place of the earlier one. Whoever steers it gains nothing but that something is looked
 * up or worked out again; for tables see core/hash.h. And the comparison that follows it: for short texts a
 * call to the C library costs more than the work.
 */
#ifndef BEDNET_RUNTIME_QUICK_HASH_H
#define BEDNET_RUNTIME_QUICK_HASH_H

#include "core/text.h"
#include <stdint.h>

/* An odd factor loses nothing, and moves everything towards the upper bits. */
static inline uint64_t bednet_quick_mix(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint64_t bednet_quick_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The upper bits are the good ones. Two words at a time; the last two may overlap those before. */
static inline uint64_t bednet_quick_hash(uint64_t seed, struct bednet_text text)
{
    uint64_t hash = seed ^ text.len;
    const char *at = text.ptr, *end = text.ptr + text.len;
    if (text.len >= 16) {
        for (const char *last = end - 16; at < last; at += 16)
            hash = bednet_quick_mix(bednet_quick_mix(hash, bednet_quick_word(at)), bednet_quick_word(at + 8));
        return bednet_quick_mix(bednet_quick_mix(hash, bednet_quick_word(end - 16)),
                                bednet_quick_word(end - 8));
    }
    if (text.len >= 8)
        return bednet_quick_mix(bednet_quick_mix(hash, bednet_quick_word(at)), bednet_quick_word(end - 8));
    for (; at < end; at++)
        hash = bednet_quick_mix(hash, (unsigned char)*at);
    return hash;
}

static inline void bednet_quick_copy(char *to, struct bednet_text text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    char *to_end = to + text.len;
    if (text.len < 16) {
        memcpy(to, at, text.len);
        return;
    }
    for (const char *last = end - 16; at < last; at += 16, to += 16)
        memcpy(to, at, 16);
    memcpy(to_end - 16, end - 16, 16);
}

static inline bool bednet_quick_differ(const char *a, const char *b)
{
    return bednet_quick_word(a) != bednet_quick_word(b);
}

static inline bool bednet_quick_equal(const char *a, const char *b, size_t count)
{
    const char *end = a + count, *end_b = b + count;
    if (count >= 16) {
        for (const char *last = end - 16; a < last; a += 16, b += 16)
            if (bednet_quick_differ(a, b) || bednet_quick_differ(a + 8, b + 8))
                return false;
        return !bednet_quick_differ(end - 16, end_b - 16) && !bednet_quick_differ(end - 8, end_b - 8);
    }
    if (count >= 8)
        return !bednet_quick_differ(a, b) && !bednet_quick_differ(end - 8, end_b - 8);
    while (a < end && *a == *b)
        a++, b++;
    return a == end;
}

#endif
