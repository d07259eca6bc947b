/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that are there when the policy changes: what is taken away, who is ended, and how much at a turn.
 * The broker is a table of answers, and two plugins object to filters by their first letter.
 */
#include "cmocka_first.h"

#include "runtime/counters.h"
#include "runtime/process.h"
#include "runtime/review.h"
#include "runtime/session.h"
#include "runtime/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define USER "user"

static char policy_path[] = "/tmp/bednet-review.XXXXXX";
static struct bednet_chain *chain;
static struct bednet_review review;
static struct {
    char acl;   /* denies filters that begin with it; 0: none */
    char topic; /* the same */
    size_t asked;
    size_t removed;
    char last[64]; /* that was removed */
    bool gone;     /* the broker has no session */
    bool refuses;  /* it finds one, and then has none to take something from */
    bool unknown;
    bool later; /* somebody is about to log in */
} scene;

static void acl_keeps(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    (void)state;
    scene.asked++;
    assert_int_equal(access->action, BEDNET_ACTION_SUBSCRIBE);
    decision->verdict = access->topic.ptr[0] == scene.acl ? BEDNET_DENY : BEDNET_GRANT;
    decision->reason = BEDNET_REASON_NO_RULE;
}

static void topic_keeps(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    (void)state;
    decision->verdict = access->topic.ptr[0] == scene.topic ? BEDNET_DENY : BEDNET_DEFER;
    decision->reason = BEDNET_REASON_MULTI_LEVEL;
}

static enum bednet_review_party find(const struct bednet_subscription *subscription,
                                     struct bednet_access *access)
{
    const void *handle = subscription->successor != NULL ? subscription->successor : subscription->handle;
    access->client = (struct bednet_client){.handle = handle,
                                            .client_id = subscription->client_id,
                                            .username = BEDNET_TEXT_LITERAL(USER),
                                            .address = "192.0.2.1"};
    if (scene.unknown)
        return BEDNET_REVIEW_UNKNOWN;
    if (scene.later)
        return BEDNET_REVIEW_LATER;
    return scene.gone ? BEDNET_REVIEW_GONE : BEDNET_REVIEW_FOUND;
}

static bool take(const char *client_id, const char *filter)
{
    assert_true(client_id[0] != '\0');
    snprintf(scene.last, sizeof scene.last, "%s", filter);
    scene.removed += scene.refuses ? 0 : 1;
    return !scene.refuses;
}

static const struct bednet_review_broker removing = {find, take};
static const struct bednet_review_broker closing = {find, NULL};

static void write_policy(const char *text)
{
    FILE *file = fopen(policy_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#define ROLE    "roles: {r: {members: {usernames: [user]}, allow: {publish: [a]}}}\n"
#define NO_ROLE "roles: {r: {members: {usernames: [other]}, allow: {publish: [a]}}}\n"

static void attach(const struct bednet_attachment *attachment)
{
    struct bednet_diag *diag = bednet_diag_new();
    assert_non_null(diag);
    assert_int_equal(bednet_chain_attach(policy_path, "default", attachment, diag, &chain), BEDNET_OK);
    bednet_diag_free(diag);
}

static int set_up(void **state)
{
    (void)state;
    static const struct bednet_attachment topic = {
        .plugin = BEDNET_PLUGIN_TOPIC, .module_path = "topic.so", .keeps = topic_keeps};
    static const struct bednet_attachment acl = {
        .plugin = BEDNET_PLUGIN_ACL, .module_path = "acl.so", .keeps = acl_keeps};
    strcpy(policy_path, "/tmp/bednet-review.XXXXXX");
    int file = mkstemp(policy_path);
    assert_true(file >= 0);
    close(file);
    write_policy("bednet: 1\n" ROLE);
    memset(&scene, 0, sizeof scene);
    memset(&review, 0, sizeof review);
    bednet_counters_reset();
    attach(&topic);
    attach(&acl);
    bednet_review_begin(&review, chain);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bednet_review_end(&review);
    bednet_chain_detach(chain, BEDNET_PLUGIN_TOPIC);
    bednet_chain_detach(chain, BEDNET_PLUGIN_ACL);
    unlink(policy_path);
    return 0;
}

static void reload(const char *text)
{
    struct bednet_diag *diag = bednet_diag_new();
    assert_non_null(diag);
    write_policy(text);
    struct bednet_policy *policy = NULL;
    assert_int_equal(bednet_policy_load(policy_path, diag, &policy), BEDNET_OK);
    assert_int_equal(bednet_chain_exchange(chain, &policy, diag), BEDNET_OK);
    bednet_policy_free(policy);
    bednet_diag_free(diag);
}

static struct bednet_client client(uintptr_t handle, const char *id)
{
    return (struct bednet_client){.handle = (const void *)handle,
                                  .client_id = bednet_text(id),
                                  .username = BEDNET_TEXT_LITERAL(USER),
                                  .address = "192.0.2.1"};
}

static void log_in(uintptr_t handle, const char *id)
{
    struct bednet_client who = client(handle, id);
    const struct bednet_identity_spec spec = {
        .chain = chain,
        .handle = who.handle,
        .method = BEDNET_METHOD_JWT,
        .subject = {.client_id = who.client_id, .username = who.username},
    };
    assert_int_equal(bednet_session_identify(&spec), BEDNET_OK);
    bednet_standing_note(chain, who.handle);
}

static void subscribe(uintptr_t handle, const char *id, const char *filter)
{
    struct bednet_client who = client(handle, id);
    assert_int_equal(
        bednet_subscriptions_add(bednet_process()->subscriptions, chain, &who, bednet_text(filter)),
        BEDNET_OK);
}

static bool has(const char *id, const char *filter)
{
    return bednet_subscriptions_has(bednet_process()->subscriptions, chain, bednet_text(id),
                                    bednet_text(filter));
}

static bool is_ended(uintptr_t handle)
{
    return bednet_identities_at(bednet_process()->identities, (const void *)handle)->ended;
}

/* One for roles, one for subscriptions, and one more. */
static void turn(const struct bednet_review_broker *broker)
{
    for (int i = 0; i < 3; i++)
        bednet_review_turn(&review, chain, broker);
}

static void nothing_happens_without_a_change(void **state)
{
    (void)state;
    log_in(1, "a");
    subscribe(1, "a", "x/1");
    scene.acl = 'x';
    turn(&removing);
    assert_int_equal(scene.asked, 0);
    assert_true(has("a", "x/1"));
    assert_false(is_ended(1));
}

static void what_is_denied_is_taken_away(void **state)
{
    (void)state;
    log_in(1, "a");
    log_in(2, "b");
    subscribe(1, "a", "x/1");
    subscribe(1, "a", "y/1");
    subscribe(2, "b", "z/1");
    reload("bednet: 1\n" ROLE);
    scene.acl = 'x';
    scene.topic = 'z';
    turn(&removing);
    assert_int_equal(scene.removed, 2);
    assert_false(has("a", "x/1"));
    assert_true(has("a", "y/1"));
    assert_false(has("b", "z/1"));
    assert_false(is_ended(1));
    assert_false(is_ended(2));
    /* It is over: nobody is asked a second time. */
    scene.acl = 'y';
    turn(&removing);
    assert_int_equal(scene.removed, 2);
}

static void who_is_away_loses_it_as_well(void **state)
{
    (void)state;
    log_in(1, "a");
    subscribe(1, "a", "x/1");
    bednet_session_end((const void *)1);
    reload("bednet: 1\non_change: {subscription: disconnect}\n" ROLE);
    scene.acl = 'x';
    turn(&removing);
    assert_int_equal(scene.removed, 1);
    assert_false(has("a", "x/1"));
}

/* Where nothing can be taken away, acl denies deliveries; what others deny ends the connection. */
static void a_broker_that_cannot(void **state)
{
    (void)state;
    log_in(1, "a");
    log_in(2, "b");
    subscribe(1, "a", "x/1");
    subscribe(2, "b", "z/1");
    reload("bednet: 1\n" ROLE);
    scene.acl = 'x';
    scene.topic = 'z';
    turn(&closing);
    assert_false(is_ended(1));
    assert_true(is_ended(2));
    assert_true(has("a", "x/1"));
    reload("bednet: 1\non_change: {subscription: disconnect}\n" ROLE);
    turn(&closing);
    assert_true(is_ended(1));
}

static void come_back(uintptr_t handle, const char *id)
{
    struct bednet_client who = client(handle, id);
    log_in(handle, id);
    bednet_review_login(&review, chain, &who);
}

/* Two who are away when one of them would have been ended. */
static void send_away(void)
{
    log_in(1, "a");
    log_in(2, "b");
    subscribe(1, "a", "z/1");
    subscribe(2, "b", "y/1");
    bednet_session_end((const void *)1);
    bednet_session_end((const void *)2);
    reload("bednet: 1\n" ROLE);
    scene.topic = 'z';
    turn(&closing);
    assert_int_equal(scene.asked, 1);
    assert_true(has("a", "z/1"));
}

static void who_loses_nothing_comes_back(void **state)
{
    (void)state;
    send_away();
    come_back(3, "b");
    come_back(4, "c");
    turn(&closing);
    assert_int_equal(scene.asked, 1);
    assert_false(is_ended(3));
    scene.topic = 0;
    come_back(5, "a");
    turn(&closing);
    assert_int_equal(scene.asked, 3);
    assert_false(is_ended(5));
}

static void who_was_away_is_ended_when_he_comes_back(void **state)
{
    (void)state;
    send_away();
    come_back(3, "a");
    assert_false(is_ended(3));
    turn(&closing);
    assert_true(is_ended(3));
    assert_int_equal(scene.asked, 2);
    /* What the broker drops then is not this table's to know here: once is enough. */
    come_back(4, "a");
    turn(&closing);
    assert_int_equal(scene.asked, 2);
    assert_false(is_ended(4));
}

/* A login may be refused, or take its time. */
static void who_was_away_is_about_to_come_back(void **state)
{
    (void)state;
    send_away();
    const struct bednet_client refused = client(1, "a");
    bednet_review_login(&review, chain, &refused);
    turn(&closing);
    assert_int_equal(scene.asked, 2);
    scene.later = true;
    come_back(3, "a");
    turn(&closing);
    turn(&closing);
    assert_false(is_ended(3));
    scene.later = false;
    turn(&closing);
    assert_true(is_ended(3));
}

static void what_stays(void **state)
{
    (void)state;
    log_in(1, "a");
    subscribe(1, "a", "x/1");
    scene.acl = 'x';
    reload("bednet: 1\non_change: {subscription: keep}\n" ROLE);
    turn(&removing);
    reload("bednet: 1\nacl: {mode: observe}\n" ROLE);
    turn(&removing);
    scene.unknown = true;
    reload("bednet: 1\n" ROLE);
    turn(&removing);
    assert_true(has("a", "x/1"));
    assert_int_equal(scene.removed, 0);
    assert_int_equal(scene.asked, 0);
}

/* Nobody guesses about a session whose client is not known. */
static void who_is_not_known_keeps_it(void **state)
{
    (void)state;
    subscribe(7, "stranger", "x/1");
    scene.acl = 'x';
    reload("bednet: 1\n" ROLE);
    turn(&removing);
    assert_true(has("stranger", "x/1"));
    assert_int_equal(scene.asked, 0);
}

static void what_is_gone_is_forgotten(void **state)
{
    (void)state;
    log_in(1, "a");
    subscribe(1, "a", "x/1");
    subscribe(1, "a", "y/1");
    scene.gone = true;
    reload("bednet: 1\n" ROLE);
    turn(&removing);
    assert_int_equal(bednet_subscriptions_sessions(bednet_process()->subscriptions), 0);
    scene.gone = false;
    scene.refuses = true;
    scene.acl = 'x';
    subscribe(1, "a", "x/1");
    reload("bednet: 1\n" ROLE);
    turn(&removing);
    assert_int_equal(bednet_subscriptions_sessions(bednet_process()->subscriptions), 0);
}

static void who_lost_all_roles_is_ended(void **state)
{
    (void)state;
    log_in(1, "a");
    reload("bednet: 1\n" NO_ROLE);
    log_in(2, "never");
    turn(&removing);
    assert_false(is_ended(1));
    reload("bednet: 1\non_change: {roles: disconnect}\n" NO_ROLE);
    turn(&removing);
    assert_true(is_ended(1));
    assert_false(is_ended(2));
    /* It comes back, and has none from the beginning. */
    log_in(1, "a");
    reload("bednet: 1\non_change: {roles: disconnect}\n" NO_ROLE);
    turn(&removing);
    assert_false(is_ended(1));
}

enum { MANY = 3 * BEDNET_REVIEW_SUBSCRIPTIONS_MAX };

/* So many at a turn, and a change that comes meanwhile begins it anew. */
static void a_turn_is_bounded(void **state)
{
    (void)state;
    char id[32], filter[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "c%d", i);
        snprintf(filter, sizeof filter, "%c/%d", i % 2 == 0 ? 'x' : 'y', i);
        log_in((uintptr_t)(i + 1), id);
        subscribe((uintptr_t)(i + 1), id, filter);
    }
    reload("bednet: 1\n" ROLE);
    scene.acl = 'x';
    bednet_review_turn(&review, chain, &removing);
    assert_int_equal(scene.asked, 0);
    bednet_review_turn(&review, chain, &removing);
    assert_int_equal(scene.asked, BEDNET_REVIEW_SUBSCRIPTIONS_MAX);
    reload("bednet: 1\n" ROLE);
    scene.acl = 'y';
    for (int i = 0; i < 10; i++)
        bednet_review_turn(&review, chain, &removing);
    assert_int_equal(scene.asked,
                     BEDNET_REVIEW_SUBSCRIPTIONS_MAX + MANY - BEDNET_REVIEW_SUBSCRIPTIONS_MAX / 2);
    assert_int_equal(scene.removed, BEDNET_REVIEW_SUBSCRIPTIONS_MAX / 2 + MANY / 2);
}

/* An exception that ends is a change, too: once, and not when the clock is put back. */
static void the_end_of_an_exception_is_a_change(void **state)
{
    (void)state;
    reload("bednet: 1\nroles: {r: {members: {usernames: [user]}, allow: {publish: [a]}, "
           "exempt: [{what: topics, until: 253402300799, because: x}]}}\n");
    struct bednet_client who = client(1, "a");
    struct bednet_standing standing;
    log_in(1, "a");
    subscribe(1, "a", "z/1");
    turn(&removing);
    bednet_standing_of(chain, &who, &standing);
    assert_int_equal(standing.exemptions, BEDNET_EXEMPT_TOPICS);
    assert_int_equal(standing.excepted, BEDNET_EXEMPT_TOPICS);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_POLICY_EXCEPTIONS), 1);
    assert_int_equal(bednet_chain_end_exceptions(chain, INT64_C(253402300798)), 0);
    uint32_t generation = bednet_chain_generation(chain);
    assert_int_equal(bednet_chain_end_exceptions(chain, INT64_C(253402300799)), 1);
    assert_true(bednet_chain_generation(chain) > generation);
    generation = bednet_chain_generation(chain);
    assert_int_equal(bednet_chain_end_exceptions(chain, INT64_C(253402300799)), 0);
    assert_int_equal(bednet_chain_end_exceptions(chain, 0), 0);
    assert_int_equal(bednet_chain_generation(chain), generation);
    assert_int_equal(bednet_gauge_get(BEDNET_GAUGE_POLICY_EXCEPTIONS), 0);
    bednet_standing_of(chain, &who, &standing);
    assert_int_equal(standing.exemptions, 0);
    scene.topic = 'z';
    turn(&removing);
    assert_false(has("a", "z/1"));
}

#define REVIEW_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REVIEW_TEST(nothing_happens_without_a_change),
        REVIEW_TEST(what_is_denied_is_taken_away),
        REVIEW_TEST(who_is_away_loses_it_as_well),
        REVIEW_TEST(a_broker_that_cannot),
        REVIEW_TEST(who_loses_nothing_comes_back),
        REVIEW_TEST(who_was_away_is_ended_when_he_comes_back),
        REVIEW_TEST(who_was_away_is_about_to_come_back),
        REVIEW_TEST(what_stays),
        REVIEW_TEST(who_is_not_known_keeps_it),
        REVIEW_TEST(what_is_gone_is_forgotten),
        REVIEW_TEST(who_lost_all_roles_is_ended),
        REVIEW_TEST(a_turn_is_bounded),
        REVIEW_TEST(the_end_of_an_exception_is_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
