/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64url as RFC 7515 section 2 wants it, in one spelling only: no padding, no foreign byte, and the bits
 * that carry nothing are zero. A second spelling of a token would slip past whatever is keyed on its text.
 * Pure; any thread.
 */
#ifndef BEDNET_TOKEN_BASE64URL_H
#define BEDNET_TOKEN_BASE64URL_H

#include "core/text.h"

/* The most bytes that `chars` characters decode to. */
#define BEDNET_BASE64URL_BYTES(chars) ((chars) / 4 * 3 + 2)

/* True when every character is of the alphabet and some byte sequence has that many characters. */
bool bednet_base64url_is_plausible(struct bednet_text text);

/*
 * Decodes into `out`, which has room for BEDNET_BASE64URL_BYTES(text.len), and sets *bytes. False where the
 * text is not canonical; `out` is then undefined. The empty text decodes to nothing.
 */
bool bednet_base64url_decode(struct bednet_text text, unsigned char *out, size_t *bytes);

#endif
