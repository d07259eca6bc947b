/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them, and those that they should not. */
#include "cmocka_first.h"
#include "quantity.h"

#include <math.h>

static void refuses_what_is_no_quantity(void **state)
{
    (void)state;
    const char *const none[] = {"",    " ",     "-1",  "+1",  "0x10",
                                "1e3", "inf",   "nan", "1,5", "one",
                                "1 s", "1.2.3", ".5",  "1s ", "99999999999999999999999999999999999999"};
    uint64_t number;
    int64_t ns;
    double value;
    bool is_share;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_false(bednet_quantity_count(none[i], 0, UINT64_MAX, &number));
        assert_false(bednet_quantity_duration(none[i], &ns));
        assert_false(bednet_quantity_rate(none[i], &value));
        assert_false(bednet_quantity_size(none[i], 1 << 20, &number));
        if (i != sizeof none / sizeof *none - 1)
            assert_false(bednet_quantity_part(none[i], &value, &is_share));
    }
    assert_false(bednet_quantity_duration("5", &ns));
    assert_false(bednet_quantity_duration("25h", &ns));
    assert_false(bednet_quantity_duration("5d", &ns));
    assert_false(bednet_quantity_rate("0", &value));
    assert_false(bednet_quantity_rate("5/h", &value));
    assert_false(bednet_quantity_rate("2000000", &value));
    assert_false(bednet_quantity_size("2MiB", 1 << 20, &number));
    assert_false(bednet_quantity_size("18014398509481984KiB", UINT64_MAX >> 1, &number));
    assert_false(bednet_quantity_size("5KB", 1 << 20, &number));
    assert_false(bednet_quantity_count("5", 6, 9, &number));
    assert_false(bednet_quantity_count("10", 6, 9, &number));
    assert_false(bednet_quantity_part("101%", &value, &is_share));
    assert_false(bednet_quantity_part("5 %", &value, &is_share));
}

static void reads_quantities(void **state)
{
    (void)state;
    uint64_t number;
    int64_t ns;
    double value;
    bool is_share;
    assert_true(bednet_quantity_count("9", 6, 9, &number) && number == 9);
    assert_true(bednet_quantity_duration("500ms", &ns) && ns == 500000000);
    assert_true(bednet_quantity_duration("1.5s", &ns) && ns == 1500000000);
    assert_true(bednet_quantity_duration("24h", &ns) && ns == INT64_C(86400000000000));
    assert_true(bednet_quantity_rate("600/m", &value) && fabs(value - 10) < 1e-9);
    assert_true(bednet_quantity_rate("0.5", &value) && fabs(value - 0.5) < 1e-9);
    assert_true(bednet_quantity_rate("7/s", &value) && fabs(value - 7) < 1e-9);
    assert_true(bednet_quantity_size("1MiB", 1 << 20, &number) && number == 1 << 20);
    assert_true(bednet_quantity_size("20", 1 << 20, &number) && number == 20);
    assert_true(bednet_quantity_part("0.5%", &value, &is_share) && is_share && fabs(value - 0.005) < 1e-9);
    assert_true(bednet_quantity_part("12", &value, &is_share) && !is_share && fabs(value - 12) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refuses_what_is_no_quantity),
                                       cmocka_unit_test(reads_quantities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
