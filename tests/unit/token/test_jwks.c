/* SPDX-License-Identifier: Apache-2.0 */
/* Key sets: what is refused, what is passed over, and what is said about it. */
#include "mint.h"
#include "token/keyring_internal.h"
#include "token/weak_rsa.h"
#include <jansson.h>

#define RSA_N                                                                                                \
    "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_"               \
    "AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-"                         \
    "oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-"            \
    "tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw"
#define EC_X "on1XTaLyvsNDUTyIGByR7XemhAsqXzbh4Icr-wCSt_Q"
#define EC_Y "wDXe6ooeHZWMHHu9dMtOeKD9CrowwM6gEpLrsWUZJV0"
#define ED_X "3BzwRyLLvhFPRYJErf8pj2alkRMjjWYHrxnlU1vAw6k"
#define K32  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

#define RSA(more) "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\"" more "}"
#define EC(more)  "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"" more "}"
#define ED(more)  "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"" more "}"
#define HS(more)  "{\"kty\":\"oct\",\"k\":\"" K32 "\"" more "}"

static enum bednet_status load(const char *json, size_t bytes, unsigned algorithms, struct bednet_diag *diag,
                               struct bednet_keyring **keys)
{
    char *copy = malloc(bytes > 0 ? bytes : 1);
    assert_non_null(copy);
    memcpy(copy, json, bytes);
    *keys = NULL;
    enum bednet_status status =
        bednet_keyring_from_jwks("keys.json", (struct bednet_text){copy, bytes}, algorithms, diag, keys);
    assert_int_equal(status == BEDNET_OK, *keys != NULL);
    assert_int_equal(status == BEDNET_OK, !bednet_diag_failed(diag));
    free(copy);
    return status;
}

/* The set is refused, and the first error holds `text`. */
static void expect_error(const char *json, const char *text)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_keyring *keys;
    assert_int_equal(load(json, strlen(json), BEDNET_ALG_ALL, diag, &keys), BEDNET_INVALID);
    const struct bednet_diag_entry *entry = NULL;
    for (size_t i = 0; i < bednet_diag_count(diag) && entry == NULL; i++) {
        if (bednet_diag_at(diag, i)->severity == BEDNET_ERROR)
            entry = bednet_diag_at(diag, i);
    }
    assert_non_null(entry);
    assert_string_equal(entry->file, "keys.json");
    assert_true(entry->source.line > 0 && entry->source.column > 0);
    if (strstr(entry->text, text) == NULL)
        fail_msg("%s\nsays: %s\ninstead of: %s", json, entry->text, text);
    bednet_diag_free(diag);
}

static void expect_key_error(const char *jwk, const char *text)
{
    char json[8192];
    snprintf(json, sizeof json, "{\"keys\":[%s]}", jwk);
    expect_error(json, text);
}

/* The key is passed over with a warning; beside it a good one is used. */
static void expect_passed_over(const char *jwk, unsigned algorithms, const char *text)
{
    char json[8192];
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_keyring *keys;
    snprintf(json, sizeof json, "{\"keys\":[%s,%s]}", jwk, HS(",\"kid\":\"good\""));
    assert_int_equal(
        load(json, strlen(json), (algorithms & ~(unsigned)BEDNET_ALG_HS) | BEDNET_ALG_HS256, diag, &keys),
        BEDNET_OK);
    assert_int_equal(bednet_keyring_count(keys), 1);
    assert_int_equal(bednet_diag_count(diag), 1);
    assert_int_equal(bednet_diag_at(diag, 0)->severity, BEDNET_WARNING);
    if (strstr(bednet_diag_at(diag, 0)->text, text) == NULL)
        fail_msg("%s\nsays: %s\ninstead of: %s", jwk, bednet_diag_at(diag, 0)->text, text);
    bednet_keyring_free(keys);
    bednet_diag_free(diag);

    snprintf(json, sizeof json, "{\"keys\":[%s]}", jwk);
    diag = bednet_diag_new();
    assert_int_equal(load(json, strlen(json), algorithms & ~(unsigned)BEDNET_ALG_HS, diag, &keys),
                     BEDNET_INVALID);
    bednet_diag_free(diag);
}

static void test_not_a_set(void **state)
{
    (void)state;
    expect_error("", "wrong size");
    expect_error("{", "no member name in quotes (expected a JWK Set in JSON)");
    expect_error("[]", "not a JWK Set");
    expect_error("null", "not a JWK Set");
    expect_error("{}", "not a JWK Set");
    expect_error("{\"keys\":{}}", "not a JWK Set");
    expect_error("{\"kty\":\"XYZ\"}", "no usable key");
    expect_error("{\"keys\":[]}", "no usable key");
    expect_error("{\"keys\":[" HS("") "],\"keys\":[]}", "a duplicate member");
    expect_error("{\"keys\":[" HS(",\"kty\":\"oct\"") "]}", "a duplicate member");
    expect_error("{\"keys\":[" HS("") "]} x", "something after the end");
}

static void test_broken_keys(void **state)
{
    (void)state;
    expect_key_error("1", "key 1: not an object");
    expect_key_error("null", "key 1: not an object");
    expect_key_error("{}", "kty is missing");
    expect_key_error("{\"kty\":1}", "kty is missing or not a string");
    expect_key_error(HS(",\"kid\":1"), "kid is not a string");
    expect_key_error(HS(",\"kid\":\"\""), "kid is not a string of 1 to 256 bytes");
    expect_key_error(HS(",\"use\":1"), "use is not a string");
    expect_key_error(HS(",\"key_ops\":\"verify\""), "key_ops is not an array");
    expect_key_error(HS(",\"alg\":256"), "alg is not a string");
    expect_key_error(HS(",\"kid\":\"a\"") "," HS(",\"kid\":\"a\""),
                     "key 2, kid 'a': another key has the same");
    expect_key_error(HS(",\"kid\":\"a\"") "," RSA(",\"kid\":\"a\""), "another key has the same kid");
}

static void test_wrong_family(void **state)
{
    (void)state;
    expect_key_error(RSA(",\"alg\":\"HS256\""), "alg does not belong to kty");
    expect_key_error(RSA(",\"alg\":\"ES256\""), "alg does not belong to kty");
    expect_key_error(EC(",\"alg\":\"RS256\""), "alg does not belong to kty");
    expect_key_error(ED(",\"alg\":\"ES256\""), "alg does not belong to kty");
    expect_key_error(HS(",\"alg\":\"RS256\""), "alg does not belong to kty");
    expect_key_error(HS(",\"alg\":\"EdDSA\""), "alg does not belong to kty");
}

static void test_private_keys(void **state)
{
    (void)state;
    expect_key_error(RSA(",\"d\":\"AQAB\""), "a private key");
    expect_key_error(RSA(",\"p\":\"AQAB\""), "a private key");
    expect_key_error(RSA(",\"oth\":[]"), "a private key");
    expect_key_error(EC(",\"d\":\"AQAB\""), "a private key");
    expect_key_error(ED(",\"d\":\"AQAB\""), "a private key");
    expect_key_error(EC(",\"use\":\"enc\",\"d\":null"), "a private key");
}

static void test_broken_rsa(void **state)
{
    (void)state;
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\"}", "no usable RSA key");
    expect_key_error("{\"kty\":\"RSA\",\"e\":\"AQAB\"}", "no usable RSA key");
    expect_key_error("{\"kty\":\"RSA\",\"n\":1,\"e\":\"AQAB\"}", "no usable RSA key");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}", "no usable RSA key");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\"}", "wrong size");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "=\",\"e\":\"AQAB\"}", "no usable RSA key");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB+\"}", "no usable RSA key");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQ\"}", "exponent is unsafe");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AA\"}", "exponent is unsafe");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AAAB\"}", "exponent is unsafe");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAA\"}", "exponent is unsafe");
    expect_key_error("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAAAAAAAAAB\"}", "exponent is unsafe");
}

/* A modulus of exactly `bits` bits, all ones, as a key set; free with free(). */
static char *rsa_of_bits(unsigned bits)
{
    unsigned char n[1100];
    unsigned bytes = (bits + 7) / 8;
    memset(n, 0xff, sizeof n);
    n[0] = (unsigned char)(0xff >> (bytes * 8 - bits));
    char *json = calloc(1, 2 * bytes + 100);
    assert_non_null(json);
    strcpy(json, "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"");
    mint_base64url(json, n, bytes);
    strcat(json, "\",\"e\":\"AQAB\"}]}");
    return json;
}

static void test_rsa_sizes(void **state)
{
    static const unsigned wrong[] = {8, 512, 1024, 2047, 8193, 8200};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *short_json = rsa_of_bits(wrong[i]);
        expect_error(short_json, "wrong size");
        free(short_json);
    }
    /* Zeros before a short modulus do not make it longer. */
    static const unsigned char padded[300] = {[172] = 0xff, [299] = 0xff};
    char json[1024] = "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"";
    mint_base64url(json, padded, sizeof padded);
    strcat(json, "\"}]}");
    expect_error(json, "wrong size");
    /* These have the right size and are refused for what they are: divisible by 3. */
    static const unsigned right[] = {2048, 8192};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        char *composite = rsa_of_bits(right[i]);
        expect_error(composite, "OpenSSL refuses it");
        free(composite);
    }
}

static void test_broken_curves(void **state)
{
    (void)state;
    expect_key_error("{\"kty\":\"EC\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}", "crv is missing");
    expect_key_error("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\"}", "no usable EC key");
    /* Off the curve, short, the point at zero, a coordinate that is not reduced. */
    expect_key_error("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_Y "\",\"y\":\"" EC_X "\"}",
                     "a point on it");
    expect_key_error("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"AQAB\"}",
                     "exactly as long");
    expect_key_error(
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "a point on it");
    expect_key_error(
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"__________________________________________8\","
        "\"y\":\"" EC_Y "\"}",
        "a point on it");
    expect_key_error("{\"kty\":\"OKP\",\"x\":\"" ED_X "\"}", "crv is missing");
    expect_key_error("{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "no usable Ed25519 key");
    expect_key_error("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}", "no usable Ed25519 key");
    /* The neutral element and a point of order 4: with them one signature fits many messages. */
    expect_key_error(
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "prime order");
    expect_key_error(
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "prime order");
}

static void test_secret_sizes(void **state)
{
    static const struct {
        size_t bytes;
        bool good;
    } sizes[] = {{0, false}, {1, false}, {31, false}, {32, true}, {1024, true}, {1025, false}, {1100, false}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char secret[1100];
        char json[2048] = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"";
        memset(secret, 7, sizeof secret);
        mint_base64url(json, secret, sizes[i].bytes);
        strcat(json, "\"}]}");
        if (sizes[i].good)
            bednet_keyring_free(mint_keyring(json, BEDNET_ALG_HS256));
        else
            expect_error(json, "no usable secret");
    }
    expect_key_error("{\"kty\":\"oct\"}", "no usable secret");
    expect_key_error("{\"kty\":\"oct\",\"k\":\"" K32 "=\"}", "no usable secret");
}

static void test_passed_over(void **state)
{
    (void)state;
    expect_passed_over("{\"kty\":\"XYZ\"}", BEDNET_ALG_ALL, "kty is none of");
    expect_passed_over("{\"kty\":\"rsa\"}", BEDNET_ALG_ALL, "kty is none of");
    expect_passed_over(RSA(",\"use\":\"enc\""), BEDNET_ALG_ALL, "use is not sig");
    expect_passed_over(RSA(",\"key_ops\":[\"encrypt\",1]"), BEDNET_ALG_ALL, "key_ops do not hold verify");
    expect_passed_over(RSA(",\"key_ops\":[]"), BEDNET_ALG_ALL, "key_ops do not hold verify");
    expect_passed_over(RSA(",\"alg\":\"RS512\""), BEDNET_ALG_RS256, "the policy does not allow");
    expect_passed_over(RSA(",\"alg\":\"none\""), BEDNET_ALG_ALL, "alg is none of");
    expect_passed_over(RSA(",\"alg\":\"rs256\""), BEDNET_ALG_ALL, "alg is none of");
    expect_passed_over(RSA(""), BEDNET_ALG_ES256, "the policy does not allow");
    expect_passed_over("{\"kty\":\"EC\",\"crv\":\"P-384\"}", BEDNET_ALG_ES256, "the policy does not allow");
    expect_passed_over("{\"kty\":\"EC\",\"crv\":\"P-192\"}", BEDNET_ALG_ES, "curve is none of");
    expect_passed_over("{\"kty\":\"EC\",\"crv\":\"secp256k1\"}", BEDNET_ALG_ES, "curve is none of");
    expect_passed_over("{\"kty\":\"OKP\",\"crv\":\"X25519\"}", BEDNET_ALG_ALL, "curve is not Ed25519");
}

static void test_usable(void **state)
{
    (void)state;
    struct bednet_keyring *keys = mint_keyring(
        "{\"keys\":[" RSA(",\"kid\":\"a\",\"use\":\"sig\",\"alg\":\"RS256\",\"x5c\":[\"!\"]") "," EC(
            ",\"kid\":\"b\",\"key_ops\":[\"sign\",\"verify\"]") "," ED("") "," HS("") "],\"more\":1}",
        BEDNET_ALG_ALL);
    assert_int_equal(bednet_keyring_count(keys), 4);
    static const unsigned algorithms[] = {BEDNET_ALG_RS256, BEDNET_ALG_ES256, BEDNET_ALG_EDDSA,
                                          BEDNET_ALG_HS256};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(keys->keys[i].algorithms, algorithms[i]);
    assert_ptr_equal(bednet_keyring_find(keys, bednet_text("b")), &keys->keys[1]);
    assert_null(bednet_keyring_find(keys, bednet_text("c")));
    assert_null(bednet_keyring_find(keys, bednet_text("")));
    assert_null(bednet_keyring_find(keys, (struct bednet_text){0}));
    bednet_keyring_free(keys);
    bednet_keyring_free(NULL);

    /* Some libraries write a leading zero byte before the modulus. */
    BIGNUM *n = NULL;
    unsigned char bytes[257] = {0};
    EVP_PKEY *rsa = mint_load_pem("rsa");
    assert_int_equal(EVP_PKEY_get_bn_param(rsa, "n", &n), 1);
    assert_int_equal(BN_bn2binpad(n, bytes, sizeof bytes), 257);
    char json[1024] = "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AAEAAQ\",\"n\":\"";
    mint_base64url(json, bytes, sizeof bytes);
    strcat(json, "\"}]}");
    keys = mint_keyring(json, BEDNET_ALG_RS256);
    assert_int_equal(keys->keys[0].prepared[0].signature_bytes, 256);
    bednet_keyring_free(keys);
    BN_free(n);
    EVP_PKEY_free(rsa);
}

/* All errors at once, each with its place. */
static void test_places(void **state)
{
    static const char json[] =
        "{\n  \"keys\": [\n    {\"kty\": \"oct\", \"k\": \"AA\"},\n"
        "    {\"kty\": \"oct\",\n     \"kid\": \"zw\\u0007ei\", \"k\": \"AB\"}\n  ]\n}\n";
    struct bednet_keyring *keys;
    struct bednet_diag *diag = bednet_diag_new();
    (void)state;
    assert_int_equal(load(json, strlen(json), BEDNET_ALG_ALL, diag, &keys), BEDNET_INVALID);
    assert_int_equal(bednet_diag_count(diag), 2);
    assert_int_equal(bednet_diag_at(diag, 0)->source.line, 3);
    assert_int_equal(bednet_diag_at(diag, 0)->source.column, 5);
    assert_int_equal(bednet_diag_at(diag, 1)->source.line, 4);
    assert_non_null(strstr(bednet_diag_at(diag, 1)->text, "key 2, kid 'zw\\x07ei': no usable secret"));
    bednet_diag_free(diag);
}

/* `count` secrets with kids of their own; free with free(). */
static char *many_keys(size_t count)
{
    char *json = calloc(1, 60 + count * 120);
    assert_non_null(json);
    strcpy(json, "{\"keys\":[");
    for (size_t i = 0; i < count; i++)
        sprintf(json + strlen(json),
                "%s"
                "{\"kty\":\"oct\",\"kid\":\"k%zu\",\"k\":\"" K32 "\"}",
                i > 0 ? "," : "", i);
    strcat(json, "]}");
    return json;
}

static void test_bounds(void **state)
{
    (void)state;
    char *json = many_keys(BEDNET_JWKS_KEYS_MAX);
    struct bednet_keyring *keys = mint_keyring(json, BEDNET_ALG_ALL);
    assert_int_equal(bednet_keyring_count(keys), BEDNET_JWKS_KEYS_MAX);
    bednet_keyring_free(keys);
    free(json);
    json = many_keys(BEDNET_JWKS_KEYS_MAX + 1);
    expect_error(json, "too many keys");
    free(json);

    json = malloc(BEDNET_JWKS_BYTES_MAX + 2);
    assert_non_null(json);
    memset(json, ' ', BEDNET_JWKS_BYTES_MAX + 1);
    json[BEDNET_JWKS_BYTES_MAX + 1] = '\0';
    expect_error(json, "wrong size");
    memset(json, '[', BEDNET_JWKS_BYTES_MAX);
    json[BEDNET_JWKS_BYTES_MAX] = '\0';
    expect_error(json, "nested too deeply");
    memcpy(json, "{\"keys\":[", 9);
    for (size_t i = 9; i + 2 < BEDNET_JWKS_BYTES_MAX; i += 2)
        memcpy(json + i, "1,", 2);
    expect_error(json, "more values than are allowed");
    free(json);

    char kid[400], key[600];
    memset(kid, 'k', sizeof kid);
    snprintf(key, sizeof key, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"" K32 "\",\"kid\":\"%.256s\"}]}", kid);
    bednet_keyring_free(mint_keyring(key, BEDNET_ALG_ALL));
    snprintf(key, sizeof key, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"" K32 "\",\"kid\":\"%.257s\"}]}", kid);
    expect_error(key, "kid is not a string of 1 to 256 bytes");
}

/* The fingerprint fits the one known key and none of ours. */
static void test_roca(void **state)
{
    (void)state;
    json_t *root = json_load_file(MINT_DATA("wycheproof/json_web_crypto_test.json"), 0, NULL);
    assert_non_null(root);
    json_t *group;
    size_t index, found = 0;
    json_array_foreach(json_object_get(root, "testGroups"), index, group)
    {
        if (strcmp(json_string_value(json_object_get(group, "comment")), "jws_rsa_roca_key") != 0)
            continue;
        char json[4096];
        char *key = json_dumps(json_object_get(group, "public"), 0);
        snprintf(json, sizeof json, "{\"keys\":[%s]}", key);
        expect_error(json, "CVE-2017-15361");
        free(key);
        found++;
    }
    json_decref(root);
    assert_int_equal(found, 1);
    assert_false(bednet_rsa_is_roca((struct bednet_text){"\x80\x01", 2}));
    assert_int_equal(bednet_rsa_bits((struct bednet_text){"", 0}), 0);
    assert_int_equal(bednet_rsa_bits((struct bednet_text){"\x01\xff", 2}), 9);
}

/* Every file that is cut short or has one byte changed is refused or read, never worse. */
static void test_damaged_files(void **state)
{
    size_t bytes, refused = 0;
    (void)state;
    char *json = strdup(
        "{\"keys\":[" RSA("") ",\n" EC(",\"kid\":\"a\"") "," ED("") "," HS(",\"alg\":\"HS256\"") "]}\n");
    bytes = strlen(json);
    for (size_t i = 0; i < bytes - 2; i++) {
        struct bednet_diag *diag = bednet_diag_new();
        struct bednet_keyring *keys;
        assert_int_equal(load(json, i, BEDNET_ALG_ALL, diag, &keys), BEDNET_INVALID);
        bednet_diag_free(diag);
    }
    for (size_t i = 0; i < bytes; i += 3) {
        struct bednet_diag *diag = bednet_diag_new();
        struct bednet_keyring *keys;
        char kept = json[i];
        json[i] ^= 0x15;
        refused += load(json, bytes, BEDNET_ALG_ALL, diag, &keys) != BEDNET_OK;
        bednet_keyring_free(keys);
        bednet_diag_free(diag);
        json[i] = kept;
    }
    assert_true(refused > bytes / 3 / 2);
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_a_set),     cmocka_unit_test(test_broken_keys),
        cmocka_unit_test(test_wrong_family),  cmocka_unit_test(test_private_keys),
        cmocka_unit_test(test_broken_rsa),    cmocka_unit_test(test_rsa_sizes),
        cmocka_unit_test(test_broken_curves), cmocka_unit_test(test_secret_sizes),
        cmocka_unit_test(test_passed_over),   cmocka_unit_test(test_usable),
        cmocka_unit_test(test_places),        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_roca),          cmocka_unit_test(test_damaged_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
