/* SPDX-License-Identifier: Apache-2.0 */
/* What a JWK says about itself, checked before its material is touched. */
#include "token/jwk.h"
#include "token/base64url.h"
#include "token/keyring.h"
#include "token/weak_rsa.h"
#include <openssl/crypto.h>

/* A modulus of the largest size, and a leading zero that some libraries write. */
#define MATERIAL_BYTES_MAX (BEDNET_RSA_BITS_MAX / 8 + 1)
/* OpenSSL's own bound for large moduli: what is longer only costs time. */
#define RSA_EXPONENT_BYTES_MAX 8

struct material {
    unsigned char bytes[BEDNET_BASE64URL_BYTES(MATERIAL_BYTES_MAX * 4 / 3 + 4)];
    struct bednet_text text; /* within bytes */
};

typedef enum bednet_jwk_outcome (*reader)(const struct bednet_json *jwk, struct bednet_key *key,
                                          const char **why);

static enum bednet_jwk_outcome broken(const char **why, const char *text)
{
    *why = text;
    return BEDNET_JWK_BROKEN;
}

static enum bednet_jwk_outcome pass_over(const char **why, const char *text)
{
    *why = text;
    return BEDNET_JWK_PASSED_OVER;
}

static enum bednet_jwk_outcome outcome_of(enum bednet_status status, const char **why, const char *text)
{
    if (status == BEDNET_OK)
        return BEDNET_JWK_USABLE;
    return status == BEDNET_NOMEM ? BEDNET_JWK_NOMEM : broken(why, text);
}

/* A member in base64url; false where it is missing or is none of at most MATERIAL_BYTES_MAX bytes. */
static bool decode_member(const struct bednet_json *jwk, const char *name, struct material *out)
{
    const struct bednet_json *value = bednet_json_member(jwk, name);
    size_t bytes;
    if (value == NULL || value->type != BEDNET_JSON_STRING || value->text.len == 0 ||
        BEDNET_BASE64URL_BYTES(value->text.len) > sizeof out->bytes ||
        !bednet_base64url_decode(value->text, out->bytes, &bytes))
        return false;
    out->text = (struct bednet_text){(const char *)out->bytes, bytes};
    return true;
}

static void skip_zeros(struct bednet_text *number)
{
    while (number->len > 0 && number->ptr[0] == 0) {
        number->ptr++;
        number->len--;
    }
}

static enum bednet_jwk_outcome read_rsa(const struct bednet_json *jwk, struct bednet_key *key,
                                        const char **why)
{
    struct material n, e;
    if (!decode_member(jwk, "n", &n) || !decode_member(jwk, "e", &e))
        return broken(why, "no usable RSA key (n and e must be base64url without padding, n of at most 8192 "
                           "bits)");
    skip_zeros(&n.text);
    skip_zeros(&e.text);
    size_t bits = bednet_rsa_bits(n.text);
    if (bits < BEDNET_RSA_BITS_MIN || bits > BEDNET_RSA_BITS_MAX)
        return broken(why, "the RSA key has the wrong size (2048 to 8192 bits)");
    if (e.text.len == 0 || e.text.len > RSA_EXPONENT_BYTES_MAX || (e.text.ptr[e.text.len - 1] & 1) == 0 ||
        (e.text.len == 1 && e.text.ptr[0] == 1))
        return broken(why, "the RSA exponent is unsafe (odd, at least 3, at most 64 bits)");
    if (bednet_rsa_is_roca(n.text))
        return broken(why, "the RSA key was made by a faulty generator and can be broken (CVE-2017-15361)");
    return outcome_of(bednet_key_set_rsa(key, n.text, e.text), why, "no usable RSA key: OpenSSL refuses it");
}

static enum bednet_jwk_outcome read_ec(const struct bednet_json *jwk, struct bednet_key *key,
                                       const char **why)
{
    struct material x, y;
    const struct bednet_json *curve = bednet_json_member(jwk, "crv");
    if (curve == NULL || curve->type != BEDNET_JSON_STRING)
        return broken(why, "crv is missing or not a string");
    if (!bednet_text_equal(curve->text, BEDNET_TEXT_LITERAL("P-256")))
        return pass_over(why, "passed over, its curve is not P-256");
    if (!decode_member(jwk, "x", &x) || !decode_member(jwk, "y", &y))
        return broken(why, "no usable P-256 key (x and y must be 32 bytes in base64url without padding)");
    return outcome_of(bednet_key_set_p256(key, x.text, y.text), why,
                      "no usable P-256 key (x and y must be 32 bytes each and a point on the curve)");
}

static enum bednet_jwk_outcome read_okp(const struct bednet_json *jwk, struct bednet_key *key,
                                        const char **why)
{
    struct material x;
    const struct bednet_json *curve = bednet_json_member(jwk, "crv");
    if (curve == NULL || curve->type != BEDNET_JSON_STRING)
        return broken(why, "crv is missing or not a string");
    if (!bednet_text_equal(curve->text, BEDNET_TEXT_LITERAL("Ed25519")))
        return pass_over(why, "passed over, its curve is not Ed25519");
    if (!decode_member(jwk, "x", &x))
        return broken(why, "no usable Ed25519 key (x must be 32 bytes in base64url without padding)");
    return outcome_of(bednet_key_set_ed25519(key, x.text), why,
                      "no usable Ed25519 key (x must be 32 bytes and a point of the prime order group)");
}

static enum bednet_jwk_outcome read_oct(const struct bednet_json *jwk, struct bednet_key *key,
                                        const char **why)
{
    static const char expected[] = "no usable secret (k must be 32 to 1024 bytes in base64url without "
                                   "padding)";
    struct material k;
    enum bednet_status status = BEDNET_INVALID;
    if (decode_member(jwk, "k", &k))
        status = bednet_key_set_secret(key, k.text);
    OPENSSL_cleanse(&k, sizeof k);
    return outcome_of(status, why, expected);
}

/* A key's type, and what depends on nothing else. */
struct type {
    struct bednet_text kty;
    enum bednet_algorithm algorithm;
    reader read;
};

static const struct type *type_of(const struct bednet_json *kty)
{
    static const struct type types[] = {
        {{"RSA", 3}, BEDNET_ALG_RS256, read_rsa},
        {{"EC", 2}, BEDNET_ALG_ES256, read_ec},
        {{"OKP", 3}, BEDNET_ALG_EDDSA, read_okp},
        {{"oct", 3}, BEDNET_ALG_HS256, read_oct},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (bednet_json_is(kty, types[i].kty))
            return &types[i];
    }
    return NULL;
}

/* Who can read this file must not be able to make tokens. */
static bool has_private_member(const struct bednet_json *jwk)
{
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (bednet_json_member(jwk, names[i]) != NULL)
            return true;
    }
    return false;
}

/* `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3): absent, or for verifying. */
static enum bednet_jwk_outcome check_purpose(const struct bednet_json *jwk, const char **why)
{
    const struct bednet_json *use = bednet_json_member(jwk, "use");
    const struct bednet_json *operations = bednet_json_member(jwk, "key_ops");
    if (use != NULL && use->type != BEDNET_JSON_STRING)
        return broken(why, "use is not a string");
    if (operations != NULL && operations->type != BEDNET_JSON_ARRAY)
        return broken(why, "key_ops is not an array");
    if (use != NULL && !bednet_json_is(use, BEDNET_TEXT_LITERAL("sig")))
        return pass_over(why, "passed over, its use is not sig");
    if (operations == NULL)
        return BEDNET_JWK_USABLE;
    const struct bednet_json *operation = operations + 1;
    for (uint32_t i = 0; i < operations->size; i++, operation += operation->span) {
        if (bednet_json_is(operation, BEDNET_TEXT_LITERAL("verify")))
            return BEDNET_JWK_USABLE;
    }
    return pass_over(why, "passed over, its key_ops do not hold verify");
}

/* `alg` (RFC 7517 section 4.4) binds a key to one algorithm, the policy to some. */
static enum bednet_jwk_outcome check_algorithm(const struct bednet_json *jwk, const struct type *type,
                                               unsigned algorithms, const char **why)
{
    const struct bednet_json *alg = bednet_json_member(jwk, "alg");
    if (alg != NULL && alg->type != BEDNET_JSON_STRING)
        return broken(why, "alg is not a string");
    enum bednet_algorithm named = alg != NULL ? bednet_algorithm_by_name(alg->text) : type->algorithm;
    if (named == BEDNET_ALG_NONE)
        return pass_over(why, "passed over, its alg is none of HS256, RS256, ES256, EdDSA");
    if (named != type->algorithm)
        return broken(why, "alg does not belong to kty (RS256 to RSA, ES256 to EC, EdDSA to OKP, HS256 to "
                           "oct)");
    if ((algorithms & type->algorithm) == 0)
        return pass_over(why, "passed over, the policy does not allow its algorithm");
    return BEDNET_JWK_USABLE;
}

static enum bednet_jwk_outcome copy_kid(const struct bednet_json *jwk, struct bednet_key *key,
                                        const char **why)
{
    const struct bednet_json *kid = bednet_json_member(jwk, "kid");
    if (kid == NULL)
        return BEDNET_JWK_USABLE;
    if (kid->type != BEDNET_JSON_STRING || kid->text.len == 0 || kid->text.len > BEDNET_KID_BYTES_MAX)
        return broken(why, "kid is not a string of 1 to 256 bytes");
    key->kid = (struct bednet_text){OPENSSL_memdup(kid->text.ptr, kid->text.len), kid->text.len};
    return key->kid.ptr != NULL ? BEDNET_JWK_USABLE : BEDNET_JWK_NOMEM;
}

enum bednet_jwk_outcome bednet_jwk_read(const struct bednet_json *jwk, unsigned algorithms,
                                        struct bednet_key *key, const char **why)
{
    if (jwk->type != BEDNET_JSON_OBJECT)
        return broken(why, "not an object");
    const struct bednet_json *kty = bednet_json_member(jwk, "kty");
    if (kty == NULL || kty->type != BEDNET_JSON_STRING)
        return broken(why, "kty is missing or not a string");
    const struct type *type = type_of(kty);
    if (type == NULL)
        return pass_over(why, "passed over, its kty is none of RSA, EC, OKP, oct");
    if (type->algorithm != BEDNET_ALG_HS256 && has_private_member(jwk))
        return broken(why, "a private key (only the public members belong here; replace this key, for "
                           "whoever read the file can make tokens)");

    enum bednet_jwk_outcome outcome = check_purpose(jwk, why);
    if (outcome == BEDNET_JWK_USABLE)
        outcome = check_algorithm(jwk, type, algorithms, why);
    if (outcome == BEDNET_JWK_USABLE)
        outcome = copy_kid(jwk, key, why);
    if (outcome == BEDNET_JWK_USABLE)
        outcome = type->read(jwk, key, why);
    if (outcome != BEDNET_JWK_USABLE)
        bednet_key_clear(key);
    return outcome;
}
