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

enum bednet_compact_part {
    BEDNET_COMPACT_HEADER,
    BEDNET_COMPACT_PAYLOAD,
    BEDNET_COMPACT_SIGNATURE,
    BEDNET_COMPACT_PARTS
};

/*
 * Decoded parts live in one buffer, `room` or what `owned` owns; texts borrow from the token. To be left
 * where it was opened, since it points into itself.
 */
struct bednet_compact {
    struct bednet_text text; /* all of the token */
    struct bednet_text signing_input;
    struct bednet_text segments[BEDNET_COMPACT_PARTS]; /* as they were sent */
    char *header;                                      /* writable: JSON is read in place */
    size_t header_bytes;
    struct bednet_text payload; /* absent until it is decoded, as are the others */
    struct bednet_text signature;
    unsigned char *end; /* of what was decoded */
    void *owned;        /* NULL where `room` sufficed */
    unsigned char room[BEDNET_COMPACT_ROOM];
};

/*
 * BEDNET_REASON_NONE, TOO_LONG, MALFORMED or INTERNAL. Only after NONE is there something to close. The
 * length is checked first.
 */
enum bednet_reason bednet_compact_open(struct bednet_text token, size_t bytes_max,
                                       struct bednet_compact *compact);

/*
 * The same in steps, for a token that may have been seen before. Cutting decodes nothing: NONE, TOO_LONG or
 * MALFORMED. The others decode the payload alone, or what is left: NONE, MALFORMED or INTERNAL, after which
 * there still is something to close.
 */
enum bednet_reason bednet_compact_cut(struct bednet_text token, size_t bytes_max,
                                      struct bednet_compact *compact);
enum bednet_reason bednet_compact_decode_payload(struct bednet_compact *compact);
enum bednet_reason bednet_compact_decode(struct bednet_compact *compact);

void bednet_compact_close(struct bednet_compact *compact);

#endif
