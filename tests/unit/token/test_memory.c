/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation fails, for every n, while a keyring is loaded and while a token is verified. This layer
 * allocates through OpenSSL throughout, so one hook reaches everything. A sanitizer build finds the leaks;
 * here the blocks that are alive are counted besides.
 */
#include "mint.h"
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

/* Allocations still to be granted; negative: all of them. */
static long countdown = -1;
static long alive;

static bool is_refused(void)
{
    return countdown >= 0 && countdown-- == 0;
}

static void *test_alloc(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    void *block = is_refused() ? NULL : malloc(bytes);
    alive += block != NULL;
    return block;
}

static void *test_resize(void *block, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    if (is_refused())
        return NULL;
    void *resized = realloc(block, bytes);
    alive += block == NULL && resized != NULL;
    return resized;
}

static void test_release(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    alive -= block != NULL;
    free(block);
}

/* Blocks that are alive when OpenSSL has forgotten this thread, whose error queue keeps texts of old errors.
 */
static long count_alive(void)
{
    OPENSSL_thread_stop();
    return alive;
}

/*
 * From now on the n-th allocation fails. OpenSSL's own record of this thread is made before: versions of it
 * lose that record when its making fails.
 */
static void start_failing(long n)
{
    ERR_clear_error();
    countdown = n;
}

/*
 * To find out that an RSA key is good takes OpenSSL longer than all the rest, and it looks at nothing but the
 * numbers. Where no allocation will fail any more, the answer for the numbers of the last time is known.
 */
static EVP_PKEY *good_key;

int __real_EVP_PKEY_public_check(EVP_PKEY_CTX *context);
int __wrap_EVP_PKEY_public_check(EVP_PKEY_CTX *context);
int __wrap_EVP_PKEY_public_check(EVP_PKEY_CTX *context)
{
    EVP_PKEY *key = EVP_PKEY_CTX_get0_pkey(context);
    if (countdown >= 0 || EVP_PKEY_is_a(key, "RSA") != 1)
        return __real_EVP_PKEY_public_check(context);
    if (good_key != NULL && EVP_PKEY_eq(good_key, key) == 1)
        return 1;
    int answer = __real_EVP_PKEY_public_check(context);
    if (answer == 1 && EVP_PKEY_up_ref(key) == 1) {
        EVP_PKEY_free(good_key);
        good_key = key;
    }
    return answer;
}

static char *jwks;
static struct mint_fixture fixture;

/* The first use of OpenSSL sets up what stays for the life of the process. */
static int open_fixture(void **state)
{
    size_t bytes;
    (void)state;
    jwks = mint_read(MINT_DATA("tokens/jwks.json"), &bytes);
    mint_open(&fixture);
    for (int i = 0; i < MINT_ALGORITHMS; i++)
        mint_expect(&fixture.rules, "warm-up",
                    mint_right(mint_algorithms[i], mint_header(mint_algorithms[i], ""), MINT_CLAIMS "}"),
                    MINT_NOW, BEDNET_REASON_NONE);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    mint_close(&fixture);
    EVP_PKEY_free(good_key);
    free(jwks);
    return 0;
}

/* True when the file was loaded although an allocation may have failed: OpenSSL can do without some. */
static bool load_once(struct bednet_text file, size_t count, long n, bool *refused)
{
    struct bednet_keyring *keys = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    assert_non_null(diag);
    start_failing(n);
    enum bednet_status status = bednet_keyring_from_file("test", file, BEDNET_ALG_ALL, diag, &keys);
    *refused = countdown < 0;
    countdown = -1;
    assert_int_equal(status == BEDNET_OK, keys != NULL);
    if (status == BEDNET_OK) {
        /* Whole or not at all. */
        assert_int_equal(bednet_keyring_count(keys), count);
        bednet_keyring_free(keys);
    } else if (status != BEDNET_NOMEM) {
        /* OpenSSL does not always tell a key that is wrong from memory that it did not get. */
        assert_int_equal(status, BEDNET_INVALID);
        assert_true(bednet_diag_failed(diag));
    }
    bednet_diag_free(diag);
    assert_int_equal(ERR_peek_error(), 0);
    return status == BEDNET_OK;
}

/* The number of allocations whose failure was one of the whole. */
static long sweep(struct bednet_text file, size_t count)
{
    long failures = 0;
    bool refused = true;
    assert_true(load_once(file, count, -1, &refused));
    refused = true;
    for (long n = 0; refused; n++) {
        long before = count_alive();
        failures += !load_once(file, count, n, &refused);
        if (count_alive() == before)
            continue;
        /* OpenSSL may have filled a table that it keeps; a leak comes again. */
        before = count_alive();
        load_once(file, count, n, &refused);
        if (count_alive() != before)
            fail_msg("allocation %ld: %ld blocks are left", n, count_alive() - before);
    }
    return failures;
}

/* One key after the other, so that a long way to the last does not hide the first. */
static void test_keys_of_a_set(void **state)
{
    json_t *root = json_loads(jwks, 0, NULL), *jwk;
    size_t index;
    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "keys")), MINT_ALGORITHMS);
    json_array_foreach(json_object_get(root, "keys"), index, jwk)
    {
        /* One for each type and size; without alg it is prepared for every algorithm of its type. */
        if (strchr("RP", *json_string_value(json_object_get(jwk, "alg"))) != NULL && index > 0)
            continue;
        json_object_del(jwk, "alg");
        char *text = json_dumps(jwk, 0);
        assert_true(sweep(bednet_text(text), 1) > 3);
        free(text);
    }
    json_decref(root);
    static const char two[] =
        "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"},"
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"3BzwRyLLvhFPRYJErf8pj2alkRMjjWYHrxnlU1vAw6k\"}]}";
    assert_true(sweep(bednet_text(two), 2) > 5);
}

static void test_pem(void **state)
{
    static const char *const files[] = {MINT_DATA("tokens/rsa.pub.pem"), MINT_DATA("tokens/ec.pub.pem"),
                                        MINT_DATA("tokens/ed.pub.pem"), MINT_DATA("tokens/rsa.pkcs1.pem"),
                                        MINT_DATA("tokens/ec.crt.pem")};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t bytes;
        char *pem = mint_read(files[i], &bytes);
        assert_true(sweep((struct bednet_text){pem, bytes}, 1) > 20);
        free(pem);
    }
}

/* A token that no key has seen yet: one that was verified before would be known again. */
static char *fresh(const char *algorithm)
{
    static unsigned number;
    char claims[256];
    snprintf(claims, sizeof claims, MINT_CLAIMS ",\"jti\":\"%u\"}", number++);
    return mint_right(algorithm, mint_header(algorithm, ""), claims);
}

static char *forged(const char *algorithm)
{
    char *token = fresh(algorithm);
    char *last = strrchr(token, '.') + 10;
    *last = *last == 'A' ? 'B' : 'A';
    return token;
}

/* A key's scratch memory comes and goes; after a verification that went well it is there. */
static long count_settled(const char *algorithm)
{
    mint_expect(&fixture.rules, "settling", fresh(algorithm), MINT_NOW, BEDNET_REASON_NONE);
    return count_alive();
}

/* One verification with the n-th allocation failing; `settled` is how many blocks should be alive after it.
 */
static enum bednet_reason verify_once(const char *algorithm, const char *token, long n, long settled,
                                      bool *refused)
{
    struct bednet_claims *claims = NULL;
    size_t issuer = SIZE_MAX;
    start_failing(n);
    enum bednet_reason reason =
        bednet_token_verify(&fixture.rules, bednet_text(token), MINT_NOW, &issuer, &claims);
    *refused = countdown < 0;
    countdown = -1;
    assert_int_equal(reason == BEDNET_REASON_NONE, claims != NULL);
    bednet_claims_free(claims);
    assert_int_equal(ERR_peek_error(), 0);
    long after = count_settled(algorithm);
    if (after != settled)
        fail_msg("%s, allocation %ld: %ld blocks are left", algorithm, n, after - settled);
    return reason;
}

static void sweep_right(const char *algorithm)
{
    long failures = 0, settled = count_settled(algorithm);
    bool refused = true;
    for (long n = 0; refused; n++) {
        char *token = fresh(algorithm);
        enum bednet_reason reason = verify_once(algorithm, token, n, settled, &refused);
        free(token);
        /* In PSS OpenSSL says no more than "wrong" when it runs out of memory half-way. */
        bool mislabelled = reason == BEDNET_REASON_SIGNATURE && algorithm[0] == 'P';
        if (reason != BEDNET_REASON_NONE && reason != BEDNET_REASON_INTERNAL && !mislabelled)
            fail_msg("%s, allocation %ld: %s", algorithm, n, bednet_reason_name(reason));
        failures += reason == BEDNET_REASON_INTERNAL;
    }
    assert_true(failures >= 1);
}

static void sweep_forged(const char *algorithm)
{
    long settled = count_settled(algorithm);
    bool refused = true;
    char *token = forged(algorithm);
    for (long n = 0; refused; n++) {
        enum bednet_reason reason = verify_once(algorithm, token, n, settled, &refused);
        assert_true(reason == BEDNET_REASON_SIGNATURE || reason == BEDNET_REASON_INTERNAL);
    }
    free(token);
}

/* A right token is accepted or "internal"; a forged one is never accepted. */
static void test_verify(void **state)
{
    (void)state;
    for (int i = 0; i < MINT_ALGORITHMS; i++) {
        sweep_right(mint_algorithms[i]);
        sweep_forged(mint_algorithms[i]);
    }
}

/* After all that the keys are as good as before. */
static void test_unharmed(void **state)
{
    (void)state;
    for (int i = 0; i < MINT_ALGORITHMS; i++) {
        const char *header = mint_header(mint_algorithms[i], "");
        mint_expect(&fixture.rules, "right", mint_right(mint_algorithms[i], header, MINT_CLAIMS "}"),
                    MINT_NOW, BEDNET_REASON_NONE);
        mint_expect(&fixture.rules, "wrong",
                    mint_right(mint_algorithms[(i + 1) % MINT_ALGORITHMS], header, MINT_CLAIMS "}"), MINT_NOW,
                    BEDNET_REASON_SIGNATURE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_a_set),
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_unharmed),
    };
    if (CRYPTO_set_mem_functions(test_alloc, test_resize, test_release) != 1)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
