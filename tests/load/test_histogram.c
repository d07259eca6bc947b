/* SPDX-License-Identifier: Apache-2.0 */
/* The histogram against the sorted list of what was put into it. */
#include "cmocka_first.h"
#include "histogram.h"

#include <math.h>
#include <stdlib.h>

enum { COUNT = 20000 };

static int compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

static void is_empty_when_nothing_came(void **state)
{
    (void)state;
    struct bednet_histogram *histogram = bednet_histogram_new();
    assert_non_null(histogram);
    assert_int_equal(bednet_histogram_quantile(histogram, 0.5), 0);
    assert_true(bednet_histogram_mean(histogram) == 0);
    assert_int_equal(histogram->most, 0);
    free(histogram);
}

static void keeps_small_values_exactly(void **state)
{
    (void)state;
    struct bednet_histogram *histogram = bednet_histogram_new();
    for (int64_t value = 0; value < 2048; value++)
        bednet_histogram_add(histogram, value);
    for (int64_t rank = 1; rank <= 2048; rank++)
        assert_int_equal(bednet_histogram_quantile(histogram, ((double)rank - 0.5) / 2048), rank - 1);
    free(histogram);
}

static void survives_what_no_clock_says(void **state)
{
    (void)state;
    struct bednet_histogram *histogram = bednet_histogram_new();
    bednet_histogram_add(histogram, -5);
    assert_int_equal(histogram->least, 0);
    assert_int_equal(bednet_histogram_quantile(histogram, 1), 0);
    bednet_histogram_add(histogram, INT64_MAX);
    bednet_histogram_add(histogram, INT64_C(1) << 42);
    assert_int_equal(histogram->count, 3);
    assert_true(histogram->most == INT64_MAX);
    assert_true(bednet_histogram_quantile(histogram, 1) == INT64_MAX);
    assert_int_equal(bednet_histogram_quantile(histogram, 0.3), 0);
    free(histogram);
}

/* Each power of two, its neighbours, and where cells of one width meet those of the next. */
static void knows_each_value_to_a_thousandth(void **state)
{
    (void)state;
    struct bednet_histogram *histogram = bednet_histogram_new();
    for (unsigned bit = 0; bit < 42; bit++)
        for (int64_t beside = -1; beside <= 1; beside++) {
            int64_t value = (INT64_C(1) << bit) + beside;
            bednet_histogram_clear(histogram);
            bednet_histogram_add(histogram, value);
            bednet_histogram_add(histogram, INT64_C(1) << 50); /* or `most` would hide the cell */
            int64_t said = bednet_histogram_quantile(histogram, 0.5);
            assert_true(said >= value);
            assert_true((double)(said - value) <= (double)value / 1000);
        }
    free(histogram);
}

static void agrees_with_the_sorted_list(void **state)
{
    (void)state;
    static int64_t values[COUNT];
    const double shares[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
    unsigned short random[3] = {1, 2, 3};
    double sum = 0;
    struct bednet_histogram *histogram = bednet_histogram_new();
    for (int i = 0; i < COUNT; i++) {
        values[i] = (int64_t)exp(erand48(random) * 25); /* from a nanosecond to a minute */
        sum += (double)values[i];
        bednet_histogram_add(histogram, values[i]);
    }
    qsort(values, COUNT, sizeof *values, compare);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        int64_t wanted = values[(int)ceil(shares[i] * COUNT) - 1];
        int64_t said = bednet_histogram_quantile(histogram, shares[i]);
        assert_true(said >= wanted);
        assert_true((double)(said - wanted) <= (double)wanted / 1000 + 1);
    }
    assert_true(histogram->least == values[0] && histogram->most == values[COUNT - 1]);
    assert_true(fabs(bednet_histogram_mean(histogram) - sum / COUNT) < 1);
    free(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_empty_when_nothing_came), cmocka_unit_test(keeps_small_values_exactly),
        cmocka_unit_test(survives_what_no_clock_says), cmocka_unit_test(knows_each_value_to_a_thousandth),
        cmocka_unit_test(agrees_with_the_sorted_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
