/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JOSE header (RFC 7515 section 4). It is read before anything is verified, so it may only narrow what
 * happens next: `jku`, `x5u`, `jwk` and `x5c`, which would let a token bring its own key, are not looked at.
 */
#ifndef BEDNET_TOKEN_HEADER_H
#define BEDNET_TOKEN_HEADER_H

#include "core/verdict.h"
#include "token/algorithm.h"
#include "token/verify.h"

struct bednet_header {
    enum bednet_algorithm algorithm;
    enum bednet_token_type type; /* whether the issuer's tokens may be of it is not judged yet */
    struct bednet_text kid;      /* absent where the token names none; borrows from the text that was read */
};

/* BEDNET_REASON_NONE, MALFORMED, CRITICAL, TOKEN_TYPE or ALGORITHM. Spoils `text`. Allocates nothing. */
enum bednet_reason bednet_header_read(char *text, size_t bytes, struct bednet_header *header);

#endif
