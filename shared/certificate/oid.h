/* SPDX-License-Identifier: Apache-2.0 */
/* Object identifiers as policies write them, and as they stand in DER. Internal to certificate. Pure. */
#ifndef BEDNET_CERTIFICATE_OID_H
#define BEDNET_CERTIFICATE_OID_H

#include "core/text.h"

#define BEDNET_OID_TEXT_MAX 128

struct bednet_oid {
    size_t bytes;
    unsigned char der[BEDNET_OID_TEXT_MAX]; /* the content octets; never longer than the text */
};

/*
 * Encodes dotted decimal; numbers may have any size. False unless it has two numbers or more, without leading
 * zeros, the first at most 2 and the second below 40 where the first is below 2.
 */
bool bednet_oid_parse(struct bednet_text text, struct bednet_oid *out);

#endif
