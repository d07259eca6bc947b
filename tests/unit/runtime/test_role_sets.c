/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of roles that are held once however many hold them, against a list of those that were asked for. */
#include "cmocka_first.h"

#include "runtime/role_sets.h"

#include <stdlib.h>
#include <string.h>

#define HELD    400
#define ROLES   32
#define NUMBERS 3

static const struct bednet_hash_key KEY = {{7}};

struct wanted {
    uint16_t ids[ROLES];
    struct bednet_roles roles;
    const struct bednet_roles *held; /* NULL: not any more */
};

static bool is_same(const struct bednet_roles *a, const struct bednet_roles *b)
{
    return a->count == b->count && a->exemptions == b->exemptions && a->excepted == b->excepted &&
           a->too_many == b->too_many && memcmp(a->ids, b->ids, a->count * sizeof *a->ids) == 0;
}

/* Few values, so that many are alike and many differ in one thing. */
static void want(struct wanted *wanted)
{
    wanted->roles = (struct bednet_roles){
        .ids = wanted->ids,
        .count = (uint8_t)(rand() % 10 == 0 ? ROLES : rand() % 3),
        .exemptions = (uint8_t)(rand() % 2),
        .excepted = (uint8_t)(rand() % 2),
        .too_many = rand() % 4 == 0,
    };
    for (size_t i = 0; i < ROLES; i++)
        wanted->ids[i] = (uint16_t)(i < 3 ? (size_t)rand() % NUMBERS : i);
}

static void assert_agrees(const struct bednet_commons *sets, const struct wanted *list)
{
    size_t distinct = 0;
    for (size_t i = 0; i < HELD; i++) {
        bool first = list[i].held != NULL;
        for (size_t j = 0; first && j < i; j++)
            first = list[j].held == NULL || !is_same(&list[i].roles, &list[j].roles);
        distinct += first;
        for (size_t j = 0; list[i].held != NULL && j < i; j++)
            if (list[j].held != NULL)
                assert_int_equal(list[i].held == list[j].held, is_same(&list[i].roles, &list[j].roles));
        if (list[i].held != NULL)
            assert_true(is_same(list[i].held, &list[i].roles) && list[i].held->ids != list[i].ids);
    }
    assert_int_equal(sets->index.count, distinct);
}

static void test_random(void **state)
{
    static struct wanted list[HELD];
    struct bednet_commons sets;
    (void)state;
    srand(1);
    memset(list, 0, sizeof list);
    bednet_commons_open(&sets, &KEY);
    for (int i = 0; i < 20000; i++) {
        struct wanted *wanted = &list[rand() % HELD];
        if (wanted->held != NULL) {
            bednet_role_sets_release(&sets, wanted->held);
            wanted->held = NULL;
        } else if (rand() % 3 == 0 || i < 10000) {
            want(wanted);
            wanted->held = bednet_role_sets_hold(&sets, &wanted->roles);
            assert_non_null(wanted->held);
        }
        if (i % 500 == 0)
            assert_agrees(&sets, list);
    }
    for (size_t i = 0; i < HELD; i++)
        bednet_role_sets_release(&sets, list[i].held);
    assert_int_equal(sets.index.count, 0);
    bednet_commons_close(&sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
