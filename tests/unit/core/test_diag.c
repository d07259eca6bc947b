/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: nothing gets lost silently, nothing foreign breaks out of its line. */
#include "cmocka_first.h"

#include "core/diag.h"
#include <string.h>

static const struct bednet_source somewhere = {3, 14};

static void assert_formatted(const struct bednet_diag_entry *entry, const char *expected)
{
    char line[BEDNET_DIAG_TEXT_BYTES * 3];

    bednet_diag_format(entry, line, sizeof(line));
    assert_string_equal(line, expected);
}

static void a_full_list_counts_and_still_fails(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();

    (void)state;
    for (int i = 0; i < BEDNET_DIAG_MAX + 5; i++) {
        assert_int_equal(bednet_diag_dropped(diag), i < BEDNET_DIAG_MAX ? 0 : i - BEDNET_DIAG_MAX);
        bednet_diag_add(diag, BEDNET_WARNING, "f", somewhere, "warning %d", i);
    }
    assert_int_equal(bednet_diag_count(diag), BEDNET_DIAG_MAX);
    assert_int_equal(bednet_diag_dropped(diag), 5);
    assert_false(bednet_diag_failed(diag));
    /* An error takes the last warning's place; with no warning left it is only counted. */
    for (int i = 0; i < BEDNET_DIAG_MAX + 1; i++) {
        bednet_diag_add(diag, BEDNET_ERROR, "f", somewhere, "error %d", i);
        assert_true(bednet_diag_failed(diag));
    }
    assert_int_equal(bednet_diag_count(diag), BEDNET_DIAG_MAX);
    assert_int_equal(bednet_diag_dropped(diag), 5 + BEDNET_DIAG_MAX + 1);
    assert_string_equal(bednet_diag_at(diag, 0)->text, "error 0");
    assert_string_equal(bednet_diag_at(diag, BEDNET_DIAG_MAX - 1)->text, "error 99");
    assert_null(bednet_diag_at(diag, BEDNET_DIAG_MAX));
    bednet_diag_free(diag);
}

static void foreign_text_stays_in_its_line(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();

    (void)state;
    bednet_diag_add(diag, BEDNET_ERROR, "a\nb.yaml", somewhere, "unknown key \"%s\"",
                    "x\n\x1b[0m\xff\xe2\x80\xa8");
    assert_string_equal(bednet_diag_at(diag, 0)->text, "unknown key \"x\\x0a\\x1b[0m\\xff\\u{2028}\"");
    assert_formatted(bednet_diag_at(diag, 0),
                     "a\\x0ab.yaml:3:14: unknown key \"x\\x0a\\x1b[0m\\xff\\u{2028}\"");
    bednet_diag_free(diag);
}

static void long_text_is_cut(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();
    char text[4 * BEDNET_DIAG_TEXT_BYTES];
    char line[16];

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    bednet_diag_add(diag, BEDNET_ERROR, text, somewhere, "%s", text);
    assert_int_equal(strlen(bednet_diag_at(diag, 0)->text), BEDNET_DIAG_TEXT_BYTES - 1);
    assert_string_equal(bednet_diag_at(diag, 0)->text + BEDNET_DIAG_TEXT_BYTES - 4, "...");
    bednet_diag_format(bednet_diag_at(diag, 0), line, sizeof(line));
    assert_string_equal(line, "aaaaaaaaaaaa...");
    memset(line, 'z', sizeof(line));
    bednet_diag_format(bednet_diag_at(diag, 0), line, 7);
    assert_string_equal(line, "");
    bednet_diag_format(bednet_diag_at(diag, 0), line + 8, 0);
    assert_int_equal(line[8], 'z');
    bednet_diag_free(diag);
}

static void parts_without_a_value_are_left_out(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();

    (void)state;
    bednet_diag_add(diag, BEDNET_ERROR, "p.yaml", somewhere, "wrong");
    bednet_diag_add(diag, BEDNET_ERROR, "p.yaml", (struct bednet_source){7, 0}, "wrong");
    bednet_diag_add(diag, BEDNET_ERROR, "p.yaml", (struct bednet_source){0, 0}, "wrong");
    bednet_diag_add(diag, BEDNET_WARNING, NULL, somewhere, "wrong");
    bednet_diag_add(diag, BEDNET_WARNING, NULL, (struct bednet_source){0, 9}, "wrong");
    assert_formatted(bednet_diag_at(diag, 0), "p.yaml:3:14: wrong");
    assert_formatted(bednet_diag_at(diag, 1), "p.yaml:7: wrong");
    assert_formatted(bednet_diag_at(diag, 2), "p.yaml: wrong");
    assert_formatted(bednet_diag_at(diag, 3), "3:14: wrong");
    assert_formatted(bednet_diag_at(diag, 4), "wrong");
    assert_int_equal(bednet_diag_at(diag, 3)->severity, BEDNET_WARNING);
    assert_int_equal(bednet_diag_at(diag, 0)->source.line, 3);
    bednet_diag_free(diag);
}

static void file_names_are_copied_and_shared(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();
    char name[] = "one.yaml";

    (void)state;
    bednet_diag_add(diag, BEDNET_WARNING, name, somewhere, "a");
    bednet_diag_add(diag, BEDNET_WARNING, "other.yaml", somewhere, "b");
    bednet_diag_add(diag, BEDNET_WARNING, name, somewhere, "c");
    name[0] = 'X';
    assert_string_equal(bednet_diag_at(diag, 0)->file, "one.yaml");
    assert_ptr_equal(bednet_diag_at(diag, 0)->file, bednet_diag_at(diag, 2)->file);
    assert_string_equal(bednet_diag_at(diag, 1)->file, "other.yaml");
    bednet_diag_free(diag);
    bednet_diag_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_list_counts_and_still_fails),
        cmocka_unit_test(foreign_text_stays_in_its_line),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(parts_without_a_value_are_left_out),
        cmocka_unit_test(file_names_are_copied_and_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
