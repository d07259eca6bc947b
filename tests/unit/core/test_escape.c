/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping: one line whatever comes in, never half a character, and clean UTF-8 told from the rest. */
#include "cmocka_first.h"

#include "core/escape.h"
#include "core/utf8.h"
#include "naive.h"

static void assert_escaped(const char *in, size_t in_bytes, const char *expected)
{
    char out[256];
    size_t length = bednet_escape((struct bednet_text){in, in_bytes}, out, sizeof(out));

    assert_string_equal(out, expected);
    assert_int_equal(length, strlen(expected));
}

#define assert_escaped_literal(in, expected) assert_escaped(in, sizeof(in) - 1, expected)

static void controls_are_escaped(void **state)
{
    (void)state;
    assert_escaped_literal("a\nb\r\tc", "a\\x0ab\\x0d\\x09c");
    assert_escaped_literal("\0", "\\x00");
    assert_escaped_literal("\x1b[31mred", "\\x1b[31mred");
    assert_escaped_literal("\x7f", "\\x7f");
    assert_escaped_literal("\xc2\x85", "\\u{0085}"); /* C1: next line */
    assert_escaped_literal("\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}");
    assert_escaped_literal("\xe2\x80\xae"
                           "txt",
                           "\\u{202e}txt"); /* right-to-left override */
    assert_escaped_literal("\xe2\x81\xa6", "\\u{2066}");
    assert_escaped_literal("\xd8\x9c", "\\u{061c}");
    assert_escaped_literal("\xef\xbf\xbe", "\\u{fffe}");
    assert_escaped_literal("\xf4\x8f\xbf\xbf", "\\u{10ffff}");
}

static void invalid_utf8_is_escaped(void **state)
{
    (void)state;
    assert_escaped_literal("\xff", "\\xff");
    assert_escaped_literal("\x80", "\\x80");
    assert_escaped_literal("\xc0\xaf", "\\xc0\\xaf");          /* overlong slash */
    assert_escaped_literal("\xe0\x80\xaf", "\\xe0\\x80\\xaf"); /* the same in three bytes */
    assert_escaped_literal("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
    assert_escaped_literal("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    assert_escaped_literal("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
    assert_escaped_literal("\xe2\x82", "\\xe2\\x82");                   /* cut off */
    assert_escaped_literal("\xe2\x82"
                           "a",
                           "\\xe2\\x82"
                           "a");
    assert_escaped_literal("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
    assert_escaped_literal("\xc3", "\\xc3");
}

static void quotes_and_the_rest(void **state)
{
    char out[64];

    (void)state;
    assert_escaped_literal("say \"\\x\"", "say \\\"\\\\x\\\"");
    assert_escaped_literal("plain/topic-1", "plain/topic-1");
    assert_escaped_literal("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
                           "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
    assert_escaped_literal("", "");
    assert_escaped(NULL, 0, "-");
    assert_int_equal(bednet_escape_sentence(bednet_text("key \"a\\x0a\n\""), out, sizeof(out)), 15);
    assert_string_equal(out, "key \"a\\x0a\\x0a\"");
}

static void cuts_at_a_character(void **state)
{
    char out[16];

    (void)state;
    memset(out, 'z', sizeof(out));
    assert_int_equal(bednet_escape(bednet_text("1234567"), out, 8), 7);
    assert_string_equal(out, "1234567");
    assert_int_equal(bednet_escape(bednet_text("12345678"), out, 8), 7);
    assert_string_equal(out, "1234...");
    assert_int_equal(bednet_escape(bednet_text("123\xe2\x82\xac"
                                               "78"),
                                   out, 8),
                     6);
    assert_string_equal(out, "123...");
    assert_int_equal(bednet_escape(bednet_text("\n\n"), out, 8), 7);
    assert_string_equal(out, "\\x0a...");
    assert_int_equal(bednet_escape(bednet_text("\xe2\x80\xae"), out, 8), 3);
    assert_string_equal(out, "...");
    assert_int_equal(out[8], 'z');
}

/* Every length of buffer, on random bytes: in bounds, terminated, one clean line. */
static void random_bytes_give_one_clean_line(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        unsigned char in[40];
        char out[64];
        size_t in_bytes = naive_below(&seed, sizeof(in));
        size_t out_bytes = 8 + naive_below(&seed, sizeof(out) - 8);
        size_t length;

        for (size_t i = 0; i < in_bytes; i++) {
            static const unsigned char likely[] = {0xe2, 0x80, 0xa8, 0xf0, 0x9f, 0xc2, 0x85, 0xed, 0xa0, 'a'};

            in[i] = naive_below(&seed, 2) ? likely[naive_below(&seed, sizeof(likely))]
                                          : (unsigned char)naive_random(&seed);
        }
        memset(out, 1, sizeof(out));
        length = bednet_escape((struct bednet_text){(const char *)in, in_bytes}, out, out_bytes);
        if (length >= out_bytes || strlen(out) != length || out[out_bytes] != 1 ||
            !bednet_utf8_is_clean((struct bednet_text){out, length})) {
            fail_msg("round %d: \"%s\"", round, out);
        }
    }
}

static bool is_clean(const char *text, size_t bytes)
{
    return bednet_utf8_is_clean((struct bednet_text){text, bytes});
}

/* Clean ASCII is passed over in words; what is not clean must be found at each place in and behind one. */
static void every_byte_is_judged_at_every_place(void **state)
{
    (void)state;
    for (size_t bytes = 1; bytes <= 20; bytes++) {
        for (size_t at = 0; at < bytes; at++) {
            for (int value = 0; value < 256; value++) {
                char text[20];
                memset(text, 'a' + (int)(at % 20), bytes);
                text[at] = (char)value;
                bool clean = value >= 0x20 && value < 0x7F;
                assert_int_equal(bednet_utf8_clean_bytes((struct bednet_text){text, bytes}),
                                 clean ? bytes : at);
            }
        }
    }
}

static void unclean_utf8_is_told(void **state)
{
    (void)state;
    assert_false(bednet_utf8_is_clean(bednet_text(NULL)));
    assert_false(is_clean("a\0b", 3));
    assert_false(is_clean("\x1f", 1));
    assert_false(is_clean("\x7f", 1));
    assert_false(is_clean("\xc2\x80", 2));
    assert_false(is_clean("\xc2\x9f", 2));
    assert_false(is_clean("\xef\xb7\x90", 3));     /* U+FDD0 */
    assert_false(is_clean("\xef\xbf\xbf", 3));     /* U+FFFF */
    assert_false(is_clean("\xf0\x9f\xbf\xbe", 4)); /* U+1FFFE */
    assert_false(is_clean("\xed\xbf\xbf", 3));
    assert_false(is_clean("\xc1\xbf", 2));
    assert_false(is_clean("\xe2\x82", 2));
    assert_true(is_clean("", 0));
    assert_true(is_clean(" ~", 2));
    assert_true(is_clean("\xc2\xa0", 2));
    assert_true(is_clean("\xed\x9f\xbf\xee\x80\x80", 6)); /* both neighbours of the surrogates */
    assert_true(is_clean("\xf4\x8f\xbf\xbd", 4));
}

/* Against a decoder that knows nothing but the arithmetic of RFC 3629, for every sequence of two bytes and
 * a selection of longer ones. */
static bool naive_is_clean(const unsigned char *b, size_t n)
{
    for (size_t i = 0; i < n;) {
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        size_t bytes = b[i] < 0x80         ? 1
                       : (b[i] >> 5) == 6  ? 2
                       : (b[i] >> 4) == 14 ? 3
                       : (b[i] >> 3) == 30 ? 4
                                           : 0;
        uint32_t point = bytes == 1 ? b[i] : bytes == 0 ? 0 : b[i] & (0xFFu >> (bytes + 1));

        if (bytes == 0 || i + bytes > n) {
            return false;
        }
        for (size_t j = 1; j < bytes; j++) {
            if (b[i + j] >> 6 != 2) {
                return false;
            }
            point = point * 64 + b[i + j] % 64;
        }
        if (point < least[bytes] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000) || point < 32 ||
            (point >= 127 && point < 160) || (point >= 0xFDD0 && point < 0xFDF0) ||
            point % 0x10000 > 0xFFFD) {
            return false;
        }
        i += bytes;
    }
    return true;
}

static void clean_utf8_agrees_with_arithmetic(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        unsigned char b[2] = {(unsigned char)(i >> 8), (unsigned char)i};

        assert_int_equal(is_clean((const char *)b, 2), naive_is_clean(b, 2));
    }
    for (int round = 0; round < 300000; round++) {
        static const unsigned char seconds[] = {0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xb7, 0xbf, 0xc0};
        unsigned char b[4] = {(unsigned char)(0xdf + naive_below(&seed, 0x18)),
                              seconds[naive_below(&seed, 9)],
                              (unsigned char)(0x8e + naive_below(&seed, 0x34)),
                              (unsigned char)(0x7f + naive_below(&seed, 0x42))};
        size_t bytes = 3 + naive_below(&seed, 2);

        if (is_clean((const char *)b, bytes) != naive_is_clean(b, bytes)) {
            fail_msg("%02x %02x %02x %02x, %zu bytes", b[0], b[1], b[2], b[3], bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_are_escaped),
        cmocka_unit_test(invalid_utf8_is_escaped),
        cmocka_unit_test(quotes_and_the_rest),
        cmocka_unit_test(cuts_at_a_character),
        cmocka_unit_test(random_bytes_give_one_clean_line),
        cmocka_unit_test(every_byte_is_judged_at_every_place),
        cmocka_unit_test(unclean_utf8_is_told),
        cmocka_unit_test(clean_utf8_agrees_with_arithmetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
