/* SPDX-License-Identifier: Apache-2.0 */
/* Key material on its way into OpenSSL. */
#include "token/key.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium/crypto_core_ed25519.h>

enum { P256_FIELD_BYTES = 32, P256_SIGNATURE_BYTES = 64, ED25519_SIGNATURE_BYTES = 64, SHA256_BYTES = 32 };

/* OpenSSL keeps so many and forgets older ones. */
#define QUEUED_ERRORS_MAX 16

bool bednet_crypto_drain_errors(void)
{
    bool memory = false;
    /* An error that could not be recorded for want of memory is a hole in the queue and reads as its end. */
    for (int i = 0; i < QUEUED_ERRORS_MAX; i++)
        memory |= ERR_GET_REASON(ERR_get_error()) == ERR_R_MALLOC_FAILURE;
    ERR_clear_error();
    return memory;
}

/*
 * A public key out of its numbers, checked for everything that OpenSSL knows to be wrong with one: a point
 * off the curve above all. Both steps fail for what the key is or for want of memory, and only the queue of
 * errors tells which.
 */
static enum bednet_status make_public_key(const char *type, OSSL_PARAM *params, EVP_PKEY **out)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, type, NULL), *checker = NULL;
    enum bednet_status status = BEDNET_NOMEM;
    if (maker != NULL && EVP_PKEY_fromdata_init(maker) == 1) {
        status = BEDNET_INVALID;
        if (EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
            pkey = NULL;
    }
    if (pkey != NULL && (checker = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL)) == NULL)
        status = BEDNET_NOMEM;
    else if (pkey != NULL && EVP_PKEY_public_check(checker) == 1)
        status = BEDNET_OK;
    /* A key that was made while memory was short may lack what it says of itself, its size above all. */
    if (status == BEDNET_OK && EVP_PKEY_get_size(pkey) <= 0)
        status = BEDNET_NOMEM;
    EVP_PKEY_CTX_free(checker);
    EVP_PKEY_CTX_free(maker);
    if (bednet_crypto_drain_errors())
        status = BEDNET_NOMEM;
    if (status == BEDNET_OK)
        *out = pkey;
    else
        EVP_PKEY_free(pkey);
    return status;
}

/* Whatever does not depend on a token is done here, once. */
static enum bednet_status prepare_verifier(struct bednet_key *key, int rsa_padding)
{
    key->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    key->hash = EVP_MD_CTX_new();
    key->verifier = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    key->verified = bednet_verified_new();
    if (key->sha256 == NULL || key->hash == NULL || key->verifier == NULL || key->verified == NULL ||
        EVP_DigestInit_ex2(key->hash, key->sha256, NULL) != 1 || EVP_PKEY_verify_init(key->verifier) != 1 ||
        (rsa_padding != 0 && EVP_PKEY_CTX_set_rsa_padding(key->verifier, rsa_padding) != 1) ||
        EVP_PKEY_CTX_set_signature_md(key->verifier, key->sha256) != 1)
        return BEDNET_NOMEM;
    return BEDNET_OK;
}

static BIGNUM *number(struct bednet_text bytes)
{
    return BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);
}

/* NULL without memory. */
static OSSL_PARAM *rsa_parameters(struct bednet_text n, struct bednet_text e)
{
    OSSL_PARAM *params = NULL;
    BIGNUM *modulus = number(n), *exponent = number(e);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (modulus != NULL && exponent != NULL && builder != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        params = OSSL_PARAM_BLD_to_param(builder);
    OSSL_PARAM_BLD_free(builder);
    BN_free(exponent);
    BN_free(modulus);
    return params;
}

enum bednet_status bednet_key_set_rsa(struct bednet_key *key, struct bednet_text n, struct bednet_text e)
{
    OSSL_PARAM *params = rsa_parameters(n, e);
    if (params == NULL)
        return BEDNET_NOMEM;
    enum bednet_status status = make_public_key("RSA", params, &key->pkey);
    OSSL_PARAM_free(params);
    if (status == BEDNET_OK)
        status = prepare_verifier(key, RSA_PKCS1_PADDING);
    if (status != BEDNET_OK)
        return status;
    key->algorithms = BEDNET_ALG_RS256;
    key->signature_bytes = (size_t)EVP_PKEY_get_size(key->pkey);
    return BEDNET_OK;
}

enum bednet_status bednet_key_set_p256(struct bednet_key *key, struct bednet_text x, struct bednet_text y)
{
    unsigned char point[1 + 2 * P256_FIELD_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
    char group[] = "P-256";
    if (x.len != P256_FIELD_BYTES || y.len != P256_FIELD_BYTES)
        return BEDNET_INVALID;
    memcpy(point + 1, x.ptr, x.len);
    memcpy(point + 1 + x.len, y.ptr, y.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    enum bednet_status status = make_public_key("EC", params, &key->pkey);
    if (status == BEDNET_OK)
        status = prepare_verifier(key, 0);
    if (status != BEDNET_OK)
        return status;
    key->algorithms = BEDNET_ALG_ES256;
    key->signature_bytes = P256_SIGNATURE_BYTES;
    return BEDNET_OK;
}

enum bednet_status bednet_key_set_ed25519(struct bednet_key *key, struct bednet_text x)
{
    const unsigned char *bytes = (const unsigned char *)x.ptr;
    /* OpenSSL takes any 32 bytes, also points of small order, with which one signature fits many messages. */
    if (x.len != crypto_core_ed25519_BYTES || crypto_core_ed25519_is_valid_point(bytes) != 1)
        return BEDNET_INVALID;
    key->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, bytes, x.len);
    key->prepared = EVP_MD_CTX_new();
    key->verified = bednet_verified_new();
    if (key->pkey == NULL || key->prepared == NULL || key->verified == NULL ||
        EVP_DigestVerifyInit_ex(key->prepared, NULL, NULL, NULL, NULL, key->pkey, NULL) != 1)
        return BEDNET_NOMEM;
    key->algorithms = BEDNET_ALG_EDDSA;
    key->signature_bytes = ED25519_SIGNATURE_BYTES;
    return BEDNET_OK;
}

enum bednet_status bednet_key_set_secret(struct bednet_key *key, struct bednet_text secret)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    /* OpenSSL would take no bytes as "the key that was set before". */
    if (secret.len < BEDNET_SECRET_BYTES_MIN || secret.len > BEDNET_SECRET_BYTES_MAX)
        return BEDNET_INVALID;
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (hmac != NULL)
        key->mac = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    if (key->mac == NULL ||
        EVP_MAC_init(key->mac, (const unsigned char *)secret.ptr, secret.len, params) != 1)
        return BEDNET_NOMEM;
    key->algorithms = BEDNET_ALG_HS256;
    key->signature_bytes = SHA256_BYTES;
    return BEDNET_OK;
}

void bednet_key_clear(struct bednet_key *key)
{
    OPENSSL_free((void *)(uintptr_t)key->kid.ptr);
    EVP_MAC_CTX_free(key->mac);
    EVP_MD_CTX_free(key->prepared);
    EVP_PKEY_CTX_free(key->verifier);
    EVP_MD_CTX_free(key->hash);
    EVP_MD_free(key->sha256);
    EVP_PKEY_free(key->pkey);
    bednet_verified_free(key->verified);
    *key = (struct bednet_key){0};
}
