/* SPDX-License-Identifier: Apache-2.0 */
/* A token laid open without being believed: for looking at, never for deciding. */
#ifndef BEDNET_TOOLS_DECODED_H
#define BEDNET_TOOLS_DECODED_H

#include "structure.h"
#include "token/json.h"

/* One segment, as far as it can be read. */
struct bednet_decoded_part {
    char *bytes; /* owned; NULL where it does not decode */
    size_t length;
    struct bednet_json *values; /* owned; of header and payload, NULL where they are no JSON object */
    char fault[BEDNET_STRUCTURE_FAULT_BYTES]; /* empty: as it should be */
};

struct bednet_decoded {
    char fault[BEDNET_STRUCTURE_FAULT_BYTES]; /* of the token as a whole; empty: as it should be */
    struct bednet_decoded_part parts[BEDNET_SEGMENTS];
};

/* False without memory; there is something to close all the same. */
bool bednet_decoded_open(struct bednet_text token, struct bednet_decoded *decoded);

/* Wipes and frees. */
void bednet_decoded_close(struct bednet_decoded *decoded);

/* True when nothing is wrong with its form. */
bool bednet_decoded_is_well_formed(const struct bednet_decoded *decoded);

#endif
