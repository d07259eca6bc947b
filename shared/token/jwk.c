/* SPDX-License-Identifier: Apache-2.0 */
/* What a JWK says about itself, checked before its material is touched. */
#include "token/jwk.h"
#include "token/base64url.h"
#include "token/keyring.h"
#include <openssl/crypto.h>

/* A modulus of the largest size, and a leading zero that some libraries write. */
#define MATERIAL_BYTES_MAX (BEDNET_RSA_BITS_MAX / 8 + 1)

struct material {
    unsigned char bytes[BEDNET_BASE64URL_BYTES(MATERIAL_BYTES_MAX * 4 / 3 + 4)];
    struct bednet_text text; /* within bytes */
};

/* What a key may be used for: by its own `alg`, or else its type, and by the policy. */
struct bounds {
    unsigned own;
    unsigned policy;
};

typedef enum bednet_key_outcome (*reader)(const struct bednet_json *jwk, struct bounds bounds,
                                          struct bednet_key *key, const char **why);

static const char wrong_family[] = "alg does not belong to kty and crv (RS and PS to RSA, ES256 to EC with "
                                   "P-256, ES384 with P-384, ES512 with P-521, EdDSA to OKP, HS to oct)";
static const char not_allowed[] = "passed over, the policy does not allow its algorithm";

static enum bednet_key_outcome broken(const char **why, const char *text)
{
    *why = text;
    return BEDNET_KEY_BROKEN;
}

static enum bednet_key_outcome pass_over(const char **why, const char *text)
{
    *why = text;
    return BEDNET_KEY_PASSED_OVER;
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

static enum bednet_key_outcome read_rsa(const struct bednet_json *jwk, struct bounds bounds,
                                        struct bednet_key *key, const char **why)
{
    struct material n, e;
    if (!decode_member(jwk, "n", &n) || !decode_member(jwk, "e", &e))
        return broken(why, "no usable RSA key (n and e must be base64url without padding, n of at most 8192 "
                           "bits)");
    return bednet_key_set_rsa(key, bounds.own & bounds.policy, n.text, e.text, why);
}

static enum bednet_key_outcome read_ec(const struct bednet_json *jwk, struct bounds bounds,
                                       struct bednet_key *key, const char **why)
{
    struct material x, y;
    const struct bednet_json *crv = bednet_json_member(jwk, "crv");
    if (crv == NULL || crv->type != BEDNET_JSON_STRING)
        return broken(why, "crv is missing or not a string");
    const struct bednet_curve *curve = bednet_curve_by_name(crv->text);
    if (curve == NULL)
        return pass_over(why, "passed over, its curve is none of P-256, P-384, P-521");
    if ((bounds.own & curve->algorithm) == 0)
        return broken(why, wrong_family);
    if ((bounds.policy & curve->algorithm) == 0)
        return pass_over(why, not_allowed);
    if (!decode_member(jwk, "x", &x) || !decode_member(jwk, "y", &y))
        return broken(why, "no usable EC key (x and y must be base64url without padding)");
    return bednet_key_set_ec(key, curve, x.text, y.text, why);
}

static enum bednet_key_outcome read_okp(const struct bednet_json *jwk, struct bounds bounds,
                                        struct bednet_key *key, const char **why)
{
    struct material x;
    const struct bednet_json *crv = bednet_json_member(jwk, "crv");
    (void)bounds;
    if (crv == NULL || crv->type != BEDNET_JSON_STRING)
        return broken(why, "crv is missing or not a string");
    if (!bednet_text_equal(crv->text, BEDNET_TEXT_LITERAL("Ed25519")))
        return pass_over(why, "passed over, its curve is not Ed25519");
    if (!decode_member(jwk, "x", &x))
        return broken(why, "no usable Ed25519 key (x must be 32 bytes in base64url without padding)");
    return bednet_key_set_ed25519(key, x.text, why);
}

static enum bednet_key_outcome read_oct(const struct bednet_json *jwk, struct bounds bounds,
                                        struct bednet_key *key, const char **why)
{
    struct material k;
    enum bednet_key_outcome outcome;
    if (decode_member(jwk, "k", &k))
        outcome = bednet_key_set_secret(key, bounds.own & bounds.policy, k.text, why);
    else
        outcome = broken(why, "no usable secret (k must be 32 to 1024 bytes in base64url without padding)");
    OPENSSL_cleanse(&k, sizeof k);
    return outcome;
}

/* A key's type, and what depends on nothing else. */
struct type {
    struct bednet_text kty;
    unsigned algorithms;
    reader read;
};

static const struct type *type_of(const struct bednet_json *kty)
{
    static const struct type types[] = {
        {{"RSA", 3}, BEDNET_ALG_RS | BEDNET_ALG_PS, read_rsa},
        {{"EC", 2}, BEDNET_ALG_ES, read_ec},
        {{"OKP", 3}, BEDNET_ALG_EDDSA, read_okp},
        {{"oct", 3}, BEDNET_ALG_HS, read_oct},
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
static enum bednet_key_outcome check_purpose(const struct bednet_json *jwk, const char **why)
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
        return BEDNET_KEY_USABLE;
    const struct bednet_json *operation = operations + 1;
    for (uint32_t i = 0; i < operations->size; i++, operation += operation->span) {
        if (bednet_json_is(operation, BEDNET_TEXT_LITERAL("verify")))
            return BEDNET_KEY_USABLE;
    }
    return pass_over(why, "passed over, its key_ops do not hold verify");
}

/* `alg` (RFC 7517 section 4.4) binds a key to one algorithm, the policy to some. */
static enum bednet_key_outcome check_algorithm(const struct bednet_json *jwk, const struct type *type,
                                               struct bounds *bounds, const char **why)
{
    const struct bednet_json *alg = bednet_json_member(jwk, "alg");
    if (alg != NULL && alg->type != BEDNET_JSON_STRING)
        return broken(why, "alg is not a string");
    bounds->own = alg != NULL ? (unsigned)bednet_algorithm_by_name(alg->text) : type->algorithms;
    if (bounds->own == BEDNET_ALG_NONE)
        return pass_over(why, "passed over, its alg is none of HS, RS, PS and ES with 256, 384 and 512, and "
                              "EdDSA");
    if ((bounds->own & type->algorithms) == 0)
        return broken(why, wrong_family);
    if ((bounds->own & bounds->policy) == 0)
        return pass_over(why, not_allowed);
    return BEDNET_KEY_USABLE;
}

static enum bednet_key_outcome copy_kid(const struct bednet_json *jwk, struct bednet_key *key,
                                        const char **why)
{
    const struct bednet_json *kid = bednet_json_member(jwk, "kid");
    if (kid == NULL)
        return BEDNET_KEY_USABLE;
    if (kid->type != BEDNET_JSON_STRING || kid->text.len == 0 || kid->text.len > BEDNET_KID_BYTES_MAX)
        return broken(why, "kid is not a string of 1 to 256 bytes");
    key->kid = (struct bednet_text){OPENSSL_memdup(kid->text.ptr, kid->text.len), kid->text.len};
    return key->kid.ptr != NULL ? BEDNET_KEY_USABLE : BEDNET_KEY_NOMEM;
}

enum bednet_key_outcome bednet_jwk_read(const struct bednet_json *jwk, unsigned algorithms,
                                        struct bednet_key *key, const char **why)
{
    *why = NULL;
    if (jwk->type != BEDNET_JSON_OBJECT)
        return broken(why, "not an object");
    const struct bednet_json *kty = bednet_json_member(jwk, "kty");
    if (kty == NULL || kty->type != BEDNET_JSON_STRING)
        return broken(why, "kty is missing or not a string");
    const struct type *type = type_of(kty);
    if (type == NULL)
        return pass_over(why, "passed over, its kty is none of RSA, EC, OKP, oct");
    if (type->algorithms != BEDNET_ALG_HS && has_private_member(jwk))
        return broken(why, "a private key (only the public members belong here; replace this key, for "
                           "whoever read the file can make tokens)");

    struct bounds bounds = {0, algorithms};
    enum bednet_key_outcome outcome = check_purpose(jwk, why);
    if (outcome == BEDNET_KEY_USABLE)
        outcome = check_algorithm(jwk, type, &bounds, why);
    if (outcome == BEDNET_KEY_USABLE)
        outcome = copy_kid(jwk, key, why);
    if (outcome == BEDNET_KEY_USABLE)
        outcome = type->read(jwk, bounds, key, why);
    if (outcome != BEDNET_KEY_USABLE)
        bednet_key_clear(key);
    return outcome;
}
