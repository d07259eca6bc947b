/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What if memory fails while the broker works? For every allocation of a login, a check, a message, a tick
 * and a scrape: the answer is a denial, nothing is lost, and the next attempt works.
 */
#include "cmocka_first.h"

#include "fault/scene.h"

#include <jwt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- logins ---- */

static void prepare_login(void)
{
    scene_be(&scene_client, scene_token->client_id, "anything");
}

static int run_login(void)
{
    return fake_login(&scene_client, scene_token->text);
}

/* Who was refused is nobody, even under the names that the token would have given. */
static void take_names(int granted)
{
    if (!granted)
        scene_be(&scene_client, scene_token->client_id, scene_token->username);
}

static const char *judge_login(int granted, bool failed)
{
    take_names(granted);
    return scene_judge_login(granted, failed);
}

static const char *judge_forged(int granted, bool failed)
{
    take_names(granted);
    return scene_judge_forged(granted, failed);
}

static const struct operation logging_in = {
    .prepare = prepare_login, .run = run_login, .judge = judge_login, .settle = scene_works};

static int run_forged(void)
{
    return fake_login(&scene_client, scene_forged);
}

static const struct operation forging = {
    .prepare = prepare_login, .run = run_forged, .judge = judge_forged, .settle = scene_works};

static int run_expired(void)
{
    return fake_login(&scene_client, site_token("expired")->text) ||
           fake_login(&scene_client, site_token("audience")->text);
}

static const struct operation coming_late = {
    .prepare = prepare_login, .run = run_expired, .judge = judge_forged, .settle = scene_works};

/* By the password file, under names that a token had before. */
static void prepare_password(void)
{
    scene_log_in();
    fake_disconnected(&scene_client, true);
    scene_be(&scene_shadow, scene_token->client_id, scene_token->username);
}

static int run_password(void)
{
    return fake_login(&scene_shadow, "plain secret");
}

static const char *judge_password(int granted, bool failed)
{
    if (!granted && !failed)
        return "a good password is refused";
    if (granted && scene_publishes(&scene_shadow, scene_topic_a))
        return "a password gives what a token gave before";
    return NULL;
}

static const char *settle_password(void)
{
    fake_disconnected(&scene_shadow, false);
    scene_be(&scene_shadow, "dev-plain", "plain");
    if (!fake_login(&scene_shadow, "plain secret") || !scene_publishes(&scene_shadow, "plain/note"))
        return "a good password is refused afterwards";
    fake_tick();
    fake_disconnected(&scene_shadow, false);
    return scene_works();
}

static const struct operation by_password = {
    .prepare = prepare_password, .run = run_password, .judge = judge_password, .settle = settle_password};

/* ---- checks, messages, ticks, scrapes ---- */

static const struct {
    int access;
    const char *topic; /* NULL: the client's own */
    bool allowed;
} checks[] = {{MOSQ_ACL_WRITE, NULL, true},         {MOSQ_ACL_WRITE, "other", false},
              {MOSQ_ACL_WRITE, "a//b+#", false},    {MOSQ_ACL_SUBSCRIBE, NULL, true},
              {MOSQ_ACL_SUBSCRIBE, "#", false},     {MOSQ_ACL_SUBSCRIBE, "$share/g/a/b", false},
              {MOSQ_ACL_READ, NULL, true},          {MOSQ_ACL_READ, "other", false},
              {MOSQ_ACL_UNSUBSCRIBE, "other", true}};

/* What is subscribed to once more is noted already. */
static void prepare_checks(void)
{
    scene_log_in();
    if (!fake_access(&scene_client, MOSQ_ACL_SUBSCRIBE, scene_topic_a))
        abort();
}

static int run_checks(void)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        wrong += fake_access(&scene_client, checks[i].access,
                             checks[i].topic != NULL ? checks[i].topic : scene_topic_a) != checks[i].allowed;
    return wrong;
}

static const char *judge_checks(int wrong, bool failed)
{
    (void)failed;
    return wrong != 0 ? "a check depends on memory" : NULL;
}

static const struct operation checking = {
    .prepare = prepare_checks, .run = run_checks, .judge = judge_checks, .settle = scene_works};

/* Of a client that was never heard before: other limits make the limiter forget everybody. */
static void prepare_message(void)
{
    scene_write("limits: {publish: [{per: client, rate: 1/s}]}\n");
    if (!fake_reload() || !fake_message(&scene_client, scene_topic_a, 10))
        abort();
    scene_write_a();
    if (!fake_reload())
        abort();
    scene_log_in();
}

static int run_message(void)
{
    return fake_message(&scene_client, scene_topic_a, 10);
}

static const char *judge_message(int delivered, bool failed)
{
    if (delivered)
        return failed ? "a message passes without a limit" : NULL;
    if (!failed)
        return "a message within the limits is dropped";
    return fake_message(&scene_client, scene_topic_a, 10) ? NULL : "the next message is dropped";
}

static const struct operation first_message = {
    .prepare = prepare_message, .run = run_message, .judge = judge_message, .settle = scene_works};

static int run_more_messages(void)
{
    int delivered = 0;
    for (int i = 0; i < 10; i++)
        delivered += fake_message(&scene_client, scene_topic_a, 10);
    return delivered;
}

static const char *judge_more_messages(int delivered, bool failed)
{
    (void)failed;
    return delivered == 10 ? NULL : "a message depends on memory";
}

static void prepare_more_messages(void)
{
    prepare_message();
    run_message();
}

static const struct operation more_messages = {.prepare = prepare_more_messages,
                                               .run = run_more_messages,
                                               .judge = judge_more_messages,
                                               .settle = scene_works};

/* Lines are limited in rate, in all and for each client: time fills one bucket, a new client has its own. */
static void prepare_tick(void)
{
    static int clients;
    char id[32];
    poll(NULL, 0, 150);
    fake_tick();
    fake_log_clear();
    snprintf(id, sizeof id, "ticking-%d", clients++);
    scene_be(&scene_shadow, id, "anything");
    for (int i = 0; i < 3; i++) {
        scene_publishes(&scene_shadow, "other");
        fake_login(&scene_shadow, scene_forged);
    }
}

static int run_tick(void)
{
    fake_tick();
    return fake_log_holds("deny publish");
}

static const char *judge_tick(int said, bool failed)
{
    (void)failed;
    return said ? NULL : "a denial is not in the log";
}

/* Without a denial: more of them than the log takes in a second would hide the next ones. */
static const char *settle_tick(void)
{
    scene_log_in();
    fake_tick();
    fake_disconnected(&scene_client, false);
    return fake_violation();
}

static const struct operation ticking = {
    .prepare = prepare_tick, .run = run_tick, .judge = judge_tick, .settle = settle_tick};

static const char *judge_scrape(int outcome, bool failed)
{
    if (outcome < 0)
        return "a scrape hangs or is cut";
    return outcome == 0 && !failed ? "metrics are not served" : NULL;
}

static const char *settle_scrape(void)
{
    return scene_scrape() == 1 ? NULL : "metrics are not served afterwards";
}

static const struct operation scraping = {.scope = FAULTS_ELSEWHERE,
                                          .threads = true,
                                          .run = scene_scrape,
                                          .judge = judge_scrape,
                                          .settle = settle_scrape};

/* ---- the test of the test ---- */

/* What a careless plugin does when the second of its allocations fails. */
static int run_leak(void)
{
    void *volatile one = malloc(10);
    void *volatile two = malloc(10);
    if (two == NULL)
        return 0;
    free(two);
    free(one);
    return 0;
}

/* What a careless plugin does when it cannot do what it must: nothing, and says that all is well. */
static int run_grant(void)
{
    void *volatile work = malloc(10);
    if (work == NULL)
        return true;
    free(work);
    return run_forged();
}

static int run_libjwt(void)
{
    static const unsigned char key[] = "not the key of this token at all";
    jwt_t *jwt = NULL;
    int code = jwt_decode(&jwt, site_token("HS256")->text, key, sizeof key - 1);
    if (code == 0)
        jwt_free(jwt);
    return code == 0;
}

static const char *judge_control(int granted, bool failed)
{
    (void)failed;
    return granted ? "a forged token is taken" : NULL;
}

static const char *all_is_well(void)
{
    return NULL;
}

static const struct operation leaking = {
    .prepare = prepare_login, .run = run_leak, .judge = judge_control, .settle = scene_works};
static const struct operation granting = {
    .prepare = prepare_login, .run = run_grant, .judge = judge_control, .settle = scene_works};
static const struct operation decoding = {
    .prepare = prepare_login, .run = run_libjwt, .judge = judge_control, .settle = all_is_well};

static void test_logins(void **state)
{
    (void)state;
    static const char *const names[] = {"RS256", "ES256", "EdDSA", "HS256"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        scene_use_token(names[i]);
        assert_true(scene_survives(names[i], &logging_in) > 1);
        assert_true(scene_survives("forged", &forging) > 0);
    }
    scene_use_token("device-0");
    scene_survives("expired", &coming_late);
}

static void test_passwords(void **state)
{
    (void)state;
    scene_use_token("HS256");
    fake_password_add(scene_token->username, "plain secret");
    fake_password_add("plain", "plain secret");
    scene_survives("password", &by_password);
    fake_password_clear();
}

static void test_checks_need_no_memory(void **state)
{
    (void)state;
    scene_use_token("HS256");
    assert_int_equal(scene_survives("checks", &checking), 0);
}

static void test_messages(void **state)
{
    (void)state;
    scene_use_token("HS256");
    assert_true(scene_survives("first message", &first_message) > 0);
    assert_int_equal(scene_survives("more messages", &more_messages), 0);
}

static void test_ticks_need_no_memory(void **state)
{
    (void)state;
    scene_use_token("HS256");
    assert_int_equal(scene_survives("tick", &ticking), 0);
}

static void test_scrapes(void **state)
{
    (void)state;
    assert_true(scene_survives("scrape", &scraping) > 0);
}

static void test_a_leak_is_found(void **state)
{
    (void)state;
    scene_use_token("HS256");
    struct sweep result = scene_sweep("a leak", &leaking, FAULTS_ONE);
    assert_non_null(result.defect);
    assert_string_equal(result.defect, "memory leaks");
    assert_int_equal(result.n, 2);
    result = scene_sweep("a leak", &leaking, FAULTS_FROM);
    assert_non_null(result.defect);
}

static void test_a_grant_is_found(void **state)
{
    (void)state;
    scene_use_token("HS256");
    struct sweep result = scene_sweep("a grant", &granting, FAULTS_ONE);
    assert_non_null(result.defect);
    assert_string_equal(result.defect, "a forged token is taken");
    assert_int_equal(result.n, 1);
}

/* libjwt 1.10.2 takes a token that it could not verify for verified; later versions may not. */
static void test_the_grant_of_libjwt_is_found(void **state)
{
    (void)state;
    if (strcmp(BEDNET_LIBJWT_VERSION, "1.10.2") != 0)
        skip();
    scene_use_token("HS256");
    struct sweep result = scene_sweep("libjwt", &decoding, FAULTS_ONE);
    assert_non_null(result.defect);
    assert_string_equal(result.defect, "a forged token is taken");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_leak_is_found, scene_refresh),
        cmocka_unit_test_setup(test_a_grant_is_found, scene_refresh),
        cmocka_unit_test_setup(test_the_grant_of_libjwt_is_found, scene_refresh),
        cmocka_unit_test_setup(test_checks_need_no_memory, scene_refresh),
        cmocka_unit_test_setup(test_messages, scene_refresh),
        cmocka_unit_test_setup(test_ticks_need_no_memory, scene_refresh),
        cmocka_unit_test_setup(test_logins, scene_refresh),
        cmocka_unit_test_setup(test_passwords, scene_refresh),
        cmocka_unit_test_setup(test_scrapes, scene_refresh),
    };
    return cmocka_run_group_tests_name("allocation", tests, scene_open, scene_close);
}
