/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of what ends first against a scan of everything, on random additions and removals. */
#include "cmocka_first.h"

#include "runtime/expiry.h"

#include <stdbool.h>
#include <stdlib.h>

#define ITEMS 300

struct play {
    struct bednet_expiry expiry;
    struct bednet_expiry_item items[ITEMS];
    bool is_in[ITEMS];
};

/* The second in which the first of them ends, by looking at all. */
static bool scan(const struct play *play, int64_t *ends_s, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        if (!play->is_in[i])
            continue;
        if (*count == 0 || play->items[i].ends_s < *ends_s)
            *ends_s = play->items[i].ends_s;
        ++*count;
    }
    return *count > 0;
}

static void assert_agrees(const struct play *play)
{
    const struct bednet_expiry_item *first = bednet_expiry_first(&play->expiry);
    int64_t ends_s = 0;
    size_t count;
    assert_int_equal(scan(play, &ends_s, &count), first != NULL);
    assert_int_equal(play->expiry.count, count);
    if (first != NULL) {
        assert_true(play->is_in[first - play->items]);
        assert_int_equal(first->ends_s, ends_s);
    }
}

/* `spread` few: many items that end in the same second. */
static void play_with(unsigned seed, int spread)
{
    static struct play play;
    srand(seed);
    play = (struct play){0};
    for (int i = 0; i < 4000; i++) {
        struct bednet_expiry_item *item = &play.items[rand() % ITEMS];
        /* Mostly in for a while, then mostly out, so that it is full and empty in turn. */
        if (rand() % 4 == 0 && play.expiry.count > 0)
            item = bednet_expiry_first(&play.expiry);
        else if (play.is_in[item - play.items] != (i / 1000 % 2 == 1) && rand() % 3 > 0)
            continue;
        bool *is_in = &play.is_in[item - play.items];
        if (*is_in) {
            bednet_expiry_remove(&play.expiry, item);
        } else {
            item->ends_s = rand() % spread - spread / 2;
            bednet_expiry_add(&play.expiry, item);
        }
        *is_in = !*is_in;
        assert_agrees(&play);
    }
}

static void test_agrees_with_a_scan(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 10; seed++) {
        play_with(seed, 4);
        play_with(seed, 1000000);
    }
}

static void test_comes_out_in_order(void **state)
{
    (void)state;
    struct bednet_expiry_item items[ITEMS];
    struct bednet_expiry expiry = {0};
    for (size_t i = 0; i < ITEMS; i++) {
        items[i].ends_s = (int64_t)(i * 7919 % ITEMS);
        bednet_expiry_add(&expiry, &items[i]);
    }
    for (int64_t expected = 0; expected < ITEMS; expected++) {
        struct bednet_expiry_item *first = bednet_expiry_first(&expiry);
        assert_int_equal(first->ends_s, expected);
        bednet_expiry_remove(&expiry, first);
    }
    assert_null(bednet_expiry_first(&expiry));
}

static void test_ends_of_time(void **state)
{
    (void)state;
    struct bednet_expiry_item never = {.ends_s = INT64_MAX}, long_ago = {.ends_s = INT64_MIN}, now = {0};
    struct bednet_expiry expiry = {0};
    bednet_expiry_add(&expiry, &never);
    bednet_expiry_add(&expiry, &now);
    bednet_expiry_add(&expiry, &long_ago);
    assert_ptr_equal(bednet_expiry_first(&expiry), &long_ago);
    bednet_expiry_remove(&expiry, &long_ago);
    assert_ptr_equal(bednet_expiry_first(&expiry), &now);
    bednet_expiry_remove(&expiry, &now);
    assert_ptr_equal(bednet_expiry_first(&expiry), &never);
    assert_int_equal(expiry.count, 1);
}

/* How far it is from the root to an item, by the order alone. */
static size_t depth_of(const struct bednet_expiry *expiry, const struct bednet_expiry_item *item)
{
    const struct bednet_expiry_item *node = expiry->root;
    size_t depth = 1;
    for (; node != item; depth++) {
        bool earlier = item->ends_s < node->ends_s ||
                       (item->ends_s == node->ends_s && (uintptr_t)item < (uintptr_t)node);
        node = earlier ? node->earlier : node->later;
        assert_non_null(node);
    }
    return depth;
}

/* As a fleet's: all come one after the other, or all end in the same second, at addresses in a row. */
static void test_stays_shallow(void **state)
{
    enum { MANY = 1 << 15, DEEPEST = 64 };
    (void)state;
    for (int64_t step = -1; step <= 1; step++) {
        struct bednet_expiry_item *items = calloc(MANY, sizeof *items);
        struct bednet_expiry expiry = {0};
        assert_non_null(items);
        for (int64_t i = 0; i < MANY; i++) {
            items[i].ends_s = i * step;
            bednet_expiry_add(&expiry, &items[i]);
        }
        for (size_t i = 0; i < MANY; i++)
            assert_true(depth_of(&expiry, &items[i]) <= DEEPEST);
        free(items);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_a_scan),
        cmocka_unit_test(test_comes_out_in_order),
        cmocka_unit_test(test_ends_of_time),
        cmocka_unit_test(test_stays_shallow),
    };
    return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
