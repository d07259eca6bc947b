/* SPDX-License-Identifier: Apache-2.0 */
/* `mode: observe` for jwt: whoever is there stays there, and the log says what would have been. */
#include "cmocka_first.h"
#include "fault/site.h"

#include <stdio.h>
#include <string.h>

#define METHOD "OAUTH2-JWT"

/* All tokens of data/ end in 2100. */
#define AFTER_2100 (80LL * 365 * 24 * 3600)

static const char REST[] = "  revocations: revoked.yaml\n"
                           "roles:\n"
                           "  device:\n"
                           "    allow: {publish: [\"site/${client_id}/telemetry\"]}\n";
static const char NONE[] = "revoked: []\n";
static const char REVOKED[] = "revoked:\n"
                              "  - client_id: dev-0\n";
static const char TELEMETRY[] = "site/dev-0/telemetry";

static struct mosquitto client;
static struct mosquitto other;
static size_t kicks;

static void on_kick(struct mosquitto *who, bool with_will)
{
    (void)with_will;
    kicks++;
    fake_disconnected(who, false);
}

static void write_policy(const char *mode)
{
    char rest[1024];
    snprintf(rest, sizeof rest, "  mode: %s\n%s", mode, REST);
    site_write_policy("one.yaml", rest, site_free_port());
}

static int open_site(void **state)
{
    (void)state;
    site_open();
    return 0;
}

static int close_site(void **state)
{
    (void)state;
    site_close();
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    struct fake_line lines[SITE_PLUGINS];
    fake_on_kick(on_kick);
    site_write("revoked.yaml", NONE);
    write_policy("observe");
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), NULL);
    kicks = 0;
    return fake_start(lines, SITE_PLUGINS, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    fake_clock_step(0);
    fake_stop();
    fake_client_clear(&client);
    fake_client_clear(&other);
    fake_log_clear();
    return fake_violation() != NULL;
}

static const char *token(void)
{
    return site_token("device-0")->text;
}

static int show(struct mosquitto *who, const char *text)
{
    return fake_enhanced(who, METHOD, text, strlen(text));
}

static void log_in(void)
{
    assert_true(fake_client_set(&client, "dev-0", "anything", "192.0.2.1"));
    assert_int_equal(show(&client, token()), MOSQ_ERR_SUCCESS);
    fake_connected(&client);
    fake_tick();
}

static void test_logins_are_left_to_others(void **state)
{
    (void)state;
    assert_true(fake_client_set(&client, "dev-0", "anything", "192.0.2.1"));
    assert_int_equal(show(&client, site_token("expired")->text), MOSQ_ERR_PLUGIN_DEFER);
    assert_int_equal(fake_login_code(&client, site_token("expired")->text), MOSQ_ERR_PLUGIN_DEFER);
    assert_false(fake_login(&client, site_token("expired")->text));
    fake_tick();
    assert_true(fake_log_holds("bednet: jwt: would deny login client=\"dev-0\""));
}

static void test_refused_renewals_change_nothing(void **state)
{
    (void)state;
    log_in();
    assert_int_equal(show(&client, site_token("expired")->text), MOSQ_ERR_SUCCESS);
    assert_int_equal(show(&client, site_token("device-1")->text), MOSQ_ERR_SUCCESS);
    assert_int_equal(show(&client, ""), MOSQ_ERR_SUCCESS);
    fake_tick();
    assert_true(fake_log_holds("bednet: jwt: would deny login client=\"dev-0\""));
    assert_string_equal(client.username, "user-0");
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    assert_false(fake_access(&client, MOSQ_ACL_WRITE, "site/dev-1/telemetry"));
    assert_int_equal(show(&client, token()), MOSQ_ERR_SUCCESS);
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
}

static void test_nothing_ends(void **state)
{
    (void)state;
    log_in();
    site_write("revoked.yaml", REVOKED);
    assert_true(fake_reload());
    fake_clock_step(AFTER_2100);
    for (int i = 0; i < 3; i++)
        fake_tick();
    assert_int_equal(kicks, 0);
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    /* Until it is meant. */
    fake_clock_step(0);
    write_policy("enforce");
    assert_true(fake_reload());
    fake_tick();
    assert_int_equal(kicks, 1);
}

static void test_enforced_again_a_wrong_token_ends_the_session(void **state)
{
    (void)state;
    log_in();
    write_policy("enforce");
    assert_true(fake_reload());
    fake_tick();
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    assert_int_equal(show(&client, site_token("device-1")->text), MOSQ_ERR_AUTH);
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
    return cmocka_run_group_tests_name("observe", tests, open_site, close_site);
}
