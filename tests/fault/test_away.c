/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that went away and whose sessions the broker keeps, when SIGHUP makes it authenticate everybody
 * again: a session that is refused then is lost, and takes Mosquitto 2.0 with it.
 */
#include "fault/stage.h"

#include <stdio.h>
#include <string.h>

#define ROLES                                                                                                \
    "roles:\n"                                                                                               \
    "  device:\n"                                                                                            \
    "    allow: {publish: [\"site/${client_id}/telemetry\"]}\n"

static const char *token(void)
{
    return site_token("device-0")->text;
}

static void go_away(void)
{
    fake_tick();
    fake_disconnected(&client, true);
}

static void expect_kept(const char *password)
{
    for (int i = 0; i < 3; i++) {
        assert_true(fake_sighup());
        assert_int_equal(fake_login_code(&client, password), MOSQ_ERR_SUCCESS);
        fake_tick();
    }
}

static void test_who_came_by_enhanced_authentication(void **state)
{
    (void)state;
    stage_start(ROLES);
    stage_log_in();
    go_away();
    expect_kept(NULL);
    stage_stop();
}

/* CONNECT has room for a password beside it, which nobody ever looked at. */
static void test_who_showed_a_password_beside_it(void **state)
{
    (void)state;
    stage_start(ROLES);
    stage_log_in();
    go_away();
    expect_kept("anything");
    stage_stop();
}

static void test_whose_token_was_the_user_name(void **state)
{
    (void)state;
    stage_start("  carriers: [username]\n" ROLES);
    assert_true(fake_client_set(&client, "dev-0", token(), "192.0.2.1"));
    assert_true(fake_login(&client, NULL));
    fake_connected(&client);
    assert_string_equal(client.username, "user-0");
    go_away();
    expect_kept(NULL);
    stage_stop();
}

static void test_who_was_renewed(void **state)
{
    (void)state;
    stage_start(ROLES);
    stage_log_in();
    fake_tick();
    assert_int_equal(stage_show(&client, token()), MOSQ_ERR_SUCCESS);
    go_away();
    expect_kept(NULL);
    stage_stop();
}

/* Whoever logs in at the same address before the next tick, under the same names, is not who was there. */
static void test_somebody_new_at_the_old_address(void **state)
{
    (void)state;
    stage_start(ROLES);
    stage_log_in();
    go_away();
    assert_true(fake_sighup());
    if (fake_is_2_1()) { /* there the session is another's by now */
        assert_true(fake_client_set(&other, "dev-0", "user-0", "192.0.2.2"));
        assert_int_equal(fake_enhanced(&other, SITE_METHOD, token(), strlen(token())), MOSQ_ERR_SUCCESS);
    }
    client.websockets = true; /* 2.0 takes others after its tick only */
    assert_int_equal(fake_login_code(&client, NULL), MOSQ_ERR_PLUGIN_DEFER);
    assert_false(fake_access(&client, MOSQ_ACL_WRITE, "site/dev-0/telemetry"));
    stage_stop();
}

/* 2.0.11 with per_listener_settings: new logins may come at any time, and offline sessions are not asked
 * about. */
static void test_without_ticks_nobody_is_taken_for_another(void **state)
{
    (void)state;
    stage_start(ROLES);
    stage_log_in();
    fake_disconnected(&client, true);
    assert_true(fake_sighup());
    assert_int_equal(fake_login_code(&client, NULL),
                     fake_is_2_1() ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PLUGIN_DEFER);
    stage_stop();
}

#define AWAY_TEST(name) cmocka_unit_test_teardown(name, stage_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AWAY_TEST(test_who_came_by_enhanced_authentication),
        AWAY_TEST(test_who_showed_a_password_beside_it),
        AWAY_TEST(test_whose_token_was_the_user_name),
        AWAY_TEST(test_who_was_renewed),
        AWAY_TEST(test_somebody_new_at_the_old_address),
        AWAY_TEST(test_without_ticks_nobody_is_taken_for_another),
    };
    return cmocka_run_group_tests_name("away", tests, stage_open, stage_close);
}
