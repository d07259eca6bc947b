/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to verify a token: by Bednet when it is new and when it was seen before, by OpenSSL alone
 * with a key that was parsed before, and by libjwt. All of them in turn, round by round, so that what
 * disturbs the machine disturbs all; one line a round with nanoseconds of CPU time for each token:
 *
 *     new again raw libjwt
 *
 *     verify ALGORITHM JWKS KEY_FILE TOKEN_FILE ISSUER ROUNDS
 *
 * KEY_FILE is a public key in PEM, or a secret in hexadecimal for HS256. Exits 0 only when each of them found
 * every token right.
 */
#include "token/verify.h"

#include <jwt.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TOKENS_MAX 1024

struct token {
    char *text;
    size_t bytes;
    size_t input_bytes;
    unsigned char signature[1024]; /* as OpenSSL wants it */
    size_t signature_bytes;
};

static struct token tokens[TOKENS_MAX];
static size_t token_count;

static _Noreturn __attribute__((format(printf, 1, 2))) void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static char *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    if (file == NULL || text == NULL)
        die("cannot read %s", path);
    *bytes = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    return text;
}

/* JWS has r and s side by side, OpenSSL wants DER. */
static void to_der(struct token *token)
{
    size_t field = token->signature_bytes / 2;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    unsigned char *out = token->signature, copy[sizeof token->signature];
    memcpy(copy, token->signature, token->signature_bytes);
    ECDSA_SIG_set0(pair, BN_bin2bn(copy, (int)field, NULL), BN_bin2bn(copy + field, (int)field, NULL));
    token->signature_bytes = (size_t)i2d_ECDSA_SIG(pair, &out);
    ECDSA_SIG_free(pair);
}

static void read_tokens(const char *path, bool ecdsa)
{
    size_t bytes;
    char *line, *rest = read_file(path, &bytes);
    while ((line = strsep(&rest, "\n")) != NULL && token_count < TOKENS_MAX) {
        struct token *token = &tokens[token_count];
        const char *dot = strrchr(line, '.');
        if (dot == NULL)
            continue;
        token->text = line;
        token->bytes = strlen(line);
        token->input_bytes = (size_t)(dot - line);
        if (sodium_base642bin(token->signature, sizeof token->signature, dot + 1, strlen(dot + 1), NULL,
                              &token->signature_bytes, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
            die("%s: no token: %s", path, line);
        if (ecdsa)
            to_der(token);
        token_count++;
    }
    if (token_count == 0)
        die("%s has no tokens", path);
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void verify_all(const struct bednet_token_rules *rules)
{
    for (size_t i = 0; i < token_count; i++) {
        struct bednet_claims *claims = NULL;
        size_t issuer;
        enum bednet_reason reason = bednet_token_verify(
            rules, (struct bednet_text){tokens[i].text, tokens[i].bytes}, time(NULL), &issuer, &claims);
        if (reason != BEDNET_REASON_NONE)
            die("token %zu: %s", i, bednet_reason_name(reason));
        bednet_claims_free(claims);
    }
}

/* SHA-256 and the key's operation, nothing else; for Ed25519 and HMAC what OpenSSL does in one go. */
static void verify_raw(EVP_PKEY *key, EVP_PKEY_CTX *prepared, struct bednet_text secret)
{
    for (size_t i = 0; i < token_count; i++) {
        const struct token *token = &tokens[i];
        const unsigned char *input = (const unsigned char *)token->text;
        unsigned char digest[EVP_MAX_MD_SIZE];
        size_t digest_bytes = 0;
        int right;
        if (key == NULL) {
            right = EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret.ptr, secret.len, input,
                              token->input_bytes, digest, sizeof digest, &digest_bytes) != NULL &&
                    CRYPTO_memcmp(digest, token->signature, digest_bytes) == 0;
        } else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
            EVP_MD_CTX *context = EVP_MD_CTX_new();
            right = EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
                    EVP_DigestVerify(context, token->signature, token->signature_bytes, input,
                                     token->input_bytes) == 1;
            EVP_MD_CTX_free(context);
        } else {
            right =
                EVP_Q_digest(NULL, "SHA256", NULL, input, token->input_bytes, digest, &digest_bytes) == 1 &&
                EVP_PKEY_verify(prepared, token->signature, token->signature_bytes, digest, digest_bytes) ==
                    1;
        }
        if (!right)
            die("OpenSSL finds token %zu wrong", i);
    }
}

/* What libjwt makes of a token, without looking at any claim. False where it does not know the algorithm. */
static bool verify_libjwt(const char *algorithm, struct bednet_text key)
{
    if (strcmp(algorithm, "EdDSA") == 0)
        return false;
    for (size_t i = 0; i < token_count; i++) {
        jwt_t *jwt = NULL;
        if (jwt_decode(&jwt, tokens[i].text, (const unsigned char *)key.ptr, (int)key.len) != 0)
            die("libjwt finds token %zu wrong", i);
        jwt_free(jwt);
    }
    return true;
}

static struct bednet_keyring *read_keys(const char *path, unsigned algorithms)
{
    size_t bytes;
    char *text = read_file(path, &bytes);
    struct bednet_keyring *keyring = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    if (bednet_keyring_from_jwks(path, (struct bednet_text){text, bytes}, algorithms, diag, &keyring) !=
        BEDNET_OK)
        die("%s: no keys: %s", path, bednet_diag_count(diag) > 0 ? bednet_diag_at(diag, 0)->text : "");
    bednet_diag_free(diag);
    free(text);
    return keyring;
}

static struct bednet_text read_secret(const char *path)
{
    static unsigned char secret[1024];
    size_t bytes, secret_bytes = 0;
    char *text = read_file(path, &bytes);
    if (sodium_hex2bin(secret, sizeof secret, text, strcspn(text, "\n"), NULL, &secret_bytes, NULL) != 0)
        die("%s: no hexadecimal digits", path);
    free(text);
    return (struct bednet_text){(const char *)secret, secret_bytes};
}

static EVP_PKEY *read_public_key(const char *path, EVP_PKEY_CTX **prepared)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file != NULL ? PEM_read_PUBKEY(file, NULL, NULL, NULL) : NULL;
    if (key == NULL)
        die("%s: no public key", path);
    fclose(file);
    *prepared = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 &&
        (EVP_PKEY_verify_init(*prepared) != 1 || EVP_PKEY_CTX_set_signature_md(*prepared, EVP_sha256()) != 1))
        die("%s: OpenSSL does not verify with it", path);
    return key;
}

static double each(double from, double to)
{
    return (to - from) / (double)token_count;
}

int main(int argc, char **argv)
{
    if (argc != 7 || sodium_init() < 0)
        die("usage: verify ALGORITHM JWKS KEY_FILE TOKEN_FILE ISSUER ROUNDS");
    const char *algorithm = argv[1];
    unsigned algorithms = bednet_algorithm_by_name(bednet_text(algorithm));
    EVP_PKEY_CTX *prepared = NULL;
    EVP_PKEY *key = NULL;
    struct bednet_text secret = {0};
    if ((algorithms & BEDNET_ALG_HS) != 0)
        secret = read_secret(argv[3]);
    else
        key = read_public_key(argv[3], &prepared);
    struct bednet_text libjwt_key = secret;
    if (key != NULL)
        libjwt_key.ptr = read_file(argv[3], &libjwt_key.len);
    read_tokens(argv[4], (algorithms & BEDNET_ALG_ES) != 0);

    for (long round = strtol(argv[6], NULL, 10); round > 0; round--) {
        struct bednet_keyring *keys = read_keys(argv[2], algorithms);
        struct bednet_token_issuer issuer = {.issuer = bednet_text(argv[5]),
                                             .algorithms = algorithms,
                                             .types = BEDNET_TYP_DEFAULT,
                                             .keys = keys};
        struct bednet_token_rules rules = {
            .issuers = &issuer, .issuer_count = 1, .token_bytes_max = BEDNET_TOKEN_BYTES_DEFAULT};
        double start = cpu_ns();
        verify_all(&rules);
        double seen = cpu_ns();
        verify_all(&rules);
        double raw = cpu_ns();
        verify_raw(key, prepared, secret);
        double libjwt = cpu_ns();
        bool known = verify_libjwt(algorithm, libjwt_key);
        double end = cpu_ns();
        printf("%.0f %.0f %.0f %.0f\n", each(start, seen), each(seen, raw), each(raw, libjwt),
               known ? each(libjwt, end) : 0.0);
        bednet_keyring_free(keys);
    }
    EVP_PKEY_CTX_free(prepared);
    EVP_PKEY_free(key);
    return 0;
}
