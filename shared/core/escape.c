/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping one character at a time, so that a cut never leaves half of one. */
#include "core/escape.h"

#include "core/utf8.h"
#include <stdio.h>

enum { PIECE_BYTES = 16, MARK_BYTES = 3 };

/* What ends a line, or turns its reading direction, for somebody who looks at it. */
static bool misleads(uint32_t point)
{
    return point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

/* Writes the first character of `rest` into piece, gives the written bytes; *taken are those it stood for. */
static size_t escape_one(struct bednet_text rest, bool quotes, char piece[PIECE_BYTES], size_t *taken)
{
    unsigned char first = (unsigned char)rest.ptr[0];
    uint32_t point = 0;
    int written;

    *taken = bednet_utf8_decode(rest, &point);
    if (*taken == 0 || (first < 0x80 && bednet_utf8_is_unclean(point))) {
        *taken = 1;
        written = snprintf(piece, PIECE_BYTES, "\\x%02x", (unsigned)first);
    } else if (bednet_utf8_is_unclean(point) || misleads(point)) {
        written = snprintf(piece, PIECE_BYTES, "\\u{%04x}", (unsigned)point);
    } else if (quotes && (first == '"' || first == '\\')) {
        piece[0] = '\\';
        piece[1] = (char)first;
        return 2;
    } else {
        memcpy(piece, rest.ptr, *taken);
        return *taken;
    }
    return (size_t)written;
}

static size_t escape(struct bednet_text text, bool quotes, char *out, size_t out_bytes)
{
    const size_t room = out_bytes - 1;
    size_t length = 0;
    size_t cut = 0; /* the last end of a character that leaves room for the mark */

    if (text.ptr == NULL) {
        text = BEDNET_TEXT_LITERAL("-");
    }
    for (size_t at = 0, taken; at < text.len; at += taken) {
        char piece[PIECE_BYTES];
        struct bednet_text rest = {text.ptr + at, text.len - at};
        size_t bytes = escape_one(rest, quotes, piece, &taken);

        if (bytes > room - length) {
            memcpy(out + cut, "...", MARK_BYTES);
            length = cut + MARK_BYTES;
            break;
        }
        memcpy(out + length, piece, bytes);
        length += bytes;
        if (length + MARK_BYTES <= room) {
            cut = length;
        }
    }
    out[length] = '\0';
    return length;
}

size_t bednet_escape(struct bednet_text text, char *out, size_t out_bytes)
{
    return escape(text, true, out, out_bytes);
}

size_t bednet_escape_sentence(struct bednet_text text, char *out, size_t out_bytes)
{
    return escape(text, false, out, out_bytes);
}

bool bednet_utf8_is_clean(struct bednet_text text)
{
    return text.ptr != NULL && bednet_utf8_clean_bytes(text) == text.len;
}
