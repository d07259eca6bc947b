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

/* The upper bits are the good ones. */
static inline uint64_t bednet_quick_hash(uint64_t seed, struct bednet_text text)
{
    uint64_t hash = bednet_quick_mix(seed, text.len);
    size_t at = 0;
    if (text.len < sizeof(uint64_t)) {
        for (; at < text.len; at++)
            hash = bednet_quick_mix(hash, (unsigned char)text.ptr[at]);
        return hash;
    }
    for (; at < text.len - sizeof(uint64_t); at += sizeof(uint64_t))
        hash = bednet_quick_mix(hash, bednet_quick_word(text.ptr + at));
    /* The last word overlaps the one before. */
    return bednet_quick_mix(hash, bednet_quick_word(text.ptr + text.len - sizeof(uint64_t)));
}

static inline bool bednet_quick_equal(const char *a, const char *b, size_t count)
{
    size_t at = 0;
    if (count < sizeof(uint64_t)) {
        while (at < count && a[at] == b[at])
            at++;
        return at == count;
    }
    for (; at < count - sizeof(uint64_t); at += sizeof(uint64_t))
        if (bednet_quick_word(a + at) != bednet_quick_word(b + at))
            return false;
    at = count - sizeof(uint64_t);
    return bednet_quick_word(a + at) == bednet_quick_word(b + at);
}

#endif
