/* SPDX-License-Identifier: Apache-2.0 */
/* JWS algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1) that Bednet verifies. */
#ifndef BEDNET_TOKEN_ALGORITHM_H
#define BEDNET_TOKEN_ALGORITHM_H

#include "core/text.h"

/* Bits of a mask: a policy and a key each allow a set. */
enum bednet_algorithm {
    BEDNET_ALG_NONE = 0,
    BEDNET_ALG_HS256 = 1 << 0,
    BEDNET_ALG_HS384 = 1 << 1,
    BEDNET_ALG_HS512 = 1 << 2,
    BEDNET_ALG_RS256 = 1 << 3,
    BEDNET_ALG_RS384 = 1 << 4,
    BEDNET_ALG_RS512 = 1 << 5,
    BEDNET_ALG_PS256 = 1 << 6,
    BEDNET_ALG_PS384 = 1 << 7,
    BEDNET_ALG_PS512 = 1 << 8,
    BEDNET_ALG_ES256 = 1 << 9,
    BEDNET_ALG_ES384 = 1 << 10,
    BEDNET_ALG_ES512 = 1 << 11,
    BEDNET_ALG_EDDSA = 1 << 12 /* with Ed25519 */
};

#define BEDNET_ALG_HS  (BEDNET_ALG_HS256 | BEDNET_ALG_HS384 | BEDNET_ALG_HS512)
#define BEDNET_ALG_RS  (BEDNET_ALG_RS256 | BEDNET_ALG_RS384 | BEDNET_ALG_RS512)
#define BEDNET_ALG_PS  (BEDNET_ALG_PS256 | BEDNET_ALG_PS384 | BEDNET_ALG_PS512)
#define BEDNET_ALG_ES  (BEDNET_ALG_ES256 | BEDNET_ALG_ES384 | BEDNET_ALG_ES512)
#define BEDNET_ALG_ALL (BEDNET_ALG_HS | BEDNET_ALG_RS | BEDNET_ALG_PS | BEDNET_ALG_ES | BEDNET_ALG_EDDSA)

/*
 * By exact name (`alg` is case-sensitive, RFC 7515 section 4.1.1); BEDNET_ALG_NONE where it is unknown.
 * `Ed25519` (RFC 9864 section 2.2) says more plainly what EdDSA means here.
 */
enum bednet_algorithm bednet_algorithm_by_name(struct bednet_text name);

/* NULL-terminated list of the names, for messages and suggestions. */
extern const char *const bednet_algorithm_names[];

#endif
