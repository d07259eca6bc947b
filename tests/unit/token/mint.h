/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens for tests, signed by OpenSSL and put together from any text, so that a token may be wrong in exactly
 * one way and its signature right. Fails the test at hand when something goes wrong.
 */
#ifndef BEDNET_TEST_TOKEN_MINT_H
#define BEDNET_TEST_TOKEN_MINT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/diag.h"
#include "core/verdict.h"
#include "token/verify.h"
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINT_DATA(file) BEDNET_TEST_DATA "/" file
#define MINT_ISSUER     "https://id.example.test"
#define MINT_AUDIENCE   "mqtt.example.test"
#define MINT_NOW        INT64_C(1800000000)

/* A whole file, NUL-terminated; free with free(). */
static inline char *mint_read(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s is missing", path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    text[size] = '\0';
    *bytes = (size_t)size;
    return text;
}

/* Appends base64url to `out`, which has the room, and terminates it. */
static inline void mint_base64url(char *out, const void *data, size_t bytes)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *in = data;
    out += strlen(out);
    for (size_t i = 0; i < bytes; i += 3) {
        uint32_t bits = (uint32_t)in[i] << 16 | (i + 1 < bytes ? (uint32_t)in[i + 1] << 8 : 0) |
                        (i + 2 < bytes ? in[i + 2] : 0);
        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        if (i + 1 < bytes)
            *out++ = alphabet[bits >> 6 & 63];
        if (i + 2 < bytes)
            *out++ = alphabet[bits & 63];
    }
    *out = '\0';
}

static inline EVP_PKEY *mint_load_pem(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tokens/%s.pem", BEDNET_TEST_DATA, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is missing", path);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(key);
    return key;
}

/* r and s side by side, each as long as the curve's field. */
static inline size_t mint_raw_ecdsa(const unsigned char *der, size_t der_bytes, unsigned char *out,
                                    size_t field)
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)der_bytes);
    assert_non_null(pair);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, (int)field), field);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + field, (int)field), field);
    ECDSA_SIG_free(pair);
    return 2 * field;
}

/* How a private key signs: by which digest (NULL for Ed25519), and for PSS with what else. */
struct mint_scheme {
    const char *digest;
    const char *mgf1; /* NULL: not PSS */
    int salt_bytes;
};

/* Bytes of the signature as JWS has it. */
static inline size_t mint_sign_scheme(EVP_PKEY *key, struct mint_scheme scheme, const char *input,
                                      unsigned char *out, size_t capacity)
{
    unsigned char der[1024];
    size_t bytes = sizeof der;
    EVP_PKEY_CTX *options;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_non_null(context);
    assert_int_equal(EVP_DigestSignInit_ex(context, &options, scheme.digest, NULL, NULL, key, NULL), 1);
    if (scheme.mgf1 != NULL) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(options, scheme.mgf1, NULL), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, scheme.salt_bytes), 1);
    }
    assert_int_equal(EVP_DigestSign(context, der, &bytes, (const unsigned char *)input, strlen(input)), 1);
    EVP_MD_CTX_free(context);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
        return mint_raw_ecdsa(der, bytes, out, (size_t)(EVP_PKEY_get_bits(key) + 7) / 8);
    assert_true(bytes <= capacity);
    memcpy(out, der, bytes);
    return bytes;
}

/* `header.payload` of two texts; free with free(). */
static inline char *mint_input(const char *header, const char *payload)
{
    char *input = calloc(1, (strlen(header) + strlen(payload)) * 4 / 3 + 1100);
    assert_non_null(input);
    mint_base64url(input, header, strlen(header));
    strcat(input, ".");
    mint_base64url(input, payload, strlen(payload));
    return input;
}

static inline char *mint_with_signature(const char *header, const char *payload, const void *signature,
                                        size_t bytes)
{
    char *token = mint_input(header, payload);
    token = realloc(token, strlen(token) + bytes * 4 / 3 + 8);
    assert_non_null(token);
    strcat(token, ".");
    mint_base64url(token, signature, bytes);
    return token;
}

/* A token signed by private key `name` of tests/data/tokens; free with free(). */
static inline char *mint_scheme(const char *name, struct mint_scheme scheme, const char *header,
                                const char *payload)
{
    unsigned char signature[1024];
    EVP_PKEY *key = mint_load_pem(name);
    char *input = mint_input(header, payload);
    size_t bytes = mint_sign_scheme(key, scheme, input, signature, sizeof signature);
    EVP_PKEY_free(key);
    free(input);
    return mint_with_signature(header, payload, signature, bytes);
}

static inline char *mint(const char *name, const char *digest, const char *header, const char *payload)
{
    return mint_scheme(name, (struct mint_scheme){.digest = digest}, header, payload);
}

/* A token with the HMAC of any secret. */
static inline char *mint_hmac_by(const char *digest, const void *secret, size_t secret_bytes,
                                 const char *header, const char *payload)
{
    unsigned char mac[64];
    unsigned mac_bytes = 0;
    char *input = mint_input(header, payload);
    assert_non_null(HMAC(EVP_get_digestbyname(digest), secret, (int)secret_bytes,
                         (const unsigned char *)input, strlen(input), mac, &mac_bytes));
    free(input);
    return mint_with_signature(header, payload, mac, mac_bytes);
}

static inline char *mint_hmac(const void *secret, size_t secret_bytes, const char *header,
                              const char *payload)
{
    return mint_hmac_by("SHA256", secret, secret_bytes, header, payload);
}

/* The algorithms, and how a token of each is made with the right key. */
static const char *const mint_algorithms[] = {"HS256", "RS256", "ES256", "EdDSA", "HS384", "HS512", "RS384",
                                              "RS512", "PS256", "PS384", "PS512", "ES384", "ES512"};
#define MINT_ALGORITHMS 13

/* Each algorithm has a key of its own in jwks.json. */
static inline const char *mint_kid(const char *algorithm)
{
    static const char *const kids[] = {"hs-1",    "rsa-1",   "ec-1",    "ed-1",    "hs384-1",
                                       "hs512-1", "rs384-1", "rs512-1", "ps256-1", "ps384-1",
                                       "ps512-1", "es384-1", "es512-1"};
    for (int i = 0; i < MINT_ALGORITHMS; i++) {
        if (strcmp(mint_algorithms[i], algorithm) == 0)
            return kids[i];
    }
    fail_msg("no key for %s", algorithm);
    return NULL;
}

/* Signs whatever header and payload with the right key of `algorithm`. */
static inline char *mint_right(const char *algorithm, const char *header, const char *payload)
{
    char digest[] = "SHA...";
    memcpy(digest + 3, algorithm + 2, 3);
    if (algorithm[0] == 'H') {
        size_t bytes;
        char *secret = mint_read(strcmp(digest, "SHA256") == 0   ? MINT_DATA("tokens/hs.bin")
                                 : strcmp(digest, "SHA384") == 0 ? MINT_DATA("tokens/hs384.bin")
                                                                 : MINT_DATA("tokens/hs512.bin"),
                                 &bytes);
        char *token = mint_hmac_by(digest, secret, bytes, header, payload);
        free(secret);
        return token;
    }
    if (algorithm[0] == 'R')
        return mint("rsa", digest, header, payload);
    if (algorithm[0] == 'P')
        return mint_scheme("rsa", (struct mint_scheme){digest, digest, RSA_PSS_SALTLEN_DIGEST}, header,
                           payload);
    if (algorithm[1] == 'd')
        return mint("ed", NULL, header, payload);
    return mint(algorithm[2] == '2'   ? "ec"
                : algorithm[2] == '3' ? "ec384"
                                      : "ec521",
                digest, header, payload);
}

/* The usual header with more members, which begin with a comma. */
static inline char *mint_header(const char *algorithm, const char *more)
{
    static char header[70000];
    snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"%s\"%s}", algorithm, mint_kid(algorithm),
             more);
    return header;
}

/* Good claims without their closing brace, so that a test can go on. */
#define MINT_CLAIMS                                                                                          \
    "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\",\"exp\":4102444800,\"sub\":\"device-0001\""

/* Rules of one issuer with the keys of jwks.json. */
struct mint_fixture {
    struct bednet_text audience;
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules;
    struct bednet_keyring *keys;
};

/* The keyring of a text that must be right. */
static inline struct bednet_keyring *mint_keyring(const char *jwks, unsigned algorithms)
{
    struct bednet_keyring *keys = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    assert_non_null(diag);
    enum bednet_status status =
        bednet_keyring_from_jwks("test.json", bednet_text(jwks), algorithms, diag, &keys);
    if (status != BEDNET_OK)
        fail_msg("keyring: %s", bednet_diag_count(diag) > 0 ? bednet_diag_at(diag, 0)->text : "no reason");
    bednet_diag_free(diag);
    return keys;
}

static inline void mint_open(struct mint_fixture *fixture)
{
    size_t bytes;
    char *jwks = mint_read(MINT_DATA("tokens/jwks.json"), &bytes);
    fixture->keys = mint_keyring(jwks, BEDNET_ALG_ALL);
    free(jwks);
    fixture->audience = bednet_text(MINT_AUDIENCE);
    fixture->issuer = (struct bednet_token_issuer){.issuer = bednet_text(MINT_ISSUER),
                                                   .audiences = &fixture->audience,
                                                   .audience_count = 1,
                                                   .algorithms = BEDNET_ALG_ALL,
                                                   .types = BEDNET_TYP_DEFAULT,
                                                   .keys = fixture->keys};
    fixture->rules = (struct bednet_token_rules){&fixture->issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
}

static inline void mint_close(struct mint_fixture *fixture)
{
    bednet_keyring_free(fixture->keys);
}

/*
 * The verdict on some bytes as a token. They are copied to exactly as much memory as they need, so that a
 * sanitizer sees every read past them. Outputs must stay untouched unless all is well.
 */
static inline enum bednet_reason mint_judge_bytes(const struct bednet_token_rules *rules, const char *token,
                                                  size_t bytes, int64_t now_s)
{
    char *copy = malloc(bytes > 0 ? bytes : 1);
    assert_non_null(copy);
    memcpy(copy, token, bytes);
    struct bednet_claims *claims = NULL;
    size_t issuer = SIZE_MAX;
    enum bednet_reason reason =
        bednet_token_verify(rules, (struct bednet_text){copy, bytes}, now_s, &issuer, &claims);
    assert_int_equal(reason == BEDNET_REASON_NONE, claims != NULL);
    assert_true(reason != BEDNET_REASON_NONE || issuer < rules->issuer_count);
    bednet_claims_free(claims);
    free(copy);
    return reason;
}

/* Asserts the verdict; `what` names the case. Frees the token. */
static inline void mint_expect(const struct bednet_token_rules *rules, const char *what, char *token,
                               int64_t now_s, enum bednet_reason expected)
{
    enum bednet_reason reason = mint_judge_bytes(rules, token, strlen(token), now_s);
    free(token);
    if (reason != expected)
        fail_msg("%s: %s instead of %s", what, bednet_reason_name(reason), bednet_reason_name(expected));
}

#endif
