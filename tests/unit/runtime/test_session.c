/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that live and die with their token: expiry, renewal, review, and clients in the middle of an
 * enhanced authentication. The broker is a list of kicks, and a hook for what it does meanwhile.
 */
#include "cmocka_first.h"

#include "runtime/chain.h"
#include "runtime/counters.h"
#include "runtime/process.h"
#include "runtime/session.h"
#include "runtime/standing.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW 1000000

static char policy_path[] = "/tmp/bednet-session.XXXXXX";
static struct bednet_chain *chain;
static struct {
    size_t count;
    char id[64];
    bool with_will;
    bool ends;         /* the broker tells the end before it returns */
    bool was_allowed;  /* what it asked about while it closed */
    bool then_allowed; /* and about the will, after the end */
} kicked;

static const void *handle_of(uintptr_t number)
{
    return (const void *)number;
}

static struct bednet_client client(uintptr_t handle, const char *client_id, const char *username)
{
    return (struct bednet_client){.handle = handle_of(handle),
                                  .client_id = bednet_text(client_id),
                                  .username = bednet_text(username),
                                  .address = "192.0.2.1"};
}

static struct bednet_identity_spec token(uintptr_t handle, const char *client_id, const char *username,
                                         int64_t ends_s)
{
    return (struct bednet_identity_spec){
        .chain = chain,
        .handle = handle_of(handle),
        .method = BEDNET_METHOD_JWT,
        .subject = {.client_id = bednet_text(client_id), .username = bednet_text(username)},
        .ends_s = ends_s,
    };
}

static void log_in(uintptr_t handle, const char *client_id, int64_t ends_s)
{
    struct bednet_identity_spec spec = token(handle, client_id, "user", ends_s);
    assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
}

static struct bednet_standing stand(uintptr_t handle, const char *client_id, const char *username)
{
    struct bednet_standing standing;
    struct bednet_client party = client(handle, client_id, username);
    bednet_standing_of(chain, &party, &standing);
    return standing;
}

static bool has_ended(uintptr_t handle, const char *client_id)
{
    return stand(handle, client_id, "user").ended;
}

/* Handles of these tests are the number in the client id. */
static void kick(const char *client_id, bool with_will)
{
    uintptr_t handle = strtoul(client_id, NULL, 10);
    kicked.count++;
    snprintf(kicked.id, sizeof kicked.id, "%s", client_id);
    kicked.with_will = with_will;
    kicked.was_allowed = !has_ended(handle, client_id);
    if (!kicked.ends)
        return;
    bednet_session_end(handle_of(handle));
    kicked.then_allowed = !has_ended(handle, client_id);
    bednet_session_end(handle_of(handle));
}

static int set_up(void **state)
{
    (void)state;
    static const char policy[] = "bednet: 1\n"
                                 "roles:\n"
                                 "  named:\n"
                                 "    members: {usernames: [claimed, user]}\n"
                                 "    allow: {publish: [a]}\n"
                                 "  nobody:\n"
                                 "    members: {anonymous: true}\n"
                                 "    allow: {publish: [a]}\n";
    strcpy(policy_path, "/tmp/bednet-session.XXXXXX");
    int file = mkstemp(policy_path);
    assert_true(file >= 0 && write(file, policy, sizeof policy - 1) == (ssize_t)sizeof policy - 1);
    close(file);
    static const struct bednet_attachment attachment = {.plugin = BEDNET_PLUGIN_ACL, .module_path = "acl.so"};
    struct bednet_diag *diag = bednet_diag_new();
    assert_non_null(diag);
    assert_int_equal(bednet_chain_attach(policy_path, "default", &attachment, diag, &chain), BEDNET_OK);
    bednet_diag_free(diag);
    memset(&kicked, 0, sizeof kicked);
    kicked.ends = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bednet_chain_detach(chain, BEDNET_PLUGIN_ACL);
    unlink(policy_path);
    return 0;
}

static void test_a_session_ends_in_its_second(void **state)
{
    (void)state;
    log_in(1, "1", NOW);
    log_in(2, "2", NOW + 1);
    log_in(3, "3", 0);
    bednet_session_expire(NOW - 1, kick);
    assert_int_equal(kicked.count, 0);
    assert_false(bednet_session_is_due(NOW - 1));
    assert_true(bednet_session_is_due(NOW));
    bednet_session_expire(NOW, kick);
    assert_int_equal(kicked.count, 1);
    assert_string_equal(kicked.id, "1");
    assert_false(has_ended(2, "2"));
    bednet_session_expire(INT64_MAX, kick);
    assert_int_equal(kicked.count, 2);
    assert_false(has_ended(3, "3"));
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_SESSIONS_EXPIRING), 0);
}

/* Marked only, where connections cannot be closed, and closed at the next opportunity. */
static void test_what_cannot_be_closed_is_denied(void **state)
{
    (void)state;
    log_in(1, "1", NOW);
    uint64_t before = stand(1, "1", "user").who;
    assert_int_equal(bednet_identities_known(bednet_process()->identities, chain, handle_of(1))->serial,
                     before);
    bednet_session_expire(NOW, NULL);
    assert_null(bednet_identities_known(bednet_process()->identities, chain, handle_of(1)));
    struct bednet_standing after = stand(1, "1", "user");
    assert_true(after.ended);
    assert_true(after.who != before);
    assert_null(bednet_identities_known(bednet_process()->identities, chain, handle_of(1)));
    bednet_session_expire(NOW - 100, kick);
    assert_int_equal(kicked.count, 1);
}

static void test_a_kick_without_effect_is_not_repeated(void **state)
{
    (void)state;
    kicked.ends = false;
    log_in(1, "1", NOW);
    for (int i = 0; i < 5; i++)
        bednet_session_expire(NOW + i, kick);
    assert_int_equal(kicked.count, 1);
    assert_true(has_ended(1, "1"));
    assert_null(bednet_identities_known(bednet_process()->identities, chain, handle_of(1)));
    bednet_session_end(handle_of(1));
    assert_false(has_ended(1, "1"));
}

/* The broker asks about stored subscriptions while it closes, and about the will afterwards. */
static void test_what_expired_leaves_as_if_by_itself(void **state)
{
    (void)state;
    struct bednet_identity_spec spec = token(1, "1", "user", NOW);
    spec.ends_with_will = true;
    assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
    bednet_session_expire(NOW, kick);
    assert_true(kicked.with_will && kicked.was_allowed && kicked.then_allowed);
}

static bool is_one(const void *context, const struct bednet_identity *identity)
{
    return bednet_text_equal(bednet_identity_client_id(identity), bednet_text(context));
}

static bool review(const char *id, bool with_will, bednet_session_kick how)
{
    return bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_one, id, with_will, how);
}

static void test_what_was_revoked_loses_all(void **state)
{
    (void)state;
    log_in(1, "1", 0);
    log_in(2, "2", 0);
    bednet_session_review_restart(chain, BEDNET_PLUGIN_JWT);
    assert_false(review("1", false, kick));
    assert_int_equal(kicked.count, 1);
    assert_false(kicked.with_will || kicked.was_allowed || kicked.then_allowed);
    assert_true(has_ended(1, "1"));
    assert_false(has_ended(2, "2"));
    /* Its names speak for it no longer, either. */
    struct bednet_client absent = client(77, "1", "user");
    struct bednet_standing standing;
    absent.address = NULL;
    bednet_standing_of(chain, &absent, &standing);
    assert_true(standing.ended);

    log_in(1, "1", 0);
    assert_false(has_ended(1, "1"));
    bednet_session_review_restart(chain, BEDNET_PLUGIN_JWT);
    review("1", true, kick);
    assert_true(kicked.with_will && kicked.then_allowed);
}

static void test_kicks_are_bounded(void **state)
{
    (void)state;
    char id[16];
    for (uintptr_t i = 1; i <= 2 * BEDNET_SESSION_KICKS_MAX + 10; i++) {
        snprintf(id, sizeof id, "%zu", (size_t)i);
        log_in(i, id, NOW - (int64_t)i);
    }
    bednet_session_expire(NOW, kick);
    assert_int_equal(kicked.count, BEDNET_SESSION_KICKS_MAX);
    assert_false(bednet_session_is_due(NOW));
    assert_true(has_ended(1, "1"));
    bednet_session_expire(NOW, kick);
    bednet_session_expire(NOW, kick);
    bednet_session_expire(NOW, kick);
    assert_int_equal(kicked.count, 2 * BEDNET_SESSION_KICKS_MAX + 10);
}

/* Who leaves, or logs in again, between the mark and the kick. */
static void test_whoever_is_gone_is_not_kicked(void **state)
{
    (void)state;
    log_in(1, "1", NOW);
    log_in(2, "2", NOW);
    bednet_session_expire(NOW, NULL);
    bednet_session_end(handle_of(1));
    log_in(2, "2", NOW + 10);
    bednet_session_expire(NOW, kick);
    assert_int_equal(kicked.count, 0);
    assert_false(has_ended(2, "2"));
}

static void test_a_clock_that_steps(void **state)
{
    (void)state;
    log_in(1, "1", NOW);
    bednet_session_expire(NOW - 1000000, kick);
    assert_int_equal(kicked.count, 0);
    bednet_session_expire(NOW + 1000000, NULL);
    assert_true(has_ended(1, "1"));
    bednet_session_expire(0, NULL);
    assert_true(has_ended(1, "1"));
}

static void test_renewal_replaces_what_a_session_has(void **state)
{
    (void)state;
    log_in(1, "1", NOW);
    struct bednet_client party = client(1, "1", "user");
    assert_true(bednet_session_is_live(chain, &party));
    int64_t connections = bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS);
    uint64_t before = stand(1, "1", "user").who;
    struct bednet_permission entry = {.filter = bednet_text("x/y"), .actions = 1u << BEDNET_ACTION_PUBLISH};
    struct bednet_permissions permissions = {.entries = &entry, .count = 1, .use = BEDNET_PERMISSIONS_NARROW};
    struct bednet_identity_spec spec = token(1, "1", "user", NOW + 10);
    spec.permissions = &permissions;
    assert_int_equal(bednet_session_renew(&spec), BEDNET_OK);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), connections);
    assert_null(bednet_identities_known(bednet_process()->identities, chain, handle_of(1)));
    struct bednet_standing after = stand(1, "1", "user");
    assert_true(after.who != before);
    assert_non_null(after.permissions);
    bednet_session_expire(NOW, kick);
    assert_int_equal(kicked.count, 0);
    bednet_session_expire(NOW + 10, kick);
    assert_int_equal(kicked.count, 1);
}

static void test_nobody_renews_for_another(void **state)
{
    (void)state;
    log_in(1, "1", NOW);
    bednet_session_login(chain,
                         &(struct bednet_client){.handle = handle_of(2), .client_id = bednet_text("2")});
    uint64_t before = stand(1, "1", "user").who;
    struct bednet_identity_spec wrong[] = {
        token(1, "2", "user", 0), token(1, "1", "other", 0), token(1, "1", NULL, 0),   token(2, "2", NULL, 0),
        token(9, "1", "user", 0), token(1, "1", "user", 0),  token(1, "1", "user", 0),
    };
    wrong[5].method = BEDNET_METHOD_OTHER;
    wrong[6].chain = &before;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(bednet_session_renew(&wrong[i]), BEDNET_INVALID);
    assert_int_equal(stand(1, "1", "user").who, before);

    struct bednet_identity_spec late = token(1, "1", "user", NOW + 10);
    bednet_session_expire(NOW, NULL);
    assert_int_equal(bednet_session_renew(&late), BEDNET_INVALID);
    bednet_session_end(handle_of(1));
    assert_int_equal(bednet_session_renew(&late), BEDNET_INVALID);
}

static void test_too_much_renews_nothing(void **state)
{
    (void)state;
    log_in(1, "1", NOW);
    uint64_t before = stand(1, "1", "user").who;
    static struct bednet_permission entries[BEDNET_PERMISSIONS_MAX + 1];
    static char filter[BEDNET_PERMISSIONS_BYTES_MAX + 2];
    for (size_t i = 0; i <= BEDNET_PERMISSIONS_MAX; i++)
        entries[i].filter = bednet_text("a");
    struct bednet_permissions permissions = {.entries = entries, .count = BEDNET_PERMISSIONS_MAX + 1};
    struct bednet_identity_spec spec = token(1, "1", "user", NOW + 10);
    spec.permissions = &permissions;
    assert_int_equal(bednet_session_renew(&spec), BEDNET_LIMIT);
    memset(filter, 'x', sizeof filter - 1);
    entries[0].filter = bednet_text(filter);
    permissions.count = 1;
    assert_int_equal(bednet_session_renew(&spec), BEDNET_LIMIT);
    assert_int_equal(stand(1, "1", "user").who, before);
    entries[0].filter.len--;
    assert_int_equal(bednet_session_renew(&spec), BEDNET_OK);
}

static void test_permissions_are_copied(void **state)
{
    (void)state;
    char filters[2][8] = {"a/b", "c/#"};
    struct bednet_permission entries[2] = {
        {.filter = bednet_text(filters[0]), .actions = 1u << BEDNET_ACTION_PUBLISH, .qos = 7},
        {.filter = bednet_text(filters[1]), .actions = 1u << BEDNET_ACTION_SUBSCRIBE, .denies = true},
    };
    struct bednet_permissions permissions = {
        .entries = entries, .count = 2, .conditional = true, .source = {.line = 7, .column = 3}};
    struct bednet_identity_spec spec = token(1, "1", "user", 0);
    spec.permissions = &permissions;
    assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
    memset(filters, 'z', sizeof filters);
    memset(entries, 0, sizeof entries);
    permissions = (struct bednet_permissions){0};
    const struct bednet_permissions *kept = stand(1, "1", "user").permissions;
    assert_int_equal(kept->count, 2);
    assert_true(kept->conditional);
    assert_int_equal(kept->source.line, 7);
    assert_true(bednet_text_equal(kept->entries[0].filter, bednet_text("a/b")));
    assert_int_equal(kept->entries[0].qos, 7);
    assert_true(bednet_text_equal(kept->entries[1].filter, bednet_text("c/#")));
    assert_true(kept->entries[1].denies);
}

static bool is_none(const void *context, const struct bednet_identity *identity)
{
    (void)identity;
    ++*(size_t *)(uintptr_t)context;
    return false;
}

/* Whoever is there from the first call to the last is seen, in pieces, while others come and go. */
static void test_a_review_sees_everybody(void **state)
{
    (void)state;
    char id[16];
    size_t seen = 0;
    const size_t there = 3 * BEDNET_SESSION_REVIEW_MAX;
    for (uintptr_t i = 1; i <= there; i++) {
        snprintf(id, sizeof id, "%zu", (size_t)i);
        log_in(i, id, 0);
    }
    int calls = 0;
    bednet_session_review_restart(chain, BEDNET_PLUGIN_JWT);
    while (bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_none, &seen, false, kick)) {
        /* The one that is next goes, and a new one comes. */
        calls++;
        bednet_session_refuse(handle_of((uintptr_t)seen + 1));
        log_in(there + (uintptr_t)calls, "new", 0);
    }
    assert_int_equal(calls, 3);
    assert_true(seen >= there - 3 && seen <= there + 3);
    assert_int_equal(kicked.count, 0);
    assert_false(bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_none, &seen, false, kick));
}

/* Whoever let them in, and whoever has left, but nobody whose login may still be refused. */
static void test_a_review_is_of_those_who_were_let_in(void **state)
{
    (void)state;
    size_t seen = 0;
    struct bednet_client other = client(1, "1", "claimed");
    bednet_session_login(chain, &other);
    log_in(2, "2", 0);
    bednet_session_end(handle_of(2));
    bednet_session_review_restart(chain, BEDNET_PLUGIN_JWT);
    assert_false(bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_none, &seen, false, kick));
    assert_int_equal(seen, 1);
    bednet_session_confirm(chain, handle_of(1));
    bednet_session_review_restart(chain, BEDNET_PLUGIN_JWT);
    assert_false(bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_none, &seen, false, kick));
    assert_int_equal(seen, 3);
}

static bool is_each(const void *context, const struct bednet_identity *identity)
{
    (void)identity;
    ++*(size_t *)(uintptr_t)context;
    return true;
}

/* It has no right left, there is no connection to close, and it is told once. */
static void test_a_review_ends_who_is_offline(void **state)
{
    (void)state;
    size_t seen = 0;
    log_in(2, "2", 0);
    bednet_session_end(handle_of(2));
    for (int round = 0; round < 2; round++) {
        bednet_session_review_restart(chain, BEDNET_PLUGIN_JWT);
        assert_false(bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_each, &seen, true, kick));
    }
    assert_int_equal(seen, 1);
    assert_int_equal(kicked.count, 0);
    const struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle_of(2));
    assert_int_equal(identity->state, BEDNET_IDENTITY_RETIRED);
    assert_true(identity->ended);
}

static bool is_even(const void *context, const struct bednet_identity *identity)
{
    ++*(size_t *)(uintptr_t)context;
    struct bednet_text client_id = bednet_identity_client_id(identity);
    return (client_id.ptr[client_id.len - 1] - '0') % 2 == 0;
}

/* Two plugins that hold sessions against lists of their own do not see half of them each. */
static void test_reviews_of_two_plugins_do_not_share_their_place(void **state)
{
    (void)state;
    char id[16];
    size_t by_token = 0, by_certificate = 0;
    const size_t there = 2 * BEDNET_SESSION_REVIEW_MAX;
    for (uintptr_t i = 1; i <= there; i++) {
        snprintf(id, sizeof id, "%zu", (size_t)i);
        log_in(i, id, 0);
    }
    bednet_session_review_restart(chain, BEDNET_PLUGIN_JWT);
    assert_true(bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_none, &by_token, false, NULL));
    bednet_session_review_restart(chain, BEDNET_PLUGIN_CERT);
    while (bednet_session_review(chain, BEDNET_PLUGIN_CERT, is_even, &by_certificate, false, NULL))
        bednet_session_review(chain, BEDNET_PLUGIN_JWT, is_none, &by_token, false, NULL);
    assert_int_equal(by_certificate, there);
    assert_int_equal(by_token, there);
    assert_false(has_ended(1, "1"));
    assert_true(has_ended(2, "2"));
}

static void begin_enhanced(uintptr_t handle, const char *client_id, const char *username)
{
    struct bednet_client party = client(handle, client_id, username);
    assert_int_equal(bednet_session_login_enhanced(chain, &party), BEDNET_OK);
}

/* Whoever leaves in the middle of it is nobody, whatever name was claimed; and time proves nothing. */
static void test_whoever_proved_nothing_is_nobody(void **state)
{
    (void)state;
    static const char *const names[] = {"claimed", NULL};
    for (uintptr_t i = 0; i < 2; i++) {
        begin_enhanced(1 + i, "1", names[i]);
        for (int tick = 0; tick < 4; tick++)
            bednet_session_confirm_all();
        bednet_session_end(handle_of(1 + i));
        assert_true(stand(1 + i, "1", names[i]).ended);
        assert_true(stand(1 + i, "1", "renamed").ended);
        assert_int_equal(stand(1 + i, "1", names[i]).role_count, 0);
        bednet_session_end(handle_of(1 + i));
        assert_true(stand(1 + i, "1", names[i]).ended);
        /* Somebody else at this address is somebody else. */
        assert_false(stand(1 + i, "2", "claimed").ended);
    }
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), 0);
}

static void test_whoever_acts_was_let_in(void **state)
{
    (void)state;
    begin_enhanced(1, "1", "whoever");
    struct bednet_standing standing = stand(1, "1", "claimed"); /* renamed by who let it in */
    assert_false(standing.ended);
    assert_int_equal(standing.role_count, 1);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), 1);
    bednet_session_end(handle_of(1));
    assert_false(stand(1, "1", "claimed").ended);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), 0);

    begin_enhanced(2, "2", "whoever");
    struct bednet_client accepted = client(2, "2", "claimed");
    bednet_session_accept(chain, &accepted);
    bednet_session_end(handle_of(2));
    assert_false(stand(2, "2", "claimed").ended);
    assert_int_equal(stand(2, "2", "claimed").role_count, 1);
}

/* 2.1 tells neither the refusal nor, where Bednet was not asked, the beginning of what follows. */
static void test_a_refused_login_leaves_nothing_to_inherit(void **state)
{
    (void)state;
    begin_enhanced(1, "1", "claimed");
    bednet_session_abandon(handle_of(1));
    assert_null(bednet_identities_at(bednet_process()->identities, handle_of(1)));

    log_in(2, "2", NOW);
    bednet_session_abandon(handle_of(2));
    assert_non_null(bednet_identities_at(bednet_process()->identities, handle_of(2)));
    bednet_session_end(handle_of(2));
    /* The same names at the same address, let in by other means. */
    struct bednet_client later = client(2, "2", "user");
    bednet_session_accept(chain, &later);
    assert_int_equal(bednet_identities_at(bednet_process()->identities, handle_of(2))->method,
                     BEDNET_METHOD_OTHER);
}

/* Nobody crowds out those who proved who they are. */
static void test_the_unproven_make_room_for_each_other(void **state)
{
    (void)state;
    static const struct bednet_hash_key key = {{1}};
    struct bednet_identities *table = bednet_identities_new(&key, 8);
    struct bednet_identity_spec spec = token(1, "1", "user", 0);
    assert_int_equal(bednet_identities_admit(table, &spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    bednet_identities_retire(table, handle_of(1));
    for (uintptr_t i = 2; i < 100; i++) {
        spec = token(i, "2", NULL, 0);
        spec.method = BEDNET_METHOD_OTHER;
        assert_int_equal(bednet_identities_admit_unproven(table, &spec), BEDNET_OK);
        if (i % 2 == 0)
            bednet_identities_retire(table, handle_of(i));
    }
    assert_int_equal(bednet_identities_count(table), 3);
    assert_non_null(bednet_identities_at(table, handle_of(1)));
    for (uintptr_t i = 200; i < 207; i++) {
        spec = token(i, "3", NULL, 0);
        assert_int_equal(bednet_identities_admit(table, &spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    }
    assert_int_equal(bednet_identities_count(table), 8);
    assert_non_null(bednet_identities_at(table, handle_of(1)));
    bednet_identities_free(table);
}

/* A naive list of what must live and end, beside the table, on random lives. */
#define HANDLES 40

struct naive {
    bool live, ended;
    int64_t ends_s;
};

static void test_agrees_with_a_list(void **state)
{
    (void)state;
    struct naive list[HANDLES] = {0};
    int64_t now_s = 1;
    char id[16];
    srand(7);
    kicked.ends = false;
    for (int i = 0; i < 20000; i++) {
        size_t at = (size_t)rand() % HANDLES;
        struct naive *n = &list[at];
        snprintf(id, sizeof id, "%zu", at + 1);
        struct bednet_identity_spec spec = token(at + 1, id, "user", now_s + rand() % 50 - 5);
        switch (rand() % 5) {
        case 0:
            assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
            *n = (struct naive){true, false, spec.ends_s};
            break;
        case 1:
            assert_int_equal(bednet_session_renew(&spec), n->live && !n->ended ? BEDNET_OK : BEDNET_INVALID);
            if (n->live && !n->ended)
                n->ends_s = spec.ends_s;
            break;
        case 2:
            bednet_session_end(handle_of(at + 1));
            n->live = n->ended = false;
            break;
        case 3:
            now_s += rand() % 4 - 1;
            bednet_session_expire(now_s, rand() % 2 ? kick : NULL);
            for (size_t h = 0; h < HANDLES; h++)
                list[h].ended =
                    list[h].ended || (list[h].live && list[h].ends_s <= now_s && list[h].ends_s != 0);
            break;
        default:
            assert_int_equal(has_ended(at + 1, id), n->ended);
        }
    }
}

static struct bednet_identity_spec by_certificate(uintptr_t handle, const char *client_id,
                                                  const struct bednet_certificate_mark *mark)
{
    struct bednet_identity_spec spec = token(handle, client_id, "user", 0);
    spec.method = BEDNET_METHOD_CERT;
    spec.mark = mark;
    return spec;
}

/* The mark is copied, into a session of its own and with every renewal, and tells who is there by itself. */
static void test_a_session_knows_its_certificate(void **state)
{
    (void)state;
    struct bednet_certificate_mark mark = {.fingerprint = "fingerprint0123", .issued = "issued"}, was = mark;
    struct bednet_identity_spec spec = by_certificate(1, "1", &mark);
    assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
    log_in(2, "2", 0);
    memset(&mark, 'x', sizeof mark);
    struct bednet_identities *identities = bednet_process()->identities;
    assert_memory_equal(bednet_identity_mark(bednet_identities_at(identities, handle_of(1))), &was,
                        sizeof was);
    assert_null(bednet_identity_mark(bednet_identities_at(identities, handle_of(2))));
    assert_int_equal(bednet_session_certificate(handle_of(1)),
                     bednet_session_certificate_number(was.fingerprint));
    assert_int_equal(bednet_session_certificate(handle_of(2)), 0);
    assert_int_equal(bednet_session_certificate(handle_of(3)), 0);
    bednet_session_set_certificate(handle_of(2), 9);
    assert_int_equal(bednet_session_certificate(handle_of(2)), 9);
    assert_int_equal(bednet_session_renew(&spec), BEDNET_OK);
    assert_memory_equal(bednet_identity_mark(bednet_identities_at(identities, handle_of(1))), &mark,
                        sizeof mark);
    /* 0 stands for none, so no certificate has it. */
    static const unsigned char zero[BEDNET_MARK_BYTES];
    assert_int_not_equal(bednet_session_certificate_number(zero), 0);
}

/* Whoever was let in without being asked about, and is refused: there, and without any right. */
static void test_whoever_is_rejected_has_ended(void **state)
{
    (void)state;
    struct bednet_client party = client(1, "1", "user");
    log_in(1, "1", 0);
    assert_int_equal(bednet_session_reject(chain, &party), BEDNET_OK);
    assert_true(has_ended(1, "1"));
    assert_int_equal(stand(1, "1", "user").role_count, 0);
    assert_true(bednet_session_has_ended(chain, &party));
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), 1);
    bednet_session_expire(NOW, kick);
    assert_int_equal(kicked.count, 1);
    assert_false(kicked.with_will);
    assert_false(kicked.was_allowed);
    assert_false(kicked.then_allowed);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_CONNECTIONS), 0);
    bednet_session_expire(NOW, kick);
    assert_int_equal(kicked.count, 1);

    char long_id[BEDNET_IDENTITY_NAME_BYTES_MAX + 2];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    party = client(2, long_id, NULL);
    assert_int_equal(bednet_session_reject(chain, &party), BEDNET_LIMIT);
}

static void test_whoever_just_left(void **state)
{
    (void)state;
    assert_false(bednet_session_is_leaving(handle_of(1)));
    bednet_session_end(handle_of(1));
    assert_true(bednet_session_is_leaving(handle_of(1)));
    assert_false(bednet_session_is_leaving(handle_of(2)));
    bednet_session_turn();
    assert_true(bednet_session_is_leaving(handle_of(1)));
    bednet_session_end(handle_of(2));
    assert_false(bednet_session_is_leaving(handle_of(1)));
    bednet_session_turn();
    assert_true(bednet_session_is_leaving(handle_of(2)));
    bednet_session_turn();
    assert_false(bednet_session_is_leaving(handle_of(2)));
}

/* Only for its own login and client, and only once. */
static void test_a_factor_is_taken_once(void **state)
{
    (void)state;
    struct bednet_identity_spec spec = token(1, "1", "user", 0);
    struct bednet_factor left = {.spec = &spec, .agree = BEDNET_AGREE_USERNAME}, taken;
    bednet_chain_open_login(chain, handle_of(1));
    assert_false(bednet_chain_take_factor(chain, handle_of(1), &taken));
    bednet_chain_leave_factor(chain, &left);
    assert_false(bednet_chain_take_factor(chain, handle_of(2), &taken));
    assert_false(bednet_chain_take_factor(chain, handle_of(1), &taken));
    bednet_chain_leave_factor(chain, &left);
    bednet_chain_open_login(chain, handle_of(1));
    assert_false(bednet_chain_take_factor(chain, handle_of(1), &taken));
    bednet_chain_leave_factor(chain, &left);
    assert_true(bednet_chain_take_factor(chain, handle_of(1), &taken));
    assert_ptr_equal(taken.spec, &spec);
    assert_int_equal(taken.agree, BEDNET_AGREE_USERNAME);
    assert_false(bednet_chain_take_factor(chain, handle_of(1), &taken));
    assert_true(bednet_chain_close_login(chain, handle_of(1)));
    assert_false(bednet_chain_close_login(chain, handle_of(1)));
}

enum { SESSIONS = 10000 };

/* What SESSIONS more of them take each, on the heap. */
static size_t bytes_each(void (*come)(uintptr_t handle), uintptr_t from)
{
    struct mallinfo2 before = mallinfo2();
    for (uintptr_t i = from; i < from + SESSIONS; i++)
        come(i);
    return (mallinfo2().uordblks - before.uordblks) / SESSIONS;
}

static void come_plainly(uintptr_t handle)
{
    char id[32];
    snprintf(id, sizeof id, "%zu", (size_t)handle);
    log_in(handle, id, NOW + (int64_t)handle);
}

static void come_by_certificate(uintptr_t handle)
{
    char id[32];
    const struct bednet_certificate_mark mark = {.fingerprint = "x"};
    snprintf(id, sizeof id, "%zu", (size_t)handle);
    struct bednet_identity_spec spec = by_certificate(handle, id, &mark);
    assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
}

/* With the claims of a device's token, of which it has three for itself. */
static void come_by_token(uintptr_t handle)
{
    char id[32], number[32], issued[32], ends[32];
    snprintf(id, sizeof id, "device-%zu", (size_t)handle);
    snprintf(number, sizeof number, "%022zu", (size_t)handle);
    snprintf(issued, sizeof issued, "%zu", (size_t)handle + 1700000000);
    snprintf(ends, sizeof ends, "%zu", (size_t)handle + 1700003600);
    const struct bednet_attribute claims[] = {
        {bednet_text("claim.iss"), bednet_text("https://id.acme.example")},
        {bednet_text("claim.aud"), bednet_text("mqtt.acme.example")},
        {bednet_text("claim.sub"), bednet_text(id)},
        {bednet_text("claim.device_id"), bednet_text(id)},
        {bednet_text("claim.jti"), bednet_text(number)},
        {bednet_text("claim.iat"), bednet_text(issued)},
        {bednet_text("claim.exp"), bednet_text(ends)},
        {bednet_text("claim.site"), bednet_text("lyon")},
        {bednet_text("claim.roles"), bednet_text("device")},
        {bednet_text("claim.roles"), bednet_text("common")},
    };
    const struct bednet_text roles[] = {bednet_text("device"), bednet_text("common")};
    struct bednet_identity_spec spec = token(handle, id, id, NOW + 3600 + (int64_t)handle);
    spec.subject.attributes = claims;
    spec.subject.attribute_count = sizeof claims / sizeof *claims;
    spec.role_names = roles;
    spec.role_name_count = 2;
    assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
}

/* The bound of the design is 256 for the whole suite; some 30 of those are the token's fingerprint. */
static void test_a_session_is_small(void **state)
{
    (void)state;
    size_t each = bytes_each(come_plainly, 1);
    size_t marked = bytes_each(come_by_certificate, 1 + SESSIONS);
    size_t told = bytes_each(come_by_token, 1 + 2 * SESSIONS);
    print_message("%zu bytes for each of %d sessions, %zu with a certificate, %zu with claims\n", each,
                  (int)SESSIONS, marked, told);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(each > 100 && each <= 190);
    assert_true(marked > each && marked <= each + 100);
    assert_true(told > each && told <= 256 - 30);
#endif
}

#define SESSION_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(test_a_session_ends_in_its_second),
        SESSION_TEST(test_what_cannot_be_closed_is_denied),
        SESSION_TEST(test_a_kick_without_effect_is_not_repeated),
        SESSION_TEST(test_what_expired_leaves_as_if_by_itself),
        SESSION_TEST(test_what_was_revoked_loses_all),
        SESSION_TEST(test_kicks_are_bounded),
        SESSION_TEST(test_whoever_is_gone_is_not_kicked),
        SESSION_TEST(test_a_clock_that_steps),
        SESSION_TEST(test_renewal_replaces_what_a_session_has),
        SESSION_TEST(test_nobody_renews_for_another),
        SESSION_TEST(test_too_much_renews_nothing),
        SESSION_TEST(test_permissions_are_copied),
        SESSION_TEST(test_a_review_sees_everybody),
        SESSION_TEST(test_a_review_is_of_those_who_were_let_in),
        SESSION_TEST(test_a_review_ends_who_is_offline),
        SESSION_TEST(test_reviews_of_two_plugins_do_not_share_their_place),
        SESSION_TEST(test_whoever_proved_nothing_is_nobody),
        SESSION_TEST(test_whoever_acts_was_let_in),
        SESSION_TEST(test_a_refused_login_leaves_nothing_to_inherit),
        SESSION_TEST(test_the_unproven_make_room_for_each_other),
        SESSION_TEST(test_a_session_knows_its_certificate),
        SESSION_TEST(test_whoever_is_rejected_has_ended),
        SESSION_TEST(test_whoever_just_left),
        SESSION_TEST(test_a_factor_is_taken_once),
        SESSION_TEST(test_agrees_with_a_list),
        SESSION_TEST(test_a_session_is_small),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
