/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logins by certificate: alone, with a token, beside passwords; what ends their sessions, and what SIGHUP
 * makes of them.
 */
#include "fault/certified.h"

#define ALONE      "  required: true\n"
#define OPTIONAL   ""
#define WITH_TOKEN "  required: true\n  token: required\n"
#define DROP       "  on_expiry: {action: disconnect, will: drop}\n"

static const char OWN[] = "certificate/lab";
static const char BY_TOKEN[] = "token/s0";

static const char *token_text(const char *name)
{
    return site_token(name)->text;
}

static void test_whoever_is_refused_has_nothing(void **state)
{
    (void)state;
    certified_start(ALONE);
    fake_password_add("by-password", "secret");
    fake_allow_anonymous(true);
    certified_be(&client, "c", NULL, NULL);
    assert_false(certified_logs_in(&client, NULL));
    certified_be(&client, "c", "by-password", NULL);
    assert_false(certified_logs_in(&client, "secret"));
    certified_be(&client, "c", "by-password", certified_issue(&impostor, 7, "user-0", "lab"));
    assert_false(certified_logs_in(&client, "secret"));
    assert_false(certified_logs_in(&client, token_text("device-0")));
    assert_int_equal(connections(), 0);
    fake_tick();
    assert_true(fake_log_holds("cert: deny login client=\"c\" address=\"192.0.2.1\" reason=no_certificate"));
    assert_true(fake_log_holds("reason=certificate_rule"));
    fake_allow_anonymous(false);
}

static void test_a_certificate_names_its_client(void **state)
{
    (void)state;
    certified_start(ALONE);
    X509 *shown = certified_issue(&trusted, 7, "dev-9", "lab");
    certified_be(&client, "c", "by-name", shown);
    for (int i = 0; i < 3; i++) {
        assert_true(certified_logs_in(&client, "whatever"));
        assert_string_equal(client.username, "dev-9");
        assert_true(publishes(&client, OWN));
        assert_false(publishes(&client, "certificate/other"));
        assert_false(publishes(&client, "named"));
        assert_int_equal(connections(), 1);
        fake_disconnected(&client, false);
        assert_int_equal(connections(), 0);
    }
    /* The adapter gave back every reference that it took. */
    X509_up_ref(shown);
    client.certificate = NULL;
    X509_free(shown);
    assert_int_equal(X509_cmp(shown, shown), 0);
    X509_free(shown);
}

/* A certificate that is shown and refused refuses the login, whatever else would do. */
static void test_a_certificate_or_a_password(void **state)
{
    (void)state;
    certified_start(OPTIONAL);
    fake_password_add("by-password", "secret");
    certified_be(&client, "c", "by-password", certified_issue(&impostor, 7, "x", "lab"));
    assert_false(certified_logs_in(&client, "secret"));
    certified_be(&client, "c", "by-password", NULL);
    assert_false(certified_logs_in(&client, "wrong"));
    assert_true(certified_logs_in(&client, "secret"));
    assert_true(publishes(&client, "named"));
    assert_false(publishes(&client, OWN));
    certified_be(&other, "d", "whoever", NULL);
    assert_false(certified_logs_in(&other, "secret"));
    certified_be(&other, "dev-0", "whoever", NULL);
    assert_true(certified_logs_in(&other, token_text("device-0")));
    assert_true(publishes(&other, BY_TOKEN));
    assert_false(publishes(&other, OWN));
}

static void test_two_factors(void **state)
{
    (void)state;
    certified_start(WITH_TOKEN);
    fake_password_add("user-0", "secret");
    certified_be(&client, "dev-0", "user-0", certified_issue(&trusted, 7, "user-0", "lab"));
    assert_false(certified_logs_in(&client, NULL));
    assert_false(certified_logs_in(&client, "secret"));
    assert_false(certified_logs_in(&client, token_text("expired")));
    assert_false(certified_logs_in(&client, token_text("device-1")));
    fake_tick();
    assert_true(fake_log_holds("reason=no_token"));
    certified_be(&client, "dev-0", "user-0", NULL);
    assert_false(certified_logs_in(&client, token_text("device-0")));
    certified_be(&client, "dev-0", "user-0", certified_issue(&trusted, 7, "somebody", "lab"));
    assert_false(certified_logs_in(&client, token_text("device-0")));
    fake_tick();
    assert_true(fake_log_holds("jwt: deny login client=\"dev-0\" username=\"user-0\" address=\"192.0.2.1\" "
                               "reason=factors_disagree"));
    assert_int_equal(connections(), 0);

    certified_be(&client, "dev-0", "user-0", certified_issue(&trusted, 7, "user-0", "lab"));
    assert_true(certified_logs_in(&client, token_text("device-0")));
    assert_true(publishes(&client, OWN));
    assert_true(publishes(&client, BY_TOKEN));
    assert_false(publishes(&client, "certificate/other"));
}

/* What a certificate is good for ends with its login, whoever comes next, be it under the same pointer. */
static void test_a_factor_is_nobody_elses(void **state)
{
    (void)state;
    certified_start("  token: required\n  agree: []\n");
    for (int i = 0; i < 2; i++) {
        certified_be(&client, "dev-0", "u", certified_issue(&trusted, 7, "user-0", "lab"));
        assert_false(certified_logs_in(&client, token_text("expired")));
        struct mosquitto *next = i == 0 ? &client : &other;
        certified_be(next, "dev-0", "u", NULL);
        assert_true(certified_logs_in(next, token_text("device-0")));
        assert_true(publishes(next, BY_TOKEN));
        assert_false(publishes(next, OWN));
        fake_disconnected(next, false);
    }
}

/* Enhanced authentication: the token decides, and the certificate must not speak against it. */
static void test_a_renewal_shows_the_certificate_again(void **state)
{
    (void)state;
    const char *token = token_text("device-0");
    certified_start(ALONE);
    certified_be(&client, "dev-0", "whoever", certified_issue(&impostor, 7, "user-0", "lab"));
    assert_int_equal(fake_enhanced(&client, SITE_METHOD, token, strlen(token)), MOSQ_ERR_AUTH);
    certified_be(&client, "dev-0", "whoever", certified_issue(&trusted, 7, "user-0", "lab"));
    assert_int_equal(fake_enhanced(&client, SITE_METHOD, token, strlen(token)), MOSQ_ERR_SUCCESS);
    fake_connected(&client);
    assert_true(publishes(&client, OWN));
    assert_int_equal(fake_enhanced(&client, SITE_METHOD, token, strlen(token)), MOSQ_ERR_SUCCESS);
    assert_true(publishes(&client, OWN));
    certified_write_policy(ALONE "  deny: [{serial: \"07\", issuer: devices}]\n");
    assert_true(fake_reload());
    assert_int_equal(fake_enhanced(&client, SITE_METHOD, token, strlen(token)), MOSQ_ERR_AUTH);
}

static void test_somebody_elses_enhanced_authentication(void **state)
{
    (void)state;
    certified_start(WITH_TOKEN);
    certified_be(&client, "dev-0", "u", certified_issue(&trusted, 7, "user-0", "lab"));
    assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "n", 1), MOSQ_ERR_AUTH);
    fake_disconnected(&client, false);
    certified_write_policy(ALONE);
    assert_true(fake_reload());
    assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "n", 1), MOSQ_ERR_PLUGIN_DEFER);
    assert_false(publishes(&client, OWN));
    fake_disconnected(&client, false);
}

static size_t kicks;

static void count_kick(struct mosquitto *who, bool with_will)
{
    (void)with_will;
    kicks++;
    assert_false(publishes(who, OWN)); /* nothing is left of what it had */
    fake_disconnected(who, false);
}

/* What expired keeps its subscriptions and its will. */
static void count_end(struct mosquitto *who, bool with_will)
{
    kicks += with_will;
    assert_true(publishes(who, OWN));
    fake_disconnected(who, false);
}

/* Until so many were kicked, or three seconds have passed. */
static void await_kicks(size_t expected)
{
    for (int i = 0; i < 300 && kicks < expected; i++) {
        fake_tick();
        usleep(10000);
    }
    assert_int_equal(kicks, expected);
}

static void test_revoked_sessions_end(void **state)
{
    (void)state;
    static const long nobody[] = {0}, seven[] = {7, 0};
    int64_t from_s = certified_now_s - CERTIFIED_DAY, until_s = certified_now_s + CERTIFIED_DAY;
    made_write_list(site_path("devices.crl"), &trusted, from_s, until_s, nobody);
    certified_start(ALONE DROP "  crl: {files: [devices.crl]}\n");
    certified_be(&client, "c", NULL, certified_issue(&trusted, 7, "seven", "lab"));
    certified_be(&other, "d", NULL, certified_issue(&trusted, 8, "eight", "lab"));
    assert_true(certified_logs_in(&client, NULL));
    assert_true(certified_logs_in(&other, NULL));
    kicks = 0;
    fake_on_kick(count_kick);
    fake_tick();
    assert_int_equal(kicks, 0);
    made_write_list(site_path("devices.crl"), &trusted, from_s + 1, until_s, seven);
    await_kicks(1);
    assert_true(publishes(&other, OWN));
    assert_false(certified_logs_in(&client, NULL));
    /* And by the policy's own list, two factors or one. */
    certified_write_policy(ALONE DROP "  deny: [{serial: \"08\", issuer: devices}]\n");
    assert_true(fake_reload());
    await_kicks(2);
    assert_false(certified_logs_in(&other, NULL));
}

static void test_two_factors_are_reviewed(void **state)
{
    (void)state;
    certified_start(WITH_TOKEN DROP);
    certified_be(&client, "dev-0", NULL, certified_issue(&trusted, 7, "user-0", "lab"));
    assert_true(certified_logs_in(&client, token_text("device-0")));
    kicks = 0;
    fake_on_kick(count_kick);
    certified_write_policy(WITH_TOKEN DROP "  deny: [{serial: \"07\", issuer: devices}]\n");
    assert_true(fake_reload());
    await_kicks(1);
    assert_false(certified_logs_in(&client, token_text("device-0")));
}

/* The token of a session with two factors is good until 2100, its certificate for a year. */
static void test_sessions_end_with_their_certificate(void **state)
{
    (void)state;
    certified_start(OPTIONAL);
    certified_be(&client, "c", NULL, certified_issue(&trusted, 7, "seven", "lab"));
    certified_be(&other, "dev-0", "user-0", certified_issue(&trusted, 8, "user-0", "lab"));
    assert_true(certified_logs_in(&client, NULL));
    const char *token = token_text("device-0");
    assert_int_equal(fake_enhanced(&other, SITE_METHOD, token, strlen(token)), MOSQ_ERR_SUCCESS);
    fake_connected(&other);
    kicks = 0;
    fake_on_kick(count_end);
    fake_clock_step(364 * CERTIFIED_DAY);
    fake_tick();
    assert_int_equal(kicks, 0);
    assert_true(publishes(&other, OWN));
    fake_clock_step(366 * CERTIFIED_DAY);
    fake_tick();
    assert_int_equal(kicks, 2);
    assert_int_equal(connections(), 0);
}

/* SIGHUP: whoever is in stays, without a password and with whatever the new policy thinks of newcomers. */
static void test_sighup_keeps_who_is_in(void **state)
{
    (void)state;
    certified_start(ALONE);
    certified_be(&client, "c", NULL, certified_issue(&trusted, 7, "seven", "lab"));
    certified_be(&other, "d", NULL, certified_issue(&trusted, 8, "eight", "lab"));
    assert_true(certified_logs_in(&client, NULL));
    assert_true(certified_logs_in(&other, NULL));
    fake_tick();
    /* Offline: the connection, its certificate with it, is gone. 2.0 keeps the address. */
    fake_disconnected(&other, true);
    X509_free(other.certificate);
    other.certificate = NULL;
    for (int ws = 0; ws < 2; ws++) {
        client.websockets = other.websockets = ws;
        assert_true(fake_sighup());
        assert_true(fake_login(&client, NULL));
        assert_true(fake_login(&other, NULL));
        fake_tick();
        assert_true(publishes(&client, OWN));
        assert_true(fake_access(&other, MOSQ_ACL_READ, "down/eight"));
    }
    /* Restored from disk, of which nothing is known. */
    fake_client_clear(&other);
    assert_true(fake_client_set(&other, "r", NULL, NULL));
    fake_enhanced_done(&other);
    assert_true(fake_sighup());
    assert_true(fake_login(&other, NULL));
}

/* Somebody new under the pointer of one who left, right after SIGHUP: not by the other one's certificate. */
static void test_sighup_is_no_way_in(void **state)
{
    (void)state;
    certified_start(ALONE);
    certified_be(&client, "c", "seven", certified_issue(&trusted, 7, "seven", "lab"));
    assert_true(certified_logs_in(&client, NULL));
    fake_disconnected(&client, false);
    fake_tick();
    certified_be(&client, "c", "seven", certified_issue(&impostor, 7, "seven", "lab"));
    client.websockets = true;
    assert_true(fake_sighup());
    assert_false(certified_logs_in(&client, NULL));
    assert_int_equal(connections(), 0);
}

static void test_takeover(void **state)
{
    (void)state;
    certified_start(ALONE);
    certified_be(&client, "c", NULL, certified_issue(&trusted, 7, "seven", "lab"));
    certified_be(&other, "c", NULL, certified_issue(&trusted, 8, "seven", "annex"));
    assert_true(certified_logs_in(&client, NULL));
    assert_true(fake_login(&other, NULL));
    fake_disconnected(&client, false);
    fake_connected(&other);
    assert_true(publishes(&other, "certificate/annex"));
    assert_false(publishes(&other, OWN));
    assert_int_equal(connections(), 1);
}

/* Pointers are used again at once. */
static void test_a_pointer_inherits_nothing(void **state)
{
    (void)state;
    certified_start(OPTIONAL);
    fake_password_add("by-password", "secret");
    certified_be(&client, "c", NULL, certified_issue(&trusted, 7, "by-password", "lab"));
    assert_true(certified_logs_in(&client, NULL));
    assert_true(publishes(&client, OWN));
    fake_disconnected(&client, false);
    certified_be(&client, "c", "by-password", NULL);
    assert_true(certified_logs_in(&client, "secret"));
    assert_false(publishes(&client, OWN));
    assert_true(publishes(&client, "named"));
}

static void test_observed_certificates_refuse_nobody(void **state)
{
    (void)state;
    certified_start("  mode: observe\n  required: true\n  deny: [{serial: \"08\", issuer: devices}]\n");
    fake_password_add("by-password", "secret");
    certified_be(&client, "c", "by-password", certified_issue(&impostor, 7, "x", "lab"));
    assert_true(certified_logs_in(&client, "secret"));
    fake_tick();
    assert_true(fake_log_holds("would deny login client=\"c\""));
    const char *token = token_text("device-0");
    certified_be(&other, "dev-0", "u", certified_issue(&trusted, 9, "somebody", "lab"));
    assert_int_equal(fake_enhanced(&other, SITE_METHOD, token, strlen(token)), MOSQ_ERR_SUCCESS);
    fake_connected(&other);
    kicks = 0;
    fake_on_kick(count_kick);
    fake_clock_step(366 * CERTIFIED_DAY);
    fake_tick();
    assert_int_equal(kicks, 0);
    /* A renewal is the token's to judge, though the certificate would be refused by now. */
    assert_int_equal(fake_enhanced(&other, SITE_METHOD, "x", 1), MOSQ_ERR_AUTH);
}

static void test_a_wrong_order_of_lines(void **state)
{
    (void)state;
    static char key[] = "policy";
    static const char *const modules[] = {"jwt", "cert", "acl"};
    struct fake_line lines[3];
    size_t failed = 9;
    certified_write_policy(ALONE);
    for (size_t i = 0; i < 3; i++) {
        lines[i] = (struct fake_line){.module = modules[i], .list = FAKE_GLOBAL, .option_count = 1};
        lines[i].options[0] = (struct mosquitto_opt){key, (char *)(uintptr_t)site_path("one.yaml")};
    }
    assert_int_not_equal(fake_start(lines, 3, &failed), 0);
    assert_int_equal(failed, 1);
    assert_true(fake_log_holds("wrong order of plugin lines"));
}

#define LOGIN_TEST(name) cmocka_unit_test_teardown(name, certified_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGIN_TEST(test_whoever_is_refused_has_nothing),
        LOGIN_TEST(test_a_certificate_names_its_client),
        LOGIN_TEST(test_a_certificate_or_a_password),
        LOGIN_TEST(test_two_factors),
        LOGIN_TEST(test_a_factor_is_nobody_elses),
        LOGIN_TEST(test_a_renewal_shows_the_certificate_again),
        LOGIN_TEST(test_somebody_elses_enhanced_authentication),
        LOGIN_TEST(test_revoked_sessions_end),
        LOGIN_TEST(test_two_factors_are_reviewed),
        LOGIN_TEST(test_sessions_end_with_their_certificate),
        LOGIN_TEST(test_sighup_keeps_who_is_in),
        LOGIN_TEST(test_sighup_is_no_way_in),
        LOGIN_TEST(test_takeover),
        LOGIN_TEST(test_a_pointer_inherits_nothing),
        LOGIN_TEST(test_observed_certificates_refuse_nobody),
        LOGIN_TEST(test_a_wrong_order_of_lines),
    };
    return cmocka_run_group_tests_name("certificate_logins", tests, certified_open, certified_close);
}
