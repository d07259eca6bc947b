/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that live and die with their token, through the real modules: enhanced authentication, renewal,
 * expiry, and whoever leaves before anything was proved.
 */
#include "fault/stage.h"
#include "unit/plugins/metrics_client.h"

#include <stdlib.h>

static const char RULES[] = "  on_expiry: {action: disconnect, will: send}\n"
                            "roles:\n"
                            "  device:\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - site/${client_id}/telemetry\n"
                            "      subscribe:\n"
                            "        - site/${client_id}/#\n"
                            "  named:\n"
                            "    members: {usernames: [claimed]}\n"
                            "    allow: {publish: [named/note], subscribe: [named/#]}\n"
                            "  visitor:\n"
                            "    members: {anonymous: true}\n"
                            "    allow: {publish: [visitor/note]}\n";

static const char TELEMETRY[] = "site/dev-0/telemetry";

static struct {
    size_t count;
    bool with_will;
    bool subscription_stays;
    bool will_is_sent;
} kicked;

/* Mosquitto asks about stored subscriptions before, and about the will after the end is told. */
static void on_kick(struct mosquitto *who, bool with_will)
{
    kicked.count++;
    kicked.with_will = with_will;
    kicked.subscription_stays = fake_access(who, MOSQ_ACL_SUBSCRIBE, "site/dev-0/#");
    fake_disconnected(who, true);
    kicked.will_is_sent = with_will && fake_access(who, MOSQ_ACL_WRITE, TELEMETRY);
    free(who->address);
    who->address = NULL;
}

static int set_up(void **state)
{
    fake_on_kick(on_kick);
    return stage_open(state);
}

static int clean(void **state)
{
    memset(&kicked, 0, sizeof kicked);
    return stage_clean(state);
}

static bool publishes(struct mosquitto *who, const char *topic)
{
    return fake_access(who, MOSQ_ACL_WRITE, topic);
}

/* A token with one letter changed, where every bit of it counts. */
static const char *forged(void)
{
    static char text[8192];
    snprintf(text, sizeof text, "%s", site_token("device-0")->text);
    char *at = text + strlen(text) - 8;
    *at = *at == 'A' ? 'B' : 'A';
    return text;
}

static long series(const char *name)
{
    static char page[65536];
    char start[256];
    assert_true(client_ask(stage_port, SCRAPE, strlen(SCRAPE), page, sizeof page) > 0);
    snprintf(start, sizeof start, "\n%s ", name);
    const char *at = strstr(page, start);
    if (at == NULL)
        fail_msg("no series %s", name);
    return strtol(at + strlen(start), NULL, 10);
}

/* 2.0 tells the end of a login that was refused without an id, 2.1 not at all. */
static void end_as_refused(void)
{
    char *id = client.id;
    client.id = NULL;
    if (!fake_is_2_1())
        fake_disconnected(&client, false);
    client.id = id;
}

static void test_a_token_in_enhanced_authentication(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    assert_string_equal(client.username, "user-0");
    assert_true(publishes(&client, TELEMETRY));
    assert_false(publishes(&client, "named/note"));
    assert_int_equal(series("mosquitto_connections"), 1);
    assert_int_equal(series("mosquitto_sessions_expiring"), 1);
    fake_disconnected(&client, false);
    assert_int_equal(series("mosquitto_connections"), 0);
    assert_int_equal(series("mosquitto_sessions_expiring"), 0);
    stage_stop();
}

/* What is refused raises no event on 2.1; and data is any bytes. */
static void test_what_is_refused_leaves_nothing(void **state)
{
    (void)state;
    static const char nul[] = "eyJhbGciOiJIUzI1NiJ9\0.e30.AA", junk[] = "\x00\xff\x80\n..";
    const char *good = site_token("device-0")->text;
    stage_start(RULES);
    for (int i = 0; i < 8; i++) {
        stage_be(&client, "dev-0", "claimed");
        int code = i == 0   ? stage_show(&client, forged())
                   : i == 1 ? stage_show(&client, site_token("expired")->text)
                   : i == 2 ? stage_show(&client, site_token("device-1")->text)
                   : i == 3 ? stage_show(&client, "")
                   : i == 4 ? fake_enhanced(&client, SITE_METHOD, NULL, 0)
                   : i == 5 ? fake_enhanced(&client, SITE_METHOD, nul, sizeof nul)
                   : i == 6 ? fake_enhanced(&client, SITE_METHOD, junk, sizeof junk)
                            : fake_enhanced(&client, SITE_METHOD, good, strlen(good) - 1);
        assert_int_equal(code, MOSQ_ERR_AUTH);
        assert_int_equal(series("mosquitto_identities"), 0);
        end_as_refused();
        /* Whoever comes to this address without being asked is who it is. */
        assert_false(publishes(&client, TELEMETRY));
        assert_true(publishes(&client, "named/note"));
    }
    assert_int_equal(series("mosquitto_sessions_expiring"), 0);
    stage_stop();
}

static void test_methods_of_others_are_left_to_others(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_be(&client, "dev-0", "claimed");
    assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "n,,n=user", 9), MOSQ_ERR_PLUGIN_DEFER);
    assert_int_equal(fake_enhanced_step(&client, "SCRAM-SHA-256", "c=biws", 6), MOSQ_ERR_PLUGIN_DEFER);
    stage_stop();
}

/* Whoever comes to this address later, and is not asked, is who it is. */
static void test_what_others_refuse_leaves_nothing(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_be(&client, "dev-0", "claimed");
    assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "x", 1), MOSQ_ERR_PLUGIN_DEFER);
    end_as_refused();
    fake_tick();
    assert_true(publishes(&client, "named/note"));
    stage_stop();
}

static void test_a_new_token_for_a_living_session(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stage_show(&client, site_token("device-0")->text), MOSQ_ERR_SUCCESS);
        assert_string_equal(client.username, "user-0");
        assert_true(publishes(&client, TELEMETRY));
        fake_tick();
    }
    assert_int_equal(series("mosquitto_connections"), 1);
    assert_int_equal(series("mosquitto_auth_renewals_total{result=\"allow\"}"), 3);
    stage_stop();
}

/* Another's token, or none, ends the session and takes nothing from it before: the will is still its own. */
static void test_a_wrong_token_for_a_living_session(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    assert_int_equal(stage_show(&client, forged()), MOSQ_ERR_AUTH);
    assert_int_equal(stage_show(&client, site_token("device-1")->text), MOSQ_ERR_AUTH);
    assert_int_equal(stage_show(&client, site_token("expired")->text), MOSQ_ERR_AUTH);
    assert_int_equal(series("mosquitto_auth_renewals_total{result=\"deny\"}"), 3);
    assert_string_equal(client.username, "user-0");
    assert_true(publishes(&client, TELEMETRY));
    assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "x", 1), MOSQ_ERR_PLUGIN_DEFER);
    assert_true(publishes(&client, TELEMETRY));
    fake_disconnected(&client, false);
    assert_true(publishes(&client, TELEMETRY));
    stage_stop();
}

static void test_a_session_ends_with_its_token(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    fake_tick();
    assert_int_equal(kicked.count, 0);
    fake_clock_step(SITE_AFTER_2100);
    fake_tick();
    assert_int_equal(kicked.count, 1);
    assert_true(kicked.with_will && kicked.subscription_stays && kicked.will_is_sent);
    assert_int_equal(series("mosquitto_sessions_ended_total{reason=\"expired\"}"), 1);
    assert_int_equal(series("mosquitto_connections"), 0);
    for (int i = 0; i < 5; i++)
        fake_tick();
    assert_int_equal(kicked.count, 1);
    assert_int_equal(stage_show(&client, site_token("device-0")->text), MOSQ_ERR_AUTH);
    stage_stop();
}

/* 2.0.11 with per_listener_settings: sessions are marked by what happens, and closed by the next login. */
static void test_without_ticks_nothing_is_allowed(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    assert_true(publishes(&client, TELEMETRY));
    fake_clock_step(SITE_AFTER_2100);
    assert_false(publishes(&client, TELEMETRY));
    assert_false(fake_access(&client, MOSQ_ACL_READ, TELEMETRY));
    assert_true(fake_access(&client, MOSQ_ACL_UNSUBSCRIBE, TELEMETRY));
    assert_int_equal(kicked.count, 0);
    assert_int_equal(stage_show(&client, site_token("device-0")->text), MOSQ_ERR_AUTH);
    stage_be(&other, "other", NULL);
    assert_false(fake_login(&other, "none"));
    assert_int_equal(kicked.count, 1);
    stage_stop();
}

/* While the broker walks through its sessions after SIGHUP nobody is taken out of them. */
static void test_without_ticks_nobody_goes_during_a_reload(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    assert_true(fake_sighup());
    fake_clock_step(SITE_AFTER_2100);
    stage_be(&other, "other", NULL);
    assert_false(fake_login(&other, "none"));
    assert_int_equal(kicked.count, 0);
    assert_false(publishes(&client, TELEMETRY));
    fake_tick();
    assert_int_equal(kicked.count, 1);
    stage_stop();
}

static void test_a_clock_that_steps_and_comes_back(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    fake_clock_step(-SITE_AFTER_2100);
    fake_tick();
    assert_true(publishes(&client, TELEMETRY));
    fake_clock_step(0);
    fake_tick();
    assert_int_equal(kicked.count, 0);
    assert_true(publishes(&client, TELEMETRY));
    stage_stop();
}

/* The broker asks again with a password that it does not have. */
static void test_a_reload_keeps_who_authenticated_so(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_log_in();
    fake_tick();
    for (int i = 0; i < 3; i++) {
        assert_true(fake_sighup());
        assert_int_equal(fake_login_code(&client, NULL), MOSQ_ERR_SUCCESS);
        assert_true(publishes(&client, TELEMETRY));
        fake_tick();
        assert_true(publishes(&client, TELEMETRY));
    }
    assert_int_equal(kicked.count, 0);
    fake_clock_step(SITE_AFTER_2100);
    fake_tick();
    assert_int_equal(kicked.count, 1);
    stage_stop();
}

static void test_a_basic_login_ends_with_its_token_too(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_be(&client, "dev-0", "anything");
    assert_true(fake_login(&client, site_token("device-0")->text));
    fake_connected(&client);
    fake_clock_step(SITE_AFTER_2100);
    fake_tick();
    assert_int_equal(kicked.count, 1);
    stage_stop();
}

/* Whoever goes while another plugin still asks for more has a will under a name that it merely claimed. */
static void test_a_claimed_name_sends_no_will(void **state)
{
    (void)state;
    static const char *const names[] = {"claimed", NULL};
    stage_start(RULES);
    for (size_t i = 0; i < 2; i++) {
        stage_be(&client, "dev-0", names[i]);
        assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "x", 1), MOSQ_ERR_PLUGIN_DEFER);
        for (int tick = 0; tick < 3; tick++)
            fake_tick();
        fake_enhanced_step(&client, "SCRAM-SHA-256", "x", 1);
        fake_disconnected(&client, i == 0);
        assert_false(publishes(&client, "named/note"));
        assert_false(publishes(&client, "visitor/note"));
        fake_tick();
        assert_false(publishes(&client, "named/note"));
        assert_false(publishes(&client, "visitor/note"));
    }
    stage_stop();
}

static void test_who_comes_out_of_it_has_the_name(void **state)
{
    (void)state;
    stage_start(RULES);
    stage_be(&client, "dev-0", "whoever");
    assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "x", 1), MOSQ_ERR_PLUGIN_DEFER);
    fake_tick();
    stage_be(&client, "dev-0", "claimed"); /* by the plugin that let it in */
    fake_connected(&client);
    assert_true(fake_access(&client, MOSQ_ACL_SUBSCRIBE, "named/#"));
    fake_disconnected(&client, true);
    assert_true(publishes(&client, "named/note"));
    stage_stop();
}

/* As the user name, where it belongs if the policy says so. */
static void test_a_token_is_not_logged(void **state)
{
    (void)state;
    const char *token = site_token("device-0")->text;
    stage_start(RULES);
    stage_be(&client, "dev-0", token);
    assert_false(fake_login(&client, forged()));
    assert_false(publishes(&client, "other"));
    assert_int_equal(stage_show(&client, forged()), MOSQ_ERR_AUTH);
    fake_tick();
    assert_true(fake_log_holds("username=\"(token)\""));
    assert_false(fake_log_holds("eyJ"));
    stage_stop();
}

#define SESSION_TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(test_a_token_in_enhanced_authentication),
        SESSION_TEST(test_what_is_refused_leaves_nothing),
        SESSION_TEST(test_methods_of_others_are_left_to_others),
        SESSION_TEST(test_what_others_refuse_leaves_nothing),
        SESSION_TEST(test_a_new_token_for_a_living_session),
        SESSION_TEST(test_a_wrong_token_for_a_living_session),
        SESSION_TEST(test_a_session_ends_with_its_token),
        SESSION_TEST(test_without_ticks_nothing_is_allowed),
        SESSION_TEST(test_without_ticks_nobody_goes_during_a_reload),
        SESSION_TEST(test_a_clock_that_steps_and_comes_back),
        SESSION_TEST(test_a_reload_keeps_who_authenticated_so),
        SESSION_TEST(test_a_basic_login_ends_with_its_token_too),
        SESSION_TEST(test_a_claimed_name_sends_no_will),
        SESSION_TEST(test_who_comes_out_of_it_has_the_name),
        SESSION_TEST(test_a_token_is_not_logged),
    };
    return cmocka_run_group_tests_name("sessions", tests, set_up, stage_close);
}
