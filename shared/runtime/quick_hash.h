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

/* The upper bits are the good ones. Two words at a time; the last one may overlap the one before. */
static inline uint64_t bednet_quick_hash(uint64_t seed, struct bednet_text text)
{
    uint64_t hash = bednet_quick_mix(seed, text.len);
    if (text.len < sizeof(uint64_t)) {
        for (size_t at = 0; at < text.len; at++)
            hash = bednet_quick_mix(hash, (unsigned char)text.ptr[at]);
        return hash;
    }
    const char *at = text.ptr, *last = text.ptr + text.len - sizeof(uint64_t);
    for (; last - at > 8; at += 16) {
        hash = bednet_quick_mix(hash, bednet_quick_word(at));
        hash = bednet_quick_mix(hash, bednet_quick_word(at + 8));
    }
    if (at < last)
        hash = bednet_quick_mix(hash, bednet_quick_word(at));
    return bednet_quick_mix(hash, bednet_quick_word(last));
}

static inline bool bednet_quick_equal(const char *a, const char *b, size_t count)
{
    if (count < sizeof(uint64_t)) {
        size_t at = 0;
        while (at < count && a[at] == b[at])
            at++;
        return at == count;
    }
    const char *last = a + count - sizeof(uint64_t), *last_b = b + count - sizeof(uint64_t);
    for (; last - a > 8; a += 16, b += 16)
        if (bednet_quick_word(a) != bednet_quick_word(b) ||
            bednet_quick_word(a + 8) != bednet_quick_word(b + 8))
            return false;
    return (a >= last || bednet_quick_word(a) == bednet_quick_word(b)) &&
           bednet_quick_word(last) == bednet_quick_word(last_b);
}

#endif
