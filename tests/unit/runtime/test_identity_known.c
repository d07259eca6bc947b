/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a client is taken to be who it was a moment ago without a look at its names: only between the first
 * look and the end of its connection, and never for anybody else under the same pointer.
 */
#include "cmocka_first.h"

#include "runtime/identity.h"

static const struct bednet_hash_key KEY = {{1, 2, 3}};
static const char chain_a, chain_b;
static const char first, second;

static void admit(struct bednet_identities *table, const void *handle, const char *client_id,
                  enum bednet_identity_state as)
{
    struct bednet_identity_spec spec = {
        .chain = &chain_a,
        .handle = handle,
        .method = BEDNET_METHOD_JWT,
        .subject = {.client_id = bednet_text(client_id), .username = bednet_text("u")},
    };
    assert_int_equal(bednet_identities_admit(table, &spec, as), BEDNET_OK);
}

static bool look(struct bednet_identities *table, const void *handle, const char *client_id,
                 const char *username)
{
    struct bednet_client client = {
        .handle = handle, .client_id = bednet_text(client_id), .username = bednet_text(username)};
    return bednet_identities_find(table, &chain_a, &client) != NULL;
}

#define assert_known(table, handle)   assert_non_null(bednet_identities_known(table, &chain_a, handle))
#define assert_unknown(table, handle) assert_null(bednet_identities_known(table, &chain_a, handle))

static void test_not_before_the_names_were_looked_at(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    assert_unknown(table, &first);
    admit(table, &first, "dev", BEDNET_IDENTITY_LIVE);
    assert_unknown(table, &first);
    assert_false(look(table, &first, "other", "u"));
    assert_false(look(table, &first, "dev", "v"));
    assert_false(look(table, &first, "dev", NULL));
    assert_unknown(table, &first);
    assert_true(look(table, &first, "dev", "u"));
    assert_known(table, &first);
    assert_unknown(table, &second);
    assert_null(bednet_identities_known(table, &chain_b, &first));
    bednet_identities_free(table);
}

/* An object of the broker's own making is answered by names, and stays unknown. */
static void test_only_under_its_own_pointer(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    admit(table, &first, "dev", BEDNET_IDENTITY_LIVE);
    assert_true(look(table, &second, "dev", "u"));
    assert_unknown(table, &first);
    assert_unknown(table, &second);
    bednet_identities_free(table);
}

static void test_not_before_the_login_is_accepted(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    admit(table, &first, "dev", BEDNET_IDENTITY_PENDING);
    assert_true(look(table, &first, "dev", "u"));
    assert_unknown(table, &first);
    assert_true(bednet_identities_confirm(table, &first));
    assert_unknown(table, &first);
    assert_true(look(table, &first, "dev", "u"));
    assert_known(table, &first);
    bednet_identities_free(table);
}

/* Wills and offline deliveries come after the end, when the pointer may soon be somebody else's. */
static void test_not_after_the_end(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    admit(table, &first, "dev", BEDNET_IDENTITY_LIVE);
    assert_true(look(table, &first, "dev", "u"));
    assert_true(bednet_identities_retire(table, &first));
    assert_unknown(table, &first);
    assert_true(look(table, &first, "dev", "u"));
    assert_unknown(table, &first);
    bednet_identities_free(table);
}

static void test_a_new_login_under_the_pointer_is_somebody_new(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    admit(table, &first, "dev", BEDNET_IDENTITY_LIVE);
    assert_true(look(table, &first, "dev", "u"));
    uint64_t before = bednet_identities_known(table, &chain_a, &first)->serial;
    admit(table, &first, "dev", BEDNET_IDENTITY_LIVE);
    assert_unknown(table, &first);
    assert_true(look(table, &first, "dev", "u"));
    assert_int_not_equal(bednet_identities_known(table, &chain_a, &first)->serial, before);
    bednet_identities_remove(table, &first);
    assert_unknown(table, &first);
    bednet_identities_free(table);
}

/* Another plugin may call a session something else while it lives. */
static void test_not_once_there_is_doubt(void **state)
{
    (void)state;
    struct bednet_identities *table = bednet_identities_new(&KEY, 10);
    admit(table, &first, "dev", BEDNET_IDENTITY_LIVE);
    assert_true(look(table, &first, "dev", "u"));
    assert_known(table, &first);
    bednet_identities_doubt(table, &first);
    bednet_identities_doubt(table, &second);
    assert_unknown(table, &first);
    struct bednet_client renamed = {.handle = &first,
                                    .client_id = bednet_text("dev"),
                                    .username = bednet_text("guest"),
                                    .address = "192.0.2.1"};
    assert_null(bednet_identities_find(table, &chain_a, &renamed));
    assert_unknown(table, &first);
    assert_true(look(table, &first, "dev", "u"));
    assert_known(table, &first);
    bednet_identities_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_before_the_names_were_looked_at),
        cmocka_unit_test(test_only_under_its_own_pointer),
        cmocka_unit_test(test_not_before_the_login_is_accepted),
        cmocka_unit_test(test_not_after_the_end),
        cmocka_unit_test(test_not_once_there_is_doubt),
        cmocka_unit_test(test_a_new_login_under_the_pointer_is_somebody_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
