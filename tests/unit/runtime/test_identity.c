/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity table against a naive list that does the same by linear search, on random sequences of logins,
 * ends, takeovers and reused pointers; and by name the cases that its design comes from.
 */
#include "cmocka_first.h"

#include "runtime/identity.h"

#include <stdio.h>
#include <stdlib.h>

static const struct bednet_hash_key KEY = {{1, 2, 3}};
static const char chain_a, chain_b;

static struct bednet_identity_spec spec(const void *chain, uintptr_t handle, enum bednet_method method,
                                        const char *client_id, const char *username)
{
    return (struct bednet_identity_spec){
        .chain = chain,
        .handle = (const void *)handle,
        .method = method,
        .subject = {.client_id = bednet_text(client_id), .username = bednet_text(username)},
    };
}

static struct bednet_client client(uintptr_t handle, const char *client_id, const char *username)
{
    return (struct bednet_client){.handle = (const void *)handle,
                                  .client_id = bednet_text(client_id),
                                  .username = bednet_text(username)};
}

static struct bednet_identity *find(struct bednet_identities *table, const void *chain, uintptr_t handle,
                                    const char *client_id, const char *username)
{
    struct bednet_client party = client(handle, client_id, username);
    return bednet_identities_find(table, chain, &party);
}

static void test_reused_pointer_does_not_inherit(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    struct bednet_identity_spec s = spec(&chain_a, 1, BEDNET_METHOD_JWT, "victim", "v");
    assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    assert_true(bednet_identities_retire(table, (void *)1));
    assert_null(find(table, &chain_a, 1, "other", "v"));
    assert_null(find(table, &chain_a, 1, "victim", "w"));
    assert_null(find(table, &chain_a, 1, "victim", NULL));
    assert_null(find(table, &chain_b, 1, "victim", "v"));
    assert_non_null(find(table, &chain_a, 1, "victim", "v"));
    bednet_identities_free(table);
}

static void test_takeover_keeps_the_new_session(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    struct bednet_identity_spec old = spec(&chain_a, 1, BEDNET_METHOD_JWT, "dev", "u");
    struct bednet_identity_spec new = spec(&chain_a, 2, BEDNET_METHOD_JWT, "dev", "u");
    assert_int_equal(bednet_identities_admit(table, &old, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    assert_int_equal(bednet_identities_admit(table, &new, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    assert_true(bednet_identities_retire(table, (void *)1));
    assert_false(bednet_identities_retire(table, (void *)1));
    assert_int_equal(bednet_identities_at(table, (void *)2)->state, BEDNET_IDENTITY_LIVE);
    /* A client object of the broker's own making is answered by names: by the latest session. */
    assert_ptr_equal(find(table, &chain_a, 99, "dev", "u"), bednet_identities_at(table, (void *)2));
    bednet_identities_free(table);
}

static void test_failed_login_leaves_the_victim_alone(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    struct bednet_identity_spec victim = spec(&chain_a, 1, BEDNET_METHOD_JWT, "dev", "u");
    struct bednet_identity_spec attacker = spec(&chain_a, 2, BEDNET_METHOD_OTHER, "dev", "u");
    bednet_identities_admit(table, &victim, BEDNET_IDENTITY_LIVE);
    bednet_identities_admit(table, &attacker, BEDNET_IDENTITY_PENDING);
    assert_int_equal(find(table, &chain_a, 2, "dev", "u")->method, BEDNET_METHOD_OTHER);
    assert_false(bednet_identities_retire(table, (void *)2));
    assert_null(bednet_identities_at(table, (void *)2));
    assert_int_equal(find(table, &chain_a, 99, "dev", "u")->method, BEDNET_METHOD_JWT);
    bednet_identities_free(table);
}

static void test_other_method_ends_an_earlier_tokens_say(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    struct bednet_identity_spec token = spec(&chain_a, 1, BEDNET_METHOD_JWT, "dev", "u");
    struct bednet_identity_spec password = spec(&chain_a, 2, BEDNET_METHOD_OTHER, "dev", "u");
    bednet_identities_admit(table, &token, BEDNET_IDENTITY_LIVE);
    bednet_identities_retire(table, (void *)1);
    bednet_identities_admit(table, &password, BEDNET_IDENTITY_PENDING);
    assert_true(bednet_identities_confirm(table, (void *)2));
    assert_null(find(table, &chain_a, 99, "dev", "u"));
    bednet_identities_free(table);
}

/* On 2.0 a client that no plugin was asked about may call itself as it likes. */
static void test_whoever_is_connected_is_never_known_by_names(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    struct bednet_identity_spec s = spec(&chain_a, 1, BEDNET_METHOD_JWT, "dev", "u");
    bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE);
    struct bednet_client connected = client(2, "dev", "u");
    assert_non_null(bednet_identities_find(table, &chain_a, &connected));
    connected.address = "192.0.2.1";
    assert_null(bednet_identities_find(table, &chain_a, &connected));
    connected.handle = (void *)1;
    assert_non_null(bednet_identities_find(table, &chain_a, &connected));
    bednet_identities_free(table);
}

/* A broker may tell the end of a refused login one turn of its loop late. */
static void test_time_confirms_at_the_second_turn_and_takes_nothing(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    struct bednet_identity_spec token = spec(&chain_a, 1, BEDNET_METHOD_JWT, "dev", "u");
    struct bednet_identity_spec refused = spec(&chain_a, 2, BEDNET_METHOD_OTHER, "dev", "u");
    struct bednet_identity_spec accepted = spec(&chain_a, 3, BEDNET_METHOD_OTHER, "other", "u");
    bednet_identities_admit(table, &token, BEDNET_IDENTITY_LIVE);
    bednet_identities_admit(table, &refused, BEDNET_IDENTITY_PENDING);
    bednet_identities_admit(table, &accepted, BEDNET_IDENTITY_PENDING);
    assert_int_equal(bednet_identities_confirm_all(table), 0);
    assert_false(bednet_identities_retire(table, (void *)2));
    assert_int_equal(bednet_identities_confirm_all(table), 1);
    assert_int_equal(bednet_identities_at(table, (void *)3)->state, BEDNET_IDENTITY_LIVE);
    assert_int_equal(bednet_identities_confirm_all(table), 0);

    bednet_identities_admit(table, &refused, BEDNET_IDENTITY_PENDING);
    bednet_identities_confirm_all(table);
    assert_int_equal(bednet_identities_confirm_all(table), 1);
    assert_int_equal(find(table, &chain_a, 99, "dev", "u")->method, BEDNET_METHOD_JWT);
    bednet_identities_free(table);
}

static void test_full_table_forgets_the_first_retired_only(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 2);
    struct bednet_identity_spec s = spec(&chain_a, 1, BEDNET_METHOD_JWT, "a", NULL);
    bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE);
    s = spec(&chain_a, 2, BEDNET_METHOD_JWT, "b", NULL);
    bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE);
    s = spec(&chain_a, 3, BEDNET_METHOD_JWT, "c", NULL);
    assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_LIMIT);
    bednet_identities_retire(table, (void *)2);
    assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    assert_non_null(bednet_identities_at(table, (void *)1));
    assert_null(bednet_identities_at(table, (void *)2));
    assert_int_equal(bednet_identities_evictions(table), 1);
    bednet_identities_free(table);
}

static void test_long_names_and_data_are_refused(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 2);
    char *name = calloc(1, BEDNET_IDENTITY_DATA_BYTES_MAX + 2);
    memset(name, 'x', BEDNET_IDENTITY_NAME_BYTES_MAX);
    struct bednet_identity_spec s = spec(&chain_a, 1, BEDNET_METHOD_JWT, name, NULL);
    assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    assert_non_null(find(table, &chain_a, 7, name, NULL));
    s = spec(&chain_a, 1, BEDNET_METHOD_JWT, name, "u");
    assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_LIMIT);
    assert_null(bednet_identities_at(table, (void *)1));
    assert_null(find(table, &chain_a, 1, name, "u"));

    memset(name, 'x', BEDNET_IDENTITY_DATA_BYTES_MAX + 1);
    struct bednet_attribute attribute = {bednet_text("claim.a"), bednet_text(name)};
    s = spec(&chain_a, 1, BEDNET_METHOD_JWT, "a", NULL);
    s.subject.attributes = &attribute;
    s.subject.attribute_count = 1;
    assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_LIMIT);
    free(name);
    bednet_identities_free(table);
}

static void test_everything_is_copied(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 2);
    char id[] = "dev", user[] = "u", key[] = "claim.site", value[] = "berlin", role[] = "device";
    struct bednet_attribute attribute = {bednet_text(key), bednet_text(value)};
    struct bednet_text role_name = bednet_text(role);
    struct bednet_identity_spec s = spec(&chain_a, 1, BEDNET_METHOD_JWT, id, user);
    s.subject.attributes = &attribute;
    s.subject.attribute_count = 1;
    s.role_names = &role_name;
    s.role_name_count = 1;
    assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    memset(id, 'z', 3);
    memset(user, 'z', 1);
    memset(key, 'z', 5);
    memset(value, 'z', 5);
    memset(role, 'z', 5);
    const struct bednet_identity *identity = find(table, &chain_a, 1, "dev", "u");
    assert_non_null(identity);
    struct bednet_subject subject = bednet_identity_subject(identity);
    assert_true(bednet_text_equal(bednet_subject_attribute(&subject, bednet_text("claim.site")),
                                  bednet_text("berlin")));
    assert_int_equal(identity->pack.role_count, 1);
    assert_true(bednet_text_equal(bednet_pack_role(&identity->pack, 0), bednet_text("device")));
    bednet_identities_free(table);
}

/* The naive table: a list, newest last. */
struct naive {
    bool used;
    uintptr_t handle;
    const char *id, *user;
    enum bednet_method method;
    enum bednet_identity_state state;
    unsigned admitted;
    unsigned muted_at; /* by names it answers only while nobody else was confirmed under them later */
};

#define HANDLES 12

static const char *const IDS[] = {"a", "b", "c"};
static const char *const USERS[] = {NULL, "", "u"};

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static struct naive *naive_by_name(struct naive *list, const char *id, const char *user)
{
    struct naive *best = NULL;
    for (size_t i = 0; i < HANDLES; i++) {
        struct naive *n = &list[i];
        if (n->used && n->method == BEDNET_METHOD_JWT && n->muted_at == 0 && same(n->id, id) &&
            same(n->user, user) && (best == NULL || n->admitted > best->admitted))
            best = n;
    }
    return best;
}

static void naive_mute(struct naive *list, const char *id, const char *user, unsigned now,
                       const struct naive *except)
{
    for (size_t i = 0; i < HANDLES; i++)
        if (list[i].used && &list[i] != except && same(list[i].id, id) && same(list[i].user, user) &&
            list[i].muted_at == 0)
            list[i].muted_at = now;
}

static void step(struct bednet_identities *table, struct naive *list, unsigned now)
{
    size_t at = (size_t)rand() % HANDLES;
    struct naive *n = &list[at];
    void *handle = (void *)(at + 1);
    switch (rand() % 5) {
    case 0: {
        bool token = rand() % 2;
        *n = (struct naive){true,
                            at + 1,
                            IDS[rand() % 3],
                            USERS[rand() % 3],
                            token ? BEDNET_METHOD_JWT : BEDNET_METHOD_OTHER,
                            token ? BEDNET_IDENTITY_LIVE : BEDNET_IDENTITY_PENDING,
                            now,
                            0};
        if (token)
            naive_mute(list, n->id, n->user, now, n);
        struct bednet_identity_spec s = spec(&chain_a, at + 1, n->method, n->id, n->user);
        assert_int_equal(bednet_identities_admit(table, &s, n->state), BEDNET_OK);
        break;
    }
    case 1:
        assert_int_equal(bednet_identities_confirm(table, handle),
                         n->used && n->state == BEDNET_IDENTITY_PENDING);
        if (n->used && n->state == BEDNET_IDENTITY_PENDING) {
            n->state = BEDNET_IDENTITY_LIVE;
            naive_mute(list, n->id, n->user, now, n);
        }
        break;
    case 2:
        assert_int_equal(bednet_identities_retire(table, handle),
                         n->used && n->state == BEDNET_IDENTITY_LIVE);
        if (n->used && n->state == BEDNET_IDENTITY_PENDING)
            n->used = false;
        else if (n->used)
            n->state = BEDNET_IDENTITY_RETIRED;
        break;
    case 3:
        bednet_identities_remove(table, handle);
        n->used = false;
        break;
    default: {
        const char *id = IDS[rand() % 3], *user = USERS[rand() % 3];
        const struct naive *expected =
            n->used && same(n->id, id) && same(n->user, user) ? n : naive_by_name(list, id, user);
        const struct bednet_identity *found = find(table, &chain_a, at + 1, id, user);
        assert_int_equal(found != NULL, expected != NULL);
        if (expected != NULL)
            assert_ptr_equal(found, bednet_identities_at(table, (void *)expected->handle));
        break;
    }
    }
}

static void test_agrees_with_a_naive_list(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        srand(seed);
        struct naive list[HANDLES] = {0};
        struct bednet_identities *table = bednet_identities_new(&KEY, HANDLES);
        for (unsigned now = 1; now < 5000; now++)
            step(table, list, now);
        size_t used = 0;
        for (size_t i = 0; i < HANDLES; i++)
            used += list[i].used;
        assert_int_equal(bednet_identities_count(table), used);
        bednet_identities_free(table);
    }
}

static void test_a_million_client_ids_stay_bounded(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 1000);
    char id[32];
    for (uintptr_t i = 1; i <= 1000000; i++) {
        snprintf(id, sizeof id, "client-%zu", (size_t)i);
        struct bednet_identity_spec s = spec(&chain_a, i, BEDNET_METHOD_JWT, id, "u");
        assert_int_equal(bednet_identities_admit(table, &s, BEDNET_IDENTITY_LIVE), BEDNET_OK);
        bednet_identities_retire(table, (void *)i);
    }
    assert_int_equal(bednet_identities_count(table), 1000);
    assert_int_equal(bednet_identities_evictions(table), 1000000 - 1000);
    bednet_identities_free(table);
}

static struct bednet_identity *find_named(struct bednet_identities *table, const void *chain,
                                          const char *client_id, const char *username, const char *address)
{
    struct bednet_client party = client(4711, client_id, username);
    party.address = address;
    return bednet_identities_find(table, chain, &party);
}

static void restore(struct bednet_identities *table, const char *client_id, const char *username,
                    bool revoked, uint64_t kept)
{
    struct bednet_identity_spec back = spec(&chain_a, 0, BEDNET_METHOD_JWT, client_id, username);
    assert_int_equal(bednet_identities_restore(table, &back, revoked, kept), BEDNET_OK);
}

/* From before a restart: nobody who is connected, no other chain, no other name, and only until the next
 * login. */
static void test_who_comes_back_is_known_by_names_alone(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    restore(table, "a", "u", false, 7);
    restore(table, "b", "u", true, 8);
    struct bednet_identity *back = find_named(table, &chain_a, "a", "u", NULL);
    assert_non_null(back);
    assert_int_equal(back->state, BEDNET_IDENTITY_RETIRED);
    assert_int_equal(back->kept, 7);
    assert_false(back->ended);
    assert_true(find_named(table, &chain_a, "b", "u", NULL)->ended);
    assert_null(find_named(table, &chain_a, "a", "u", "127.0.0.1"));
    assert_null(find_named(table, &chain_b, "a", "u", NULL));
    assert_null(find_named(table, &chain_a, "a", "v", NULL));
    assert_null(find_named(table, &chain_a, "a", NULL, NULL));

    /* A login that is under way takes nothing; one that succeeded by other means takes all. */
    struct bednet_identity_spec other = spec(&chain_a, 16, BEDNET_METHOD_OTHER, "a", "u");
    assert_int_equal(bednet_identities_admit(table, &other, BEDNET_IDENTITY_PENDING), BEDNET_OK);
    assert_ptr_equal(find_named(table, &chain_a, "a", "u", NULL), back);
    assert_int_equal(find(table, &chain_a, 16, "a", "u")->method, BEDNET_METHOD_OTHER);
    bednet_identities_abandon(table, (const void *)16);
    assert_ptr_equal(find_named(table, &chain_a, "a", "u", NULL), back);
    assert_int_equal(bednet_identities_admit(table, &other, BEDNET_IDENTITY_PENDING), BEDNET_OK);
    assert_true(bednet_identities_confirm(table, (const void *)16));
    assert_null(find_named(table, &chain_a, "a", "u", NULL));

    struct bednet_identity_spec token = spec(&chain_a, 32, BEDNET_METHOD_JWT, "b", "u");
    assert_int_equal(bednet_identities_admit(table, &token, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    assert_false(find_named(table, &chain_a, "b", "u", NULL)->ended);
    bednet_identities_free(table);
}

static void test_who_comes_back_makes_room(void **state)
{
    (void)state;
    char id[8];
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    for (uint64_t i = 0; i < 25; i++) {
        snprintf(id, sizeof id, "%d", (int)i);
        restore(table, id, "u", false, i);
    }
    assert_int_equal(bednet_identities_count(table), 10);
    assert_int_equal(bednet_identities_evictions(table), 15);
    assert_null(find_named(table, &chain_a, "14", "u", NULL));
    assert_non_null(find_named(table, &chain_a, "15", "u", NULL));
    /* The same names again: the latest answers. */
    restore(table, "20", "u", true, 99);
    assert_int_equal(find_named(table, &chain_a, "20", "u", NULL)->kept, 99);
    assert_int_equal(bednet_identities_remove_chain(table, &chain_a), 0);
    assert_int_equal(bednet_identities_count(table), 0);
    bednet_identities_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reused_pointer_does_not_inherit),
        cmocka_unit_test(test_takeover_keeps_the_new_session),
        cmocka_unit_test(test_failed_login_leaves_the_victim_alone),
        cmocka_unit_test(test_other_method_ends_an_earlier_tokens_say),
        cmocka_unit_test(test_whoever_is_connected_is_never_known_by_names),
        cmocka_unit_test(test_time_confirms_at_the_second_turn_and_takes_nothing),
        cmocka_unit_test(test_full_table_forgets_the_first_retired_only),
        cmocka_unit_test(test_long_names_and_data_are_refused),
        cmocka_unit_test(test_everything_is_copied),
        cmocka_unit_test(test_who_comes_back_is_known_by_names_alone),
        cmocka_unit_test(test_who_comes_back_makes_room),
        cmocka_unit_test(test_agrees_with_a_naive_list),
        cmocka_unit_test(test_a_million_client_ids_stay_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
