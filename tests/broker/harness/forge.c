/* SPDX-License-Identifier: Apache-2.0 */
/* See forge.h. */
#include "harness/forge.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct algorithm {
    const char *name;
    const char *kind; /* as for forge_key; NULL: a secret */
    unsigned bits;
    const char *digest;
    bool pss;
};

static const struct algorithm algorithms[FORGE_ALGORITHMS] = {
    {"HS256", NULL, 256, "SHA256", false},   {"HS384", NULL, 384, "SHA384", false},
    {"HS512", NULL, 512, "SHA512", false},   {"RS256", "RSA", 2048, "SHA256", false},
    {"RS384", "RSA", 2048, "SHA384", false}, {"RS512", "RSA", 2048, "SHA512", false},
    {"PS256", "RSA", 2048, "SHA256", true},  {"PS384", "RSA", 2048, "SHA384", true},
    {"PS512", "RSA", 2048, "SHA512", true},  {"ES256", "P-256", 0, "SHA256", false},
    {"ES384", "P-384", 0, "SHA384", false},  {"ES512", "P-521", 0, "SHA512", false},
    {"EdDSA", "ED25519", 0, NULL, false},
};

/* The program's keys, made when first asked for. */
static EVP_PKEY *keys[FORGE_ALGORITHMS];

/* 64 bytes; each HMAC uses as many as its hash has. */
static const unsigned char secret[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/";

static void check(int succeeded, const char *what)
{
    if (succeeded <= 0) {
        env_fail("libcrypto: %s failed", what);
    }
}

static struct forge_bytes kept(struct env *env, const void *data, size_t length)
{
    unsigned char *copy = env_alloc(env, length + 1);

    memcpy(copy, data, length);
    return (struct forge_bytes){copy, length};
}

const char *forge_base64url(struct env *env, const void *data, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *bytes = data;
    char *text = env_alloc(env, length * 4 / 3 + 3);
    size_t used = 0;

    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned block = (unsigned)bytes[i] << 16;
        block |= left > 1 ? (unsigned)bytes[i + 1] << 8 : 0;
        block |= left > 2 ? bytes[i + 2] : 0;
        for (size_t digit = 0; digit < 4 && digit <= left; digit++) {
            text[used++] = digits[block >> (18 - 6 * digit) & 63];
        }
    }
    return text;
}

const char *forge_input(struct env *env, const char *header, const char *payload)
{
    return env_format(env, "%s.%s", forge_base64url(env, header, strlen(header)),
                      forge_base64url(env, payload, strlen(payload)));
}

const char *forge_join(struct env *env, const char *input, struct forge_bytes signature)
{
    return env_format(env, "%s.%s", input, forge_base64url(env, signature.data, signature.length));
}

static EVP_PKEY *generate(const char *kind, unsigned bits)
{
    if (strcmp(kind, "RSA") == 0) {
        return EVP_PKEY_Q_keygen(NULL, NULL, kind, (size_t)bits);
    }
    return kind[1] == '-' ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind) : EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

static int release_key(void *thing, bool passed)
{
    (void)passed;
    EVP_PKEY_free(thing);
    return 0;
}

EVP_PKEY *forge_key(struct env *env, const char *kind, unsigned bits)
{
    EVP_PKEY *key = generate(kind, bits);

    check(key != NULL, "making a key");
    env_defer(env, release_key, key);
    return key;
}

struct forge_bytes forge_pem(struct env *env, EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *data = NULL;

    check(memory && PEM_write_bio_PUBKEY(memory, key), "writing PEM");
    long length = BIO_get_mem_data(memory, &data);
    struct forge_bytes pem = kept(env, data, (size_t)length);
    BIO_free(memory);
    return pem;
}

struct forge_bytes forge_der(struct env *env, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int length = i2d_PUBKEY(key, &der);

    check(length, "writing DER");
    struct forge_bytes bytes = kept(env, der, (size_t)length);
    OPENSSL_free(der);
    return bytes;
}

static const char *number(struct env *env, EVP_PKEY *key, const char *name, size_t length)
{
    unsigned char bytes[1024];
    BIGNUM *value = NULL;

    check(EVP_PKEY_get_bn_param(key, name, &value), name);
    int used = BN_bn2binpad(value, bytes, (int)(length ? length : (size_t)BN_num_bytes(value)));
    check(used, name);
    BN_free(value);
    return forge_base64url(env, bytes, (size_t)used);
}

const char *forge_jwk(struct env *env, EVP_PKEY *key)
{
    char curve[32];
    unsigned char x[32];
    size_t length = sizeof(x);

    if (EVP_PKEY_is_a(key, "RSA")) {
        return env_format(env, "\"kty\": \"RSA\", \"n\": \"%s\", \"e\": \"%s\"",
                          number(env, key, OSSL_PKEY_PARAM_RSA_N, 0),
                          number(env, key, OSSL_PKEY_PARAM_RSA_E, 0));
    }
    if (EVP_PKEY_is_a(key, "ED25519")) {
        check(EVP_PKEY_get_raw_public_key(key, x, &length), "a raw key");
        return env_format(env, "\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"%s\"",
                          forge_base64url(env, x, length));
    }
    size_t field = (size_t)(EVP_PKEY_get_bits(key) + 7) / 8;
    check(EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof(curve), NULL),
          "a curve's name");
    const char *name = field == 32 ? "P-256" : field == 48 ? "P-384" : "P-521";
    return env_format(env, "\"kty\": \"EC\", \"crv\": \"%s\", \"x\": \"%s\", \"y\": \"%s\"", name,
                      number(env, key, OSSL_PKEY_PARAM_EC_PUB_X, field),
                      number(env, key, OSSL_PKEY_PARAM_EC_PUB_Y, field));
}

/* r and s side by side, each as long as the curve's field. */
static struct forge_bytes raw_ecdsa(struct env *env, EVP_PKEY *key, const unsigned char *der, size_t length)
{
    unsigned char raw[132];
    size_t field = (size_t)(EVP_PKEY_get_bits(key) + 7) / 8;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);

    check(pair != NULL, "reading an ECDSA signature");
    check(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, (int)field), "r");
    check(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + field, (int)field), "s");
    ECDSA_SIG_free(pair);
    return kept(env, raw, 2 * field);
}

struct forge_bytes forge_sign(struct env *env, EVP_PKEY *key, const char *digest, bool pss, const char *input)
{
    unsigned char signature[1024];
    size_t length = sizeof(signature);
    EVP_PKEY_CTX *how = NULL; /* the context's own */
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    check(context && EVP_DigestSignInit_ex(context, &how, digest, NULL, NULL, key, NULL), "signing");
    if (pss) {
        check(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), "PSS");
        check(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST), "PSS");
    }
    check(EVP_DigestSign(context, signature, &length, (const unsigned char *)input, strlen(input)),
          "signing");
    EVP_MD_CTX_free(context);
    return EVP_PKEY_is_a(key, "EC") ? raw_ecdsa(env, key, signature, length) : kept(env, signature, length);
}

struct forge_bytes forge_hmac(struct env *env, struct forge_bytes key, const char *digest, const char *input)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t length = 0;

    check(EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key.data, key.length, (const unsigned char *)input,
                    strlen(input), mac, sizeof(mac), &length) != NULL,
          "HMAC");
    return kept(env, mac, length);
}

const char *forge_algorithm(size_t index)
{
    return algorithms[index].name;
}

static size_t index_of(const char *name)
{
    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        if (strcmp(algorithms[i].name, name) == 0) {
            return i;
        }
    }
    env_fail("no algorithm %s", name);
}

static void forget_keys(void)
{
    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        EVP_PKEY_free(keys[i]);
    }
}

EVP_PKEY *forge_key_of(const char *name)
{
    static bool registered;
    size_t i = index_of(name);

    if (!registered) {
        registered = true;
        atexit(forget_keys);
    }
    if (!keys[i] && algorithms[i].kind) {
        keys[i] = generate(algorithms[i].kind, algorithms[i].bits);
        check(keys[i] != NULL, "making a key");
    }
    return keys[i];
}

struct forge_bytes forge_secret_of(const char *name)
{
    return (struct forge_bytes){secret, algorithms[index_of(name)].bits / 8};
}

const char *forge_jwks(struct env *env)
{
    const char *set = "{\"keys\": [";

    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        const char *name = algorithms[i].name;
        EVP_PKEY *key = forge_key_of(name);
        struct forge_bytes shared = forge_secret_of(name);
        const char *material = key ? forge_jwk(env, key)
                                   : env_format(env, "\"kty\": \"oct\", \"k\": \"%s\"",
                                                forge_base64url(env, shared.data, shared.length));
        set = env_format(env, "%s%s\n{\"kid\": \"%s\", \"alg\": \"%s\", %s}", set, i ? "," : "", name, name,
                         material);
    }
    return env_format(env, "%s\n]}\n", set);
}

const char *forge_token(struct env *env, const char *name, const char *header, const char *payload)
{
    const struct algorithm *algorithm = &algorithms[index_of(name)];
    const char *input = forge_input(env, header, payload);
    EVP_PKEY *key = forge_key_of(name);

    return forge_join(env, input,
                      key ? forge_sign(env, key, algorithm->digest, algorithm->pss, input)
                          : forge_hmac(env, forge_secret_of(name), algorithm->digest, input));
}
