/* SPDX-License-Identifier: Apache-2.0 */
/* Suggestions: near words only, and the distance is the one it is said to be. */
#include "cmocka_first.h"

#include "core/suggest.h"
#include "naive.h"

static const char *const known[] = {"publish", "subscribe", "receive", "allow", "deny", "wildcards"};

static const char *suggest(const char *word)
{
    return bednet_suggest(bednet_text(word), known, sizeof(known) / sizeof(known[0]));
}

static void far_words_have_no_neighbour(void **state)
{
    char long_word[70];

    (void)state;
    memset(long_word, 'a', sizeof(long_word));
    assert_null(suggest("retain"));
    assert_null(suggest("zzzzz"));
    assert_null(suggest(""));
    assert_null(suggest(NULL));
    assert_null(bednet_suggest(bednet_text("allow"), known, 0));
    long_word[65] = '\0';
    const char *const long_known[] = {long_word};
    assert_null(bednet_suggest(bednet_text(long_word), long_known, 1));
    long_word[64] = '\0';
    assert_ptr_equal(bednet_suggest(bednet_text(long_word), long_known, 1), long_word);
}

static void near_words_are_found(void **state)
{
    const char *const short_known[] = {"x", "ab"};

    (void)state;
    assert_string_equal(suggest("publsh"), "publish");
    assert_string_equal(suggest("pubilsh"), "publish");
    assert_string_equal(suggest("publisch"), "publish");
    assert_string_equal(suggest("subscribes"), "subscribe");
    assert_string_equal(suggest("wildcard"), "wildcards");
    assert_string_equal(suggest("dny"), "deny");
    assert_string_equal(suggest("allow"), "allow");
    assert_string_equal(bednet_suggest(bednet_text("y"), short_known, 2), "x");
    assert_string_equal(bednet_suggest(bednet_text("ba"), short_known, 2), "ab");
}

/* The definition, without memory of what was computed: exponential, so for short words only. */
static unsigned naive_distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned best, other;

    if (n == 0 || m == 0) {
        return (unsigned)(n + m);
    }
    best = naive_distance(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    other = naive_distance(a, n - 1, b, m) + 1;
    best = other < best ? other : best;
    other = naive_distance(a, n, b, m - 1) + 1;
    best = other < best ? other : best;
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
        other = naive_distance(a, n - 2, b, m - 2) + 1;
        best = other < best ? other : best;
    }
    return best;
}

static void agrees_with_the_definition(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char words[3][8] = {{0}};
        const char *const candidates[] = {words[1], words[2]};
        unsigned nearest = UINT32_MAX;
        const char *expected = NULL;

        for (int i = 0; i < 3; i++) {
            for (unsigned j = naive_below(&seed, 7); j > 0; j--) {
                words[i][j - 1] = (char)('a' + naive_below(&seed, 3));
            }
        }
        for (int i = 0; i < 2; i++) {
            size_t n = strlen(words[0]), m = strlen(candidates[i]), longer = n > m ? n : m;
            unsigned found = naive_distance(words[0], n, candidates[i], m);

            if (found < nearest && found <= (longer / 3 > 1 ? longer / 3 : 1)) {
                nearest = found;
                expected = candidates[i];
            }
        }
        if (bednet_suggest(bednet_text(words[0]), candidates, 2) != expected) {
            fail_msg("seed 3, round %d: %s of %s, %s", round, words[0], words[1], words[2]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(far_words_have_no_neighbour),
        cmocka_unit_test(near_words_are_found),
        cmocka_unit_test(agrees_with_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
