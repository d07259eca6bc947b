/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of every make, right and wrong: any bytes for header and payload, signed in any way by keys that
 * live as long as the test. Everything fails the test that cannot be done.
 */
#ifndef BEDNET_TESTS_BROKER_FORGE_H
#define BEDNET_TESTS_BROKER_FORGE_H

#include "harness/env.h"
#include <openssl/evp.h>

struct forge_bytes {
    const void *data;
    size_t length;
};

const char *forge_base64url(struct env *env, const void *data, size_t length);

/* What is signed: `header.payload`. */
const char *forge_input(struct env *env, const char *header, const char *payload);

/* Puts a signature of any bytes behind it. */
const char *forge_join(struct env *env, const char *input, struct forge_bytes signature);

/* A new key: "RSA" (with so many bits) or a curve such as "P-256", "P-521", "ED25519". */
EVP_PKEY *forge_key(struct env *env, const char *kind, unsigned bits);

/* The public key: SubjectPublicKeyInfo in PEM and DER; members of a JWK: `"kty": ..., "n": ..., "e": ...`. */
struct forge_bytes forge_pem(struct env *env, EVP_PKEY *key);
struct forge_bytes forge_der(struct env *env, EVP_PKEY *key);
const char *forge_jwk(struct env *env, EVP_PKEY *key);

/* Signatures as JWS has them, with a digest that OpenSSL knows; EdDSA has none (NULL). */
struct forge_bytes forge_sign(struct env *env, EVP_PKEY *key, const char *digest, bool pss,
                              const char *input);
struct forge_bytes forge_hmac(struct env *env, struct forge_bytes secret, const char *digest,
                              const char *input);

/* The thirteen algorithms, each with a key of its own, made when first asked for, once per program. */
enum { FORGE_ALGORITHMS = 13 };
const char *forge_algorithm(size_t index);

/* All of them as a JWK Set; key ids are the algorithms' names, each key bound to its algorithm. */
const char *forge_jwks(struct env *env);

/* Any header and payload, signed rightly for that algorithm. */
const char *forge_token(struct env *env, const char *algorithm, const char *header, const char *payload);

/* The key of an algorithm (NULL for HMAC), and HMAC's secrets. */
EVP_PKEY *forge_key_of(const char *algorithm);
struct forge_bytes forge_secret_of(const char *algorithm);

#endif
