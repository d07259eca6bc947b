/* SPDX-License-Identifier: Apache-2.0 */
/* The guard in front of everything that reads tokens. */
#include "token/compact.h"
#include "token/base64url.h"
#include "token/verify.h"
#include <openssl/crypto.h>

/* Cuts at the dots; false unless that gives exactly three segments, none empty. */
static bool split(struct bednet_text token, struct bednet_text segments[BEDNET_COMPACT_PARTS])
{
    const char *at = token.ptr, *end = token.ptr + token.len;
    for (int i = 0; i < BEDNET_COMPACT_PARTS; i++) {
        const char *stop = memchr(at, '.', (size_t)(end - at));
        if ((stop == NULL) != (i == BEDNET_COMPACT_PARTS - 1))
            return false;
        if (stop == NULL)
            stop = end;
        if (stop == at)
            return false;
        segments[i] = (struct bednet_text){at, (size_t)(stop - at)};
        at = stop + 1;
    }
    return true;
}

enum bednet_reason bednet_compact_cut(struct bednet_text token, size_t bytes_max,
                                      struct bednet_compact *compact)
{
    if (token.len > bytes_max)
        return BEDNET_REASON_TOO_LONG;
    if (token.ptr == NULL || !split(token, compact->segments))
        return BEDNET_REASON_MALFORMED;
    const struct bednet_text *last = &compact->segments[BEDNET_COMPACT_PAYLOAD];
    compact->text = token;
    compact->signing_input = (struct bednet_text){token.ptr, (size_t)(last->ptr + last->len - token.ptr)};
    compact->header = NULL;
    compact->payload = compact->signature = (struct bednet_text){0};
    compact->end = NULL;
    compact->owned = NULL;
    return BEDNET_REASON_NONE;
}

/* Room for all parts, in whatever order they come. */
static bool has_room(struct bednet_compact *compact)
{
    size_t bytes = BEDNET_BASE64URL_BYTES(compact->text.len);
    if (compact->end != NULL)
        return true;
    compact->owned = bytes <= sizeof compact->room ? NULL : OPENSSL_malloc(bytes);
    compact->end = compact->owned != NULL ? compact->owned : compact->room;
    if (bytes <= sizeof compact->room || compact->owned != NULL)
        return true;
    compact->end = NULL;
    return false;
}

static bool decode_part(struct bednet_compact *compact, enum bednet_compact_part part,
                        struct bednet_text *decoded)
{
    size_t bytes;
    if (!bednet_base64url_decode(compact->segments[part], compact->end, &bytes))
        return false;
    *decoded = (struct bednet_text){(const char *)compact->end, bytes};
    compact->end += bytes;
    return true;
}

enum bednet_reason bednet_compact_decode_payload(struct bednet_compact *compact)
{
    if (compact->payload.ptr != NULL)
        return BEDNET_REASON_NONE;
    if (!has_room(compact))
        return BEDNET_REASON_INTERNAL;
    return decode_part(compact, BEDNET_COMPACT_PAYLOAD, &compact->payload) ? BEDNET_REASON_NONE
                                                                           : BEDNET_REASON_MALFORMED;
}

enum bednet_reason bednet_compact_decode(struct bednet_compact *compact)
{
    struct bednet_text header;
    enum bednet_reason reason = bednet_compact_decode_payload(compact);
    if (reason != BEDNET_REASON_NONE)
        return reason;
    if (compact->header == NULL) {
        char *begin = (char *)compact->end;
        if (!decode_part(compact, BEDNET_COMPACT_HEADER, &header))
            return BEDNET_REASON_MALFORMED;
        compact->header = begin;
        compact->header_bytes = header.len;
    }
    if (compact->signature.ptr == NULL &&
        !decode_part(compact, BEDNET_COMPACT_SIGNATURE, &compact->signature))
        return BEDNET_REASON_MALFORMED;
    return BEDNET_REASON_NONE;
}

enum bednet_reason bednet_compact_open(struct bednet_text token, size_t bytes_max,
                                       struct bednet_compact *compact)
{
    enum bednet_reason reason = bednet_compact_cut(token, bytes_max, compact);
    if (reason != BEDNET_REASON_NONE)
        return reason;
    reason = bednet_compact_decode(compact);
    if (reason != BEDNET_REASON_NONE)
        bednet_compact_close(compact);
    return reason;
}

void bednet_compact_close(struct bednet_compact *compact)
{
    OPENSSL_free(compact->owned);
    compact->owned = NULL;
}

bool bednet_token_is_meant(struct bednet_text password)
{
    if (password.ptr == NULL)
        return false;
    const char *dot = memchr(password.ptr, '.', password.len);
    if (dot == NULL)
        return false;
    struct bednet_text first = {password.ptr, (size_t)(dot - password.ptr)};
    /* `{` is the first character `e` and the two upper bits of a second one from `w` on in the alphabet. */
    return first.len >= 2 && first.ptr[0] == 'e' && strchr("wxyz0123456789-_", first.ptr[1]) != NULL &&
           first.ptr[1] != '\0' && bednet_base64url_is_plausible(first);
}
