/* SPDX-License-Identifier: Apache-2.0 */
/* Texts against regular patterns, one character after the other. */
#include "core/regular.h"

#include "core/regular_internal.h"
#include "core/utf8.h"

static uint64_t following(const struct bednet_regular *regular, uint64_t positions)
{
    uint64_t next = 0;

    for (size_t table = 0; table < regular->table_count; table++) {
        next |= regular->follow[table][positions >> 8 * table & 0xff];
    }
    return next;
}

/* The positions that take the character at the start of `text`, and its bytes; none where it is no character.
 */
static uint64_t takers(const struct bednet_regular *regular, struct bednet_text text, size_t *bytes)
{
    unsigned char byte = (unsigned char)text.ptr[0];
    uint32_t point;

    *bytes = 1;
    if (byte < 128) {
        return regular->reach[byte];
    }
    *bytes = bednet_utf8_decode(text, &point);
    return *bytes > 0 ? regular->wide : 0;
}

bool bednet_regular_match(const struct bednet_regular *regular, struct bednet_text text)
{
    uint64_t next = regular->first;
    uint64_t positions = 0;

    if (text.ptr == NULL || text.len == 0) {
        return text.ptr != NULL && regular->nullable;
    }
    for (size_t at = 0, bytes; at < text.len; at += bytes) {
        positions = next & takers(regular, (struct bednet_text){text.ptr + at, text.len - at}, &bytes);
        if (positions == 0) {
            return false;
        }
        next = following(regular, positions);
    }
    return (positions & regular->last) != 0;
}
