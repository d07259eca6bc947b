/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verification keys, parsed once. A key is bound to its type and to the algorithms that both its JWK and the
 * policy allow; a token's header chooses nothing (RFC 8725 section 3.1).
 */
#ifndef BEDNET_TOKEN_KEYRING_H
#define BEDNET_TOKEN_KEYRING_H

#include "core/diag.h"
#include "core/status.h"
#include "core/text.h"
#include "token/algorithm.h"

#define BEDNET_JWKS_BYTES_MAX (1024 * 1024) /* of a key file in PEM too */
#define BEDNET_JWKS_KEYS_MAX  64
#define BEDNET_PEM_KEYS_MAX   4 /* for one algorithm */
#define BEDNET_KID_BYTES_MAX  256

struct bednet_keyring;

/*
 * Reads a JWK Set (RFC 7517 section 5) or a single JWK from memory. `file` names it in diagnostics.
 * `algorithms` is the mask of the policy. Keys of unknown type or for encryption are passed over with a
 * warning; a key that is recognised but broken, too small, duplicate in kid, or private where a public one
 * belongs is an error, and so is a set without any usable key. BEDNET_OK, INVALID with an error in `diag`, or
 * NOMEM. Any thread; takes milliseconds per RSA key, so never in a callback.
 */
enum bednet_status bednet_keyring_from_jwks(const char *file, struct bednet_text json, unsigned algorithms,
                                            struct bednet_diag *diag, struct bednet_keyring **out);

/*
 * The same for the bytes of a key file, which may also be PEM: one or several blocks PUBLIC KEY, RSA PUBLIC
 * KEY, or CERTIFICATE. Of a certificate only the key counts, not its dates, names or issuer. PEM has no place
 * for key ids, so its keys are asked whatever `kid` a token has, and there are few at most.
 */
enum bednet_status bednet_keyring_from_file(const char *file, struct bednet_text bytes, unsigned algorithms,
                                            struct bednet_diag *diag, struct bednet_keyring **out);

/* Cleanses secrets. NULL is allowed. */
void bednet_keyring_free(struct bednet_keyring *keyring);

size_t bednet_keyring_count(const struct bednet_keyring *keyring);

#endif
