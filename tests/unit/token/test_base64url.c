/* SPDX-License-Identifier: Apache-2.0 */
/* base64url: one spelling for each byte string, and nothing else. */
#include "mint.h"
#include "token/base64url.h"

static bool decode(const char *text, size_t chars, unsigned char *out, size_t *bytes)
{
    return bednet_base64url_decode((struct bednet_text){text, chars}, out, bytes);
}

/* Of all endings of two and three characters exactly those are taken whose spare bits are zero. */
static void test_spare_bits(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char out[8];
    size_t bytes, taken2 = 0, taken3 = 0;
    (void)state;
    for (int a = 0; a < 64; a++) {
        for (int b = 0; b < 64; b++) {
            char text[] = {alphabet[a], alphabet[b], 'A', '\0'};
            bool good = decode(text, 2, out, &bytes);
            assert_int_equal(good, b % 16 == 0);
            taken2 += good;
            text[2] = alphabet[(a * 7 + b) % 64];
            good = decode(text, 3, out, &bytes);
            assert_int_equal(good, (a * 7 + b) % 64 % 4 == 0);
            taken3 += good;
        }
    }
    assert_int_equal(taken2, 256);
    assert_int_equal(taken3, 64 * 64 / 4);
}

/* Each of the 192 foreign bytes is refused at each place. */
static void test_foreign_bytes(void **state)
{
    unsigned char out[16];
    size_t bytes, refused = 0;
    (void)state;
    for (size_t place = 0; place < 7; place++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[] = "AAAAAAA";
            text[place] = (char)byte;
            if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", byte) != NULL &&
                byte != 0)
                continue;
            assert_false(decode(text, 7, out, &bytes));
            assert_false(bednet_base64url_is_plausible((struct bednet_text){text, 7}));
            refused++;
        }
    }
    assert_int_equal(refused, 7 * 192);
}

static void test_lengths(void **state)
{
    unsigned char out[16];
    size_t bytes = 99;
    (void)state;
    assert_true(decode("", 0, out, &bytes));
    assert_int_equal(bytes, 0);
    assert_false(decode("A", 1, out, &bytes));
    assert_false(decode("AAAAA", 5, out, &bytes));
    assert_false(decode("AA==", 4, out, &bytes));
    assert_false(decode("AAA=", 4, out, &bytes));
}

/* What another encoder makes comes back, at any length. */
static void test_round_trip(void **state)
{
    uint32_t seed = 1;
    (void)state;
    for (size_t length = 0; length < 300; length++) {
        unsigned char data[300], out[BEDNET_BASE64URL_BYTES(402)];
        char text[402] = "";
        size_t bytes = 0;
        for (size_t i = 0; i < length; i++)
            data[i] = (unsigned char)((seed = seed * 1664525u + 1013904223u) >> 24);
        mint_base64url(text, data, length);
        assert_true(bednet_base64url_is_plausible(bednet_text(text)));
        assert_true(decode(text, strlen(text), out, &bytes));
        assert_int_equal(bytes, length);
        assert_memory_equal(out, data, length);
        assert_true(BEDNET_BASE64URL_BYTES(strlen(text)) >= length);
    }
}

static void test_is_meant(void **state)
{
    static const char *const meant[] = {"eyJhbGciOiJIUzI1NiJ9.e30.AA", "e30.", "eyJhbGciOiJIUzI1NiJ9..",
                                        "eyJ9.junk with spaces.!", "ew."};
    static const char *const foreign[] = {"",
                                          ".",
                                          "..",
                                          "hunter2",
                                          "correct.horse",
                                          "eyJhbGciOiJIUzI1NiJ9",
                                          "W10.W10.AA",
                                          "{\"alg\":1}.a.b",
                                          "e.x.y",
                                          "ey=J.a.b",
                                          "ey J.a.b",
                                          "eyJhb.a.b",
                                          "ea30.x",
                                          "\xff\xfe.a"};
    (void)state;
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        assert_true(bednet_token_is_meant(bednet_text(meant[i])));
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_false(bednet_token_is_meant(bednet_text(foreign[i])));
    assert_false(bednet_token_is_meant((struct bednet_text){0}));
    assert_false(bednet_token_is_meant((struct bednet_text){"e\0.", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spare_bits), cmocka_unit_test(test_foreign_bytes),
        cmocka_unit_test(test_lengths),    cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_is_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
