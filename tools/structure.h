/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What exactly is wrong with a token that the guard refused. The guard itself, token/compact.h, only says
 * that something is; this says where, and decides nothing.
 */
#ifndef BEDNET_TOOLS_STRUCTURE_H
#define BEDNET_TOOLS_STRUCTURE_H

#include "core/text.h"

#define BEDNET_STRUCTURE_FAULT_BYTES 192

enum bednet_segment {
    BEDNET_SEGMENT_HEADER,
    BEDNET_SEGMENT_PAYLOAD,
    BEDNET_SEGMENT_SIGNATURE,
    BEDNET_SEGMENTS
};

/* "header", "payload", "signature". */
const char *bednet_segment_name(enum bednet_segment segment);

/*
 * Cuts at the first two dots; segments that are not there are absent. The last one has whatever follows,
 * further dots included.
 */
void bednet_structure_split(struct bednet_text token, struct bednet_text segments[BEDNET_SEGMENTS]);

/* The fault, with its place; false, with an empty text, where the guard has nothing to say. */
bool bednet_structure_fault(struct bednet_text token, char out[BEDNET_STRUCTURE_FAULT_BYTES]);

#endif
