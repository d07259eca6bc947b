/* SPDX-License-Identifier: Apache-2.0 */
/* The packed set of filters against a plain list, at its bounds, and without memory. */
#include "cmocka_first.h"

#include "core/filter_set.h"
#include "failing_memory.h"

#include <stdio.h>
#include <stdlib.h>

static bool failing;

static bool fails(void)
{
    return failing;
}

static struct bednet_text repeated(char *buffer, size_t bytes, char c)
{
    memset(buffer, c, bytes);
    return (struct bednet_text){buffer, bytes};
}

static void test_empty(void **state)
{
    (void)state;
    struct bednet_filter_set set = {0};
    struct bednet_text filter;
    uint32_t place = 0, at, bytes;
    assert_false(bednet_filter_set_has(&set, bednet_text("a")));
    assert_false(bednet_filter_set_next(&set, &place, &filter));
    assert_false(bednet_filter_set_remove(&set, bednet_text("a"), &at, &bytes));
    bednet_filter_set_clear(&set);
}

static void test_near_misses_are_not_there(void **state)
{
    (void)state;
    struct bednet_filter_set set = {0};
    assert_int_equal(bednet_filter_set_add(&set, bednet_text("a/b")), BEDNET_OK);
    assert_false(bednet_filter_set_has(&set, bednet_text("a/")));
    assert_false(bednet_filter_set_has(&set, bednet_text("a/bc")));
    assert_false(bednet_filter_set_has(&set, bednet_text("A/b")));
    assert_false(bednet_filter_set_has(&set, bednet_text("/b")));
    assert_false(bednet_filter_set_has(&set, bednet_text("")));
    assert_true(bednet_filter_set_has(&set, bednet_text("a/b")));
    bednet_filter_set_clear(&set);
}

static void test_shared_ones_are_counted(void **state)
{
    (void)state;
    struct bednet_filter_set set = {0};
    uint32_t at, bytes;
    bednet_filter_set_add(&set, bednet_text("$share/g/a"));
    bednet_filter_set_add(&set, bednet_text("$share/g/a"));
    bednet_filter_set_add(&set, bednet_text("$shared/g/a"));
    bednet_filter_set_add(&set, bednet_text("$share"));
    assert_int_equal(set.count, 3);
    assert_int_equal(set.shared, 1);
    assert_true(bednet_filter_set_remove(&set, bednet_text("$share"), &at, &bytes));
    assert_int_equal(set.shared, 1);
    assert_true(bednet_filter_set_remove(&set, bednet_text("$share/g/a"), &at, &bytes));
    assert_int_equal(set.shared, 0);
    bednet_filter_set_clear(&set);
}

static void test_number_is_bounded(void **state)
{
    (void)state;
    struct bednet_filter_set set = {0};
    char filter[16];
    for (int i = 0; i < BEDNET_FILTER_SET_COUNT_MAX; i++) {
        snprintf(filter, sizeof filter, "f/%d", i);
        assert_int_equal(bednet_filter_set_add(&set, bednet_text(filter)), BEDNET_OK);
    }
    assert_false(bednet_filter_set_has_room(&set, 1));
    assert_int_equal(bednet_filter_set_growth(&set, bednet_text("one/more")), 0);
    assert_int_equal(bednet_filter_set_add(&set, bednet_text("one/more")), BEDNET_LIMIT);
    assert_int_equal(bednet_filter_set_add(&set, bednet_text("f/0")), BEDNET_OK);
    assert_int_equal(set.count, BEDNET_FILTER_SET_COUNT_MAX);
    bednet_filter_set_clear(&set);
}

static void test_bytes_are_bounded(void **state)
{
    (void)state;
    static char buffer[UINT16_MAX + 1];
    struct bednet_filter_set set = {0};
    assert_int_equal(bednet_filter_set_add(&set, repeated(buffer, UINT16_MAX + 1, 'x')), BEDNET_LIMIT);
    for (char c = 'a'; c < 'd'; c++)
        assert_int_equal(bednet_filter_set_add(&set, repeated(buffer, UINT16_MAX, c)), BEDNET_OK);
    assert_int_equal(bednet_filter_set_add(&set, repeated(buffer, UINT16_MAX, 'd')), BEDNET_LIMIT);
    size_t left = BEDNET_FILTER_SET_BYTES_MAX - set.used - 3;
    assert_int_equal(bednet_filter_set_add(&set, repeated(buffer, left + 1, 'e')), BEDNET_LIMIT);
    assert_int_equal(bednet_filter_set_add(&set, repeated(buffer, left, 'e')), BEDNET_OK);
    assert_int_equal(set.used, BEDNET_FILTER_SET_BYTES_MAX);
    bednet_filter_set_clear(&set);
}

static void test_memory_fails(void **state)
{
    (void)state;
    struct bednet_filter_set set = {0};
    char name[16];
    uint32_t at, bytes;
    failing = true;
    assert_int_equal(bednet_filter_set_add(&set, bednet_text("a")), BEDNET_NOMEM);
    assert_int_equal(set.count, 0);
    failing = false;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "f/%d", i);
        bednet_filter_set_add(&set, bednet_text(name));
    }
    /* Taking out needs no memory, although there would be less to keep. */
    failing = true;
    for (int i = 99; i > 0; i--) {
        snprintf(name, sizeof name, "f/%d", i);
        assert_true(bednet_filter_set_remove(&set, bednet_text(name), &at, &bytes));
    }
    failing = false;
    assert_int_equal(set.count, 1);
    assert_true(bednet_filter_set_has(&set, bednet_text("f/0")));
    bednet_filter_set_clear(&set);
}

static void test_what_is_removed_gives_its_memory_back(void **state)
{
    (void)state;
    struct bednet_filter_set set = {0};
    char name[16];
    uint32_t at, bytes;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "f/%d", i);
        bednet_filter_set_add(&set, bednet_text(name));
    }
    for (int i = 0; i < 999; i++) {
        snprintf(name, sizeof name, "f/%d", i);
        bednet_filter_set_remove(&set, bednet_text(name), &at, &bytes);
    }
    assert_true(set.capacity <= 64);
    bednet_filter_set_remove(&set, bednet_text("f/999"), &at, &bytes);
    assert_null(set.block);
    assert_int_equal(set.capacity, 0);
}

#define NAMES 60

struct naive {
    int number[NAMES]; /* of a name, in the order in which they came */
    size_t count;
};

static size_t naive_find(const struct naive *naive, int number)
{
    size_t i = 0;
    while (i < naive->count && naive->number[i] != number)
        i++;
    return i;
}

static struct bednet_text name_of(char *buffer, int number)
{
    int bytes = sprintf(buffer, "%s%d", number % 3 == 0 ? "$share/g/" : "t/", number);
    if (number % 7 == 0) {
        memset(buffer + bytes, '/', (size_t)number * 20);
        bytes += number * 20;
    }
    return (struct bednet_text){buffer, (size_t)bytes};
}

static void compare(const struct bednet_filter_set *set, const struct naive *naive)
{
    char buffer[2048];
    struct bednet_text filter;
    uint32_t place = 0, shared = 0;
    for (size_t i = 0; i < naive->count; i++) {
        assert_true(bednet_filter_set_next(set, &place, &filter));
        assert_true(bednet_text_equal(filter, name_of(buffer, naive->number[i])));
        assert_int_equal(filter.ptr[filter.len], '\0');
        shared += naive->number[i] % 3 == 0;
    }
    assert_false(bednet_filter_set_next(set, &place, &filter));
    assert_int_equal(set->count, naive->count);
    assert_int_equal(set->shared, shared);
}

static void test_oracle(void **state)
{
    (void)state;
    struct bednet_filter_set set = {0};
    struct naive naive = {.count = 0};
    char buffer[2048];
    uint32_t at, bytes;
    srand(1);
    for (int step = 0; step < 50000; step++) {
        int number = rand() % NAMES;
        struct bednet_text name = name_of(buffer, number);
        size_t there = naive_find(&naive, number);
        assert_int_equal(bednet_filter_set_has(&set, name), there < naive.count);
        if (rand() % 2 == 0) {
            uint32_t growth = bednet_filter_set_growth(&set, name), before = set.capacity;
            assert_int_equal(bednet_filter_set_add(&set, name), BEDNET_OK);
            assert_int_equal(set.capacity, before + growth);
            if (there == naive.count)
                naive.number[naive.count++] = number;
        } else {
            assert_int_equal(bednet_filter_set_remove(&set, name, &at, &bytes), there < naive.count);
            if (there < naive.count)
                memmove(&naive.number[there], &naive.number[there + 1],
                        (--naive.count - there) * sizeof *naive.number);
        }
        if (step % 16 == 0)
            compare(&set, &naive);
    }
    bednet_filter_set_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_near_misses_are_not_there),
        cmocka_unit_test(test_shared_ones_are_counted),
        cmocka_unit_test(test_number_is_bounded),
        cmocka_unit_test(test_bytes_are_bounded),
        cmocka_unit_test(test_memory_fails),
        cmocka_unit_test(test_what_is_removed_gives_its_memory_back),
        cmocka_unit_test(test_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
