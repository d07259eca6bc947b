/* SPDX-License-Identifier: Apache-2.0 */
/* Regular patterns: what is wrong is said where it stands, and what fits is what regexec() says fits. */
#include "cmocka_first.h"

#include "core/regular.h"

#include <regex.h>
#include <stdio.h>

static int set_up(void **state)
{
    *state = bednet_arena_new();
    return *state == NULL;
}

static int tear_down(void **state)
{
    bednet_arena_free(*state);
    return 0;
}

static void assert_refused(struct bednet_arena *arena, const char *text, size_t offset, const char *part)
{
    const struct bednet_regular *regular = NULL;
    const char *error = NULL;
    size_t at = SIZE_MAX;
    enum bednet_status status = bednet_regular_parse(arena, bednet_text(text), &regular, &error, &at);

    if (status != BEDNET_INVALID || strstr(error, part) == NULL || at != offset) {
        fail_msg("'%s': status %d, at %zu: %s", text, (int)status, at, error != NULL ? error : "-");
    }
    assert_null(regular);
}

static bool fits_bytes(struct bednet_arena *arena, const char *pattern, struct bednet_text text)
{
    const struct bednet_regular *regular = NULL;
    const char *error = NULL;
    size_t at = 0;

    if (bednet_regular_parse(arena, bednet_text(pattern), &regular, &error, &at) != BEDNET_OK) {
        fail_msg("'%s' at %zu: %s", pattern, at, error != NULL ? error : "no memory");
    }
    return bednet_regular_match(regular, text);
}

static void assert_fits(struct bednet_arena *arena, const char *pattern, const char *text, bool expected)
{
    if (fits_bytes(arena, pattern, bednet_text(text)) != expected) {
        fail_msg("'%s' %s '%s'", pattern, expected ? "does not fit" : "fits", text);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *part;
    } wrong[] = {
        {"", 0, "nothing to fit"},
        {"a|", 2, "nothing to fit"},
        {"|a", 0, "nothing to fit"},
        {"()", 1, "nothing to fit"},
        {"(a", 0, "`(` without"},
        {"a)", 1, "`)` without"},
        {"[a", 0, "`[` without"},
        {"[]", 0, "an empty class"},
        {"[^]", 0, "an empty class"},
        {"[z-a]", 1, "descends"},
        {"[[:alpha:]]", 1, "a `[` in a class"},
        {"*a", 0, "nothing to repeat"},
        {"a(?:b)", 2, "nothing to repeat"},
        {"{2}", 0, "nothing to repeat"},
        {"a**", 2, "two repetitions"},
        {"a+?", 2, "two repetitions"},
        {"a{2}{3}", 4, "two repetitions"},
        {"a{}", 2, "without a count"},
        {"a{,2}", 2, "without a count"},
        {"a{x}", 2, "without a count"},
        {"a{0}", 1, "counts that nothing has"},
        {"a{0,0}", 1, "counts that nothing has"},
        {"a{3,2}", 1, "counts that nothing has"},
        {"a{1", 1, "`{` without"},
        {"a{1,2", 1, "`{` without"},
        {"a{65}", 2, "too many repetitions"},
        {"a{99999999999999999999}", 2, "too many repetitions"},
        {"a{33}b{32}", 6, "too long"},
        {"((a{8}){8}){2}", 11, "too long"},
        {"^a", 0, "an anchor"},
        {"a$", 1, "an anchor"},
        {"a]", 1, "a bracket"},
        {"a}", 1, "a bracket"},
        {"a/b", 1, "stand in no level"},
        {"[+]", 1, "stand in no level"},
        {"a#", 1, "stand in no level"},
        {"\\+", 0, "stand in no level"},
        {"\\d", 0, "no punctuation mark"},
        {"a\\", 1, "no punctuation mark"},
        {"a\xc3\xa4", 1, "beyond ASCII"},
        {"a\t", 1, "a control character"},
        {"((((((((((((((((( a", 16, "groups too deep"},
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(*state, wrong[i].text, wrong[i].offset, wrong[i].part);
    }
}

static void test_what_is_left_out_fits_nothing(void **state)
{
    assert_fits(*state, "sensor|actuator", "", false);
    assert_fits(*state, "sensor|actuator", "sensors", false);
    assert_fits(*state, "sensor|actuator", "xsensor", false);
    assert_fits(*state, "sensor|actuator", "Sensor", false);
    assert_fits(*state, "[a-z]{2}-[0-9]{1,4}", "nb-", false);
    assert_fits(*state, "[a-z]{2}-[0-9]{1,4}", "nb-12345", false);
    assert_fits(*state, "[a-z]{2}-[0-9]{1,4}", "nbg-1", false);
    assert_fits(*state, ".", "/", false);
    assert_fits(*state, "[^a]", "/", false);
    assert_fits(*state, "[.-0]", "/", false);
    assert_fits(*state, ".", "ab", false);
    assert_fits(*state, "a.c", "a.", false);
    assert_fits(*state, "a\\.c", "abc", false);
    assert_fits(*state, "[a\\-z]", "b", false);
    assert_fits(*state, "(ab){2,3}", "ab", false);
    assert_fits(*state, "(ab){2,3}", "abababab", false);
    assert_fits(*state, "a", "\xc3\xa4", false);
    /* No UTF-8, or half of it. */
    assert_fits(*state, ".*", "\xff", false);
    assert_fits(*state, ".*", "a\xc3", false);
    assert_fits(*state, ".{2}", "\xc3\xa4", false);
    assert_false(fits_bytes(*state, ".*", (struct bednet_text){NULL, 0}));
}

static void test_what_fits(void **state)
{
    assert_fits(*state, "sensor|actuator", "actuator", true);
    assert_fits(*state, "(sensor|actuator)", "sensor", true);
    assert_fits(*state, "[a-z]{2}-[0-9]{1,4}", "nb-1", true);
    assert_fits(*state, "[a-z]{2}-[0-9]{1,4}", "nb-1234", true);
    assert_fits(*state, "a*", "", true);
    assert_fits(*state, "a?b*", "", true);
    assert_fits(*state, "(a|b?)+", "", true);
    assert_fits(*state, "a{2,}", "aaaaaaaaaaaaaaa", true);
    assert_fits(*state, "a{0,}", "", true);
    assert_fits(*state, "(ab){2,3}", "ababab", true);
    assert_fits(*state, "[^a-y]", "z", true);
    assert_fits(*state, "[^a]", "\xc3\xa4", true);
    assert_fits(*state, ".", "\xf0\x9f\x8c\x8d", true);
    assert_fits(*state, ".{1,3}x", "\xc3\xa4\xe2\x82\xacx", true);
    assert_fits(*state, "[a\\-z]", "-", true);
    assert_fits(*state, "[a-]", "-", true);
    assert_fits(*state, "[\\]\\\\]*", "]\\", true);
    assert_fits(*state, "\\(\\{\\$\\^", "({$^", true);
    assert_fits(*state, "[^ ]{1,64}", "1234567890123456789012345678901234567890123456789012345678901234",
                true);
    assert_fits(*state, "[^ ]{1,64}", "12345678901234567890123456789012345678901234567890123456789012345",
                false);
    assert_true(fits_bytes(*state, ".", (struct bednet_text){"\0", 1}));
}

/* What makes others explore every way: here a character costs the same wherever it stands. */
static void test_no_way_is_tried_twice(void **state)
{
    static char text[60001];

    memset(text, 'a', sizeof(text) - 1);
    assert_fits(*state, "(a|aa|aaa|.|[a-b]){1,5}(a*)*b?", text, true);
    assert_fits(*state, "((a*)*)*b", text, false);
    assert_fits(*state, "(a?){30}a{30}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true);
    assert_fits(*state, "(a?){30}a{30}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false);
}

/* A generator of patterns that regcomp() reads alike, over a small alphabet so that texts often fit. */
struct source {
    uint64_t state;
    char out[512];
    size_t length;
};

static unsigned draw(struct source *source, unsigned below)
{
    source->state = source->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(source->state >> 33) % below;
}

static void put(struct source *source, const char *text)
{
    source->length +=
        (size_t)snprintf(source->out + source->length, sizeof(source->out) - source->length, "%s", text);
}

static void write_alternatives(struct source *source, unsigned depth);

static void write_item(struct source *source, unsigned depth)
{
    static const char *const atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "\\."};
    static const char *const ends[] = {"", "", "", "?", "*", "+", "{2}", "{0,1}", "{1,3}", "{2,}", "{0,2}"};

    if (depth > 0 && draw(source, 3) == 0) {
        put(source, "(");
        write_alternatives(source, depth - 1);
        put(source, ")");
    } else {
        put(source, atoms[draw(source, sizeof(atoms) / sizeof(atoms[0]))]);
    }
    put(source, ends[draw(source, sizeof(ends) / sizeof(ends[0]))]);
}

static void write_alternatives(struct source *source, unsigned depth)
{
    for (unsigned way = draw(source, 3) == 0 ? 2 : 1; way > 0; way--) {
        for (unsigned item = 1 + draw(source, 3); item > 0; item--) {
            write_item(source, depth);
        }
        put(source, way > 1 ? "|" : "");
    }
}

static void compare(struct source *source, const struct bednet_regular *regular, const char *pattern,
                    unsigned long *fitting)
{
    char anchored[sizeof(source->out) + 8], text[16];
    regex_t other;

    snprintf(anchored, sizeof(anchored), "^(%s)$", pattern);
    assert_int_equal(regcomp(&other, anchored, REG_EXTENDED | REG_NOSUB), 0);
    for (unsigned i = 0; i < 40; i++) {
        unsigned bytes = draw(source, 9);
        bool fits;

        for (unsigned k = 0; k < bytes; k++) {
            text[k] = "aaabbcd."[draw(source, 8)];
        }
        text[bytes] = '\0';
        fits = bednet_regular_match(regular, bednet_text(text));
        if (fits != (regexec(&other, text, 0, NULL, 0) == 0)) {
            fail_msg("'%s' and '%s': %d", pattern, text, fits);
        }
        *fitting += fits;
    }
    regfree(&other);
}

static void test_agrees_with_regexec(void **state)
{
    struct source source = {.state = 20261122};
    unsigned long patterns = 0, fitting = 0;

    for (unsigned round = 0; round < 10000; round++) {
        struct bednet_arena *arena = bednet_arena_new();
        const struct bednet_regular *regular;
        const char *error = "";
        size_t at;

        source.length = 0;
        write_alternatives(&source, 2);
        if (bednet_regular_parse(arena, bednet_text(source.out), &regular, &error, &at) == BEDNET_OK) {
            patterns++;
            compare(&source, regular, source.out, &fitting);
        } else {
            assert_non_null(strstr(error, "too long"));
        }
        bednet_arena_free(arena);
    }
    (void)state;
    assert_true(patterns > 7500 && fitting > 25000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_left_out_fits_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_way_is_tried_twice, set_up, tear_down),
        cmocka_unit_test(test_agrees_with_regexec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
