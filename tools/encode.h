/* SPDX-License-Identifier: Apache-2.0 */
/* base64url as RFC 7515 section 2 has it, the way back from token/base64url.h. */
#ifndef BEDNET_TOOLS_ENCODE_H
#define BEDNET_TOOLS_ENCODE_H

#include <stddef.h>

/* Room for `bytes` bytes, NUL included. */
#define BEDNET_ENCODED_BYTES(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* Writes BEDNET_ENCODED_BYTES(bytes) at most into `out`, NUL-terminated. */
void bednet_encode(const void *data, size_t bytes, char *out);

/* The same on the heap; NULL without memory. */
char *bednet_encode_new(const void *data, size_t bytes);

#endif
