/* SPDX-License-Identifier: Apache-2.0 */
/* Says what the guard does not; whether there is a fault at all is the guard's to say. */
#include "structure.h"

#include "token/base64url.h"
#include "token/compact.h"
#include "token/verify.h"

#include <stdio.h>

const char *bednet_segment_name(enum bednet_segment segment)
{
    static const char *const names[BEDNET_SEGMENTS] = {"header", "payload", "signature"};
    return names[segment];
}

void bednet_structure_split(struct bednet_text token, struct bednet_text segments[BEDNET_SEGMENTS])
{
    for (int i = 0; i < BEDNET_SEGMENTS; i++) {
        const char *dot =
            i < BEDNET_SEGMENT_SIGNATURE && token.ptr != NULL ? memchr(token.ptr, '.', token.len) : NULL;
        size_t length = dot != NULL ? (size_t)(dot - token.ptr) : token.len;
        segments[i] = (struct bednet_text){token.ptr, length};
        token = dot != NULL ? (struct bednet_text){dot + 1, token.len - length - 1} : (struct bednet_text){0};
    }
}

static size_t count_dots(struct bednet_text token)
{
    size_t dots = 0;
    for (size_t i = 0; i < token.len; i++)
        dots += token.ptr[i] == '.';
    return dots;
}

static void tell_count(size_t dots, char *out)
{
    const char *hint = dots == 4   ? ": it may be an encrypted one, which is not supported"
                       : dots == 1 ? ": the signature is missing"
                                   : "";
    snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES, "%zu segment%s (expected three, with a dot between them%s)",
             dots + 1, dots == 0 ? "" : "s", hint);
}

static size_t first_foreign(struct bednet_text segment)
{
    size_t i = 0;
    /* Two characters are the shortest plausible text: one is foreign when two of it are. */
    while (i < segment.len) {
        char twice[2] = {segment.ptr[i], segment.ptr[i]};
        if (!bednet_base64url_is_plausible((struct bednet_text){twice, sizeof twice}))
            break;
        i++;
    }
    return i;
}

static const char *hint_at(char c)
{
    switch (c) {
    case '+':
    case '/':
        return "it has `-` and `_` in place of `+` and `/`";
    case '=':
        return "it has no padding";
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return "it has no white space";
    default:
        return "it has letters, digits, `-` and `_`";
    }
}

/* `offset` is the segment's in the token. */
static void tell_segment(const char *name, struct bednet_text segment, size_t offset, char *out)
{
    size_t foreign = first_foreign(segment);
    if (segment.len == 0)
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES, "the %s, at offset %zu, is empty", name, offset);
    else if (foreign < segment.len)
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES,
                 "the %s has the byte 0x%02x at offset %zu, which is none of base64url (%s)", name,
                 (unsigned)(unsigned char)segment.ptr[foreign], offset + foreign,
                 hint_at(segment.ptr[foreign]));
    else if (segment.len % 4 == 1)
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES,
                 "the %s, at offset %zu, has %zu characters, which no bytes encode to: something was cut off",
                 name, offset, segment.len);
    else
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES,
                 "the last character of the %s, at offset %zu, has bits set that carry nothing: it was cut "
                 "off or changed",
                 name, offset + segment.len - 1);
}

/* The first segment that does not decode; false where all do. */
static bool find_segment(struct bednet_text token, char *out)
{
    struct bednet_text segments[BEDNET_SEGMENTS];
    unsigned char decoded[BEDNET_BASE64URL_BYTES(BEDNET_TOKEN_BYTES_MAX)];
    bednet_structure_split(token, segments);
    for (int i = 0; i < BEDNET_SEGMENTS; i++) {
        size_t bytes;
        if (segments[i].len > 0 && bednet_base64url_decode(segments[i], decoded, &bytes))
            continue;
        tell_segment(bednet_segment_name((enum bednet_segment)i), segments[i],
                     (size_t)(segments[i].ptr - token.ptr), out);
        return true;
    }
    return false;
}

bool bednet_structure_fault(struct bednet_text token, char out[BEDNET_STRUCTURE_FAULT_BYTES])
{
    struct bednet_compact compact;
    *out = '\0';
    enum bednet_reason reason = bednet_compact_open(token, BEDNET_TOKEN_BYTES_MAX, &compact);
    if (reason == BEDNET_REASON_NONE) {
        bednet_compact_close(&compact);
        return false;
    }
    size_t dots = count_dots(token);
    if (reason == BEDNET_REASON_TOO_LONG)
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES, "%zu bytes (expected at most %d)", token.len,
                 BEDNET_TOKEN_BYTES_MAX);
    else if (reason != BEDNET_REASON_MALFORMED)
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES, "out of memory");
    else if (token.len == 0)
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES, "nothing there (expected a token)");
    else if (dots != 2)
        tell_count(dots, out);
    else if (!find_segment(token, out))
        snprintf(out, BEDNET_STRUCTURE_FAULT_BYTES, "the guard refuses it");
    return true;
}
