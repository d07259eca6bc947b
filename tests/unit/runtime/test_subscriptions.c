/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of subscriptions against a naive list on random sequences, with walkers among them that remove
 * what they see; its bounds, and memory that fails.
 */
#include "cmocka_first.h"

#include "failing_memory.h"
#include "runtime/counters.h"
#include "runtime/subscriptions.h"

#include <stdio.h>
#include <stdlib.h>

static const struct bednet_hash_key KEY = {{1, 2, 3}};
static const char chain_a, chain_b;
static long grants = -1; /* so many requests for memory still succeed; -1: all */

static bool fails(void)
{
    return grants >= 0 && grants-- == 0;
}

static struct bednet_client client(uintptr_t handle, const char *client_id)
{
    return (struct bednet_client){.handle = (const void *)handle, .client_id = bednet_text(client_id)};
}

static enum bednet_status add(struct bednet_subscriptions *table, const void *chain, uintptr_t handle,
                              const char *client_id, const char *filter)
{
    struct bednet_client party = client(handle, client_id);
    return bednet_subscriptions_add(table, chain, &party, bednet_text(filter));
}

static void depart(struct bednet_subscriptions *table, uintptr_t handle, const char *client_id)
{
    struct bednet_client party = client(handle, client_id);
    bednet_subscriptions_depart(table, &chain_a, &party);
}

static bool has(struct bednet_subscriptions *table, const void *chain, const char *client_id,
                const char *filter)
{
    return bednet_subscriptions_has(table, chain, bednet_text(client_id), bednet_text(filter));
}

static size_t count(struct bednet_subscriptions *table, const void *chain, const char *client_id)
{
    return bednet_subscriptions_count(table, chain, bednet_text(client_id));
}

static void test_sessions_are_their_chain_and_client_id(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
    assert_int_equal(add(table, &chain_a, 1, "dev", "t"), BEDNET_OK);
    assert_false(has(table, &chain_b, "dev", "t"));
    assert_false(has(table, &chain_a, "de", "t"));
    assert_false(has(table, &chain_a, "dev2", "t"));
    assert_false(has(table, &chain_a, "", "t"));
    assert_false(bednet_subscriptions_remove(table, &chain_b, bednet_text("dev"), bednet_text("t")));
    assert_true(has(table, &chain_a, "dev", "t"));
    assert_int_equal(add(table, &chain_a, 1, "", "t"), BEDNET_OK);
    assert_int_equal(count(table, &chain_a, ""), 1);
    bednet_subscriptions_free(table);
}

static void test_what_is_there_counts_once(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
    add(table, &chain_a, 1, "dev", "t");
    add(table, &chain_a, 2, "dev", "t");
    assert_int_equal(count(table, &chain_a, "dev"), 1);
    assert_int_equal(bednet_subscriptions_filters(table), 1);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_SUBSCRIPTIONS), 1);
    assert_true(bednet_gauge_get(BEDNET_GAUGE_SUBSCRIPTION_BYTES) > 0);
    assert_true(bednet_subscriptions_remove(table, &chain_a, bednet_text("dev"), bednet_text("t")));
    assert_false(bednet_subscriptions_remove(table, &chain_a, bednet_text("dev"), bednet_text("t")));
    assert_int_equal(bednet_subscriptions_sessions(table), 0);
    assert_int_equal(bednet_subscriptions_bytes(table), 0);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_SUBSCRIPTIONS), 0);
    bednet_subscriptions_free(table);
}

static void test_an_old_connection_ends_nothing_of_the_new_one(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
    struct bednet_subscribed subscribed;
    add(table, &chain_a, 1, "dev", "t");
    add(table, &chain_a, 2, "dev", "u");
    depart(table, 1, "dev");
    assert_true(bednet_subscriptions_look(table, &chain_a, bednet_text("dev"), &subscribed));
    assert_false(subscribed.departed);
    assert_ptr_equal(subscribed.handle, (void *)2);
    depart(table, 2, "dev");
    depart(table, 2, "dev");
    assert_true(bednet_subscriptions_look(table, &chain_a, bednet_text("dev"), &subscribed));
    assert_true(subscribed.departed);
    assert_int_equal(subscribed.count, 2);
    struct bednet_client back = client(3, "dev"), stranger = client(4, "nobody");
    bednet_subscriptions_arrive(table, &chain_a, &stranger);
    assert_int_equal(bednet_subscriptions_sessions(table), 1);
    bednet_subscriptions_arrive(table, &chain_a, &back);
    depart(table, 2, "dev");
    assert_true(bednet_subscriptions_look(table, &chain_a, bednet_text("dev"), &subscribed));
    assert_false(subscribed.departed);
    depart(table, 3, "dev");
    add(table, &chain_a, 2, "dev", "$share/g/t");
    assert_true(bednet_subscriptions_look(table, &chain_a, bednet_text("dev"), &subscribed));
    assert_false(subscribed.departed);
    assert_int_equal(subscribed.count, 3);
    assert_int_equal(subscribed.shared, 1);
    assert_false(bednet_subscriptions_look(table, &chain_b, bednet_text("dev"), &subscribed));
    assert_int_equal(subscribed.count, 0);
    bednet_subscriptions_free(table);
}

static const void *successor_of(struct bednet_subscriptions *table)
{
    struct bednet_subscriptions_cursor cursor = {0};
    struct bednet_subscription subscription;
    bednet_subscriptions_watch(table, &cursor);
    bednet_subscriptions_rewind(table, &cursor);
    assert_true(bednet_subscriptions_next(&cursor, &subscription));
    bednet_subscriptions_unwatch(table, &cursor);
    return subscription.successor;
}

/* Logging in changes nothing yet: it may be refused. */
static void test_who_is_awaited(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
    struct bednet_client back = client(2, "dev"), stranger = client(3, "nobody");
    struct bednet_subscribed subscribed;
    bednet_subscriptions_await(table, &chain_a, bednet_text("dev"));
    assert_false(bednet_subscriptions_succeed(table, &chain_a, &back));
    add(table, &chain_a, 1, "dev", "t");
    depart(table, 1, "dev");
    assert_null(successor_of(table));
    assert_false(bednet_subscriptions_succeed(table, &chain_a, &back));
    assert_ptr_equal(successor_of(table), (void *)2);
    bednet_subscriptions_await(table, &chain_a, bednet_text("dev"));
    assert_false(bednet_subscriptions_succeed(table, &chain_a, &stranger));
    assert_false(bednet_subscriptions_succeed(table, &chain_b, &back));
    assert_true(bednet_subscriptions_succeed(table, &chain_a, &back));
    assert_false(bednet_subscriptions_succeed(table, &chain_a, &back));
    assert_true(bednet_subscriptions_look(table, &chain_a, bednet_text("dev"), &subscribed));
    assert_true(subscribed.departed);
    assert_ptr_equal(subscribed.handle, (void *)1);
    bednet_subscriptions_free(table);
}

static void test_whoever_departed_first_makes_room(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 3, 1 << 20);
    add(table, &chain_a, 1, "one", "t");
    add(table, &chain_a, 2, "two", "t");
    add(table, &chain_a, 3, "three", "t");
    assert_int_equal(add(table, &chain_a, 4, "four", "t"), BEDNET_NOMEM);
    assert_int_equal(add(table, &chain_a, 3, "three", "u"), BEDNET_OK);
    depart(table, 2, "two");
    depart(table, 1, "one");
    assert_int_equal(add(table, &chain_a, 4, "four", "t"), BEDNET_OK);
    assert_int_equal(count(table, &chain_a, "two"), 0);
    assert_int_equal(count(table, &chain_a, "one"), 1);
    assert_int_equal(add(table, &chain_a, 1, "one", "u"), BEDNET_OK); /* it is back, and stays */
    assert_int_equal(add(table, &chain_a, 5, "five", "t"), BEDNET_NOMEM);
    bednet_subscriptions_free(table);
}

static void test_memory_in_all_is_bounded(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 100, 4096);
    char name[16];
    add(table, &chain_a, 1, "old", "t");
    depart(table, 1, "old");
    enum bednet_status status = BEDNET_OK;
    for (int i = 0; i < 1000 && status == BEDNET_OK; i++) {
        snprintf(name, sizeof name, "f/%d", i);
        status = add(table, &chain_a, 2, "greedy", name);
        assert_true(bednet_subscriptions_bytes(table) <= 4096);
    }
    assert_int_equal(status, BEDNET_NOMEM);
    assert_int_equal(count(table, &chain_a, "old"), 0);
    assert_true(count(table, &chain_a, "greedy") > 100);
    bednet_subscriptions_free(table);
}

static void test_a_session_is_bounded(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 100, 1 << 20);
    struct bednet_subscribed subscribed;
    char name[16];
    for (int i = 0; i < BEDNET_FILTER_SET_COUNT_MAX; i++) {
        snprintf(name, sizeof name, "f/%d", i);
        assert_true(bednet_subscriptions_has_room(table, &chain_a, bednet_text("dev"), bednet_text(name)));
        assert_int_equal(add(table, &chain_a, 1, "dev", name), BEDNET_OK);
    }
    assert_false(bednet_subscriptions_has_room(table, &chain_a, bednet_text("dev"), bednet_text("g")));
    assert_int_equal(add(table, &chain_a, 1, "dev", "g"), BEDNET_LIMIT);
    /* What was not kept is not forgotten with the rest. */
    for (int i = 0; i < BEDNET_FILTER_SET_COUNT_MAX; i++) {
        snprintf(name, sizeof name, "f/%d", i);
        bednet_subscriptions_remove(table, &chain_a, bednet_text("dev"), bednet_text(name));
    }
    assert_true(bednet_subscriptions_look(table, &chain_a, bednet_text("dev"), &subscribed));
    assert_true(subscribed.overflowed);
    bednet_subscriptions_forget(table, &chain_a, bednet_text("dev"));
    assert_int_equal(bednet_subscriptions_bytes(table), 0);
    bednet_subscriptions_free(table);
}

static void test_a_long_client_id_has_no_place(void **state)
{
    (void)state;
    char id[BEDNET_SUBSCRIPTIONS_CLIENT_ID_BYTES_MAX + 2];
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
    memset(id, 'x', sizeof id);
    id[sizeof id - 1] = '\0';
    assert_int_equal(add(table, &chain_a, 1, id, "t"), BEDNET_LIMIT);
    assert_false(bednet_subscriptions_has_room(table, &chain_a, bednet_text(id), bednet_text("t")));
    assert_false(has(table, &chain_a, id, "t"));
    depart(table, 1, id);
    bednet_subscriptions_forget(table, &chain_a, bednet_text(id));
    id[sizeof id - 2] = '\0';
    assert_int_equal(add(table, &chain_a, 1, id, "t"), BEDNET_OK);
    assert_true(has(table, &chain_a, id, "t"));
    bednet_subscriptions_free(table);
}

static void test_a_chain_takes_its_sessions_along(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
    add(table, &chain_a, 1, "dev", "t");
    add(table, &chain_b, 1, "dev", "t");
    add(table, &chain_a, 2, "gone", "t");
    depart(table, 2, "gone");
    bednet_subscriptions_forget_chain(table, &chain_a);
    assert_int_equal(bednet_subscriptions_sessions(table), 1);
    assert_true(has(table, &chain_b, "dev", "t"));
    bednet_subscriptions_free(table);
}

static void test_memory_fails(void **state)
{
    (void)state;
    grants = 0;
    assert_null(bednet_subscriptions_new(&KEY, 10, 1 << 20));
    bool done = false;
    for (long n = 0; !done; n++) {
        grants = -1;
        struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
        grants = n;
        enum bednet_status status = add(table, &chain_a, 1, "dev", "t");
        done = grants >= 0;
        grants = -1;
        assert_int_equal(status, done ? BEDNET_OK : BEDNET_NOMEM);
        assert_int_equal(bednet_subscriptions_sessions(table), done);
        assert_int_equal(bednet_subscriptions_bytes(table) == 0, !done);
        assert_int_equal(add(table, &chain_a, 1, "dev", "t"), BEDNET_OK);
        assert_int_equal(count(table, &chain_a, "dev"), 1);
        bednet_subscriptions_free(table);
    }
}

static void test_removing_while_walking(void **state)
{
    (void)state;
    struct bednet_subscriptions *table = bednet_subscriptions_new(&KEY, 10, 1 << 20);
    struct bednet_subscriptions_cursor cursor = {0};
    struct bednet_subscription seen;
    const char *filters[] = {"a", "bb", "ccc", "dddd"};
    for (size_t i = 0; i < 4; i++) {
        add(table, &chain_a, 1, "one", filters[i]);
        add(table, &chain_a, 2, "two", filters[i]);
    }
    bednet_subscriptions_watch(table, &cursor);
    assert_false(bednet_subscriptions_next(&cursor, &seen));
    bednet_subscriptions_rewind(table, &cursor);
    for (size_t i = 0; i < 4; i++) {
        assert_true(bednet_subscriptions_next(&cursor, &seen));
        assert_string_equal(seen.client_id.ptr, "one");
        assert_string_equal(seen.filter.ptr, filters[i]);
        assert_true(bednet_subscriptions_remove(table, seen.chain, seen.client_id, seen.filter));
    }
    assert_true(bednet_subscriptions_next(&cursor, &seen));
    assert_string_equal(seen.client_id.ptr, "two");
    assert_string_equal(seen.filter.ptr, "a");
    bednet_subscriptions_forget(table, seen.chain, seen.client_id);
    assert_false(bednet_subscriptions_next(&cursor, &seen));
    assert_int_equal(bednet_subscriptions_bytes(table), 0);
    bednet_subscriptions_unwatch(table, &cursor);
    bednet_subscriptions_free(table);
}

/* The oracle: so many sessions and filters that they meet again and again. */
#define IDS     12
#define FILTERS 20

struct naive {
    bool there;
    bool departed;
    uintptr_t handle;
    bool filter[FILTERS];
    bool must_see[FILTERS]; /* by the walk that is under way */
};

struct trial {
    struct bednet_subscriptions *table;
    struct bednet_subscriptions_cursor cursor;
    struct naive sessions[IDS];
};

static const char *id_of(int session)
{
    static const char *const ids[IDS] = {"",  "a", "b",  "ab",  "aba", "long-client-id-of-a-thing",
                                         "x", "y", "xy", "xyx", "z",   "zz"};
    return ids[session];
}

static const char *filter_of(char *buffer, int number)
{
    sprintf(buffer, "%.*s%d/#", number, "////////////////////", number);
    return buffer;
}

static void settle(struct naive *session)
{
    bool any = false;
    for (int i = 0; i < FILTERS; i++)
        any = any || session->filter[i];
    if (!any)
        *session = (struct naive){0};
}

static void naive_remove(struct naive *session, int number)
{
    session->filter[number] = false;
    session->must_see[number] = false;
    settle(session);
}

static void step_change(struct trial *trial)
{
    char buffer[64];
    int id = rand() % IDS, number = rand() % FILTERS;
    struct naive *session = &trial->sessions[id];
    uintptr_t handle = (uintptr_t)(1 + rand() % 3);
    switch (rand() % 8) {
    case 0:
        depart(trial->table, handle, id_of(id));
        session->departed = session->departed || (session->there && session->handle == handle);
        break;
    case 1:
        if (rand() % 8 == 0) {
            bednet_subscriptions_forget(trial->table, &chain_a, bednet_text(id_of(id)));
            *session = (struct naive){0};
        }
        break;
    case 2:
    case 3:
    case 4:
        assert_int_equal(bednet_subscriptions_remove(trial->table, &chain_a, bednet_text(id_of(id)),
                                                     bednet_text(filter_of(buffer, number))),
                         session->filter[number]);
        naive_remove(session, number);
        break;
    default:
        assert_int_equal(add(trial->table, &chain_a, handle, id_of(id), filter_of(buffer, number)),
                         BEDNET_OK);
        session->there = true;
        session->departed = false;
        session->handle = handle;
        session->filter[number] = true;
    }
}

static void begin_walk(struct trial *trial)
{
    bednet_subscriptions_rewind(trial->table, &trial->cursor);
    for (int i = 0; i < IDS; i++)
        memcpy(trial->sessions[i].must_see, trial->sessions[i].filter, sizeof trial->sessions[i].filter);
}

static void end_walk(struct trial *trial)
{
    for (int i = 0; i < IDS; i++)
        for (int k = 0; k < FILTERS; k++)
            assert_false(trial->sessions[i].must_see[k]);
    begin_walk(trial);
}

static int number_of(struct bednet_text filter)
{
    int number = 0;
    while (filter.ptr[number] == '/')
        number++;
    return number;
}

static void step_walk(struct trial *trial)
{
    struct bednet_subscription seen;
    if (!bednet_subscriptions_next(&trial->cursor, &seen)) {
        end_walk(trial);
        return;
    }
    int id = 0, number = number_of(seen.filter);
    while (id < IDS && strcmp(id_of(id), seen.client_id.ptr) != 0)
        id++;
    assert_true(id < IDS);
    struct naive *session = &trial->sessions[id];
    assert_true(session->filter[number]);
    assert_ptr_equal(seen.chain, &chain_a);
    assert_ptr_equal(seen.handle, (void *)session->handle);
    assert_int_equal(seen.departed, session->departed);
    session->must_see[number] = false;
    if (rand() % 4 == 0) {
        assert_true(bednet_subscriptions_remove(trial->table, seen.chain, seen.client_id, seen.filter));
        naive_remove(session, number);
    }
}

static void compare(struct trial *trial)
{
    char buffer[64];
    size_t sessions = 0, filters = 0;
    for (int i = 0; i < IDS; i++) {
        const struct naive *naive = &trial->sessions[i];
        size_t known = 0;
        for (int k = 0; k < FILTERS; k++) {
            assert_int_equal(has(trial->table, &chain_a, id_of(i), filter_of(buffer, k)), naive->filter[k]);
            known += naive->filter[k];
        }
        struct bednet_subscribed subscribed;
        assert_int_equal(
            bednet_subscriptions_look(trial->table, &chain_a, bednet_text(id_of(i)), &subscribed),
            naive->there);
        assert_int_equal(subscribed.count, known);
        assert_int_equal(subscribed.departed, naive->departed);
        sessions += naive->there;
        filters += known;
    }
    assert_int_equal(bednet_subscriptions_sessions(trial->table), sessions);
    assert_int_equal(bednet_subscriptions_filters(trial->table), filters);
}

static void test_oracle(void **state)
{
    (void)state;
    struct trial trial = {.table = bednet_subscriptions_new(&KEY, IDS, 1 << 20)};
    bednet_subscriptions_watch(trial.table, &trial.cursor);
    srand(2);
    for (int step = 0; step < 100000; step++) {
        if (rand() % 3 == 0)
            step_walk(&trial);
        else
            step_change(&trial);
        if (step % 64 == 0)
            compare(&trial);
    }
    bednet_subscriptions_unwatch(trial.table, &trial.cursor);
    bednet_subscriptions_free(trial.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions_are_their_chain_and_client_id),
        cmocka_unit_test(test_what_is_there_counts_once),
        cmocka_unit_test(test_an_old_connection_ends_nothing_of_the_new_one),
        cmocka_unit_test(test_who_is_awaited),
        cmocka_unit_test(test_whoever_departed_first_makes_room),
        cmocka_unit_test(test_memory_in_all_is_bounded),
        cmocka_unit_test(test_a_session_is_bounded),
        cmocka_unit_test(test_a_long_client_id_has_no_place),
        cmocka_unit_test(test_a_chain_takes_its_sessions_along),
        cmocka_unit_test(test_memory_fails),
        cmocka_unit_test(test_removing_while_walking),
        cmocka_unit_test(test_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
