/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts that are held once however many hold them, against a list of those that were asked for. */
#include "cmocka_first.h"

#include "runtime/layouts.h"

#include <stdlib.h>

#define HELD  400
#define SPANS 96

static const struct bednet_hash_key KEY = {{7}};
static struct bednet_level names[2];
static struct bednet_shape shapes[2] = {{.names = &names[0]}, {.names = &names[1]}};

struct wanted {
    struct bednet_shape *shape;
    struct bednet_span spans[SPANS];
    size_t count;
    const struct bednet_layout *held; /* NULL: not any more */
};

static bool is_same(const struct wanted *a, const struct wanted *b)
{
    return a->shape == b->shape && a->count == b->count &&
           memcmp(a->spans, b->spans, a->count * sizeof *a->spans) == 0;
}

/* Few values, so that many are alike, and many differ in one thing or are the beginning of another. */
static void want(struct wanted *wanted)
{
    wanted->shape = rand() % 3 == 0 ? NULL : &shapes[rand() % 2];
    wanted->count = (size_t)(rand() % 10 == 0 ? SPANS : rand() % 3 + 1);
    for (size_t i = 0; i < SPANS; i++)
        wanted->spans[i] =
            (struct bednet_span){(uint16_t)(i < 3 ? rand() % 2 : 0), (uint16_t)(i < 3 ? rand() % 2 : 0)};
}

static void assert_agrees(const struct bednet_commons *layouts, const struct wanted *list)
{
    size_t distinct = 0;
    for (size_t i = 0; i < HELD; i++) {
        bool first = list[i].held != NULL;
        for (size_t j = 0; first && j < i; j++)
            first = list[j].held == NULL || !is_same(&list[i], &list[j]);
        distinct += first;
        for (size_t j = 0; list[i].held != NULL && j < i; j++)
            if (list[j].held != NULL)
                assert_int_equal(list[i].held == list[j].held, is_same(&list[i], &list[j]));
        if (list[i].held == NULL)
            continue;
        assert_ptr_equal(list[i].held->shape, list[i].shape);
        assert_memory_equal(list[i].held->spans, list[i].spans, list[i].count * sizeof *list[i].spans);
    }
    assert_int_equal(layouts->index.count, distinct);
}

static void test_random(void **state)
{
    static struct wanted list[HELD];
    struct bednet_commons layouts;
    (void)state;
    srand(1);
    memset(list, 0, sizeof list);
    bednet_commons_open(&layouts, &KEY);
    for (int i = 0; i < 20000; i++) {
        struct wanted *wanted = &list[rand() % HELD];
        if (wanted->held != NULL) {
            bednet_layouts_release(&layouts, wanted->held);
            wanted->held = NULL;
        } else if (rand() % 3 == 0 || i < 10000) {
            want(wanted);
            wanted->held = bednet_layouts_hold(&layouts, wanted->shape, wanted->spans, wanted->count);
            assert_non_null(wanted->held);
        }
        if (i % 500 == 0)
            assert_agrees(&layouts, list);
    }
    for (size_t i = 0; i < HELD; i++)
        bednet_layouts_release(&layouts, list[i].held);
    assert_int_equal(layouts.index.count, 0);
    bednet_commons_close(&layouts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
