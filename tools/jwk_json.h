/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys as JSON (RFC 7517, RFC 7518 section 6, RFC 8037 section 2) and their names (RFC 7638). */
#ifndef BEDNET_TOOLS_JWK_JSON_H
#define BEDNET_TOOLS_JWK_JSON_H

#include "encode.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>

#define BEDNET_JWK_THUMBPRINT_BYTES BEDNET_ENCODED_BYTES(32)

/*
 * The public members of a key, private or not, owned by the caller. NULL with *why, a constant string, where
 * no JWK can say it or memory ran out.
 */
json_t *bednet_jwk_from_key(const EVP_PKEY *key, const char **why);

/*
 * SHA-256 of the members that make the key, in base64url. False where `kty` is none of RSA, EC, OKP, where a
 * member is missing, or without memory. A secret has none here: it would be a fingerprint to guess by (RFC
 * 7638 section 7).
 */
bool bednet_jwk_thumbprint(const json_t *jwk, char out[BEDNET_JWK_THUMBPRINT_BYTES]);

#endif
