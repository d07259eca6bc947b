/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns: what is wrong is said where it stands, and what fits does so in one way only. */
#include "cmocka_first.h"

#include "core/pattern.h"
#include <stdio.h>

struct fixture {
    struct bednet_arena *arena;
    struct bednet_pattern pattern;
    struct bednet_text captures[BEDNET_PATTERN_CAPTURES_MAX];
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    fixture->arena = bednet_arena_new();
    *state = fixture;
    return fixture->arena == NULL;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    bednet_arena_free(fixture->arena);
    test_free(fixture);
    return 0;
}

static void assert_refused(struct fixture *fixture, const char *text, size_t bytes, size_t offset,
                           const char *part_of_error)
{
    const char *error = NULL;
    size_t at = SIZE_MAX;

    assert_int_equal(bednet_pattern_parse(fixture->arena, (struct bednet_text){text, bytes},
                                          &fixture->pattern, &error, &at),
                     BEDNET_INVALID);
    assert_non_null(error);
    if (strstr(error, part_of_error) == NULL || at != offset) {
        fail_msg("%s: %s at %zu", text, error, at);
    }
}

#define assert_refused_literal(text, offset, part)                                                           \
    assert_refused(fixture, text, sizeof(text) - 1, offset, part)

static void malformed_patterns_are_refused(void **state)
{
    struct fixture *fixture = *state;

    assert_refused_literal("", 0, "empty pattern");
    assert_refused_literal("{", 0, "without its `}`");
    assert_refused_literal("a{b", 1, "without its `}`");
    assert_refused_literal("a}", 1, "without its `{`");
    assert_refused_literal("{a}}", 3, "without its `{`");
    assert_refused_literal("{}", 0, "not a name");
    assert_refused_literal("{{a}}", 0, "not a name");
    assert_refused_literal("x{A}", 1, "not a name");
    assert_refused_literal("{1a}", 0, "not a name");
    assert_refused_literal("{_a}", 0, "not a name");
    assert_refused_literal("{a b}", 0, "not a name");
    assert_refused_literal("{a.b}", 0, "not a name");
    assert_refused_literal("{a\xC3\xBC}", 0, "not a name");
    assert_refused_literal("{a...}", 0, "not a name");
    assert_refused_literal("{abcdefghijklmnopqrstuvwxyz0123456}", 0, "not a name");
    assert_refused_literal("{a}{b}", 3, "side by side");
    assert_refused_literal("{a}/{a}", 4, "taken before");
    assert_refused_literal("{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", 32, "at most 8");
    assert_refused_literal("a\0b", 1, "control character");
    assert_refused_literal("{a}\n", 3, "control character");
    assert_refused_literal("a\xC3", 1, "invalid UTF-8");
    assert_refused_literal("*.acme.example", 0, "no accepted value holds");
    assert_refused_literal("a+b", 1, "no accepted value holds");
    assert_refused_literal("{a}/#", 4, "no accepted value holds");
    assert_refused_literal("a/${claim.site}", 2, "`${`");
}

/* Names and literals in turns cannot make more parts than there may be names and something between them. */
static void the_most_parts_there_can_be_are_taken(void **state)
{
    struct fixture *fixture = *state;
    const char *error;
    size_t offset;

    assert_int_equal(bednet_pattern_parse(fixture->arena, bednet_text("-{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}"),
                                          &fixture->pattern, &error, &offset),
                     BEDNET_OK);
    assert_int_equal(fixture->pattern.part_count, BEDNET_PATTERN_PARTS_MAX);
    assert_int_equal(fixture->pattern.capture_count, BEDNET_PATTERN_CAPTURES_MAX);
    assert_true(bednet_pattern_match(&fixture->pattern, bednet_text("-1-2-3-4-5-6-7-8"), fixture->captures));
    assert_true(bednet_text_equal(fixture->captures[7], bednet_text("8")));
    assert_refused_literal("-{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}-", 32, "at most 16");
}

/* `taken` is what the names took, each with a `|` behind it; NULL where the text must not fit. */
static void check(struct fixture *fixture, const char *pattern, const char *text, const char *taken)
{
    const char *error = NULL;
    size_t offset;
    char got[256] = "";
    bool fits;

    if (bednet_pattern_parse(fixture->arena, bednet_text(pattern), &fixture->pattern, &error, &offset) !=
        BEDNET_OK) {
        fail_msg("%s: %s at %zu", pattern, error, offset);
    }
    fits = bednet_pattern_match(&fixture->pattern, bednet_text(text), fixture->captures);
    if (fits != (taken != NULL)) {
        fail_msg("%s %s %s", pattern, fits ? "takes" : "does not take", text);
    }
    for (size_t i = 0; fits && i < fixture->pattern.capture_count; i++) {
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s|", (int)fixture->captures[i].len,
                 fixture->captures[i].ptr);
    }
    if (fits) {
        assert_string_equal(got, taken);
    }
}

static void the_whole_text_must_fit(void **state)
{
    struct fixture *fixture = *state;

    check(fixture, "abc", "ab", NULL);
    check(fixture, "abc", "abcd", NULL);
    check(fixture, "abc", "xabc", NULL);
    check(fixture, "abc", "ABC", NULL);
    check(fixture, "abc", "", NULL);
    check(fixture, "d-{id}", "d-", NULL);
    check(fixture, "d-{id}", "e-1", NULL);
    check(fixture, "d-{id}", "D-1", NULL);
    check(fixture, "{id}", "", NULL);
    check(fixture, "{id}.example", ".example", NULL);
    check(fixture, "{id}.example", "a.example.com", NULL);
    check(fixture, "{id}.example", "a.b.example", NULL);
    check(fixture, "{id}.example", "a.exampl", NULL);
    check(fixture, "abc", "abc", "");
    check(fixture, "d-{id}", "d-1", "1|");
    check(fixture, "{id}", "x y", "x y|");
    check(fixture, "{id}.example", "a.example", "a|");
}

static void a_part_holds_no_slash_and_no_start_of_what_follows(void **state)
{
    struct fixture *fixture = *state;

    check(fixture, "{a}", "x/y", NULL);
    check(fixture, "{a}", "x/", NULL);
    check(fixture, "{a}/{b}", "x/y/z", NULL);
    check(fixture, "{a}/{b}", "/y", NULL);
    check(fixture, "{a}/{b}", "x/", NULL);
    check(fixture, "{a}-x", "1-2-x", NULL);
    check(fixture, "{a}-x", "--x", NULL);
    check(fixture, "{a}-{b}", "1-2-3", "1|2-3|");
    check(fixture, "{a}xy{b}", "1x2xy3", NULL);
    check(fixture, "{a}/{b}", "x/y", "x|y|");
    check(fixture, "{a}-{b}.{c}", "1-2.3.4-5", "1|2|3.4-5|");
    /* The first byte of one letter may be that of another. */
    check(fixture, "{a}\xC3\xA9", "\xC3\xBC\xC3\xA9", NULL);
    check(fixture, "{a}\xC3\xA9{b}", "u\xC3\xA9\xC3\xBC", "u|\xC3\xBC|");
}

static void a_spiffe_id_is_taken_apart(void **state)
{
    struct fixture *fixture = *state;
    const char *pattern = "spiffe://acme.example/site/{site}/device/{device_1}";

    check(fixture, pattern, "spiffe://acme.example/site/berlin/device/", NULL);
    check(fixture, pattern, "spiffe://acme.example/site/berlin/device/d/1", NULL);
    check(fixture, pattern, "spiffe://acme.example/site//device/d", NULL);
    check(fixture, pattern, "spiffe://acme.example/site/a/b/device/d", NULL);
    check(fixture, pattern, "spiffe://evil.example/site/berlin/device/d", NULL);
    check(fixture, pattern, "spiffe://acme.example/site/berlin/device/d-1", "berlin|d-1|");
    assert_true(bednet_text_equal(bednet_pattern_name(&fixture->pattern, 0), bednet_text("site")));
    assert_true(bednet_text_equal(bednet_pattern_name(&fixture->pattern, 1), bednet_text("device_1")));
    assert_null(bednet_pattern_name(&fixture->pattern, 2).ptr);
}

static void what_is_not_there_does_not_fit(void **state)
{
    struct fixture *fixture = *state;
    struct bednet_text absent = {NULL, 0};
    struct bednet_pattern none = {{NULL, 0}, NULL, 0, 0};

    check(fixture, "{a}", "x", "x|");
    assert_false(bednet_pattern_match(&fixture->pattern, absent, fixture->captures));
    assert_false(bednet_pattern_match(&none, bednet_text(""), fixture->captures));
    assert_false(bednet_pattern_match(&none, bednet_text("x"), fixture->captures));
}

/* The pattern has a copy of its own: the text it was parsed from may go. */
static void the_text_is_copied(void **state)
{
    struct fixture *fixture = *state;
    char text[] = "d-{id}";
    const char *error;
    size_t offset;

    assert_int_equal(
        bednet_pattern_parse(fixture->arena, bednet_text(text), &fixture->pattern, &error, &offset),
        BEDNET_OK);
    memset(text, 'x', sizeof(text) - 1);
    assert_true(bednet_pattern_match(&fixture->pattern, bednet_text("d-7"), fixture->captures));
    assert_true(bednet_text_equal(bednet_pattern_name(&fixture->pattern, 0), bednet_text("id")));
    assert_true(bednet_text_equal(fixture->pattern.text, bednet_text("d-{id}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(malformed_patterns_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_most_parts_there_can_be_are_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_whole_text_must_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_holds_no_slash_and_no_start_of_what_follows, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_spiffe_id_is_taken_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_does_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_text_is_copied, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
