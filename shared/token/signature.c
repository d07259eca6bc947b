/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does this signature belong to these bytes and this key? The cheap questions come first: an attacker can ask
 * as often as he connects.
 */
#include "token/key.h"
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <sodium/crypto_sign_ed25519.h>

/* Two numbers of P-521, each with a zero before it, and what DER says of them. */
#define DER_BYTES_MAX (3 + 2 * (2 + 67))

static bool hash_input(const struct bednet_prepared *prepared, struct bednet_text input,
                       unsigned char digest[BEDNET_DIGEST_BYTES_MAX])
{
    return EVP_DigestInit_ex2(prepared->hash, NULL, NULL) == 1 &&
           EVP_DigestUpdate(prepared->hash, input.ptr, input.len) == 1 &&
           EVP_DigestFinal_ex(prepared->hash, digest, NULL) == 1;
}

/* 1 where the signature is right, 0 where it is wrong, less where that could not be found out; as below. */
static int verify_rsa(const struct bednet_prepared *prepared, struct bednet_text input,
                      struct bednet_text signature)
{
    unsigned char digest[BEDNET_DIGEST_BYTES_MAX];
    if (!hash_input(prepared, input, digest))
        return -1;
    return EVP_PKEY_verify(prepared->verifier, (const unsigned char *)signature.ptr, signature.len, digest,
                           prepared->digest_bytes);
}

/* JWS has r and s side by side (RFC 7518 section 3.4), OpenSSL wants them in DER. 0 when memory fails. */
static size_t encode_der(struct bednet_text signature, unsigned char out[DER_BYTES_MAX])
{
    const unsigned char *raw = (const unsigned char *)signature.ptr;
    size_t field = signature.len / 2;
    int bytes = 0;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, (int)field, NULL);
    BIGNUM *s = BN_bin2bn(raw + field, (int)field, NULL);
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's from here on */
        bytes = i2d_ECDSA_SIG(pair, NULL);
        bytes = bytes > 0 && bytes <= DER_BYTES_MAX ? i2d_ECDSA_SIG(pair, &out) : 0;
    }
    BN_free(s);
    BN_free(r);
    ECDSA_SIG_free(pair);
    return bytes > 0 ? (size_t)bytes : 0;
}

static int verify_ec(const struct bednet_prepared *prepared, struct bednet_text input,
                     struct bednet_text signature)
{
    unsigned char digest[BEDNET_DIGEST_BYTES_MAX], der[DER_BYTES_MAX];
    size_t der_bytes = encode_der(signature, der);
    if (der_bytes == 0 || !hash_input(prepared, input, digest))
        return -1;
    return EVP_PKEY_verify(prepared->verifier, der, der_bytes, digest, prepared->digest_bytes);
}

/* The context keeps what it made of the secret: to begin anew without one takes it up again. */
static int verify_hmac(const struct bednet_prepared *prepared, struct bednet_text input,
                       struct bednet_text signature)
{
    unsigned char mac[BEDNET_DIGEST_BYTES_MAX];
    size_t mac_bytes = 0;
    int result = -1;
    if (EVP_MAC_init(prepared->mac, NULL, 0, NULL) == 1 &&
        EVP_MAC_update(prepared->mac, (const unsigned char *)input.ptr, input.len) == 1 &&
        EVP_MAC_final(prepared->mac, mac, &mac_bytes, sizeof mac) == 1 && mac_bytes == signature.len)
        result = CRYPTO_memcmp(mac, signature.ptr, mac_bytes) == 0;
    OPENSSL_cleanse(mac, sizeof mac);
    return result;
}

static int verify(const struct bednet_key *key, const struct bednet_prepared *prepared,
                  struct bednet_text input, struct bednet_text signature)
{
    switch (prepared->algorithm) {
    case BEDNET_ALG_HS256:
    case BEDNET_ALG_HS384:
    case BEDNET_ALG_HS512:
        return verify_hmac(prepared, input, signature);
    case BEDNET_ALG_RS256:
    case BEDNET_ALG_RS384:
    case BEDNET_ALG_RS512:
    case BEDNET_ALG_PS256:
    case BEDNET_ALG_PS384:
    case BEDNET_ALG_PS512:
        return verify_rsa(prepared, input, signature);
    case BEDNET_ALG_ES256:
    case BEDNET_ALG_ES384:
    case BEDNET_ALG_ES512:
        return verify_ec(prepared, input, signature);
    case BEDNET_ALG_EDDSA:
        return crypto_sign_ed25519_verify_detached((const unsigned char *)signature.ptr,
                                                   (const unsigned char *)input.ptr, input.len,
                                                   key->ed25519) == 0;
    case BEDNET_ALG_NONE:
        break;
    }
    return -1;
}

static const struct bednet_prepared *find_prepared(const struct bednet_key *key,
                                                   enum bednet_algorithm algorithm)
{
    for (size_t i = 0; i < key->prepared_count; i++) {
        if (key->prepared[i].algorithm == algorithm)
            return &key->prepared[i];
    }
    return NULL;
}

/* The queue is nearly always empty, and to look is cheaper than to clear each of its places. */
static void clear_errors(void)
{
    if (ERR_peek_error() != 0 || ERR_peek_last_error() != 0)
        ERR_clear_error();
}

enum bednet_reason bednet_key_verify(const struct bednet_key *key, enum bednet_algorithm algorithm,
                                     struct bednet_text input, struct bednet_text signature)
{
    const struct bednet_prepared *prepared = find_prepared(key, algorithm);
    if (prepared == NULL)
        return BEDNET_REASON_ALGORITHM;
    if (signature.len != prepared->signature_bytes)
        return BEDNET_REASON_SIGNATURE;

    clear_errors();
    int result = verify(key, prepared, input, signature);
    if (result == 1) {
        /* Something that OpenSSL could do without may have failed nevertheless. */
        clear_errors();
        return BEDNET_REASON_NONE;
    }
    bool memory_failed = bednet_crypto_drain_errors();
    return result < 0 || memory_failed ? BEDNET_REASON_INTERNAL : BEDNET_REASON_SIGNATURE;
}
