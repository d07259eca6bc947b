/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One verification key, made ready once, and what a signature must satisfy with it. A key knows its
 * algorithms; a caller who asks for another one is refused. One thread per key at a time: the contexts are
 * used again and again.
 */
#ifndef BEDNET_TOKEN_KEY_H
#define BEDNET_TOKEN_KEY_H

#include "core/status.h"
#include "core/text.h"
#include "core/verdict.h"
#include "token/algorithm.h"
#include "token/verified.h"
#include <openssl/evp.h>

#define BEDNET_RSA_BITS_MIN        2048
#define BEDNET_RSA_BITS_MAX        8192
#define BEDNET_SECRET_BYTES_MIN    32 /* the hash of HS256, RFC 7518 section 3.2 */
#define BEDNET_SECRET_BYTES_MAX    1024
#define BEDNET_DIGEST_BYTES_MAX    64
#define BEDNET_SIGNATURE_BYTES_MAX (BEDNET_RSA_BITS_MAX / 8)
#define BEDNET_ED25519_BYTES       32
#define BEDNET_KEY_ALGORITHMS_MAX  6 /* an RSA key: RS and PS */

/* What one algorithm needs besides the key. */
struct bednet_prepared {
    enum bednet_algorithm algorithm;
    size_t digest_bytes;
    size_t signature_bytes; /* exactly so many, or it is no signature */
    EVP_MD *digest;         /* RSA, EC */
    EVP_MD_CTX *hash;       /* RSA, EC: scratch */
    EVP_PKEY_CTX *verifier; /* RSA, EC: with padding and digest, used for every verification */
    EVP_MAC_CTX *mac;       /* HS: keyed, begun anew for every verification */
};

struct bednet_key {
    struct bednet_text kid; /* owned; absent where the JWK has none */
    unsigned algorithms;    /* mask of enum bednet_algorithm, all of the key's own type */
    EVP_PKEY *pkey;         /* RSA, EC */
    unsigned char ed25519[BEDNET_ED25519_BYTES]; /* Ed25519 */
    size_t prepared_count;
    struct bednet_prepared prepared[BEDNET_KEY_ALGORITHMS_MAX]; /* one for each algorithm */
    struct bednet_verified *verified;
};

enum bednet_key_outcome {
    BEDNET_KEY_USABLE,      /* *why may be a warning */
    BEDNET_KEY_PASSED_OVER, /* not ours: of another type, for encryption, for an algorithm that is not allowed
                             */
    BEDNET_KEY_BROKEN,
    BEDNET_KEY_NOMEM
};

struct bednet_curve {
    struct bednet_text name; /* as in a JWK's `crv` */
    const char *group;       /* as OpenSSL calls it */
    enum bednet_algorithm algorithm;
    size_t field_bytes;
};

/* Of the curves that have an algorithm; NULL where it is another one. `group` may be NULL. */
const struct bednet_curve *bednet_curve_by_name(struct bednet_text name);
const struct bednet_curve *bednet_curve_by_group(const char *group);

/*
 * Each fills an empty key with material for those of `algorithms` that are of its type; there is at least
 * one. Numbers are big-endian. Unless the key is usable, *why is a constant string, and what was filled in
 * by then is left to bednet_key_clear.
 */
enum bednet_key_outcome bednet_key_set_rsa(struct bednet_key *key, unsigned algorithms, struct bednet_text n,
                                           struct bednet_text e, const char **why);
enum bednet_key_outcome bednet_key_set_ec(struct bednet_key *key, const struct bednet_curve *curve,
                                          struct bednet_text x, struct bednet_text y, const char **why);
enum bednet_key_outcome bednet_key_set_ed25519(struct bednet_key *key, struct bednet_text x,
                                               const char **why);
/* A secret serves no algorithm whose hash is longer than it (RFC 7518 section 3.2). */
enum bednet_key_outcome bednet_key_set_secret(struct bednet_key *key, unsigned algorithms,
                                              struct bednet_text secret, const char **why);

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
