/* SPDX-License-Identifier: Apache-2.0 */
/* `mode: observe` for jwt: whoever is there stays there, and the log says what would have been. */
#include "fault/stage.h"

#include <stdio.h>
#include <string.h>

#define POLICY(mode)                                                                                         \
    "  mode: " mode "\n"                                                                                     \
    "  revocations: revoked.yaml\n"                                                                          \
    "roles:\n"                                                                                               \
    "  device:\n"                                                                                            \
    "    allow: {publish: [\"site/${client_id}/telemetry\"]}\n"

static const char NONE[] = "revoked: []\n";
static const char REVOKED[] = "revoked:\n"
                              "  - client_id: dev-0\n";
static const char TELEMETRY[] = "site/dev-0/telemetry";

static size_t kicks;

static void on_kick(struct mosquitto *who, bool with_will)
{
    (void)with_will;
    kicks++;
    fake_disconnected(who, false);
}

static int set_up(void **state)
{
    (void)state;
    fake_on_kick(on_kick);
    site_write("revoked.yaml", NONE);
    kicks = 0;
    stage_start(POLICY("observe"));
    return 0;
}

static int tear_down(void **state)
{
    bool violated = fake_violation() != NULL;
    return stage_clean(state) != 0 || violated;
}

static const char *token(void)
{
    return site_token("device-0")->text;
}

static void log_in(void)
{
    stage_log_in();
    fake_tick();
}

static void test_logins_are_left_to_others(void **state)
{
    (void)state;
    assert_true(fake_client_set(&client, "dev-0", "anything", "192.0.2.1"));
    assert_int_equal(stage_show(&client, site_token("expired")->text), MOSQ_ERR_PLUGIN_DEFER);
    assert_int_equal(fake_login_code(&client, site_token("expired")->text), MOSQ_ERR_PLUGIN_DEFER);
    assert_false(fake_login(&client, site_token("expired")->text));
    fake_tick();
    assert_true(fake_log_holds("bednet: jwt: would deny login client=\"dev-0\""));
}

static void test_refused_renewals_change_nothing(void **state)
{
    (void)state;
    log_in();
    assert_int_equal(stage_show(&client, site_token("expired")->text), MOSQ_ERR_SUCCESS);
    assert_int_equal(stage_show(&client, site_token("device-1")->text), MOSQ_ERR_SUCCESS);
    assert_int_equal(stage_show(&client, ""), MOSQ_ERR_SUCCESS);
    fake_tick();
    assert_true(fake_log_holds("bednet: jwt: would deny login client=\"dev-0\""));
    assert_string_equal(client.username, "user-0");
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    assert_false(fake_access(&client, MOSQ_ACL_WRITE, "site/dev-1/telemetry"));
    assert_int_equal(stage_show(&client, token()), MOSQ_ERR_SUCCESS);
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
}

static void test_nothing_ends(void **state)
{
    (void)state;
    log_in();
    site_write("revoked.yaml", REVOKED);
    assert_true(fake_reload());
    fake_clock_step(SITE_AFTER_2100);
    for (int i = 0; i < 3; i++)
        fake_tick();
    assert_int_equal(kicks, 0);
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    /* Until it is meant. */
    fake_clock_step(0);
    site_write_policy("one.yaml", POLICY("enforce"), stage_port);
    assert_true(fake_reload());
    fake_tick();
    assert_int_equal(kicks, 1);
}

static void test_enforced_again_a_wrong_token_ends_the_session(void **state)
{
    (void)state;
    log_in();
    site_write_policy("one.yaml", POLICY("enforce"), stage_port);
    assert_true(fake_reload());
    fake_tick();
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    assert_int_equal(stage_show(&client, site_token("device-1")->text), MOSQ_ERR_AUTH);
}

#define OBSERVE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OBSERVE_TEST(test_logins_are_left_to_others),
        OBSERVE_TEST(test_refused_renewals_change_nothing),
        OBSERVE_TEST(test_nothing_ends),
        OBSERVE_TEST(test_enforced_again_a_wrong_token_ends_the_session),
    };
    return cmocka_run_group_tests_name("observe", tests, stage_open, stage_close);
}
