/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One verification key, made ready for OpenSSL once, and what a signature must satisfy with it. A key knows
 * its algorithms; a caller who asks for another one is refused. One thread per key at a time: the contexts
 * are used again and again.
 */
#ifndef BEDNET_TOKEN_KEY_H
#define BEDNET_TOKEN_KEY_H

#include "core/status.h"
#include "core/text.h"
#include "core/verdict.h"
#include "token/algorithm.h"
#include "token/verified.h"
#include <openssl/evp.h>

#define BEDNET_RSA_BITS_MIN     2048
#define BEDNET_RSA_BITS_MAX     8192
#define BEDNET_SECRET_BYTES_MIN 32 /* the hash of HS256, RFC 7518 section 3.2 */
#define BEDNET_SECRET_BYTES_MAX 1024

struct bednet_key {
    struct bednet_text kid;           /* owned; absent where the JWK has none */
    unsigned algorithms;              /* mask of enum bednet_algorithm, all of the key's own type */
    size_t signature_bytes;           /* exactly so many, or it is no signature */
    EVP_PKEY *pkey;                   /* RSA, EC, Ed25519 */
    EVP_MD *sha256;                   /* RSA, EC */
    EVP_MD_CTX *hash;                 /* RSA, EC: scratch */
    EVP_PKEY_CTX *verifier;           /* RSA, EC: prepared, used for every verification */
    EVP_MD_CTX *prepared;             /* Ed25519: copied for every verification */
    EVP_MAC_CTX *mac;                 /* HS256: keyed, copied for every verification */
    struct bednet_verified *verified; /* RSA, EC, Ed25519 */
};

/*
 * Each fills an empty key with material and the algorithm of its type. BEDNET_INVALID where this is no key:
 * of the wrong length, not on the curve, composite in an obvious way, and so on; BEDNET_NOMEM where OpenSSL
 * fails otherwise. What was filled in by then is left to bednet_key_clear. Numbers are big-endian.
 */
enum bednet_status bednet_key_set_rsa(struct bednet_key *key, struct bednet_text n, struct bednet_text e);
enum bednet_status bednet_key_set_p256(struct bednet_key *key, struct bednet_text x, struct bednet_text y);
enum bednet_status bednet_key_set_ed25519(struct bednet_key *key, struct bednet_text x);
enum bednet_status bednet_key_set_secret(struct bednet_key *key, struct bednet_text secret);

/* Frees what the key owns and empties it. Secrets are cleansed. */
void bednet_key_clear(struct bednet_key *key);

/* BEDNET_REASON_NONE, SIGNATURE, ALGORITHM or INTERNAL. Clears OpenSSL's error queue of this thread. */
enum bednet_reason bednet_key_verify(const struct bednet_key *key, enum bednet_algorithm algorithm,
                                     struct bednet_text input, struct bednet_text signature);

/*
 * Empties OpenSSL's error queue of this thread: what stays there would be taken for an error of the broker's
 * next TLS operation. True when memory was what failed.
 */
bool bednet_crypto_drain_errors(void);

#endif
