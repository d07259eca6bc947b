/* SPDX-License-Identifier: Apache-2.0 */
/* The guard in front of everything that reads tokens. */
#include "token/compact.h"
#include "token/base64url.h"
#include "token/verify.h"
#include <openssl/crypto.h>

enum { HEADER, PAYLOAD, SIGNATURE, SEGMENTS };

/* Cuts at the dots; false unless that gives exactly three segments, none empty. */
static bool split(struct bednet_text token, struct bednet_text segments[SEGMENTS])
{
    const char *at = token.ptr, *end = token.ptr + token.len;
    for (int i = 0; i < SEGMENTS; i++) {
        const char *stop = memchr(at, '.', (size_t)(end - at));
        if ((stop == NULL) != (i == SEGMENTS - 1))
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

static bool decode(const struct bednet_text segments[SEGMENTS], unsigned char *at,
                   struct bednet_compact *compact)
{
    unsigned char *begin = at;
    struct bednet_text decoded[SEGMENTS];
    for (int i = 0; i < SEGMENTS; i++) {
        size_t bytes;
        if (!bednet_base64url_decode(segments[i], at, &bytes))
            return false;
        decoded[i] = (struct bednet_text){(const char *)at, bytes};
        at += bytes;
    }
    compact->header = (char *)begin;
    compact->header_bytes = decoded[HEADER].len;
    compact->payload = decoded[PAYLOAD];
    compact->signature = decoded[SIGNATURE];
    return true;
}

enum bednet_reason bednet_compact_open(struct bednet_text token, size_t bytes_max,
                                       struct bednet_compact *compact)
{
    struct bednet_text segments[SEGMENTS];
    if (token.len > bytes_max)
        return BEDNET_REASON_TOO_LONG;
    if (token.ptr == NULL || !split(token, segments))
        return BEDNET_REASON_MALFORMED;

    size_t bytes = BEDNET_BASE64URL_BYTES(token.len);
    compact->owned = bytes <= sizeof compact->room ? NULL : OPENSSL_malloc(bytes);
    if (bytes > sizeof compact->room && compact->owned == NULL)
        return BEDNET_REASON_INTERNAL;
    if (!decode(segments, compact->owned != NULL ? compact->owned : compact->room, compact)) {
        bednet_compact_close(compact);
        return BEDNET_REASON_MALFORMED;
    }
    const struct bednet_text *last = &segments[PAYLOAD];
    compact->signing_input = (struct bednet_text){token.ptr, (size_t)(last->ptr + last->len - token.ptr)};
    return BEDNET_REASON_NONE;
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
