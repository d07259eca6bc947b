/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON Web Key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2) turned into a key. */
#ifndef BEDNET_TOKEN_JWK_H
#define BEDNET_TOKEN_JWK_H

#include "token/json.h"
#include "token/key.h"

/*
 * Fills the empty `key` when the JWK is usable for one of `algorithms`; otherwise `key` stays empty. *why is
 * a constant string unless memory failed; of a usable key it is a warning or NULL.
 */
enum bednet_key_outcome bednet_jwk_read(const struct bednet_json *jwk, unsigned algorithms,
                                        struct bednet_key *key, const char **why);

#endif
