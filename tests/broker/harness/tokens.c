/* SPDX-License-Identifier: Apache-2.0 */
/* See tokens.h. */
#include "harness/tokens.h"
#include "harness/clock.h"
#include "harness/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 32 bytes, as HS256 demands. */
#define SECRET_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct kind {
    const char *name;
    const char *genpkey[6]; /* behind `openssl genpkey`; empty for a secret */
};

static const struct kind kinds[TOKEN_ALGORITHMS] = {
    [TOKEN_RS256] = {"RS256", {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}},
    [TOKEN_ES256] = {"ES256", {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}},
    [TOKEN_EDDSA] = {"EdDSA", {"-algorithm", "ED25519"}},
    [TOKEN_HS256] = {"HS256", {NULL}},
};

/* The program's keys as PEM, made when first asked for. */
static char *keys[TOKEN_ALGORITHMS];

struct bytes {
    const uint8_t *data;
    size_t length;
};

const char *token_algorithm_name(enum token_algorithm algorithm)
{
    return kinds[algorithm].name;
}

static char *run(const char *const *words, const void *input, size_t input_bytes, size_t *length)
{
    char *output = command_output(words, input, input_bytes, length);

    if (!output) {
        env_fail("the openssl command cannot be run");
    }
    return output;
}

static void forget_keys(void)
{
    for (int i = 0; i < TOKEN_ALGORITHMS; i++) {
        free(keys[i]);
    }
}

static const char *key_of(enum token_algorithm algorithm)
{
    const char *const *more = kinds[algorithm].genpkey;
    static bool registered;

    if (!registered) {
        registered = true;
        atexit(forget_keys);
    }
    if (!keys[algorithm] && more[0]) {
        keys[algorithm] =
            run((const char *const[]){"openssl", "genpkey", more[0], more[1], more[2], more[3], NULL}, NULL,
                0, NULL);
    }
    return keys[algorithm];
}

/* The key as a file of the test's folder, for a command that reads standard input for something else. */
static const char *key_file(struct env *env, enum token_algorithm algorithm)
{
    return env_write(env, env_format(env, "%s.pem", kinds[algorithm].name), key_of(algorithm));
}

static const char *base64url(struct env *env, struct bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = env_alloc(env, bytes.length * 4 / 3 + 3);
    size_t used = 0;

    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        unsigned block = (unsigned)bytes.data[i] << 16;
        block |= left > 1 ? (unsigned)bytes.data[i + 1] << 8 : 0;
        block |= left > 2 ? bytes.data[i + 2] : 0;
        for (size_t digit = 0; digit < 4 && digit <= left; digit++) {
            text[used++] = digits[block >> (18 - 6 * digit) & 63];
        }
    }
    return text;
}

static const char *base64url_text(struct env *env, const char *text)
{
    return base64url(env, (struct bytes){(const uint8_t *)text, strlen(text)});
}

static struct bytes from_hex(struct env *env, const char *hex)
{
    size_t length = strspn(hex, "0123456789abcdefABCDEF") / 2;
    uint8_t *bytes = env_alloc(env, length + 1);

    for (size_t i = 0; i < length; i++) {
        unsigned byte = 0;
        sscanf(hex + 2 * i, "%2x", &byte);
        bytes[i] = (uint8_t)byte;
    }
    return (struct bytes){bytes, length};
}

/* The last bytes of the public key's DER: the point of an elliptic curve key stands there. */
static struct bytes public_tail(struct env *env, enum token_algorithm algorithm, size_t length)
{
    size_t der_length = 0;
    const char *file = key_file(env, algorithm);
    char *der = run((const char *const[]){"openssl", "pkey", "-in", file, "-pubout", "-outform", "DER", NULL},
                    NULL, 0, &der_length);

    if (der_length < length) {
        free(der);
        env_fail("openssl pkey gave %zu bytes", der_length);
    }
    uint8_t *tail = env_alloc(env, length);
    memcpy(tail, der + der_length - length, length);
    free(der);
    return (struct bytes){tail, length};
}

static const char *rsa_modulus(struct env *env)
{
    static const char says[] = "Modulus=";
    const char *file = key_file(env, TOKEN_RS256);
    char *output =
        run((const char *const[]){"openssl", "rsa", "-in", file, "-noout", "-modulus", NULL}, NULL, 0, NULL);
    const char *modulus = strstr(output, says);

    const char *text = base64url(env, from_hex(env, modulus ? modulus + strlen(says) : ""));
    free(output);
    return text;
}

const char *token_jwks(struct env *env)
{
    struct bytes point = public_tail(env, TOKEN_ES256, 64);
    struct bytes x = {point.data, 32}, y = {point.data + 32, 32};

    return env_format(
        env,
        "{\"keys\": [\n"
        "{\"kid\": \"RS256\", \"kty\": \"RSA\", \"alg\": \"RS256\", \"n\": \"%s\", \"e\": \"AQAB\"},\n"
        "{\"kid\": \"ES256\", \"kty\": \"EC\", \"alg\": \"ES256\", \"crv\": \"P-256\", \"x\": \"%s\", "
        "\"y\": \"%s\"},\n"
        "{\"kid\": \"EdDSA\", \"kty\": \"OKP\", \"alg\": \"EdDSA\", \"crv\": \"Ed25519\", \"x\": "
        "\"%s\"},\n"
        "{\"kid\": \"HS256\", \"kty\": \"oct\", \"alg\": \"HS256\", \"k\": \"%s\"}\n]}\n",
        rsa_modulus(env), base64url(env, x), base64url(env, y),
        base64url(env, public_tail(env, TOKEN_EDDSA, 32)), base64url(env, from_hex(env, SECRET_HEX)));
}

/* One INTEGER of an ECDSA signature's DER, as 32 bytes. Gives where it ends, or NULL. */
static const uint8_t *take_integer(const uint8_t *der, const uint8_t *end, uint8_t out[32])
{
    if (end - der < 2 || der[0] != 0x02 || end - der < 2 + der[1]) {
        return NULL;
    }
    const uint8_t *value = der + 2;
    size_t length = der[1];
    for (; length > 32 && *value == 0; value++) {
        length--;
    }
    if (length > 32) {
        return NULL;
    }
    memset(out, 0, 32);
    memcpy(out + 32 - length, value, length);
    return der + 2 + der[1];
}

static struct bytes raw_ecdsa(struct env *env, struct bytes der)
{
    const uint8_t *end = der.data + der.length;
    uint8_t *raw = env_alloc(env, 64);
    const uint8_t *second = der.length > 2 ? take_integer(der.data + 2, end, raw) : NULL;

    if (!second || take_integer(second, end, raw + 32) != end) {
        env_fail("openssl gave an ECDSA signature of %zu bytes that cannot be read", der.length);
    }
    return (struct bytes){raw, 64};
}

static char *signature(struct env *env, enum token_algorithm algorithm, const char *input, size_t *length)
{
    if (algorithm == TOKEN_HS256) {
        return run((const char *const[]){"openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt",
                                         "hexkey:" SECRET_HEX, "-binary", NULL},
                   input, strlen(input), length);
    }
    const char *file = key_file(env, algorithm);
    if (algorithm == TOKEN_EDDSA) {
        const char *data = env_write(env, "signing-input", input); /* pkeyutl wants to know its length */
        return run(
            (const char *const[]){"openssl", "pkeyutl", "-sign", "-rawin", "-inkey", file, "-in", data, NULL},
            NULL, 0, length);
    }
    return run((const char *const[]){"openssl", "dgst", "-sha256", "-sign", file, NULL}, input, strlen(input),
               length);
}

const char *token_sign(struct env *env, enum token_algorithm algorithm, const char *header,
                       const char *payload)
{
    const char *input = env_format(env, "%s.%s", base64url_text(env, header), base64url_text(env, payload));
    size_t length = 0;
    char *output = signature(env, algorithm, input, &length);
    struct bytes bytes = {(const uint8_t *)output, length};

    if (length == 0) {
        env_fail("openssl did not sign");
    }
    const char *text = base64url(env, algorithm == TOKEN_ES256 ? raw_ecdsa(env, bytes) : bytes);
    free(output);
    return env_format(env, "%s.%s", input, text);
}

const char *token_for_until(struct env *env, enum token_algorithm algorithm, const char *subject,
                            long seconds, const char *more)
{
    const char *name = kinds[algorithm].name;
    const char *header = env_format(env, "{\"alg\": \"%s\", \"typ\": \"JWT\", \"kid\": \"%s\"}", name, name);
    long long now = clock_now();

    return token_sign(env, algorithm, header,
                      env_format(env,
                                 "{\"iss\": \"" TOKEN_ISSUER "\", \"aud\": \"" TOKEN_AUDIENCE
                                 "\", \"sub\": \"%s\", "
                                 "\"iat\": %lld, \"exp\": %lld%s}",
                                 subject, now, now + seconds, more));
}

const char *token_for(struct env *env, const char *subject, const char *more)
{
    return token_for_until(env, TOKEN_ES256, subject, 3600, more);
}
