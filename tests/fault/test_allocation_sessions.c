/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What if memory fails while a session begins by enhanced authentication, is renewed, or ends with its token?
 * A login is refused, a renewal leaves the session what it was, and an end needs no memory.
 */
#include "cmocka_first.h"

#include "fault/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int enhanced(const char *token)
{
    return fake_enhanced(&scene_client, "OAUTH2-JWT", token, strlen(token)) == MOSQ_ERR_SUCCESS;
}

static void prepare_login(void)
{
    scene_be(&scene_client, scene_token->client_id, "plain");
}

static int run_login(void)
{
    return enhanced(scene_token->text);
}

/* The name that was claimed has rights of its own, but is no credential for those of the token. */
static const struct operation logging_in = {
    .prepare = prepare_login, .run = run_login, .judge = scene_judge_login, .settle = scene_works};

static int run_forged(void)
{
    return enhanced(scene_forged);
}

static const struct operation forging = {
    .prepare = prepare_login, .run = run_forged, .judge = scene_judge_forged, .settle = scene_works};

/* The first of a broker, for which every table is still to be made. */
static void prepare_first(void)
{
    fake_stop();
    scene_load();
    if (fake_initialise(NULL) != 0)
        abort();
    prepare_login();
}

static const struct operation logging_in_first = {.prepare = prepare_first,
                                                  .threads = true,
                                                  .run = run_login,
                                                  .judge = scene_judge_login,
                                                  .settle = scene_works};

/* The session ends where a renewal is refused; its will is judged by what it was. */
static const char *judge_renewal(int granted, bool failed)
{
    if (!granted && !failed)
        return "a good token is refused";
    const char *defect = scene_stands_by(scene_topic_a, scene_topic_b);
    fake_disconnected(&scene_client, false);
    if (defect == NULL && !scene_publishes(&scene_client, scene_topic_a))
        defect = "the will of a session is lost with its renewal";
    return defect;
}

static const struct operation renewing = {
    .prepare = scene_log_in, .run = run_login, .judge = judge_renewal, .settle = scene_works};

static size_t kicks;

static void on_kick(struct mosquitto *who, bool with_will)
{
    (void)with_will;
    kicks++;
    fake_disconnected(who, false);
}

static void prepare_end(void)
{
    scene_log_in();
    kicks = 0;
    fake_clock_step(SITE_AFTER_2100);
}

static int run_end(void)
{
    fake_tick();
    return kicks == 1;
}

static const char *judge_end(int kicked, bool failed)
{
    (void)failed;
    fake_clock_step(0);
    return kicked ? NULL : "a session lives longer than its token";
}

static const struct operation ending = {
    .prepare = prepare_end, .run = run_end, .judge = judge_end, .settle = scene_works};

/* A claimed name, and then the will under it. */
static int run_step(void)
{
    fake_enhanced(&scene_client, "SCRAM-SHA-256", "x", 1);
    fake_disconnected(&scene_client, true);
    return scene_publishes(&scene_client, "plain/note");
}

static const char *judge_step(int sent, bool failed)
{
    /* A login that was refused for want of memory is over, and a broker drops its will. */
    return sent && !failed ? "a claimed name sends a will" : NULL;
}

static const struct operation leaving_early = {
    .prepare = prepare_login, .run = run_step, .judge = judge_step, .settle = scene_works};

static void test_logins(void **state)
{
    (void)state;
    static const char *const names[] = {"ES256", "HS256"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        scene_use_token(names[i]);
        assert_true(scene_survives(names[i], &logging_in) > 1);
        assert_true(scene_survives("forged", &forging) > 0);
    }
}

static void test_first_logins(void **state)
{
    (void)state;
    scene_use_token("HS256");
    assert_true(scene_survives("first login", &logging_in_first) > 3);
}

static void test_renewals(void **state)
{
    (void)state;
    scene_use_token("HS256");
    assert_true(scene_survives("renewal", &renewing) > 1);
}

static void test_ends_need_no_memory(void **state)
{
    (void)state;
    scene_use_token("HS256");
    fake_on_kick(on_kick);
    assert_int_equal(scene_survives("end", &ending), 0);
    fake_on_kick(NULL);
}

static void prepare_subscribe(void)
{
    scene_log_in();
    scene_client.clean = true;
    scene_client.subscriptions = 0;
}

static bool subscribes(const char *topic)
{
    bool granted = fake_access(&scene_client, MOSQ_ACL_SUBSCRIBE, topic);
    scene_client.subscriptions += granted;
    return granted;
}

static int run_subscribe(void)
{
    return subscribes(scene_topic_a);
}

/* Of two that it may have. What was not noted may not be had, and takes no place from what is. */
static const char *judge_subscribe(int granted, bool failed)
{
    char filter[3][160];
    for (int i = 0; i < 3; i++)
        snprintf(filter[i], sizeof filter[i], "%s/%d", scene_topic_a, i);
    if (!granted && !failed)
        return "a subscription within the bound is refused";
    if (!subscribes(filter[0]) || (!granted && !subscribes(filter[1])))
        return "a subscription that was refused counts";
    return subscribes(filter[2]) ? "a subscription was not counted" : NULL;
}

static const struct operation subscribing = {
    .prepare = prepare_subscribe, .run = run_subscribe, .judge = judge_subscribe, .settle = scene_works};

static void test_subscriptions(void **state)
{
    (void)state;
    scene_use_token("HS256");
    assert_true(scene_survives("subscription", &subscribing) > 1);
}

static void test_early_leavers(void **state)
{
    (void)state;
    scene_use_token("HS256");
    assert_true(scene_survives("early leaver", &leaving_early) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_logins, scene_refresh),
        cmocka_unit_test_setup(test_first_logins, scene_refresh),
        cmocka_unit_test_setup(test_renewals, scene_refresh),
        cmocka_unit_test_setup(test_ends_need_no_memory, scene_refresh),
        cmocka_unit_test_setup(test_early_leavers, scene_refresh),
        cmocka_unit_test_setup(test_subscriptions, scene_refresh),
    };
    return cmocka_run_group_tests_name("allocation_sessions", tests, scene_open, scene_close);
}
