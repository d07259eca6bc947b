/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text: escaped as the format asks, and never half a page. */
#include "cmocka_first.h"

#include "core/exposition.h"

static const char expected_page[] = "# HELP m_total What is \"counted\\\\here\\nand there.\n"
                                    "# TYPE m_total counter\n"
                                    "m_total 0\n"
                                    "m_total{reason=\"a\\\\b\\\"c\\nd\",side=\"\"} 18446744073709551615\n";

static void write_page(struct bednet_exposition *page)
{
    const struct bednet_label labels[] = {{"reason", "a\\b\"c\nd"}, {"side", ""}};

    bednet_exposition_family(page, "m_total", "counter", "What is \"counted\\here\nand there.");
    bednet_exposition_sample(page, "m_total", NULL, 0, 0);
    bednet_exposition_sample(page, "m_total", labels, 2, UINT64_MAX);
}

static void a_page_that_does_not_fit_says_so(void **state)
{
    char out[sizeof(expected_page)];
    struct bednet_exposition page;

    (void)state;
    for (size_t capacity = 0; capacity < sizeof(expected_page) - 1; capacity++) {
        memset(out, 'z', sizeof(out));
        bednet_exposition_start(&page, capacity == 0 ? NULL : out, capacity);
        write_page(&page);
        assert_false(bednet_exposition_finish(&page));
        assert_int_equal(page.length, sizeof(expected_page) - 1);
        assert_int_equal(out[capacity], 'z');
    }
}

static void a_page_that_just_fits(void **state)
{
    char out[sizeof(expected_page)];
    struct bednet_exposition page;

    (void)state;
    memset(out, 'z', sizeof(out));
    bednet_exposition_start(&page, out, sizeof(expected_page) - 1);
    write_page(&page);
    assert_true(bednet_exposition_finish(&page));
    assert_int_equal(page.length, sizeof(expected_page) - 1);
    assert_memory_equal(out, expected_page, sizeof(expected_page) - 1);
    assert_int_equal(out[sizeof(expected_page) - 1], 'z');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_does_not_fit_says_so),
        cmocka_unit_test(a_page_that_just_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
