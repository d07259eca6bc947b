/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files as people have them: a JWK Set, a single JWK, and PEM with public keys or certificates. What a
 * key serves when its file says so, and what it does not serve whoever asks.
 */
#include "mint.h"
#include "token/keyring_internal.h"

#define ISSUED MINT_CLAIMS "}"

/* A file's text, which may be put together, and what became of it. */
struct loaded {
    enum bednet_status status;
    struct bednet_keyring *keys;
    struct bednet_diag *diag;
};

static struct loaded load(const char *text, size_t bytes, unsigned algorithms)
{
    struct loaded loaded = {.diag = bednet_diag_new()};
    char *copy = malloc(bytes > 0 ? bytes : 1);
    assert_true(copy != NULL && loaded.diag != NULL);
    memcpy(copy, text, bytes);
    loaded.status = bednet_keyring_from_file("keys.pem", (struct bednet_text){copy, bytes}, algorithms,
                                             loaded.diag, &loaded.keys);
    free(copy);
    assert_int_equal(loaded.status == BEDNET_OK, loaded.keys != NULL);
    assert_int_equal(loaded.status == BEDNET_OK, !bednet_diag_failed(loaded.diag));
    assert_int_equal(ERR_peek_error(), 0);
    return loaded;
}

static void unload(struct loaded *loaded)
{
    bednet_keyring_free(loaded->keys);
    bednet_diag_free(loaded->diag);
}

/* Appends a file of tests/data/tokens. */
static void append(char *text, const char *name)
{
    char path[1024];
    size_t bytes;
    snprintf(path, sizeof path, "%s/tokens/%s", BEDNET_TEST_DATA, name);
    char *content = mint_read(path, &bytes);
    strcat(text, content);
    free(content);
}

static void expect_refused(const char *text, unsigned line, const char *what)
{
    struct loaded loaded = load(text, strlen(text), BEDNET_ALG_ALL);
    assert_int_equal(loaded.status, BEDNET_INVALID);
    const struct bednet_diag_entry *entry = NULL;
    for (size_t i = 0; i < bednet_diag_count(loaded.diag) && entry == NULL; i++) {
        if (bednet_diag_at(loaded.diag, i)->severity == BEDNET_ERROR)
            entry = bednet_diag_at(loaded.diag, i);
    }
    assert_non_null(entry);
    if (strstr(entry->text, what) == NULL)
        fail_msg("%s\nsays: %s\ninstead of: %s", text, entry->text, what);
    assert_int_equal(entry->source.line, line);
    assert_int_equal(entry->source.column, 1);
    unload(&loaded);
}

static void test_no_key_file(void **state)
{
    (void)state;
    expect_refused("", 1, "wrong size");
    expect_refused("\n", 1, "no key file");
    expect_refused("[]", 1, "no key file");
    expect_refused("null", 1, "no key file");
    expect_refused("our keys", 1, "no key file");
    expect_refused(" -----BEGIN PUBLIC KEY-----", 1, "no key file");
    expect_refused("{}", 1, "not a JWK Set");
    expect_refused("-----BEGIN PUBLIC KEY-----", 1, "cut short or damaged");
    expect_refused("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", 1, "");
    expect_refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", 1, "cannot read");
    expect_refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 1, "cannot read");
    expect_refused("-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n", 1,
                   "neither a public key nor a certificate");
    expect_refused("one\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END CERTIFICATE-----\n", 2,
                   "cut short or damaged");
}

/* Of each place in a file only the beginning of the block is told, and everything that is wrong at once. */
static void test_private_keys(void **state)
{
    static const char *const names[] = {"rsa.pem", "ec.pem", "ed.pem", "ec521.pem"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[16384] = "";
        append(text, names[i]);
        expect_refused(text, 1, "a private key (only the public one belongs here; replace this key");
        strcpy(text, "# ours\n\n");
        append(text, names[i]);
        append(text, "ec.pub.pem");
        expect_refused(text, 3, "a private key");
    }
    expect_refused("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", 1,
                   "a private key");
    expect_refused("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", 1,
                   "a private key");
    expect_refused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\",\"d\":\"AA\"}", 1, "a private key");
}

/* `name` verifies tokens of exactly the algorithms named, whether or not they bring a kid. */
static void expect_serves(const char *name, const char *algorithms)
{
    char text[16384] = "";
    append(text, name);
    struct loaded loaded = load(text, strlen(text), BEDNET_ALG_ALL);
    if (loaded.status != BEDNET_OK)
        fail_msg("%s: %s", name, bednet_diag_at(loaded.diag, 0)->text);
    assert_int_equal(bednet_diag_count(loaded.diag), 0);
    assert_int_equal(bednet_keyring_count(loaded.keys), 1);
    struct mint_fixture fixture;
    mint_open(&fixture);
    fixture.issuer.keys = loaded.keys;
    for (int a = 0; a < MINT_ALGORITHMS; a++) {
        const char *algorithm = mint_algorithms[a];
        char bare[64];
        enum bednet_reason expected =
            strstr(algorithms, algorithm) != NULL ? BEDNET_REASON_NONE : BEDNET_REASON_UNKNOWN_KEY;
        snprintf(bare, sizeof bare, "{\"alg\":\"%s\"}", algorithm);
        mint_expect(&fixture.rules, name, mint_right(algorithm, bare, ISSUED), MINT_NOW, expected);
        mint_expect(&fixture.rules, name, mint_right(algorithm, mint_header(algorithm, ""), ISSUED), MINT_NOW,
                    expected);
    }
    mint_close(&fixture);
    unload(&loaded);
}

static void test_pem(void **state)
{
    (void)state;
    static const char rsa[] = "RS256 RS384 RS512 PS256 PS384 PS512";
    expect_serves("rsa.pub.pem", rsa);
    expect_serves("rsa.pkcs1.pem", rsa);
    expect_serves("rsa.crt.pem", rsa);
    expect_serves("ec.pub.pem", "ES256");
    expect_serves("ec.crt.pem", "ES256");
    expect_serves("ec384.pub.pem", "ES384");
    expect_serves("ec521.pub.pem", "ES512");
    expect_serves("ed.pub.pem", "EdDSA");
    expect_serves("ed.crt.pem", "EdDSA");
}

/* A stranger's signature by every one of the algorithms that the key would serve. */
static void test_pem_of_another(void **state)
{
    (void)state;
    char text[16384] = "";
    append(text, "rsa.pub.pem");
    append(text, "ec.crt.pem");
    strcat(text, "and the other one:\r\n");
    append(text, "ed.pub.pem");
    struct loaded loaded = load(text, strlen(text), BEDNET_ALG_ALL);
    assert_int_equal(loaded.status, BEDNET_OK);
    assert_int_equal(bednet_keyring_count(loaded.keys), 3);
    struct mint_fixture fixture;
    mint_open(&fixture);
    fixture.issuer.keys = loaded.keys;
    static const struct {
        const char *key, *digest, *algorithm;
    } strangers[] = {{"rsa-stranger", "SHA256", "RS256"},
                     {"rsa-stranger", "SHA512", "RS512"},
                     {"ec-stranger", "SHA256", "ES256"},
                     {"ed-stranger", NULL, "EdDSA"}};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        const char *header = mint_header(strangers[i].algorithm, "");
        mint_expect(&fixture.rules, "stranger", mint(strangers[i].key, strangers[i].digest, header, ISSUED),
                    MINT_NOW, BEDNET_REASON_SIGNATURE);
        mint_expect(&fixture.rules, "ours", mint_right(strangers[i].algorithm, header, ISSUED), MINT_NOW,
                    BEDNET_REASON_NONE);
    }
    mint_expect(&fixture.rules, "the file as a secret",
                mint_hmac(text, strlen(text), "{\"alg\":\"HS256\"}", ISSUED), MINT_NOW,
                BEDNET_REASON_UNKNOWN_KEY);
    mint_close(&fixture);
    unload(&loaded);
}

/* A key made for the occasion as PEM. */
static void append_key(char *text, EVP_PKEY *key)
{
    char *data;
    assert_non_null(key);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    long bytes = BIO_get_mem_data(bio, &data);
    strncat(text, data, (size_t)bytes);
    BIO_free(bio);
    EVP_PKEY_free(key);
}

/* The same checks as for a JWK. */
static void test_weak_pem(void **state)
{
    (void)state;
    char text[8192] = "";
    append_key(text, EVP_RSA_gen(1024));
    expect_refused(text, 1, "wrong size");
    static const unsigned char neutral[32] = {1};
    strcpy(text, "");
    append_key(text, EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, neutral, sizeof neutral));
    expect_refused(text, 1, "prime order");
    strcpy(text, "-----BEGIN PUBLIC KEY-----\n"
                 /* P-256 with the coordinates changing places */
                 "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n"
                 "-----END PUBLIC KEY-----\n");
    expect_refused(text, 1, "");
}

static void expect_passed_over(const char *text, unsigned algorithms, const char *what)
{
    struct loaded loaded = load(text, strlen(text), algorithms);
    assert_int_equal(loaded.status, BEDNET_INVALID);
    assert_int_equal(bednet_diag_count(loaded.diag), 2);
    assert_int_equal(bednet_diag_at(loaded.diag, 0)->severity, BEDNET_WARNING);
    assert_non_null(strstr(bednet_diag_at(loaded.diag, 0)->text, what));
    assert_non_null(strstr(bednet_diag_at(loaded.diag, 1)->text, "no usable key"));
    unload(&loaded);
}

static void test_passed_over(void **state)
{
    (void)state;
    char text[8192] = "";
    append_key(text, EVP_EC_gen("secp256k1"));
    expect_passed_over(text, BEDNET_ALG_ALL, "curve is none of");
    strcpy(text, "");
    append_key(text, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
    expect_passed_over(text, BEDNET_ALG_ALL, "none of RSA");
    strcpy(text, "");
    append(text, "ec.pub.pem");
    expect_passed_over(text, BEDNET_ALG_RS256 | BEDNET_ALG_ES384, "does not allow");
    strcpy(text, "");
    append(text, "rsa.pub.pem");
    expect_passed_over(text, BEDNET_ALG_ES, "does not allow");
    /* And what is left is used. */
    append(text, "ed.pub.pem");
    struct loaded loaded = load(text, strlen(text), BEDNET_ALG_EDDSA);
    assert_int_equal(loaded.status, BEDNET_OK);
    assert_int_equal(bednet_diag_count(loaded.diag), 1);
    assert_int_equal(bednet_keyring_count(loaded.keys), 1);
    unload(&loaded);
}

static void test_bounds(void **state)
{
    (void)state;
    size_t one_bytes;
    char *one = mint_read(MINT_DATA("tokens/ed.pub.pem"), &one_bytes);
    char *text = calloc(1, 70 * one_bytes);
    assert_non_null(text);
    for (int i = 0; i < BEDNET_PEM_KEYS_MAX; i++)
        strcat(text, one);
    struct loaded loaded = load(text, strlen(text), BEDNET_ALG_ALL);
    assert_int_equal(loaded.status, BEDNET_OK);
    assert_int_equal(bednet_keyring_count(loaded.keys), BEDNET_PEM_KEYS_MAX);
    unload(&loaded);
    strcat(text, one);
    expect_refused(text, 1, "too many keys for one algorithm");
    for (int i = BEDNET_PEM_KEYS_MAX + 1; i < BEDNET_JWKS_KEYS_MAX + 1; i++)
        strcat(text, one);
    expect_refused(text, 1, "too many keys (at most 64)");
    free(text);
    text = malloc(BEDNET_JWKS_BYTES_MAX + 2);
    assert_non_null(text);
    memset(text, '\n', BEDNET_JWKS_BYTES_MAX + 1);
    text[BEDNET_JWKS_BYTES_MAX + 1] = '\0';
    expect_refused(text, 1, "wrong size");
    free(text);
    /* Every file that is cut short is refused. */
    for (size_t i = 0; i + 25 < one_bytes; i++) {
        loaded = load(one, i, BEDNET_ALG_ALL);
        assert_int_equal(loaded.status, BEDNET_INVALID);
        unload(&loaded);
    }
    free(one);
}

/* What a JWK with these members and a mask of the policy comes to serve. */
static void expect_mask(const char *jwk, unsigned policy, unsigned served, const char *warning)
{
    struct loaded loaded = load(jwk, strlen(jwk), policy);
    if (served == 0) {
        assert_int_equal(loaded.status, BEDNET_INVALID);
    } else {
        assert_int_equal(loaded.status, BEDNET_OK);
        assert_int_equal(loaded.keys->keys[0].algorithms, served);
    }
    assert_int_equal(bednet_diag_count(loaded.diag) > 0, warning != NULL);
    if (warning != NULL && strstr(bednet_diag_at(loaded.diag, 0)->text, warning) == NULL)
        fail_msg("%s\nsays: %s", jwk, bednet_diag_at(loaded.diag, 0)->text);
    unload(&loaded);
}

static void secret_of(char *jwk, size_t bytes, const char *more)
{
    unsigned char secret[128];
    memset(secret, 7, sizeof secret);
    strcpy(jwk, "{\"kty\":\"oct\",\"k\":\"");
    mint_base64url(jwk, secret, bytes);
    strcat(jwk, "\"");
    strcat(jwk, more);
    strcat(jwk, "}");
}

/* RFC 7518 section 3.2: a secret is at least as long as the hash. */
static void test_secrets(void **state)
{
    static const struct {
        size_t bytes;
        const char *more;
        unsigned policy, served;
        const char *says;
    } cases[] = {
        {32, "", BEDNET_ALG_HS256, BEDNET_ALG_HS256, NULL},
        {32, "", BEDNET_ALG_HS, BEDNET_ALG_HS256, "too short for some"},
        {47, "", BEDNET_ALG_HS, BEDNET_ALG_HS256, "too short for some"},
        {48, "", BEDNET_ALG_HS, BEDNET_ALG_HS256 | BEDNET_ALG_HS384, "too short for some"},
        {48, "", BEDNET_ALG_HS256 | BEDNET_ALG_HS384, BEDNET_ALG_HS256 | BEDNET_ALG_HS384, NULL},
        {63, "", BEDNET_ALG_HS, BEDNET_ALG_HS256 | BEDNET_ALG_HS384, "too short for some"},
        {64, "", BEDNET_ALG_ALL, BEDNET_ALG_HS, NULL},
        {32, "", BEDNET_ALG_HS512, 0, "too short for its algorithm"},
        {63, "", BEDNET_ALG_HS512, 0, "too short for its algorithm"},
        {47, ",\"alg\":\"HS384\"", BEDNET_ALG_ALL, 0, "too short for its algorithm"},
        {32, ",\"alg\":\"HS512\"", BEDNET_ALG_ALL, 0, "too short for its algorithm"},
        {64, ",\"alg\":\"HS512\"", BEDNET_ALG_ALL, BEDNET_ALG_HS512, NULL},
        {64, ",\"alg\":\"HS256\"", BEDNET_ALG_ALL, BEDNET_ALG_HS256, NULL},
        {64, ",\"alg\":\"HS256\"", BEDNET_ALG_HS512, 0, "the policy does not allow"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char jwk[512];
        secret_of(jwk, cases[i].bytes, cases[i].more);
        expect_mask(jwk, cases[i].policy, cases[i].served, cases[i].says);
    }
}

/* The members of the public RSA or EC key `name`. */
static void jwk_of(char *jwk, const char *name, const char *more)
{
    EVP_PKEY *key = mint_load_pem(name);
    bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    const char *const params[2] = {rsa ? "n" : "qx", rsa ? "e" : "qy"};
    const char *const members[2] = {rsa ? "{\"kty\":\"RSA\",\"n\":\"" : "{\"kty\":\"EC\",\"x\":\"",
                                    rsa ? "\",\"e\":\"" : "\",\"y\":\""};
    *jwk = '\0';
    for (int i = 0; i < 2; i++) {
        BIGNUM *value = NULL;
        unsigned char bytes[512];
        assert_int_equal(EVP_PKEY_get_bn_param(key, params[i], &value), 1);
        int length = rsa ? BN_num_bytes(value) : (EVP_PKEY_get_bits(key) + 7) / 8;
        assert_int_equal(BN_bn2binpad(value, bytes, length), length);
        strcat(jwk, members[i]);
        mint_base64url(jwk, bytes, (size_t)length);
        BN_free(value);
    }
    strcat(jwk, "\"");
    strcat(jwk, more);
    strcat(jwk, "}");
    EVP_PKEY_free(key);
}

static void test_masks(void **state)
{
    static const struct {
        const char *key, *more;
        unsigned policy, served;
        const char *says;
    } cases[] = {
        {"rsa", "", BEDNET_ALG_ALL, BEDNET_ALG_RS | BEDNET_ALG_PS, NULL},
        {"rsa", "", BEDNET_ALG_RS256 | BEDNET_ALG_ES, BEDNET_ALG_RS256, NULL},
        {"rsa", "", BEDNET_ALG_PS384, BEDNET_ALG_PS384, NULL},
        {"rsa", "", BEDNET_ALG_HS, 0, "the policy does not allow"},
        {"rsa", ",\"alg\":\"RS256\"", BEDNET_ALG_ALL, BEDNET_ALG_RS256, NULL},
        {"rsa", ",\"alg\":\"PS512\"", BEDNET_ALG_ALL, BEDNET_ALG_PS512, NULL},
        {"rsa", ",\"alg\":\"PS512\"", BEDNET_ALG_RS, 0, "the policy does not allow"},
        {"rsa", ",\"alg\":\"RSA-OAEP\"", BEDNET_ALG_ALL, 0, "its alg is none of"},
        {"rsa", ",\"alg\":\"HS256\"", BEDNET_ALG_ALL, 0, "alg does not belong"},
        {"ec", ",\"crv\":\"P-256\"", BEDNET_ALG_ALL, BEDNET_ALG_ES256, NULL},
        {"ec384", ",\"crv\":\"P-384\"", BEDNET_ALG_ALL, BEDNET_ALG_ES384, NULL},
        {"ec521", ",\"crv\":\"P-521\",\"alg\":\"ES512\"", BEDNET_ALG_ALL, BEDNET_ALG_ES512, NULL},
        {"ec384", ",\"crv\":\"P-384\"", BEDNET_ALG_ES256 | BEDNET_ALG_ES512, 0, "the policy does not allow"},
        {"ec", ",\"crv\":\"P-256\",\"alg\":\"ES384\"", BEDNET_ALG_ALL, 0, "alg does not belong"},
        {"ec384", ",\"crv\":\"P-384\",\"alg\":\"ES256\"", BEDNET_ALG_ALL, 0, "alg does not belong"},
        {"ec", ",\"crv\":\"P-384\"", BEDNET_ALG_ALL, 0, "exactly as long"},
        {"ec384", ",\"crv\":\"P-521\"", BEDNET_ALG_ALL, 0, "exactly as long"},
        {"ec384", ",\"crv\":\"p-384\"", BEDNET_ALG_ALL, 0, "curve is none of"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char jwk[2048];
        jwk_of(jwk, cases[i].key, cases[i].more);
        expect_mask(jwk, cases[i].policy, cases[i].served, cases[i].says);
    }
}

/* What verified by one algorithm of a key is not known by another. */
static void test_one_key_several_algorithms(void **state)
{
    (void)state;
    char text[4096] = "";
    append(text, "rsa.pub.pem");
    struct loaded loaded = load(text, strlen(text), BEDNET_ALG_ALL);
    const struct bednet_key *key = &loaded.keys->keys[0];
    unsigned char signature[256];
    EVP_PKEY *rsa = mint_load_pem("rsa");
    assert_int_equal(
        mint_sign_scheme(rsa, (struct mint_scheme){.digest = "SHA384"}, "a.b", signature, sizeof signature),
        256);
    EVP_PKEY_free(rsa);
    struct bednet_text bytes = {(const char *)signature, sizeof signature};
    for (int round = 0; round < 2; round++) {
        for (unsigned bit = BEDNET_ALG_RS256; bit <= BEDNET_ALG_PS512; bit <<= 1)
            assert_int_equal(bednet_key_verify(key, (enum bednet_algorithm)bit, bednet_text("a.b"), bytes),
                             bit == BEDNET_ALG_RS384 ? BEDNET_REASON_NONE : BEDNET_REASON_SIGNATURE);
    }
    unload(&loaded);
}

/* Keys without names beyond their bound keep nobody from using a key by its name. */
static void test_named_beside_nameless(void **state)
{
    (void)state;
    struct mint_fixture fixture;
    mint_open(&fixture);
    char text[8192] = "";
    for (int i = 0; i < BEDNET_PEM_KEYS_MAX; i++)
        append(text, "ed.pub.pem");
    struct loaded loaded = load(text, strlen(text), BEDNET_ALG_ALL);
    struct bednet_token_issuer issuers[3] = {fixture.issuer, fixture.issuer, fixture.issuer};
    struct bednet_token_rules rules = {issuers, 2, BEDNET_TOKEN_BYTES_DEFAULT};
    issuers[0].keys = issuers[2].keys = loaded.keys;
    issuers[0].issuer = bednet_text("https://other.example.test");
    issuers[2].issuer = bednet_text("https://third.example.test");
    static const char other[] =
        "{\"iss\":\"https://other.example.test\",\"aud\":\"" MINT_AUDIENCE "\",\"exp\":4102444800}";
    for (rules.issuer_count = 2; rules.issuer_count <= 3; rules.issuer_count++) {
        bool few = rules.issuer_count == 2;
        mint_expect(&rules, "by name", mint_right("EdDSA", mint_header("EdDSA", ""), ISSUED), MINT_NOW,
                    BEDNET_REASON_NONE);
        mint_expect(&rules, "without", mint_right("EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"x\"}", other),
                    MINT_NOW, few ? BEDNET_REASON_NONE : BEDNET_REASON_UNKNOWN_KEY);
        mint_expect(&rules, "a name that another's key has",
                    mint_right("EdDSA", mint_header("EdDSA", ""), other), MINT_NOW,
                    few ? BEDNET_REASON_NONE : BEDNET_REASON_ISSUER);
    }
    unload(&loaded);
    mint_close(&fixture);
}

/* An issuer without keys is not one without this key. */
static void test_unavailable(void **state)
{
    (void)state;
    struct mint_fixture fixture;
    mint_open(&fixture);
    struct bednet_token_issuer issuers[2] = {fixture.issuer, fixture.issuer};
    struct bednet_token_rules rules = {issuers, 2, BEDNET_TOKEN_BYTES_DEFAULT};
    static const char nobody[] = "{\"alg\":\"ES256\",\"kid\":\"nobody\"}";
    static const char misfit[] = "{\"alg\":\"ES256\",\"kid\":\"rsa-1\"}";
    issuers[1].issuer = bednet_text("https://other.example.test");
    issuers[1].keys = NULL;
    mint_expect(&rules, "another has it", mint_right("ES256", mint_header("ES256", ""), ISSUED), MINT_NOW,
                BEDNET_REASON_NONE);
    mint_expect(&rules, "nobody has it", mint_right("ES256", nobody, ISSUED), MINT_NOW,
                BEDNET_REASON_KEYS_UNAVAILABLE);
    mint_expect(&rules, "not for this", mint_right("ES256", misfit, ISSUED), MINT_NOW,
                BEDNET_REASON_KEYS_UNAVAILABLE);
    issuers[1].algorithms = BEDNET_ALG_RS;
    mint_expect(&rules, "nobody will have it", mint_right("ES256", nobody, ISSUED), MINT_NOW,
                BEDNET_REASON_UNKNOWN_KEY);
    mint_expect(&rules, "not for this", mint_right("ES256", misfit, ISSUED), MINT_NOW,
                BEDNET_REASON_ALGORITHM);
    issuers[0].algorithms = BEDNET_ALG_RS;
    mint_expect(&rules, "nobody allows it", mint_right("ES256", nobody, ISSUED), MINT_NOW,
                BEDNET_REASON_ALGORITHM);
    issuers[0].keys = NULL;
    mint_expect(&rules, "no keys, no kid", mint_right("RS256", "{\"alg\":\"RS256\"}", ISSUED), MINT_NOW,
                BEDNET_REASON_KEYS_UNAVAILABLE);
    mint_expect(&rules, "nobody allows it", mint_right("ES256", nobody, ISSUED), MINT_NOW,
                BEDNET_REASON_ALGORITHM);
    mint_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_key_file),
        cmocka_unit_test(test_private_keys),
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_pem_of_another),
        cmocka_unit_test(test_weak_pem),
        cmocka_unit_test(test_passed_over),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_one_key_several_algorithms),
        cmocka_unit_test(test_named_beside_nameless),
        cmocka_unit_test(test_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
