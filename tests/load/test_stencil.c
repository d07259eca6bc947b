/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of names. */
#include "cmocka_first.h"
#include "stencil.h"

#include <stdlib.h>
#include <string.h>

static const struct bednet_stencil filling = {.number = 42, .id = "dev-42", .turn = 7};

static void refuses_what_is_no_placeholder(void **state)
{
    (void)state;
    const char *const wrong[] = {"%",    "a%",  "%s",    "%5d",    "%-5d", "% d", "%06",
                                 "%06c", "%0%", "%021d", "%0999d", "%d%",  "%%%", "%99999999999999999999d",
                                 "%n",   "%D"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(bednet_stencil_objects(wrong[i], "dct"));
    assert_non_null(bednet_stencil_objects("a/%t", "dc"));
    assert_non_null(bednet_stencil_objects("%c", "d"));
    assert_non_null(bednet_stencil_objects("%d", ""));
}

static void fills_in(void **state)
{
    (void)state;
    const struct {
        const char *template, *wanted;
    } rows[] = {{"", ""},           {"plain", "plain"},   {"dev-%d", "dev-42"},
                {"%06d", "000042"}, {"%01d", "42"},       {"%c/%t/%03t", "dev-42/7/007"},
                {"100%%", "100%"},  {"%%d%d%%", "%d42%"}, {"a%db%dc", "a42b42c"}};
    char out[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(bednet_stencil_objects(rows[i].template, "dct"));
        assert_true(bednet_stencil_put(rows[i].template, &filling, out, sizeof out));
        assert_string_equal(out, rows[i].wanted);
    }
}

static void never_writes_beyond(void **state)
{
    (void)state;
    char out[8];
    assert_true(bednet_stencil_put("12345%d", &filling, out, sizeof out));
    assert_string_equal(out, "1234542");
    memset(out, 'x', sizeof out);
    assert_false(bednet_stencil_put("12345%d", &filling, out, 7));
    assert_int_equal(out[7], 'x');
    assert_false(bednet_stencil_put("12345678", &filling, out, 8));
    assert_false(bednet_stencil_put("", &filling, out, 0));
}

static void tells_placeholders_from_percent_signs(void **state)
{
    (void)state;
    assert_true(bednet_stencil_has("a%06d", 'd'));
    assert_true(bednet_stencil_has("%c%t", 't'));
    assert_false(bednet_stencil_has("%%d", 'd'));
    assert_false(bednet_stencil_has("d", 'd'));
    assert_false(bednet_stencil_has("%%%c", 'd'));
}

static void makes_filters(void **state)
{
    (void)state;
    const struct {
        const char *template, *wanted;
    } rows[] = {{"load/%d", "load/%d"},
                {"load/%d/%t", "load/%d/+"},
                {"%t", "+"},
                {"a/x%06ty/b", "a/+/b"},
                {"%t/%t", "+/+"},
                {"/%t/", "/+/"},
                {"a/%%t/b", "a/%%t/b"},
                {"", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *filter = bednet_stencil_filter(rows[i].template);
        assert_string_equal(filter, rows[i].wanted);
        free(filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refuses_what_is_no_placeholder),
                                       cmocka_unit_test(fills_in), cmocka_unit_test(never_writes_beyond),
                                       cmocka_unit_test(tells_placeholders_from_percent_signs),
                                       cmocka_unit_test(makes_filters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
