/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on token verifiers that have worked somewhere, each by name, with the reason it must meet here. */
#include "mint_group.h"
#include "token/base64url.h"
#include "token/keyring_internal.h"

#define GOOD_CLAIMS MINT_CLAIMS "}"

static void expect(const char *what, char *token, enum bednet_reason expected)
{
    mint_expect(&fixture.rules, what, token, MINT_NOW, expected);
}

/* A token of each algorithm with the right signature and this header. */
static void expect_header(const char *more, enum bednet_reason expected)
{
    for (int i = 0; i < MINT_ALGORITHMS; i++)
        expect(more, mint_right(mint_algorithms[i], mint_header(mint_algorithms[i], more), GOOD_CLAIMS),
               expected);
}

/* Makes sure that what the other tests spoil would have been accepted. */
static void test_baseline(void **state)
{
    (void)state;
    expect_header("", BEDNET_REASON_NONE);
    expect_header(",\"typ\":\"JWT\"", BEDNET_REASON_NONE);
    expect_header(",\"typ\":\"at+JWT\"", BEDNET_REASON_NONE);
    expect_header(",\"typ\":\"application/at+jwt\"", BEDNET_REASON_NONE);
    expect_header(",\"cty\":\"json\"", BEDNET_REASON_NONE);
}

/* CVE-2015-9235, CVE-2020-28042, CVE-2018-1000531. */
static void test_alg_none(void **state)
{
    static const char *const spellings[] = {"none", "None", "NONE", "nOnE", "none ", "", "null"};
    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char header[128];
        snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"hs-1\"}", spellings[i]);
        expect(header, mint_with_signature(header, GOOD_CLAIMS, "", 0), BEDNET_REASON_MALFORMED);
        expect(header, mint_input(header, GOOD_CLAIMS), BEDNET_REASON_MALFORMED);
        expect(header, mint_with_signature(header, GOOD_CLAIMS, "", 1), BEDNET_REASON_ALGORITHM);
        expect(header, mint_right("HS256", header, GOOD_CLAIMS), BEDNET_REASON_ALGORITHM);
    }
    static const char *const others[] = {"{\"kid\":\"hs-1\"}",
                                         "{\"alg\":256,\"kid\":\"hs-1\"}",
                                         "{\"alg\":null,\"kid\":\"hs-1\"}",
                                         "{\"alg\":[\"HS256\"],\"kid\":\"hs-1\"}",
                                         "{\"alg\":true,\"kid\":\"hs-1\"}",
                                         "{\"Alg\":\"HS256\",\"kid\":\"hs-1\"}",
                                         "{\"alg\":\"hs256\",\"kid\":\"hs-1\"}",
                                         "{\"alg\":\"HS256 \",\"kid\":\"hs-1\"}",
                                         "{\"alg\":\" HS256\",\"kid\":\"hs-1\"}",
                                         "{\"alg\":\"HS256\\n\",\"kid\":\"hs-1\"}",
                                         "{}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        expect(others[i], mint_right("HS256", others[i], GOOD_CLAIMS), BEDNET_REASON_ALGORITHM);
    expect("alg escaped is alg",
           mint_right("HS256", "{\"\\u0061lg\":\"HS\\u003256\",\"kid\":\"hs-1\"}", GOOD_CLAIMS),
           BEDNET_REASON_NONE);
}

/* Every way in which an attacker could have taken the public key for the secret. */
static void expect_confusion(const char *what, const void *secret, size_t bytes)
{
    static const struct {
        const char *header;
        enum bednet_reason expected;
    } headers[] = {
        {"{\"alg\":\"HS256\",\"kid\":\"rsa-1\"}", BEDNET_REASON_ALGORITHM},
        {"{\"alg\":\"HS256\",\"kid\":\"ec-1\"}", BEDNET_REASON_ALGORITHM},
        {"{\"alg\":\"HS256\",\"kid\":\"ed-1\"}", BEDNET_REASON_ALGORITHM},
        {"{\"alg\":\"HS256\",\"kid\":\"hs-1\"}", BEDNET_REASON_SIGNATURE},
        {"{\"alg\":\"HS256\"}", BEDNET_REASON_SIGNATURE},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        expect(what, mint_hmac(secret, bytes, headers[i].header, GOOD_CLAIMS), headers[i].expected);

    /* And where the policy has no secrets at all, HS256 is not even an algorithm. */
    struct bednet_token_issuer issuer = fixture.issuer;
    issuer.algorithms &= ~(unsigned)BEDNET_ALG_HS256;
    struct bednet_token_rules rules = {&issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
    mint_expect(&rules, what, mint_hmac(secret, bytes, headers[4].header, GOOD_CLAIMS), MINT_NOW,
                BEDNET_REASON_ALGORITHM);
}

static void confuse_with_key(const char *pem_file, const char *private_name)
{
    size_t bytes;
    char *pem = mint_read(pem_file, &bytes);
    char changed[2048];
    expect_confusion("PEM", pem, bytes);
    expect_confusion("PEM without its newline", pem, bytes - 1);
    expect_confusion("PEM with its NUL", pem, bytes + 1);
    snprintf(changed, sizeof changed, " %s", pem);
    expect_confusion("PEM after a blank", changed, strlen(changed));
    size_t at = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (pem[i] == '\n')
            changed[at++] = '\r';
        changed[at++] = pem[i];
    }
    expect_confusion("PEM with CRLF", changed, at);
    const char *body = strchr(pem, '\n') + 1;
    expect_confusion("body of the PEM", body, (size_t)(strstr(body, "-----END") - body));

    EVP_PKEY *key = mint_load_pem(private_name);
    unsigned char *der = NULL;
    int der_bytes = i2d_PUBKEY(key, &der);
    assert_true(der_bytes > 0);
    expect_confusion("DER", der, (size_t)der_bytes);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    free(pem);
}

/* CVE-2016-10555, CVE-2022-29217, CVE-2023-48223, CVE-2024-33663, CVE-2024-37568, CVE-2026-44699. */
static void test_key_confusion(void **state)
{
    size_t bytes;
    (void)state;
    confuse_with_key(MINT_DATA("tokens/rsa.pub.pem"), "rsa");
    confuse_with_key(MINT_DATA("tokens/ec.pub.pem"), "ec");
    char *jwks = mint_read(MINT_DATA("tokens/jwks.json"), &bytes);
    expect_confusion("the JWK Set", jwks, bytes);
    free(jwks);
    expect_confusion("nothing", "", 0);
    expect_confusion("a NUL", "", 1);
    expect_confusion("32 NULs", (char[32]){0}, 32);
}

/* The other way round: a secret that is used as if it were a public key, and keys of the wrong type. */
static void test_wrong_key_type(void **state)
{
    static const char *const kids[] = {"hs-1", "rsa-1", "ec-1", "ed-1"};
    (void)state;
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        for (int k = 0; k < 4; k++) {
            if (strcmp(kids[k], mint_kid(mint_algorithms[a])) == 0)
                continue;
            char header[128];
            snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"%s\"}", mint_algorithms[a], kids[k]);
            expect(header, mint_right(mint_algorithms[a], header, GOOD_CLAIMS), BEDNET_REASON_ALGORITHM);
        }
    }
}

/* Whoever asks a key for an algorithm that is not its own is refused before anything is computed. */
static void test_key_knows_its_algorithm(void **state)
{
    static const char bytes[256] = {0};
    (void)state;
    for (size_t k = 0; k < fixture.keys->count; k++) {
        const struct bednet_key *key = &fixture.keys->keys[k];
        assert_int_equal(key->prepared_count, 1);
        for (unsigned bit = 0; bit <= 1u << 13; bit = bit == 0 ? 1 : bit << 1)
            assert_int_equal(bednet_key_verify(key, (enum bednet_algorithm)bit, bednet_text("a.b"),
                                               (struct bednet_text){bytes, key->prepared[0].signature_bytes}),
                             key->algorithms == bit ? BEDNET_REASON_SIGNATURE : BEDNET_REASON_ALGORITHM);
    }
}

/* A stronger or weaker algorithm of the same family is another algorithm. */
static void test_same_family(void **state)
{
    (void)state;
    expect("RS512", mint("rsa", "SHA512", "{\"alg\":\"RS512\",\"kid\":\"rsa-1\"}", GOOD_CLAIMS),
           BEDNET_REASON_ALGORITHM);
    expect("RS512 called RS256", mint("rsa", "SHA512", mint_header("RS256", ""), GOOD_CLAIMS),
           BEDNET_REASON_SIGNATURE);
    expect("RS1 called RS256", mint("rsa", "SHA1", mint_header("RS256", ""), GOOD_CLAIMS),
           BEDNET_REASON_SIGNATURE);
    expect("ES384", mint("ec384", "SHA384", "{\"alg\":\"ES384\",\"kid\":\"ec-1\"}", GOOD_CLAIMS),
           BEDNET_REASON_ALGORITHM);
    expect("P-384 called ES256", mint("ec384", "SHA256", mint_header("ES256", ""), GOOD_CLAIMS),
           BEDNET_REASON_SIGNATURE);
    expect("SHA-384 with P-256", mint("ec", "SHA384", mint_header("ES256", ""), GOOD_CLAIMS),
           BEDNET_REASON_SIGNATURE);
    expect("PS256 for a key of RS256",
           mint_right("PS256", "{\"alg\":\"PS256\",\"kid\":\"rsa-1\"}", GOOD_CLAIMS),
           BEDNET_REASON_ALGORITHM);
    expect("PS256 called RS256", mint_right("PS256", mint_header("RS256", ""), GOOD_CLAIMS),
           BEDNET_REASON_SIGNATURE);
    expect("RS256 called PS256", mint_right("RS256", mint_header("PS256", ""), GOOD_CLAIMS),
           BEDNET_REASON_SIGNATURE);
    /* Each pair of algorithms: by the other's key, and with the other's signature. */
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        for (int b = 0; b < MINT_ALGORITHMS; b++) {
            char header[128];
            snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"%s\"}", mint_algorithms[a],
                     mint_kid(mint_algorithms[b]));
            expect(header, mint_right(mint_algorithms[a], header, GOOD_CLAIMS),
                   a == b ? BEDNET_REASON_NONE : BEDNET_REASON_ALGORITHM);
            expect(header, mint_right(mint_algorithms[a], mint_header(mint_algorithms[b], ""), GOOD_CLAIMS),
                   a == b ? BEDNET_REASON_NONE : BEDNET_REASON_SIGNATURE);
        }
    }
}

#define STRANGER_JWK                                                                                         \
    "{\"kty\":\"oct\",\"kid\":\"hs-1\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"

/* CVE-2018-0114: the token brings its key. A right signature passes, for the key is not looked at. */
static void test_embedded_keys(void **state)
{
    static const char *const members[] = {",\"jwk\":" STRANGER_JWK, ",\"x5c\":[\"MIIB\"]",
                                          ",\"jku\":\"http://127.0.0.1:1/jwks.json\"",
                                          ",\"x5u\":\"http://127.0.0.1:1/chain.pem\"", ",\"jwk\":1"};
    (void)state;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        expect_header(members[i], BEDNET_REASON_NONE);
        expect(members[i], mint_hmac((char[32]){0}, 32, mint_header("HS256", members[i]), GOOD_CLAIMS),
               BEDNET_REASON_SIGNATURE);
        expect(members[i], mint("ec-stranger", "SHA256", mint_header("ES256", members[i]), GOOD_CLAIMS),
               BEDNET_REASON_SIGNATURE);
        expect(members[i], mint("ed-stranger", NULL, mint_header("EdDSA", members[i]), GOOD_CLAIMS),
               BEDNET_REASON_SIGNATURE);
        expect(members[i], mint("rsa-stranger", "SHA256", mint_header("RS256", members[i]), GOOD_CLAIMS),
               BEDNET_REASON_SIGNATURE);
    }
}

static void test_kid_injection(void **state)
{
    static const struct {
        const char *kid;
        enum bednet_reason expected;
    } kids[] = {
        {"\"../../../../dev/null\"", BEDNET_REASON_UNKNOWN_KEY},
        {"\"/proc/self/environ\"", BEDNET_REASON_UNKNOWN_KEY},
        {"\"hs-1' OR '1'='1\"", BEDNET_REASON_UNKNOWN_KEY},
        {"\"hs-1\\u0000\"", BEDNET_REASON_MALFORMED},
        {"\"%n%n%n%s\"", BEDNET_REASON_UNKNOWN_KEY},
        {"\"HS-1\"", BEDNET_REASON_UNKNOWN_KEY},
        {"\"hs-1 \"", BEDNET_REASON_UNKNOWN_KEY},
        {"\"hs-\"", BEDNET_REASON_UNKNOWN_KEY},
        {"\"\"", BEDNET_REASON_UNKNOWN_KEY},
        {"1", BEDNET_REASON_MALFORMED},
        {"null", BEDNET_REASON_MALFORMED},
        {"[\"hs-1\"]", BEDNET_REASON_MALFORMED},
        {"{\"hs-1\":1}", BEDNET_REASON_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kids / sizeof *kids; i++) {
        char header[128];
        snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":%s}", kids[i].kid);
        expect(header, mint_right("HS256", header, GOOD_CLAIMS), kids[i].expected);
    }
    char header[400];
    snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"%0256d\"}", 1);
    expect("kid of 256 bytes", mint_right("HS256", header, GOOD_CLAIMS), BEDNET_REASON_UNKNOWN_KEY);
    snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"%0257d\"}", 1);
    expect("kid of 257 bytes", mint_right("HS256", header, GOOD_CLAIMS), BEDNET_REASON_MALFORMED);
}

/* `count` secrets without a kid, each with its number in the first byte; free with free(). */
static char *nameless_secrets(unsigned count)
{
    char *jwks = calloc(1, 100 + count * 100);
    assert_non_null(jwks);
    strcpy(jwks, "{\"keys\":[");
    for (unsigned i = 0; i < count; i++) {
        unsigned char secret[32] = {(unsigned char)i};
        strcat(jwks, i > 0 ? ",{\"kty\":\"oct\",\"k\":\"" : "{\"kty\":\"oct\",\"k\":\"");
        mint_base64url(jwks, secret, sizeof secret);
        strcat(jwks, "\"}");
    }
    strcat(jwks, "]}");
    return jwks;
}

/* Without a kid the keys that fit are tried, an old and a new one, but not whole sets: that would be cheap to
 * ask for and dear to answer. */
static void test_missing_kid(void **state)
{
    static const struct {
        unsigned keys;
        unsigned char signer;
        enum bednet_reason expected;
    } cases[] = {{1, 0, BEDNET_REASON_NONE},        {1, 1, BEDNET_REASON_SIGNATURE},
                 {2, 1, BEDNET_REASON_NONE},        {4, 0, BEDNET_REASON_NONE},
                 {4, 3, BEDNET_REASON_NONE},        {4, 4, BEDNET_REASON_SIGNATURE},
                 {5, 0, BEDNET_REASON_UNKNOWN_KEY}, {64, 0, BEDNET_REASON_UNKNOWN_KEY}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char secret[32] = {cases[i].signer};
        char *jwks = nameless_secrets(cases[i].keys);
        struct bednet_keyring *keys = mint_keyring(jwks, BEDNET_ALG_ALL);
        struct bednet_token_issuer issuer = fixture.issuer;
        issuer.keys = keys;
        struct bednet_token_rules rules = {&issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
        mint_expect(&rules, "no kid", mint_hmac(secret, 32, "{\"alg\":\"HS256\"}", GOOD_CLAIMS), MINT_NOW,
                    cases[i].expected);
        mint_expect(&rules, "no key fits", mint_right("ES256", "{\"alg\":\"ES256\"}", GOOD_CLAIMS), MINT_NOW,
                    BEDNET_REASON_UNKNOWN_KEY);
        mint_expect(&rules, "a kid for keys without",
                    mint_hmac(secret, 32, mint_header("HS256", ""), GOOD_CLAIMS), MINT_NOW,
                    BEDNET_REASON_UNKNOWN_KEY);
        bednet_keyring_free(keys);
        free(jwks);
    }
}

/* CVE-2022-21449 ("psychic signatures"): r and s that fit everything in a careless implementation. */
static void test_degenerate_ecdsa(void **state)
{
    static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                            0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    unsigned char values[6][32] = {{0}};
    (void)state;
    values[1][31] = 1;
    memcpy(values[2], order, 32);
    values[2][31]--;
    memcpy(values[3], order, 32);
    memcpy(values[4], order, 32);
    values[4][31]++;
    memset(values[5], 0xff, 32);
    for (int r = 0; r < 6; r++) {
        for (int s = 0; s < 6; s++) {
            unsigned char signature[64];
            memcpy(signature, values[r], 32);
            memcpy(signature + 32, values[s], 32);
            expect("degenerate r and s",
                   mint_with_signature(mint_header("ES256", ""), GOOD_CLAIMS, signature, 64),
                   BEDNET_REASON_SIGNATURE);
        }
    }
}

/* DER where r and s side by side belong, as some verifiers take both. */
/* The bytes of a right signature, with zeros behind them in `out`. */
static size_t right_signature(const char *algorithm, const char *header, const char *payload,
                              unsigned char out[300])
{
    size_t bytes = 0;
    char *token = mint_right(algorithm, header, payload);
    const char *text = strrchr(token, '.') + 1;
    memset(out, 0, 300);
    assert_true(bednet_base64url_decode(bednet_text(text), out, &bytes));
    free(token);
    return bytes;
}

/* RFC 7518 section 3.5: one salt length and one hash for everything. */
static void test_pss_parameters(void **state)
{
    static const struct mint_scheme wrong[] = {{"SHA256", "SHA256", 0},   {"SHA256", "SHA256", 20},
                                               {"SHA256", "SHA256", 31},  {"SHA256", "SHA256", 33},
                                               {"SHA256", "SHA256", 222}, {"SHA256", "SHA1", 32},
                                               {"SHA256", "SHA384", 32},  {"SHA384", "SHA256", 32},
                                               {"SHA512", "SHA256", 32},  {"SHA3-256", "SHA256", 32}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect("PSS", mint_scheme("rsa", wrong[i], mint_header("PS256", ""), GOOD_CLAIMS),
               BEDNET_REASON_SIGNATURE);
    expect("PSS",
           mint_scheme("rsa", (struct mint_scheme){"SHA512", "SHA512", 32}, mint_header("PS512", ""),
                       GOOD_CLAIMS),
           BEDNET_REASON_SIGNATURE);
    expect("PSS",
           mint_scheme("rsa", (struct mint_scheme){"SHA512", "SHA512", 64}, mint_header("PS512", ""),
                       GOOD_CLAIMS),
           BEDNET_REASON_NONE);
}

/* No signature is as large as the modulus or larger. */
static void test_rsa_beyond_the_modulus(void **state)
{
    (void)state;
    BIGNUM *n = NULL;
    EVP_PKEY *rsa = mint_load_pem("rsa");
    assert_int_equal(EVP_PKEY_get_bn_param(rsa, "n", &n), 1);
    for (int more = -1; more < 3; more++) {
        unsigned char signature[256];
        if (more > 0)
            assert_int_equal(BN_add_word(n, 1), 1);
        assert_int_equal(BN_bn2binpad(n, signature, sizeof signature), 256);
        for (int a = 0; a < MINT_ALGORITHMS; a++) {
            if (mint_algorithms[a][0] != 'H' && mint_algorithms[a][0] != 'E')
                expect("n",
                       mint_with_signature(mint_header(mint_algorithms[a], ""), GOOD_CLAIMS, signature, 256),
                       BEDNET_REASON_SIGNATURE);
        }
    }
    BN_free(n);
    EVP_PKEY_free(rsa);
}

/* As above for the other curves, whose orders OpenSSL knows; P-521 has seven bits more than it needs. */
static void test_degenerate_other_curves(void **state)
{
    static const struct {
        const char *algorithm;
        const char *key;
        size_t field;
    } curves[] = {{"ES256", "ec", 32}, {"ES384", "ec384", 48}, {"ES512", "ec521", 66}};
    (void)state;
    for (size_t c = 0; c < 3; c++) {
        BIGNUM *order = NULL;
        unsigned char values[7][66] = {{0}};
        size_t field = curves[c].field;
        EVP_PKEY *key = mint_load_pem(curves[c].key);
        assert_int_equal(EVP_PKEY_get_bn_param(key, "order", &order), 1);
        values[1][field - 1] = 1;
        assert_int_equal(BN_bn2binpad(order, values[2], (int)field), field);
        memcpy(values[3], values[2], field);
        values[2][field - 1]--;
        memcpy(values[4], values[3], field);
        values[4][field - 1]++;
        memset(values[5], 0xff, field);
        values[6][0] = 0x80;
        for (int i = 0; i < 49; i++) {
            unsigned char signature[132];
            memcpy(signature, values[i / 7], field);
            memcpy(signature + field, values[i % 7], field);
            expect(
                "degenerate",
                mint_with_signature(mint_header(curves[c].algorithm, ""), GOOD_CLAIMS, signature, 2 * field),
                BEDNET_REASON_SIGNATURE);
        }
        BN_free(order);
        EVP_PKEY_free(key);
    }
}

/* Small order: the neutral element as R with s = 0 fits every message under a careless key. */
static void test_degenerate_eddsa(void **state)
{
    (void)state;
    static const unsigned char points[][32] = {{1}, {0}, {[31] = 0x80}, {1, [31] = 0x80}};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        unsigned char signature[64] = {0};
        memcpy(signature, points[i], 32);
        expect("small order", mint_with_signature(mint_header("EdDSA", ""), GOOD_CLAIMS, signature, 64),
               BEDNET_REASON_SIGNATURE);
    }
    /* s + L is a second spelling of s. */
    static const unsigned char order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                            0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    unsigned char signature[300];
    assert_int_equal(right_signature("EdDSA", mint_header("EdDSA", ""), GOOD_CLAIMS, signature), 64);
    unsigned carry = 0;
    for (int i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order[i];
        signature[32 + i] = (unsigned char)carry;
        carry >>= 8;
    }
    expect("s + L", mint_with_signature(mint_header("EdDSA", ""), GOOD_CLAIMS, signature, 64),
           BEDNET_REASON_SIGNATURE);
}

static void test_der_signature(void **state)
{
    unsigned char der[128];
    size_t bytes = sizeof der;
    (void)state;
    EVP_PKEY *key = mint_load_pem("ec");
    char *input = mint_input(mint_header("ES256", ""), GOOD_CLAIMS);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, der, &bytes, (const unsigned char *)input, strlen(input)), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    free(input);
    expect("DER", mint_with_signature(mint_header("ES256", ""), GOOD_CLAIMS, der, bytes),
           BEDNET_REASON_SIGNATURE);
}

static void test_signature_lengths(void **state)
{
    static const size_t lengths[] = {1, 31, 32, 33, 63, 64, 65, 128, 132, 255, 256, 257, 512, 8192};
    static unsigned char signature[8192];
    (void)state;
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            for (int fill = 0; fill < 2; fill++) {
                memset(signature, fill ? 0xa5 : 0, sizeof signature);
                expect("made-up signature",
                       mint_with_signature(mint_header(mint_algorithms[a], ""), GOOD_CLAIMS, signature,
                                           lengths[i]),
                       BEDNET_REASON_SIGNATURE);
            }
        }
    }
}

/* Cuts the last bytes off a right signature, or puts some behind it. */
static void test_cut_signatures(void **state)
{
    (void)state;
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        unsigned char signature[300] = {0};
        for (size_t more = 1; more <= 32; more++) {
            const char *header = mint_header(mint_algorithms[a], "");
            size_t bytes = right_signature(mint_algorithms[a], header, GOOD_CLAIMS, signature);
            expect("something behind the signature",
                   mint_with_signature(header, GOOD_CLAIMS, signature, bytes + more),
                   BEDNET_REASON_SIGNATURE);
        }
        char *token = mint_right(mint_algorithms[a], mint_header(mint_algorithms[a], ""), GOOD_CLAIMS);
        size_t length = strlen(token);
        for (size_t cut = 1; length - cut > 0; cut++)
            assert_int_not_equal(mint_judge_bytes(&fixture.rules, token, length - cut, MINT_NOW),
                                 BEDNET_REASON_NONE);
        free(token);
    }
}

/* JSON that two readers understand differently. */
static void test_duplicate_members(void **state)
{
    static const char *const headers[] = {"{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"hs-1\"}",
                                          "{\"alg\":\"HS256\",\"alg\":\"none\",\"kid\":\"hs-1\"}",
                                          "{\"alg\":\"HS256\",\"kid\":\"hs-1\",\"kid\":\"rsa-1\"}",
                                          "{\"alg\":\"HS256\",\"kid\":\"hs-1\",\"\\u006bid\":\"hs-1\"}",
                                          "{\"alg\":\"HS256\",\"kid\":\"hs-1\"}{}",
                                          "{\"alg\":\"HS256\",\"kid\":\"hs-1\"},",
                                          "[\"alg\",\"HS256\"]",
                                          "\"HS256\"",
                                          "HS256",
                                          "null"};
    static const char *const claims[] = {
        MINT_CLAIMS ",\"sub\":\"admin\"}", MINT_CLAIMS ",\"exp\":4102444801}", MINT_CLAIMS ",\"aud\":\"x\"}",
        MINT_CLAIMS ",\"iss\":\"x\"}", MINT_CLAIMS ",\"\\u0073ub\":\"admin\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        expect(headers[i], mint_right("HS256", headers[i], GOOD_CLAIMS), BEDNET_REASON_MALFORMED);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        expect(claims[i], mint_right("HS256", mint_header("HS256", ""), claims[i]), BEDNET_REASON_CLAIMS);
}

/* CVE-2026-32597 and RFC 7515 section 4.1.11. */
static void test_critical(void **state)
{
    static const char *const members[] = {",\"crit\":[\"exp\"]",
                                          ",\"crit\":[]",
                                          ",\"crit\":\"b64\"",
                                          ",\"crit\":null",
                                          ",\"crit\":[\"b64\"],\"b64\":false",
                                          ",\"b64\":false",
                                          ",\"b64\":true",
                                          ",\"b64\":null"};
    (void)state;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        expect_header(members[i], BEDNET_REASON_CRITICAL);
}

static void test_token_types(void **state)
{
    static const char *const members[] = {",\"typ\":\"dpop+jwt\"",
                                          ",\"typ\":\"logout+jwt\"",
                                          ",\"typ\":\"jwt2\"",
                                          ",\"typ\":\"\"",
                                          ",\"typ\":\"JOSE\"",
                                          ",\"typ\":1",
                                          ",\"typ\":null",
                                          ",\"typ\":[\"JWT\"]",
                                          ",\"typ\":\"application/\"",
                                          ",\"typ\":\"image/jwt\"",
                                          ",\"cty\":\"JWT\"",
                                          ",\"cty\":\"jwt\"",
                                          ",\"cty\":\"application/jwt\"",
                                          ",\"cty\":1"};
    (void)state;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        expect_header(members[i], BEDNET_REASON_TOKEN_TYPE);
}

/* JWE, both JSON serialisations, detached content, and whatever else is not compact JWS. */
static void test_other_serialisations(void **state)
{
    (void)state;
    char *token = mint_right("ES256", mint_header("ES256", ""), GOOD_CLAIMS);
    char *first = strchr(token, '.'), *second = strchr(first + 1, '.');
    char changed[8192];
    int header = (int)(first - token), payload = (int)(second - first - 1);
    static const char *const formats[] = {
        "%.*s.%.*s.%s.AAAA",
        "%.*s.%.*s.%s.",
        ".%.*s.%.*s.%s",
        "%.*s.%.*s.%s.AAAA.AAAA",
        "%.*s..%.*s.%s",
        "{\"protected\":\"%.*s\",\"payload\":\"%.*s\",\"signature\":\"%s\"}",
        "{\"signatures\":[{\"protected\":\"%.*s\"}],\"payload\":\"%.*s\",\"x\":\"%s\"}",
        " %.*s.%.*s.%s",
        "%.*s.%.*s.%s ",
        "%.*s.%.*s.%s\n",
        "%.*s .%.*s.%s",
        "Bearer %.*s.%.*s.%s",
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        /* The formats are constants of this function. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(changed, sizeof changed, formats[i], header, token, payload, first + 1, second + 1);
#pragma GCC diagnostic pop
        expect(formats[i], strdup(changed), BEDNET_REASON_MALFORMED);
    }
    snprintf(changed, sizeof changed, "%.*s..%s", header, token, second + 1);
    expect("detached", strdup(changed), BEDNET_REASON_MALFORMED);
    static const char *const crumbs[] = {"",   ".",   "..",  "...", "a",   "a.",
                                         ".a", "a.b", ".x.", "h..", "..s", "=.=.="};
    for (size_t i = 0; i < sizeof crumbs / sizeof *crumbs; i++)
        expect(crumbs[i], strdup(crumbs[i]), BEDNET_REASON_MALFORMED);
    expect("a NUL inside", strdup(token), BEDNET_REASON_NONE);
    *second = '\0';
    assert_int_equal(mint_judge_bytes(&fixture.rules, token, strlen(token) + 10, MINT_NOW),
                     BEDNET_REASON_MALFORMED);
    free(token);
}

/* A second spelling of a right token: each must be refused although the bytes behind it verify. */
static void test_second_spellings(void **state)
{
    static const char foreign[] = "=+/ \n\r\t\"%~\x80\xff";
    (void)state;
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        char *token = mint_right(mint_algorithms[a], mint_header(mint_algorithms[a], ""), GOOD_CLAIMS);
        size_t length = strlen(token);
        char changed[4096];
        for (size_t at = 0; at <= length; at += at > length - 3 ? 1 : 3) {
            for (size_t f = 0; f < sizeof foreign; f++) {
                memcpy(changed, token, at);
                changed[at] = foreign[f];
                memcpy(changed + at + 1, token + at, length - at);
                assert_int_equal(mint_judge_bytes(&fixture.rules, changed, length + 1, MINT_NOW),
                                 BEDNET_REASON_MALFORMED);
            }
        }
        /* The spare bits of the last character, as the length of the signature leaves them. */
        size_t rest = strlen(strrchr(token, '.') + 1) % 4;
        for (int bit = 1; bit < (rest == 0 ? 1 : rest == 3 ? 4 : 16); bit++) {
            static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            memcpy(changed, token, length);
            changed[length - 1] =
                alphabet[(size_t)(strchr(alphabet, token[length - 1]) - alphabet) + (size_t)bit];
            assert_int_equal(mint_judge_bytes(&fixture.rules, changed, length, MINT_NOW),
                             BEDNET_REASON_MALFORMED);
        }
        free(token);
    }
}

/* Each single bit of a right token. */
static void test_flipped_bits(void **state)
{
    (void)state;
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        char *token = mint_right(mint_algorithms[a], mint_header(mint_algorithms[a], ""), GOOD_CLAIMS);
        size_t length = strlen(token);
        for (size_t bit = 0; bit < length * 8; bit += 3) {
            token[bit / 8] ^= (char)(1 << bit % 8);
            enum bednet_reason reason = mint_judge_bytes(&fixture.rules, token, length, MINT_NOW);
            if (reason == BEDNET_REASON_NONE)
                fail_msg("%s, bit %zu", mint_algorithms[a], bit);
            token[bit / 8] ^= (char)(1 << bit % 8);
        }
        assert_int_equal(mint_judge_bytes(&fixture.rules, token, length, MINT_NOW), BEDNET_REASON_NONE);
        free(token);
    }
}

/* CVE-2024-33664 and its kind: what costs much more to refuse than to send. */
static void test_size(void **state)
{
    static char big[65536], payload[50000];
    (void)state;
    memset(big, 'A', sizeof big);
    assert_int_equal(mint_judge_bytes(&fixture.rules, big, 65535, MINT_NOW), BEDNET_REASON_TOO_LONG);
    assert_int_equal(mint_judge_bytes(&fixture.rules, big, 16384, MINT_NOW), BEDNET_REASON_MALFORMED);
    memset(big, '.', sizeof big);
    assert_int_equal(mint_judge_bytes(&fixture.rules, big, 16384, MINT_NOW), BEDNET_REASON_MALFORMED);

    struct bednet_token_rules rules = fixture.rules;
    rules.token_bytes_max = 65535;
    memset(payload, '[', 20000);
    payload[20000] = '\0';
    mint_expect(&rules, "20,000 brackets as a header", mint_right("HS256", payload, GOOD_CLAIMS), MINT_NOW,
                BEDNET_REASON_MALFORMED);
    mint_expect(&rules, "20,000 brackets as claims", mint_right("HS256", mint_header("HS256", ""), payload),
                MINT_NOW, BEDNET_REASON_CLAIMS);
    snprintf(payload, sizeof payload, MINT_CLAIMS ",\"x\":");
    memset(payload + strlen(payload), '[', 20);
    mint_expect(&rules, "20 brackets in a claim", mint_right("HS256", mint_header("HS256", ""), payload),
                MINT_NOW, BEDNET_REASON_CLAIMS);
    strcpy(payload, MINT_CLAIMS);
    for (int i = 0; strlen(payload) < 45000; i++)
        sprintf(payload + strlen(payload), ",\"%d\":0", i);
    strcat(payload, "}");
    mint_expect(&rules, "thousands of claims", mint_right("HS256", mint_header("HS256", ""), payload),
                MINT_NOW, BEDNET_REASON_CLAIMS);
    strcpy(payload, "");
    for (int i = 0; i < 80; i++)
        sprintf(payload + strlen(payload), ",\"%d\":0", i);
    expect("80 members of a header", mint_right("HS256", mint_header("HS256", payload), GOOD_CLAIMS),
           BEDNET_REASON_MALFORMED);
}

/* What OpenSSL has to say about a forged token must not be found by the broker's next TLS operation. */
static void test_error_queue(void **state)
{
    unsigned char signature[256] = {0};
    (void)state;
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        const struct bednet_key *key =
            bednet_keyring_find(fixture.keys, bednet_text(mint_kid(mint_algorithms[a])));
        assert_non_null(key);
        size_t bytes = key->prepared[0].signature_bytes;
        expect("forged",
               mint_with_signature(mint_header(mint_algorithms[a], ""), GOOD_CLAIMS, signature, bytes),
               BEDNET_REASON_SIGNATURE);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_baseline),
        cmocka_unit_test(test_alg_none),
        cmocka_unit_test(test_key_confusion),
        cmocka_unit_test(test_wrong_key_type),
        cmocka_unit_test(test_key_knows_its_algorithm),
        cmocka_unit_test(test_same_family),
        cmocka_unit_test(test_embedded_keys),
        cmocka_unit_test(test_kid_injection),
        cmocka_unit_test(test_missing_kid),
        cmocka_unit_test(test_degenerate_ecdsa),
        cmocka_unit_test(test_degenerate_other_curves),
        cmocka_unit_test(test_degenerate_eddsa),
        cmocka_unit_test(test_pss_parameters),
        cmocka_unit_test(test_rsa_beyond_the_modulus),
        cmocka_unit_test(test_der_signature),
        cmocka_unit_test(test_signature_lengths),
        cmocka_unit_test(test_cut_signatures),
        cmocka_unit_test(test_duplicate_members),
        cmocka_unit_test(test_critical),
        cmocka_unit_test(test_token_types),
        cmocka_unit_test(test_other_serialisations),
        cmocka_unit_test(test_second_spellings),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_error_queue),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
