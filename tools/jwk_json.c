/* SPDX-License-Identifier: Apache-2.0 */
/* Only public members are ever asked for, so none other can get out. */
#include "jwk_json.h"
#include "token/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

/* A modulus of 16384 bits, beyond which OpenSSL itself refuses. */
enum { NUMBER_BYTES_MAX = 2048, THUMBPRINT_MEMBERS = 4 };

static json_t *as_member(const void *data, size_t bytes)
{
    char *text = bednet_encode_new(data, bytes);
    json_t *value = text != NULL ? json_string(text) : NULL;
    free(text);
    return value;
}

/* A number of the key; padded to `width` bytes, or as short as it is where that is 0. */
static json_t *number_member(const EVP_PKEY *key, const char *parameter, size_t width)
{
    unsigned char bytes[NUMBER_BYTES_MAX];
    BIGNUM *number = NULL;
    json_t *value = NULL;
    if (EVP_PKEY_get_bn_param(key, parameter, &number) == 1) {
        size_t length = width > 0 ? width : (size_t)BN_num_bytes(number);
        if (length <= sizeof bytes && BN_bn2binpad(number, bytes, (int)length) == (int)length)
            value = as_member(bytes, length);
    }
    BN_free(number);
    return value;
}

static json_t *from_rsa(const EVP_PKEY *key)
{
    return json_pack("{s:s, s:o, s:o}", "kty", "RSA", "n", number_member(key, OSSL_PKEY_PARAM_RSA_N, 0), "e",
                     number_member(key, OSSL_PKEY_PARAM_RSA_E, 0));
}

static json_t *from_ec(const EVP_PKEY *key, const char **why)
{
    char group[64];
    if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
        group[0] = '\0';
    const struct bednet_curve *curve = bednet_curve_by_group(group);
    if (curve == NULL) {
        *why = "its curve is none of P-256, P-384, P-521";
        return NULL;
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "kty", "EC", "crv", curve->name.ptr, "x",
                     number_member(key, OSSL_PKEY_PARAM_EC_PUB_X, curve->field_bytes), "y",
                     number_member(key, OSSL_PKEY_PARAM_EC_PUB_Y, curve->field_bytes));
}

static json_t *from_ed25519(const EVP_PKEY *key)
{
    unsigned char point[32];
    size_t bytes = sizeof point;
    if (EVP_PKEY_get_raw_public_key(key, point, &bytes) != 1)
        return NULL;
    return json_pack("{s:s, s:s, s:o}", "kty", "OKP", "crv", "Ed25519", "x", as_member(point, bytes));
}

json_t *bednet_jwk_from_key(const EVP_PKEY *key, const char **why)
{
    *why = "OpenSSL cannot tell its public part";
    if (EVP_PKEY_is_a(key, "RSA"))
        return from_rsa(key);
    if (EVP_PKEY_is_a(key, "EC"))
        return from_ec(key, why);
    if (EVP_PKEY_is_a(key, "ED25519"))
        return from_ed25519(key);
    *why = "its type is none of RSA, EC, Ed25519";
    return NULL;
}

/* The required members alone, by type; NULL-terminated. */
static const char *const *members_of(const char *kty)
{
    static const struct {
        const char *kty;
        const char *members[THUMBPRINT_MEMBERS + 1];
    } types[] = {{"RSA", {"e", "kty", "n"}}, {"EC", {"crv", "kty", "x", "y"}}, {"OKP", {"crv", "kty", "x"}}};
    for (size_t i = 0; kty != NULL && i < sizeof types / sizeof *types; i++)
        if (strcmp(kty, types[i].kty) == 0)
            return types[i].members;
    return NULL;
}

bool bednet_jwk_thumbprint(const json_t *jwk, char out[BEDNET_JWK_THUMBPRINT_BYTES])
{
    unsigned char digest[32];
    const char *const *members = members_of(json_string_value(json_object_get(jwk, "kty")));
    json_t *required = json_object();
    bool good = members != NULL && required != NULL;
    for (size_t i = 0; good && members[i] != NULL; i++) {
        json_t *value = json_object_get(jwk, members[i]);
        good = json_is_string(value) && json_object_set(required, members[i], value) == 0;
    }
    /* In the order of their names and without white space: RFC 7638 section 3.3. */
    char *text = good ? json_dumps(required, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    json_decref(required);
    good = text != NULL && EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) == 1;
    if (good)
        bednet_encode(digest, sizeof digest, out);
    free(text);
    return good;
}
