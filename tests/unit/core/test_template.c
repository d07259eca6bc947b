/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: what a client calls itself never widens a rule, and what is wrong is said where it stands. */
#include "cmocka_first.h"

#include "core/template.h"
#include "naive.h"
#include "packed.h"

#include <stdio.h>

struct fixture {
    struct bednet_arena *arena;
    struct bednet_template tmpl;
    const char *error;
    size_t offset;
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

static void parse(struct fixture *fixture, const char *text)
{
    assert_int_equal(bednet_template_parse(fixture->arena, bednet_text(text), &fixture->tmpl, &fixture->error,
                                           &fixture->offset),
                     BEDNET_OK);
}

static void assert_refused(struct fixture *fixture, const char *text, size_t bytes, size_t offset,
                           const char *part_of_error)
{
    struct bednet_text whole = {text, bytes};

    fixture->error = NULL;
    assert_int_equal(
        bednet_template_parse(fixture->arena, whole, &fixture->tmpl, &fixture->error, &fixture->offset),
        BEDNET_INVALID);
    assert_non_null(fixture->error);
    if (strstr(fixture->error, part_of_error) == NULL || fixture->offset != offset) {
        fail_msg("%s: %s at %zu", text, fixture->error, fixture->offset);
    }
}

#define assert_refused_literal(fixture, text, offset, part)                                                  \
    assert_refused(fixture, text, sizeof(text) - 1, offset, part)

static void malformed_templates_are_refused(void **state)
{
    struct fixture *fixture = *state;

    assert_refused_literal(fixture, "${", 0, "without its `}`");
    assert_refused_literal(fixture, "dev-${client_id", 4, "without its `}`");
    assert_refused_literal(fixture, "${claim.a/${client_id}", 0, "without its `}`");
    assert_refused_literal(fixture, "${}", 0, "unknown name");
    assert_refused_literal(fixture, "a${clientid}", 1, "expected client_id");
    assert_refused_literal(fixture, "${client_id }", 0, "unknown name");
    assert_refused_literal(fixture, "${CLIENT_ID}", 0, "unknown name");
    assert_refused_literal(fixture, "${claim.}", 0, "unknown name");
    assert_refused_literal(fixture, "${claim}", 0, "unknown name");
    assert_refused_literal(fixture, "${cert.}", 0, "unknown name");
    assert_refused_literal(fixture, "${certs.cn}", 0, "cert.NAME");
    assert_refused_literal(fixture, "${match}", 0, "unknown name");
    assert_refused_literal(fixture, "${match.}", 0, "match.NAME");
    assert_refused_literal(fixture, "${match.1a}", 0, "unknown name");
    assert_refused_literal(fixture, "${match._a}", 0, "unknown name");
    assert_refused_literal(fixture, "${match.siTe}", 0, "unknown name");
    assert_refused_literal(fixture, "${match.a.b}", 0, "unknown name");
    assert_refused_literal(fixture, "${match.a-b}", 0, "unknown name");
    assert_refused_literal(fixture, "${match.a234567890123456789012345678901_3}", 0, "unknown name");
    assert_refused_literal(fixture, "${claim.a\nb}", 9, "control character");
    assert_refused_literal(fixture, "a\0b", 1, "control character");
    assert_refused_literal(fixture, "ab\xff", 2, "invalid UTF-8");
    assert_refused_literal(fixture,
                           "${username}${username}${username}${username}${username}${username}${username}"
                           "${username}${username}${username}${username}${username}${username}${username}"
                           "${username}${username}${username}",
                           176, "at most 16");
}

static bool equals(const struct fixture *fixture, const struct bednet_subject *subject,
                   struct bednet_text text)
{
    bool equal = bednet_template_judge(&fixture->tmpl, subject, text) == BEDNET_FIT_EQUAL;
    struct bednet_level level = bednet_level_of(text);
    struct packed packed;

    assert_int_equal(bednet_template_fits(&fixture->tmpl, pack_subject(&packed, subject), &level), equal);
    return equal;
}

static void what_is_no_placeholder_is_literal(void **state)
{
    static const char *const literals[] = {"", "plain", "$SYS", "$", "a$b", "{client_id}", "}", "$ {x}"};
    struct bednet_subject nobody = {0};

    for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
        struct fixture *fixture = *state;

        parse(fixture, literals[i]);
        assert_true(bednet_template_is_literal(&fixture->tmpl));
        assert_int_equal(fixture->tmpl.part_count, 1);
        assert_true(equals(fixture, &nobody, bednet_text(literals[i])));
        assert_false(equals(fixture, &nobody, bednet_text("other")));
        assert_false(equals(fixture, &nobody, bednet_text(NULL)));
        assert_true(bednet_template_is_usable(&fixture->tmpl, &nobody));
    }
}

static void parts_are_told_apart(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "a-${client_id}${username}.${claim.https://x.example/{y}");
    assert_int_equal(fixture->tmpl.part_count, 5);
    assert_int_equal(fixture->tmpl.parts[0].kind, BEDNET_PART_LITERAL);
    assert_int_equal(fixture->tmpl.parts[1].kind, BEDNET_PART_CLIENT_ID);
    assert_int_equal(fixture->tmpl.parts[2].kind, BEDNET_PART_USERNAME);
    assert_int_equal(fixture->tmpl.parts[4].kind, BEDNET_PART_ATTRIBUTE);
    assert_true(bednet_text_equal(fixture->tmpl.parts[0].text, BEDNET_TEXT_LITERAL("a-")));
    assert_true(bednet_text_equal(fixture->tmpl.parts[3].text, BEDNET_TEXT_LITERAL(".")));
    assert_true(
        bednet_text_equal(fixture->tmpl.parts[4].text, BEDNET_TEXT_LITERAL("claim.https://x.example/{y")));
    assert_false(bednet_template_is_literal(&fixture->tmpl));
}

static void attributes_are_of_three_kinds(void **state)
{
    static const char *const names[] = {"claim.x", "cert.san.uri", "cert.oid.1.2",
                                        "match.a", "match.z_9",    "match.a23456789012345678901234567890_2"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[64];
        struct bednet_attribute attribute = {bednet_text(names[i]), BEDNET_TEXT_LITERAL("v")};
        struct bednet_subject subject = {.attributes = &attribute, .attribute_count = 1};

        snprintf(text, sizeof(text), "x${%s}", names[i]);
        parse(fixture, text);
        assert_int_equal(fixture->tmpl.part_count, 2);
        assert_int_equal(fixture->tmpl.parts[1].kind, BEDNET_PART_ATTRIBUTE);
        assert_true(bednet_text_equal(fixture->tmpl.parts[1].text, bednet_text(names[i])));
        assert_true(equals(fixture, &subject, BEDNET_TEXT_LITERAL("xv")));
    }
}

/* The value is the client id and the text to compare with at once, so only safety decides. */
static bool fits_itself(struct fixture *fixture, const char *value, size_t bytes)
{
    struct bednet_subject subject = {.client_id = {value, bytes}};
    bool fits = equals(fixture, &subject, subject.client_id);

    assert_int_equal(fits, bednet_template_is_usable(&fixture->tmpl, &subject));
    return fits;
}

static void unsafe_values_match_nothing(void **state)
{
    static const char filler[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct fixture *fixture = *state;

    parse(fixture, "${client_id}");
    assert_false(fits_itself(fixture, "", 0));
    assert_false(fits_itself(fixture, NULL, 0));
    /* Every byte at every place of values of every length, for the check looks at many bytes at once. */
    for (size_t bytes = 1; bytes < sizeof(filler); bytes++) {
        for (size_t at = 0; at < bytes; at++) {
            char value[sizeof(filler)];

            memcpy(value, filler, sizeof(filler));
            assert_true(fits_itself(fixture, value, bytes));
            for (int byte = 0; byte < 256; byte++) {
                bool safe = byte >= 0x20 && byte < 0x7F && byte != '+' && byte != '#' && byte != '/';

                value[at] = (char)byte;
                if (fits_itself(fixture, value, bytes) != safe) {
                    fail_msg("byte %d at %zu of %zu", byte, at, bytes);
                }
            }
        }
    }
}

static void unsafe_utf8_matches_nothing(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "${client_id}");
    assert_true(fits_itself(fixture, "gr\xc3\xbc\xc3\x9f", 6));
    assert_true(fits_itself(fixture, "\xf0\x9f\x98\x80", 4));
    assert_false(fits_itself(fixture, "gr\xc3\xbc+x", 6));
    assert_false(fits_itself(fixture, "\xc3\xbc/", 3));
    assert_false(fits_itself(fixture, "\xc3\xbc#\xc3\xbc", 5));
    assert_false(fits_itself(fixture, "\xc0\xaf", 2));
    assert_false(fits_itself(fixture, "a\xc2\x85", 3));
    assert_false(fits_itself(fixture, "\xed\xa0\x80", 3));
}

static void a_value_must_exist_once(void **state)
{
    static const struct bednet_attribute attributes[] = {
        {{"claim.site", 10}, {"x", 1}}, {{"claim.twice", 11}, {"x", 1}}, {{"claim.twice", 11}, {"x", 1}}};
    struct bednet_subject subject = {{"c", 1}, {NULL, 0}, attributes, 3, NULL};
    struct fixture *fixture = *state;

    parse(fixture, "${username}");
    assert_false(bednet_template_is_usable(&fixture->tmpl, &subject));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("")));
    parse(fixture, "${claim.twice}");
    assert_false(bednet_template_is_usable(&fixture->tmpl, &subject));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x")));
    parse(fixture, "${claim.none}");
    assert_false(bednet_template_is_usable(&fixture->tmpl, &subject));
    parse(fixture, "${claim.site}");
    assert_true(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x")));
    /* One bad part spoils the whole, wherever the comparison would have ended. */
    parse(fixture, "a-${claim.site}-${username}");
    assert_int_equal(bednet_template_judge(&fixture->tmpl, &subject, BEDNET_TEXT_LITERAL("zzz")),
                     BEDNET_FIT_UNUSABLE);
}

static void comparison_is_exact(void **state)
{
    struct bednet_subject subject = {{"dev1", 4}, {"ann", 3}, NULL, 0, NULL};
    struct fixture *fixture = *state;

    parse(fixture, "x-${client_id}.${username}-y");
    assert_true(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x-dev1.ann-y")));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x-dev1.ann-")));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x-dev1.ann-yy")));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x-dev1.anm-y")));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x-dev1")));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("")));
    assert_false(equals(fixture, &subject, BEDNET_TEXT_LITERAL("x-${client_id}.${username}-y")));
    assert_int_equal(bednet_template_judge(&fixture->tmpl, &subject, BEDNET_TEXT_LITERAL("zzz")),
                     BEDNET_FIT_DIFFERENT);
}

static void expansion_refuses_what_it_must(void **state)
{
    struct bednet_subject subject = {{"dev/1+#", 7}, {NULL, 0}, NULL, 0, NULL};
    struct fixture *fixture = *state;
    char out[16];

    parse(fixture, "${username}");
    assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, sizeof(out)), BEDNET_NOT_FOUND);
    subject.username = BEDNET_TEXT_LITERAL("");
    assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, sizeof(out)), BEDNET_NOT_FOUND);
    subject.username = BEDNET_TEXT_LITERAL("a\0b");
    assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, sizeof(out)), BEDNET_INVALID);
    subject.username = BEDNET_TEXT_LITERAL("\xff");
    assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, sizeof(out)), BEDNET_INVALID);
    parse(fixture, "c-${client_id}");
    for (size_t bytes = 0; bytes < 10; bytes++) {
        assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, bytes), BEDNET_LIMIT);
    }
    assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, 10), BEDNET_OK);
    assert_string_equal(out, "c-dev/1+#");
    parse(fixture, "");
    assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, 0), BEDNET_LIMIT);
    assert_int_equal(bednet_template_expand(&fixture->tmpl, &subject, out, 1), BEDNET_OK);
    assert_string_equal(out, "");
}

/* Comparing with what expanding gives is another way to the same answer. */
static void comparison_agrees_with_expansion(void **state)
{
    static const char *const pieces[] = {"${client_id}", "${username}", "${claim.s}", "a", "b", "-"};
    static const char *const values[] = {"a", "b", "ab", "-", "+", ""};
    struct fixture *fixture = *state;
    uint64_t seed = 4;

    for (int round = 0; round < 20000; round++) {
        struct bednet_attribute attribute = {bednet_text("claim.s"),
                                             bednet_text(values[naive_below(&seed, 6)])};
        struct bednet_subject subject = {bednet_text(values[naive_below(&seed, 6)]),
                                         bednet_text(values[naive_below(&seed, 6)]), &attribute, 1, NULL};
        char text[128] = "", expanded[128], other[8] = "";
        enum bednet_status status;

        for (unsigned parts = 1 + naive_below(&seed, 4); parts > 0; parts--) {
            strcat(text, pieces[naive_below(&seed, 6)]);
        }
        for (unsigned letters = naive_below(&seed, 5); letters > 0; letters--) {
            strcat(other, naive_below(&seed, 2) ? "a" : "b");
        }
        parse(fixture, text);
        status = bednet_template_expand(&fixture->tmpl, &subject, expanded, sizeof(expanded));
        if (bednet_template_is_usable(&fixture->tmpl, &subject) !=
            (status == BEDNET_OK && strchr(expanded, '+') == NULL)) {
            fail_msg("seed 4, round %d: usable %s", round, text);
        }
        if (!bednet_template_is_usable(&fixture->tmpl, &subject)) {
            continue;
        }
        assert_true(equals(fixture, &subject, bednet_text(expanded)));
        if (equals(fixture, &subject, bednet_text(other)) != (strcmp(expanded, other) == 0)) {
            fail_msg("seed 4, round %d: %s and %s", round, text, other);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(malformed_templates_are_refused),
        TEST(what_is_no_placeholder_is_literal),
        TEST(parts_are_told_apart),
        TEST(attributes_are_of_three_kinds),
        TEST(unsafe_values_match_nothing),
        TEST(unsafe_utf8_matches_nothing),
        TEST(a_value_must_exist_once),
        TEST(comparison_is_exact),
        TEST(expansion_refuses_what_it_must),
        TEST(comparison_agrees_with_expansion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
