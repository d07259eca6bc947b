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

/* Buckets are sums from the lowest on, and a histogram without any bound still has all of its samples. */
static void a_histogram_adds_up(void **state)
{
    static const uint64_t bounds[] = {1, 7, 30}, counts[] = {2, 0, 1, 4};
    static const char expected[] = "# HELP d Days.\n"
                                   "# TYPE d histogram\n"
                                   "d_bucket{le=\"1\"} 2\n"
                                   "d_bucket{le=\"7\"} 2\n"
                                   "d_bucket{le=\"30\"} 3\n"
                                   "d_bucket{le=\"+Inf\"} 7\n"
                                   "d_sum 500\n"
                                   "d_count 7\n"
                                   "e_bucket{le=\"+Inf\"} 2\n"
                                   "e_sum 0\n"
                                   "e_count 2\n";
    char out[sizeof(expected)];
    struct bednet_exposition page;

    (void)state;
    for (size_t capacity = 0; capacity <= sizeof(expected) - 1; capacity++) {
        bednet_exposition_start(&page, out, capacity);
        bednet_exposition_family(&page, "d", "histogram", "Days.");
        bednet_exposition_histogram(&page, "d", bounds, counts, 3, 500);
        bednet_exposition_histogram(&page, "e", bounds, counts, 0, 0);
        assert_int_equal(bednet_exposition_finish(&page), capacity == sizeof(expected) - 1);
        assert_int_equal(page.length, sizeof(expected) - 1);
    }
    assert_memory_equal(out, expected, sizeof(expected) - 1);
}

static void thousandths_are_written_as_a_fraction(void **state)
{
    static const struct {
        uint64_t value;
        const char *expected;
    } cases[] = {
        {0, "s 0.000\n"}, {7, "s 0.007\n"}, {1500, "s 1.500\n"}, {UINT64_MAX, "s 18446744073709551.615\n"}};
    char out[64];
    struct bednet_exposition page;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t length = strlen(cases[i].expected);
        bednet_exposition_start(&page, out, length - 1);
        bednet_exposition_sample_milli(&page, "s", cases[i].value);
        assert_false(bednet_exposition_finish(&page));
        bednet_exposition_start(&page, out, length);
        bednet_exposition_sample_milli(&page, "s", cases[i].value);
        assert_true(bednet_exposition_finish(&page));
        assert_int_equal(page.length, length);
        assert_memory_equal(out, cases[i].expected, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_does_not_fit_says_so),
        cmocka_unit_test(a_page_that_just_fits),
        cmocka_unit_test(a_histogram_adds_up),
        cmocka_unit_test(thousandths_are_written_as_a_fraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
