/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of JWS (RFC 7518 section 3, RFC 8037 section 3.1) with the keys that belong to them. */
#ifndef BEDNET_TOOLS_SIGN_H
#define BEDNET_TOOLS_SIGN_H

#include "core/file.h"
#include "token/algorithm.h"

#include <openssl/evp.h>

/* What a token is signed with: a private key or a secret. */
struct bednet_signer {
    struct bednet_file file;   /* as it was read */
    EVP_PKEY *key;             /* NULL for a secret */
    struct bednet_text secret; /* borrows from file or decoded */
    unsigned char *decoded;    /* owned: the secret of a JWK */
    size_t decoded_bytes;
};

/*
 * Loads the key file at `path`: a private key in PEM, a JWK with a secret, or any other bytes as a secret.
 * Gives an exit code after printing what is wrong. There is something to free in any case.
 */
int bednet_signer_load(const char *path, struct bednet_signer *signer);
void bednet_signer_free(struct bednet_signer *signer);

/* The name of an algorithm; the one that fits the key best, NULL where none does. Constant strings. */
const char *bednet_signer_default(const struct bednet_signer *signer);

/* NULL where the key may sign with the algorithm of that name, else why not. Constant strings. */
const char *bednet_signer_objects(const struct bednet_signer *signer, const char *algorithm);

/*
 * Signs `input` with an algorithm that was not objected to. The signature is owned by the caller (free);
 * NULL where OpenSSL fails.
 */
unsigned char *bednet_signer_sign(const struct bednet_signer *signer, const char *algorithm,
                                  struct bednet_text input, size_t *bytes);

#endif
