/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight bytes at a time, for the few places that every check of a topic passes: levels and names are short,
 * and a call to the C library costs more than the work. Internal to core. Pure; any thread.
 */
#ifndef BEDNET_CORE_BYTES_H
#define BEDNET_CORE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A word in which each byte is `byte`. */
#define BEDNET_BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The first byte is the lowest one, on any machine. */
static inline uint64_t bednet_word_at(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return le64toh(word);
}

static inline uint32_t bednet_half_word_at(const char *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof(word));
    return le32toh(word);
}

/* The high bit of each byte that equals `byte`; exact, for nothing is carried from one byte to the next. */
static inline uint64_t bednet_word_find(uint64_t word, unsigned char byte)
{
    const uint64_t low_bits = BEDNET_BYTES(0x7F);
    uint64_t other = word ^ BEDNET_BYTES(byte);

    return ~(((other & low_bits) + low_bits) | other | low_bits);
}

/*
 * The high bit of the first byte that equals `byte`, the lowest bit that is set; 0 where none does. What is
 * set above it says nothing.
 */
static inline uint64_t bednet_word_find_first(uint64_t word, unsigned char byte)
{
    uint64_t other = word ^ BEDNET_BYTES(byte);

    return (other - BEDNET_BYTES(1)) & ~other & BEDNET_BYTES(0x80);
}

/* memcmp's answer to "equal?". Up to 16 bytes two words do, which may overlap. */
static inline bool bednet_bytes_equal(const char *a, const char *b, size_t count)
{
    if (count > 16) {
        return memcmp(a, b, count) == 0;
    }
    if (count >= 8) {
        return bednet_word_at(a) == bednet_word_at(b) &&
               bednet_word_at(a + count - 8) == bednet_word_at(b + count - 8);
    }
    if (count >= 4) {
        return bednet_half_word_at(a) == bednet_half_word_at(b) &&
               bednet_half_word_at(a + count - 4) == bednet_half_word_at(b + count - 4);
    }
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

#endif
