/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 by the table of well-formed sequences (Unicode standard, table 3-7). */
#include "core/utf8.h"
#include "core/bytes.h"

/* The length that a first byte announces, and the range its second byte must be in; 0 for no first byte. */
static size_t lead(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    if (first < 0xE0) {
        return 2;
    }
    if (first < 0xF0) {
        *low = first == 0xE0 ? 0xA0 : 0x80;
        *high = first == 0xED ? 0x9F : 0xBF;
        return 3;
    }
    *low = first == 0xF0 ? 0x90 : 0x80;
    *high = first == 0xF4 ? 0x8F : 0xBF;
    return 4;
}

size_t bednet_utf8_decode(struct bednet_text text, uint32_t *point)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    unsigned char low, high;
    size_t length;

    if (text.len == 0) {
        return 0;
    }
    if (bytes[0] < 0x80) {
        *point = bytes[0];
        return 1;
    }
    length = lead(bytes[0], &low, &high);
    if (length == 0 || length > text.len || bytes[1] < low || bytes[1] > high) {
        return 0;
    }
    *point = bytes[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        *point = *point << 6 | (bytes[i] & 0x3Fu);
    }
    return length;
}

size_t bednet_utf8_count(struct bednet_text text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    }
    return count;
}

bool bednet_utf8_is_unclean(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0xFDD0 && point <= 0xFDEF) ||
           (point & 0xFFFE) == 0xFFFE;
}

/* Where the next byte stands that is not clean ASCII, or, less than eight bytes from the end, some byte
 * before. */
static size_t skip_ascii(struct bednet_text text, size_t at)
{
    while (text.len - at >= 8) {
        uint64_t word = bednet_word_at(text.ptr + at);
        uint64_t foreign = (word | (word - BEDNET_BYTES(0x20))) & BEDNET_BYTES(0x80);
        if ((foreign | bednet_word_find(word, 0x7F)) != 0) {
            break;
        }
        at += 8;
    }
    return at;
}

size_t bednet_utf8_clean_bytes(struct bednet_text text)
{
    size_t at = skip_ascii(text, 0);

    while (at < text.len) {
        unsigned char byte = (unsigned char)text.ptr[at];
        uint32_t point;
        size_t length;

        if (byte >= 0x20 && byte < 0x7F) {
            at++;
            continue;
        }
        length = bednet_utf8_decode((struct bednet_text){text.ptr + at, text.len - at}, &point);
        if (length == 0 || bednet_utf8_is_unclean(point)) {
            break;
        }
        at = skip_ascii(text, at + length);
    }
    return at;
}
