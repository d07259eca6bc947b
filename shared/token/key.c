/* SPDX-License-Identifier: Apache-2.0 */
/* Key material, judged on its way into what verifies with it. */
#include "token/key.h"
#include "token/weak_rsa.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_sign_ed25519.h>

/* OpenSSL keeps so many and forgets older ones. */
#define QUEUED_ERRORS_MAX 16
/* OpenSSL's own bound for large moduli: what is longer only costs time. */
#define RSA_EXPONENT_BYTES_MAX 8
#define FIELD_BYTES_MAX        66

static const struct bednet_curve curves[] = {
    {{"P-256", 5}, "prime256v1", BEDNET_ALG_ES256, 32},
    {{"P-384", 5}, "secp384r1", BEDNET_ALG_ES384, 48},
    {{"P-521", 5}, "secp521r1", BEDNET_ALG_ES512, FIELD_BYTES_MAX},
};

const struct bednet_curve *bednet_curve_by_name(struct bednet_text name)
{
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        if (bednet_text_equal(curves[i].name, name))
            return &curves[i];
    }
    return NULL;
}

const struct bednet_curve *bednet_curve_by_group(const char *group)
{
    for (size_t i = 0; group != NULL && i < sizeof curves / sizeof *curves; i++) {
        if (strcmp(curves[i].group, group) == 0)
            return &curves[i];
    }
    return NULL;
}

/* Which hash belongs to which algorithms; for EdDSA it is part of the signature scheme. */
static const struct hash {
    unsigned algorithms;
    const char *name;
    size_t bytes;
} hashes[] = {
    {BEDNET_ALG_HS256 | BEDNET_ALG_RS256 | BEDNET_ALG_PS256 | BEDNET_ALG_ES256, "SHA256", 32},
    {BEDNET_ALG_HS384 | BEDNET_ALG_RS384 | BEDNET_ALG_PS384 | BEDNET_ALG_ES384, "SHA384", 48},
    {BEDNET_ALG_HS512 | BEDNET_ALG_RS512 | BEDNET_ALG_PS512 | BEDNET_ALG_ES512, "SHA512",
     BEDNET_DIGEST_BYTES_MAX},
};

static const struct hash *hash_of(unsigned algorithm)
{
    size_t i = 0;
    while ((hashes[i].algorithms & algorithm) == 0)
        i++;
    return &hashes[i];
}

static enum bednet_key_outcome broken(const char **why, const char *text)
{
    *why = text;
    return BEDNET_KEY_BROKEN;
}

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
static enum bednet_key_outcome make_public_key(const char *type, OSSL_PARAM *params, EVP_PKEY **out)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, type, NULL), *checker = NULL;
    enum bednet_key_outcome outcome = BEDNET_KEY_NOMEM;
    if (maker != NULL && EVP_PKEY_fromdata_init(maker) == 1) {
        outcome = BEDNET_KEY_BROKEN;
        if (EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
            pkey = NULL;
    }
    if (pkey != NULL && (checker = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL)) == NULL)
        outcome = BEDNET_KEY_NOMEM;
    else if (pkey != NULL && EVP_PKEY_public_check(checker) == 1)
        outcome = BEDNET_KEY_USABLE;
    /* A key that was made while memory was short may lack what it says of itself, its size above all. */
    if (outcome == BEDNET_KEY_USABLE && EVP_PKEY_get_size(pkey) <= 0)
        outcome = BEDNET_KEY_NOMEM;
    EVP_PKEY_CTX_free(checker);
    EVP_PKEY_CTX_free(maker);
    if (bednet_crypto_drain_errors())
        outcome = BEDNET_KEY_NOMEM;
    if (outcome == BEDNET_KEY_USABLE)
        *out = pkey;
    else
        EVP_PKEY_free(pkey);
    return outcome;
}

static bool set_padding(EVP_PKEY_CTX *verifier, const struct bednet_prepared *prepared)
{
    if ((prepared->algorithm & BEDNET_ALG_RS) != 0)
        return EVP_PKEY_CTX_set_rsa_padding(verifier, RSA_PKCS1_PADDING) == 1;
    /* RFC 7518 section 3.5: the same hash in MGF1, and a salt exactly as long as it. */
    if ((prepared->algorithm & BEDNET_ALG_PS) != 0)
        return EVP_PKEY_CTX_set_rsa_padding(verifier, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(verifier, prepared->digest) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(verifier, RSA_PSS_SALTLEN_DIGEST) == 1;
    return true;
}

/* Whatever does not depend on a token is done here, once. */
static bool prepare_one(struct bednet_key *key, enum bednet_algorithm algorithm, size_t signature_bytes)
{
    const struct hash *hash = hash_of(algorithm);
    struct bednet_prepared *prepared = &key->prepared[key->prepared_count++];
    prepared->algorithm = algorithm;
    prepared->digest_bytes = hash->bytes;
    prepared->signature_bytes = signature_bytes;
    prepared->digest = EVP_MD_fetch(NULL, hash->name, NULL);
    prepared->hash = EVP_MD_CTX_new();
    prepared->verifier = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    return prepared->digest != NULL && prepared->hash != NULL && prepared->verifier != NULL &&
           EVP_DigestInit_ex2(prepared->hash, prepared->digest, NULL) == 1 &&
           EVP_PKEY_verify_init(prepared->verifier) == 1 && set_padding(prepared->verifier, prepared) &&
           EVP_PKEY_CTX_set_signature_md(prepared->verifier, prepared->digest) == 1;
}

static enum bednet_key_outcome prepare(struct bednet_key *key, unsigned algorithms, size_t signature_bytes)
{
    key->verified = bednet_verified_new();
    if (key->verified == NULL)
        return BEDNET_KEY_NOMEM;
    for (unsigned bit = 1; bit < BEDNET_ALG_ALL; bit <<= 1) {
        if ((algorithms & bit) != 0 && !prepare_one(key, (enum bednet_algorithm)bit, signature_bytes))
            return BEDNET_KEY_NOMEM;
    }
    key->algorithms = algorithms;
    return BEDNET_KEY_USABLE;
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

static void skip_zeros(struct bednet_text *digits)
{
    while (digits->len > 0 && digits->ptr[0] == 0) {
        digits->ptr++;
        digits->len--;
    }
}

static bool is_unsafe_exponent(struct bednet_text e)
{
    return e.len == 0 || e.len > RSA_EXPONENT_BYTES_MAX || (e.ptr[e.len - 1] & 1) == 0 ||
           (e.len == 1 && e.ptr[0] == 1);
}

enum bednet_key_outcome bednet_key_set_rsa(struct bednet_key *key, unsigned algorithms, struct bednet_text n,
                                           struct bednet_text e, const char **why)
{
    skip_zeros(&n);
    skip_zeros(&e);
    size_t bits = bednet_rsa_bits(n);
    if (bits < BEDNET_RSA_BITS_MIN || bits > BEDNET_RSA_BITS_MAX)
        return broken(why, "the RSA key has the wrong size (2048 to 8192 bits)");
    if (is_unsafe_exponent(e))
        return broken(why, "the RSA exponent is unsafe (odd, at least 3, at most 64 bits)");
    if (bednet_rsa_is_roca(n))
        return broken(why, "the RSA key was made by a faulty generator and can be broken (CVE-2017-15361)");

    OSSL_PARAM *params = rsa_parameters(n, e);
    if (params == NULL)
        return BEDNET_KEY_NOMEM;
    enum bednet_key_outcome outcome = make_public_key("RSA", params, &key->pkey);
    OSSL_PARAM_free(params);
    if (outcome == BEDNET_KEY_BROKEN)
        return broken(why, "no usable RSA key: OpenSSL refuses it");
    if (outcome != BEDNET_KEY_USABLE)
        return outcome;
    return prepare(key, algorithms & (BEDNET_ALG_RS | BEDNET_ALG_PS), (size_t)EVP_PKEY_get_size(key->pkey));
}

enum bednet_key_outcome bednet_key_set_ec(struct bednet_key *key, const struct bednet_curve *curve,
                                          struct bednet_text x, struct bednet_text y, const char **why)
{
    static const char refusal[] = "no usable EC key (x and y must be exactly as long as the field of the "
                                  "curve, 32, 48 or 66 bytes, and a point on it)";
    unsigned char point[1 + 2 * FIELD_BYTES_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
    char group[16];
    if (x.len != curve->field_bytes || y.len != curve->field_bytes)
        return broken(why, refusal);
    memcpy(point + 1, x.ptr, x.len);
    memcpy(point + 1 + x.len, y.ptr, y.len);
    memcpy(group, curve->group, strlen(curve->group) + 1);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + x.len + y.len),
        OSSL_PARAM_construct_end(),
    };
    enum bednet_key_outcome outcome = make_public_key("EC", params, &key->pkey);
    if (outcome == BEDNET_KEY_BROKEN)
        return broken(why, refusal);
    if (outcome != BEDNET_KEY_USABLE)
        return outcome;
    return prepare(key, curve->algorithm, 2 * curve->field_bytes);
}

/*
 * libsodium alone, not OpenSSL: it takes a third of the time, allocates nothing, so that "wrong" never means
 * "no memory", and refuses what OpenSSL takes: keys and commitments of small order, with which one signature
 * fits many messages, and second spellings of a point.
 */
enum bednet_key_outcome bednet_key_set_ed25519(struct bednet_key *key, struct bednet_text x, const char **why)
{
    _Static_assert(BEDNET_ED25519_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES, "a point");
    if (x.len != sizeof key->ed25519 || crypto_core_ed25519_is_valid_point((const unsigned char *)x.ptr) != 1)
        return broken(why, "no usable Ed25519 key (x must be 32 bytes and a point of the prime order group)");
    memcpy(key->ed25519, x.ptr, x.len);
    key->verified = bednet_verified_new();
    if (key->verified == NULL)
        return BEDNET_KEY_NOMEM;
    key->prepared[key->prepared_count++] =
        (struct bednet_prepared){.algorithm = BEDNET_ALG_EDDSA, .signature_bytes = crypto_sign_ed25519_BYTES};
    key->algorithms = BEDNET_ALG_EDDSA;
    return BEDNET_KEY_USABLE;
}

static bool prepare_hmac(struct bednet_key *key, EVP_MAC *hmac, enum bednet_algorithm algorithm,
                         struct bednet_text secret)
{
    const struct hash *hash = hash_of(algorithm);
    struct bednet_prepared *prepared = &key->prepared[key->prepared_count++];
    char digest[8];
    memcpy(digest, hash->name, strlen(hash->name) + 1);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    prepared->algorithm = algorithm;
    prepared->digest_bytes = prepared->signature_bytes = hash->bytes;
    prepared->mac = EVP_MAC_CTX_new(hmac);
    return prepared->mac != NULL &&
           EVP_MAC_init(prepared->mac, (const unsigned char *)secret.ptr, secret.len, params) == 1;
}

enum bednet_key_outcome bednet_key_set_secret(struct bednet_key *key, unsigned algorithms,
                                              struct bednet_text secret, const char **why)
{
    unsigned wanted = algorithms & BEDNET_ALG_HS, served = 0;
    /* OpenSSL would take no bytes as "the key that was set before". */
    if (secret.len < BEDNET_SECRET_BYTES_MIN || secret.len > BEDNET_SECRET_BYTES_MAX)
        return broken(why, "no usable secret (k must be 32 to 1024 bytes in base64url without padding)");
    for (unsigned bit = BEDNET_ALG_HS256; bit <= BEDNET_ALG_HS512; bit <<= 1)
        served |= hash_of(bit)->bytes <= secret.len ? wanted & bit : 0;
    if (served == 0)
        return broken(why, "the secret is too short for its algorithm (HS256: at least 32 bytes, HS384: 48, "
                           "HS512: 64)");

    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    key->verified = bednet_verified_new();
    bool ready = hmac != NULL && key->verified != NULL;
    for (unsigned bit = BEDNET_ALG_HS256; ready && bit <= BEDNET_ALG_HS512; bit <<= 1)
        ready = (served & bit) == 0 || prepare_hmac(key, hmac, (enum bednet_algorithm)bit, secret);
    EVP_MAC_free(hmac);
    if (!ready)
        return BEDNET_KEY_NOMEM;
    if (served != wanted)
        *why = "the secret is too short for some of the policy's algorithms and does not serve them (HS384: "
               "at least 48 bytes, HS512: 64)";
    key->algorithms = served;
    return BEDNET_KEY_USABLE;
}

void bednet_key_clear(struct bednet_key *key)
{
    OPENSSL_free((void *)(uintptr_t)key->kid.ptr);
    for (size_t i = 0; i < key->prepared_count; i++) {
        EVP_MAC_CTX_free(key->prepared[i].mac);
        EVP_PKEY_CTX_free(key->prepared[i].verifier);
        EVP_MD_CTX_free(key->prepared[i].hash);
        EVP_MD_free(key->prepared[i].digest);
    }
    EVP_PKEY_free(key->pkey);
    bednet_verified_free(key->verified);
    *key = (struct bednet_key){0};
}
