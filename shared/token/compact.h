/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: JWS compact serialisation (RFC 7515 section 7.1) taken apart, before anything looks into it.
 * Exactly two dots, three segments with something in them, each canonical base64url.
 */
#ifndef BEDNET_TOKEN_COMPACT_H
#define BEDNET_TOKEN_COMPACT_H

#include "core/text.h"
#include "core/verdict.h"

/* Tokens of so many bytes once decoded need no memory but the struct's own: nearly all do not. */
#define BEDNET_COMPACT_ROOM 4096

/*
 * Decoded parts live in one buffer, `room` or what `owned` owns; `signing_input` borrows from the token. To
 * be left where it was opened, since it points into itself.
 */
struct bednet_compact {
    struct bednet_text signing_input;
    char *header; /* writable: JSON is read in place */
    size_t header_bytes;
    struct bednet_text payload;
    struct bednet_text signature;
    void *owned; /* NULL where `room` sufficed */
    unsigned char room[BEDNET_COMPACT_ROOM];
};

/*
 * BEDNET_REASON_NONE, TOO_LONG, MALFORMED or INTERNAL. Only after NONE is there something to close. The
 * length is checked first.
 */
enum bednet_reason bednet_compact_open(struct bednet_text token, size_t bytes_max,
                                       struct bednet_compact *compact);
void bednet_compact_close(struct bednet_compact *compact);

#endif
