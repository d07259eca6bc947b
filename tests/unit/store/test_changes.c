/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Later changes take the place of earlier ones: what is gathered and then applied does to a table what all of
 * the changes do one by one, on random sequences; and no byte is counted twice or not at all.
 */
#include "cmocka_first.h"

#include "store/changes.h"

#include <stdio.h>
#include <stdlib.h>

#define CLIENTS 6

/* A row of the table: number 0 is none. */
struct row {
    uint64_t number;
    bool online;
    int64_t seen_s;
    char record;
};

static void apply(struct row *row, const struct bednet_change *change)
{
    switch (change->kind) {
    case BEDNET_CHANGE_PUT:
        *row = (struct row){change->number, true, change->at_s, change->record.ptr[0]};
        break;
    case BEDNET_CHANGE_LEAVE:
        if (row->number == change->number && row->number != 0) {
            row->online = false;
            row->seen_s = change->at_s;
        }
        break;
    case BEDNET_CHANGE_FORGET:
        if (row->number <= change->number)
            *row = (struct row){0};
        break;
    }
}

static bool apply_pending(void *context, const struct bednet_pending *pending)
{
    struct row *table = context;
    const struct bednet_change *any = pending->put != NULL      ? pending->put
                                      : pending->forget != NULL ? pending->forget
                                                                : pending->leave;
    assert_non_null(any);
    struct row *row = &table[any->client_id.ptr[0] - 'a'];
    if (pending->forget != NULL)
        apply(row, pending->forget);
    if (pending->put != NULL)
        apply(row, pending->put);
    if (pending->leave != NULL)
        apply(row, pending->leave);
    return true;
}

/* Whoever leaves was put once: `puts` has the last two numbers of each. */
static struct bednet_change *random_change(uint64_t *number, uint64_t puts[CLIENTS][2], int64_t at_s)
{
    int client = rand() % CLIENTS;
    char id = (char)('a' + client), record = (char)('A' + rand() % 26);
    struct bednet_text client_id = {&id, 1};
    switch (rand() % 4) {
    case 0:
        return bednet_change_new(BEDNET_CHANGE_LEAVE, client_id, puts[client][rand() % 2], at_s,
                                 (struct bednet_text){0});
    case 1:
        return bednet_change_new(BEDNET_CHANGE_FORGET, client_id, (uint64_t)rand() % (*number + 1), at_s,
                                 (struct bednet_text){0});
    default:
        puts[client][1] = puts[client][0];
        puts[client][0] = ++*number;
        return bednet_change_new(BEDNET_CHANGE_PUT, client_id, *number, at_s,
                                 (struct bednet_text){&record, 1});
    }
}

static void assert_tables(const struct row *a, const struct row *b)
{
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(a[i].number, b[i].number);
        assert_int_equal(a[i].online, b[i].online);
        assert_int_equal(a[i].seen_s, b[i].seen_s);
        assert_int_equal(a[i].record, b[i].record);
    }
}

static void gathered_is_one_by_one(void **state)
{
    (void)state;
    static const struct bednet_hash_key key = {{4, 5, 6}};
    struct bednet_changes *changes = bednet_changes_new(&key);
    assert_non_null(changes);
    for (unsigned seed = 0; seed < 300; seed++) {
        struct row one[CLIENTS] = {0}, other[CLIENTS] = {0};
        uint64_t number = 0, puts[CLIENTS][2] = {0};
        size_t held = 0;
        srand(seed);
        for (int i = 0; i < 200; i++) {
            struct bednet_change *change = random_change(&number, puts, i);
            size_t freed = 0;
            assert_non_null(change);
            held += bednet_change_bytes(change);
            apply(&one[change->client_id.ptr[0] - 'a'], change);
            assert_true(bednet_changes_add(changes, change, &freed));
            assert_true(freed <= held);
            held -= freed;
            assert_true(bednet_changes_count(changes) <= CLIENTS);
            if (rand() % 20 != 0)
                continue;
            assert_true(bednet_changes_visit(changes, apply_pending, other));
            assert_int_equal(bednet_changes_clear(changes), held);
            held = 0;
            assert_tables(one, other);
        }
        bednet_changes_visit(changes, apply_pending, other);
        assert_tables(one, other);
        bednet_changes_clear(changes);
    }
    bednet_changes_free(changes);
}

static void the_list_keeps_order(void **state)
{
    (void)state;
    struct bednet_change_list list = {0};
    assert_null(bednet_change_list_take(&list));
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 1; i <= 5; i++) {
            struct bednet_change *change = bednet_change_new(BEDNET_CHANGE_LEAVE, BEDNET_TEXT_LITERAL("a"), i,
                                                             0, (struct bednet_text){0});
            assert_int_equal(bednet_change_list_push(&list, change), i == 1);
        }
        struct bednet_change *change = bednet_change_list_take(&list);
        for (uint64_t i = 1; i <= 5; i++) {
            struct bednet_change *next = change->next;
            assert_int_equal(change->number, i);
            free(change);
            change = next;
        }
        assert_null(change);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathered_is_one_by_one),
        cmocka_unit_test(the_list_keeps_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
