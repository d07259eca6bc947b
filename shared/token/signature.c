/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does this signature belong to these bytes and this key? The cheap questions come first: an attacker can ask
 * as often as he connects.
 */
#include "token/key.h"
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>

enum { SHA256_BYTES = 32, P256_FIELD_BYTES = 32, P256_DER_BYTES_MAX = 72 };

/* 1 where the signature is right, 0 where it is wrong, less where that could not be found out. */
typedef int (*verify_function)(const struct bednet_key *, struct bednet_text, struct bednet_text);

static bool hash_input(const struct bednet_key *key, struct bednet_text input, unsigned char *digest)
{
    return EVP_DigestInit_ex2(key->hash, NULL, NULL) == 1 &&
           EVP_DigestUpdate(key->hash, input.ptr, input.len) == 1 &&
           EVP_DigestFinal_ex(key->hash, digest, NULL) == 1;
}

static int verify_rs256(const struct bednet_key *key, struct bednet_text input, struct bednet_text signature)
{
    unsigned char digest[SHA256_BYTES];
    if (!hash_input(key, input, digest))
        return -1;
    return EVP_PKEY_verify(key->verifier, (const unsigned char *)signature.ptr, signature.len, digest,
                           sizeof digest);
}

/* JWS has r and s side by side (RFC 7518 section 3.4), OpenSSL wants them in DER. 0 when memory fails. */
static size_t encode_der(struct bednet_text signature, unsigned char out[P256_DER_BYTES_MAX])
{
    const unsigned char *raw = (const unsigned char *)signature.ptr;
    int bytes = 0;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, P256_FIELD_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(raw + P256_FIELD_BYTES, P256_FIELD_BYTES, NULL);
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's from here on */
        bytes = i2d_ECDSA_SIG(pair, NULL);
        bytes = bytes > 0 && bytes <= P256_DER_BYTES_MAX ? i2d_ECDSA_SIG(pair, &out) : 0;
    }
    BN_free(s);
    BN_free(r);
    ECDSA_SIG_free(pair);
    return bytes > 0 ? (size_t)bytes : 0;
}

static int verify_es256(const struct bednet_key *key, struct bednet_text input, struct bednet_text signature)
{
    unsigned char digest[SHA256_BYTES], der[P256_DER_BYTES_MAX];
    size_t der_bytes = encode_der(signature, der);
    if (der_bytes == 0 || !hash_input(key, input, digest))
        return -1;
    return EVP_PKEY_verify(key->verifier, der, der_bytes, digest, sizeof digest);
}

static int verify_eddsa(const struct bednet_key *key, struct bednet_text input, struct bednet_text signature)
{
    int result = -1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_MD_CTX_copy_ex(context, key->prepared) == 1)
        result = EVP_DigestVerify(context, (const unsigned char *)signature.ptr, signature.len,
                                  (const unsigned char *)input.ptr, input.len);
    EVP_MD_CTX_free(context);
    return result;
}

static int verify_hs256(const struct bednet_key *key, struct bednet_text input, struct bednet_text signature)
{
    unsigned char mac[SHA256_BYTES];
    size_t mac_bytes = 0;
    int result = -1;
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(key->mac);
    if (context != NULL && EVP_MAC_update(context, (const unsigned char *)input.ptr, input.len) == 1 &&
        EVP_MAC_final(context, mac, &mac_bytes, sizeof mac) == 1 && mac_bytes == sizeof mac)
        result = CRYPTO_memcmp(mac, signature.ptr, sizeof mac) == 0;
    EVP_MAC_CTX_free(context);
    OPENSSL_cleanse(mac, sizeof mac);
    return result;
}

static verify_function function_of(enum bednet_algorithm algorithm)
{
    switch (algorithm) {
    case BEDNET_ALG_HS256:
        return verify_hs256;
    case BEDNET_ALG_RS256:
        return verify_rs256;
    case BEDNET_ALG_ES256:
        return verify_es256;
    case BEDNET_ALG_EDDSA:
        return verify_eddsa;
    default:
        break;
    }
    return NULL;
}

enum bednet_reason bednet_key_verify(const struct bednet_key *key, enum bednet_algorithm algorithm,
                                     struct bednet_text input, struct bednet_text signature)
{
    verify_function verify = function_of(algorithm);
    if (verify == NULL || (key->algorithms & algorithm) == 0)
        return BEDNET_REASON_ALGORITHM;
    if (signature.len != key->signature_bytes)
        return BEDNET_REASON_SIGNATURE;

    struct bednet_fingerprint fingerprint;
    if (key->verified != NULL) {
        bednet_fingerprint_take(input, signature, &fingerprint);
        if (bednet_verified_knows(key->verified, &fingerprint))
            return BEDNET_REASON_NONE;
    }

    ERR_clear_error();
    int result = verify(key, input, signature);
    if (result == 1) {
        if (key->verified != NULL)
            bednet_verified_note(key->verified, &fingerprint);
        /* Something that OpenSSL could do without may have failed nevertheless. */
        ERR_clear_error();
        return BEDNET_REASON_NONE;
    }
    bool memory_failed = bednet_crypto_drain_errors();
    return result < 0 || memory_failed ? BEDNET_REASON_INTERNAL : BEDNET_REASON_SIGNATURE;
}
