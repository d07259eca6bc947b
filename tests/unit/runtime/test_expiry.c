/* SPDX-License-Identifier: Apache-2.0 */
/* The heap of what ends first against a scan of everything, on random additions and removals. */
#include "cmocka_first.h"

#include "runtime/expiry.h"

#include <stdlib.h>

#define ITEMS 300

/* One of the items that end first, by looking at all of them. */
static const struct bednet_expiry_item *scan(const struct bednet_expiry_item *items)
{
    const struct bednet_expiry_item *first = NULL;
    for (size_t i = 0; i < ITEMS; i++)
        if (items[i].place != 0 && (first == NULL || items[i].ends_s < first->ends_s))
            first = &items[i];
    return first;
}

static size_t count_in(const struct bednet_expiry *expiry, const struct bednet_expiry_item *items)
{
    size_t count = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        if (items[i].place == 0)
            continue;
        assert_true(items[i].place <= expiry->count);
        assert_ptr_equal(expiry->items[items[i].place - 1], &items[i]);
        count++;
    }
    return count;
}

static void assert_agrees(const struct bednet_expiry *expiry, const struct bednet_expiry_item *items)
{
    const struct bednet_expiry_item *first = bednet_expiry_first(expiry), *expected = scan(items);
    assert_int_equal(first == NULL, expected == NULL);
    if (expected != NULL)
        assert_int_equal(first->ends_s, expected->ends_s);
    assert_int_equal(count_in(expiry, items), expiry->count);
}

/* `spread` few: many items that end in the same second. */
static void play(unsigned seed, int spread)
{
    srand(seed);
    struct bednet_expiry_item items[ITEMS] = {0};
    struct bednet_expiry expiry = {0};
    assert_int_equal(bednet_expiry_reserve(&expiry, ITEMS), BEDNET_OK);
    for (int i = 0; i < 4000; i++) {
        struct bednet_expiry_item *item = &items[rand() % ITEMS];
        if (rand() % 4 == 0 && expiry.count > 0)
            item = bednet_expiry_first(&expiry);
        if (item->place != 0) {
            bednet_expiry_remove(&expiry, item);
            assert_int_equal(item->place, 0);
        } else {
            item->ends_s = rand() % spread - spread / 2;
            bednet_expiry_add(&expiry, item);
        }
        assert_agrees(&expiry, items);
    }
    bednet_expiry_clear(&expiry);
}

static void test_agrees_with_a_scan(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 10; seed++) {
        play(seed, 4);
        play(seed, 1000000);
    }
}

static void test_comes_out_in_order(void **state)
{
    (void)state;
    struct bednet_expiry_item items[ITEMS] = {0};
    struct bednet_expiry expiry = {0};
    for (size_t i = 0; i < ITEMS; i++) {
        assert_int_equal(bednet_expiry_reserve(&expiry, i + 1), BEDNET_OK);
        items[i].ends_s = (int64_t)(i * 7919 % ITEMS);
        bednet_expiry_add(&expiry, &items[i]);
    }
    for (int64_t expected = 0; expected < ITEMS; expected++) {
        struct bednet_expiry_item *first = bednet_expiry_first(&expiry);
        assert_int_equal(first->ends_s, expected);
        bednet_expiry_remove(&expiry, first);
    }
    assert_null(bednet_expiry_first(&expiry));
    bednet_expiry_clear(&expiry);
}

static void test_ends_of_time(void **state)
{
    (void)state;
    struct bednet_expiry_item never = {.ends_s = INT64_MAX}, long_ago = {.ends_s = INT64_MIN}, now = {0};
    struct bednet_expiry expiry = {0};
    assert_int_equal(bednet_expiry_reserve(&expiry, 3), BEDNET_OK);
    bednet_expiry_add(&expiry, &never);
    bednet_expiry_add(&expiry, &now);
    bednet_expiry_add(&expiry, &long_ago);
    assert_ptr_equal(bednet_expiry_first(&expiry), &long_ago);
    bednet_expiry_remove(&expiry, &long_ago);
    bednet_expiry_remove(&expiry, &long_ago);
    assert_ptr_equal(bednet_expiry_first(&expiry), &now);
    bednet_expiry_remove(&expiry, &now);
    assert_ptr_equal(bednet_expiry_first(&expiry), &never);
    assert_int_equal(expiry.count, 1);
    bednet_expiry_clear(&expiry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_a_scan),
        cmocka_unit_test(test_comes_out_in_order),
        cmocka_unit_test(test_ends_of_time),
    };
    return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
