/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of characters. */
#include "policy/characters.h"

static void add(uint64_t bitmap[2], unsigned char character)
{
    bitmap[character / 64] |= UINT64_C(1) << (character % 64);
}

/* What would mean something else in other notations, and so is not taken at its word. */
static const char *check_notation(struct bednet_text set, size_t *offset)
{
    for (size_t i = 0; i < set.len; i++) {
        unsigned char character = (unsigned char)set.ptr[i];
        *offset = i;
        if (character >= 0x80)
            return "a character beyond ASCII (expected ASCII only)";
        if (character < 0x20 || character == 0x7f)
            return "a control character (expected printable ASCII only)";
    }
    *offset = 0;
    if (set.len == 0)
        return "an empty set (expected at least one character)";
    if (set.ptr[0] == '^')
        return "'^' stands first, but sets are not negated (expected it elsewhere)";
    if (set.len > 1 && set.ptr[0] == '[' && set.ptr[set.len - 1] == ']')
        return "a set in brackets (expected the characters alone)";
    return NULL;
}

const char *bednet_characters_parse(struct bednet_text set, uint64_t out[2], size_t *offset)
{
    uint64_t bitmap[2] = {0, 0};
    const char *error = check_notation(set, offset);
    if (error != NULL)
        return error;
    for (size_t i = 0; i < set.len; i++) {
        unsigned char first = (unsigned char)set.ptr[i];
        bool range = i + 2 < set.len && set.ptr[i + 1] == '-';
        unsigned char last = range ? (unsigned char)set.ptr[i + 2] : first;
        *offset = i;
        if (first == '-' && i > 0 && i + 1 < set.len)
            return "a '-' that is neither in a range nor first or last (expected it first or last)";
        if (last < first)
            return "a range that descends (expected the smaller character first)";
        for (unsigned character = first; character <= last; character++)
            add(bitmap, (unsigned char)character);
        i += range ? 2 : 0;
    }
    add(bitmap, '/');
    out[0] = bitmap[0];
    out[1] = bitmap[1];
    return NULL;
}
