/* SPDX-License-Identifier: Apache-2.0 */
/* Signing by OpenSSL. A key is bound to its type, size and curve as the verifier binds it. */
#include "sign.h"
#include "token/key.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <stdlib.h>

struct algorithm {
    const char *name;
    const char *type; /* of the key; NULL for a secret */
    const char *digest;
    size_t bytes; /* of the digest; for EC of the field */
    int padding;  /* of RSA */
};

/* The first one that fits a key is its default. */
static const struct algorithm algorithms[] = {
    {"HS256", NULL, "SHA256", 32, 0},
    {"HS384", NULL, "SHA384", 48, 0},
    {"HS512", NULL, "SHA512", 64, 0},
    {"RS256", "RSA", "SHA256", 32, RSA_PKCS1_PADDING},
    {"RS384", "RSA", "SHA384", 48, RSA_PKCS1_PADDING},
    {"RS512", "RSA", "SHA512", 64, RSA_PKCS1_PADDING},
    {"PS256", "RSA", "SHA256", 32, RSA_PKCS1_PSS_PADDING},
    {"PS384", "RSA", "SHA384", 48, RSA_PKCS1_PSS_PADDING},
    {"PS512", "RSA", "SHA512", 64, RSA_PKCS1_PSS_PADDING},
    {"ES256", "EC", "SHA256", 32, 0},
    {"ES384", "EC", "SHA384", 48, 0},
    {"ES512", "EC", "SHA512", 66, 0},
    {"EdDSA", "ED25519", NULL, 64, 0},
};

static const struct algorithm *find(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (strcmp(name, algorithms[i].name) == 0)
            return &algorithms[i];
    return NULL;
}

/* Other curves of the same size are no P-256. */
static bool is_on_curve(const EVP_PKEY *key, const struct algorithm *algorithm)
{
    char group[64];
    if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
        return false;
    const struct bednet_curve *curve = bednet_curve_by_group(group);
    return curve != NULL && curve->algorithm == bednet_algorithm_by_name(bednet_text(algorithm->name));
}

static const char *object_to_secret(const struct bednet_signer *signer, const struct algorithm *algorithm)
{
    if (signer->key != NULL)
        return "a private key is no secret (expected RS, PS, ES or EdDSA, by its type)";
    /* RFC 7518 section 3.2 */
    if (signer->secret.len < algorithm->bytes)
        return "the secret is too short (expected at least 32 bytes for HS256, 48 for HS384, 64 for HS512)";
    return signer->secret.len > BEDNET_SECRET_BYTES_MAX
               ? "the secret is too long (expected at most 1024 bytes)"
               : NULL;
}

static const char *object(const struct bednet_signer *signer, const struct algorithm *algorithm)
{
    if (algorithm->type == NULL)
        return object_to_secret(signer, algorithm);
    if (signer->key == NULL)
        return "the key is a secret (expected HS256, HS384 or HS512)";
    if (!EVP_PKEY_is_a(signer->key, algorithm->type))
        return "the key is of another type (RSA for RS and PS, EC for ES, Ed25519 for EdDSA)";
    if (strcmp(algorithm->type, "RSA") == 0 && EVP_PKEY_get_bits(signer->key) < BEDNET_RSA_BITS_MIN)
        return "the RSA key is too small (expected at least 2048 bits)";
    if (strcmp(algorithm->type, "EC") == 0 && !is_on_curve(signer->key, algorithm))
        return "the key is on another curve (P-256 for ES256, P-384 for ES384, P-521 for ES512)";
    return NULL;
}

const char *bednet_signer_default(const struct bednet_signer *signer)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (object(signer, &algorithms[i]) == NULL)
            return algorithms[i].name;
    return NULL;
}

const char *bednet_signer_objects(const struct bednet_signer *signer, const char *name)
{
    const struct algorithm *algorithm = find(name);
    return algorithm != NULL ? object(signer, algorithm)
                             : "no such algorithm (expected HS, RS, PS or ES with 256, 384 or 512, or EdDSA)";
}

static unsigned char *authenticate(const struct bednet_signer *signer, const struct algorithm *algorithm,
                                   struct bednet_text input, size_t *bytes)
{
    unsigned char *mac = malloc(EVP_MAX_MD_SIZE);
    if (mac != NULL &&
        EVP_Q_mac(NULL, "HMAC", NULL, algorithm->digest, NULL, signer->secret.ptr, signer->secret.len,
                  (const unsigned char *)input.ptr, input.len, mac, EVP_MAX_MD_SIZE, bytes) == NULL) {
        free(mac);
        mac = NULL;
    }
    return mac;
}

static bool set_padding(EVP_PKEY_CTX *context, const struct algorithm *algorithm)
{
    return algorithm->padding == 0 ||
           (EVP_PKEY_CTX_set_rsa_padding(context, algorithm->padding) == 1 &&
            (algorithm->padding != RSA_PKCS1_PSS_PADDING ||
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1));
}

static unsigned char *sign(EVP_PKEY *key, const struct algorithm *algorithm, struct bednet_text input,
                           size_t *bytes)
{
    unsigned char *signature = NULL;
    EVP_PKEY_CTX *key_context = NULL;
    const unsigned char *data = (const unsigned char *)input.ptr;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestSignInit_ex(context, &key_context, algorithm->digest, NULL, NULL, key, NULL) == 1 &&
                set_padding(key_context, algorithm) &&
                EVP_DigestSign(context, NULL, bytes, data, input.len) == 1 &&
                (signature = malloc(*bytes)) != NULL &&
                EVP_DigestSign(context, signature, bytes, data, input.len) == 1;
    EVP_MD_CTX_free(context);
    if (good)
        return signature;
    free(signature);
    return NULL;
}

/* OpenSSL writes DER, JWS the two numbers side by side (RFC 7518 section 3.4). Takes `der`. */
static unsigned char *side_by_side(unsigned char *der, size_t field_bytes, size_t *bytes)
{
    const unsigned char *at = der;
    unsigned char *raw = malloc(2 * field_bytes);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)*bytes);
    bool good = raw != NULL && pair != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, (int)field_bytes) == (int)field_bytes &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + field_bytes, (int)field_bytes) == (int)field_bytes;
    ECDSA_SIG_free(pair);
    free(der);
    *bytes = 2 * field_bytes;
    if (good)
        return raw;
    free(raw);
    return NULL;
}

unsigned char *bednet_signer_sign(const struct bednet_signer *signer, const char *name,
                                  struct bednet_text input, size_t *bytes)
{
    const struct algorithm *algorithm = find(name);
    if (algorithm->type == NULL)
        return authenticate(signer, algorithm, input, bytes);
    unsigned char *signature = sign(signer->key, algorithm, input, bytes);
    return signature != NULL && strcmp(algorithm->type, "EC") == 0
               ? side_by_side(signature, algorithm->bytes, bytes)
               : signature;
}
