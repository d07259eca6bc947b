/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that the broker names by their certificate and lets in without asking (use_identity_as_username):
 * judged when they turn up, which 2.1 tells and 2.0 does not.
 */
#include "fault/certified.h"

#define DROP "  on_expiry: {action: disconnect, will: drop}\n"

static const char OWN[] = "certificate/lab";

static size_t kicks;

/* What the broker asks while it closes a connection, and afterwards about the will. */
static void on_kick(struct mosquitto *who, bool with_will)
{
    (void)with_will;
    kicks++;
    assert_false(publishes(who, OWN));
    fake_disconnected(who, false);
    assert_false(publishes(who, OWN));
    X509_free(who->certificate);
    who->certificate = NULL;
}

static void begin(const char *how)
{
    certified_start(how);
    kicks = 0;
    fake_on_kick(on_kick);
}

/* `username` is the common name of the certificate, as the broker sees to. */
static void turn_up(struct mosquitto *who, const char *id, const struct made_ca *ca, long serial,
                    const char *cn)
{
    certified_be(who, id, cn, certified_issue(ca, serial, cn, "lab"));
    certified_turns_up(who);
}

static void leave(struct mosquitto *who)
{
    fake_disconnected(who, false);
    fake_tick();
    fake_tick();
}

static void test_whoever_is_refused_is_closed(void **state)
{
    (void)state;
    begin("");
    turn_up(&client, "c", &impostor, 7, "by-name");
    for (int i = 0; i < 3; i++) {
        assert_false(publishes(&client, "named"));
        assert_false(fake_access(&client, MOSQ_ACL_SUBSCRIBE, "down/by-name"));
    }
    assert_int_equal(connections(), 1);
    assert_int_equal(kicks, 0);
    fake_tick();
    assert_int_equal(kicks, 1);
    assert_int_equal(connections(), 0);
    fake_tick();
    assert_int_equal(kicks, 1);
    assert_true(fake_log_holds("cert: deny login client=\"c\" username=\"by-name\" address=\"192.0.2.1\" "
                               "reason=certificate_rule"));
}

static void test_whoever_is_good_has_what_the_certificate_gives(void **state)
{
    (void)state;
    begin("");
    turn_up(&client, "c", &trusted, 7, "by-name");
    for (int i = 0; i < 3; i++) {
        assert_true(publishes(&client, OWN));
        assert_false(publishes(&client, "certificate/other"));
        assert_true(publishes(&client, "named"));
        assert_true(fake_access(&client, MOSQ_ACL_READ, "down/by-name"));
        fake_tick();
    }
    assert_string_equal(client.username, "by-name");
    assert_int_equal(connections(), 1);
    assert_int_equal(kicks, 0);
    leave(&client);
    assert_int_equal(connections(), 0);
    assert_false(fake_log_holds("deny login"));
}

/* 2.0 cannot tell them from sessions whose connection is gone; 2.1 can. */
static void test_whoever_shows_none(void **state)
{
    (void)state;
    begin("");
    certified_be(&client, "c", "by-name", NULL);
    certified_turns_up(&client);
    assert_true(publishes(&client, "named"));
    assert_false(publishes(&client, OWN));
    leave(&client);
    certified_write_policy("  required: true\n");
    assert_true(fake_reload());
    fake_tick();
    certified_be(&client, "c", "by-name", NULL);
    certified_turns_up(&client);
    assert_int_equal(publishes(&client, "named"), !fake_is_2_1());
    fake_tick();
    assert_int_equal(kicks, fake_is_2_1());
}

static void test_a_token_cannot_come(void **state)
{
    (void)state;
    begin("  token: required\n");
    turn_up(&client, "c", &trusted, 7, "user-0");
    assert_false(publishes(&client, OWN));
    fake_tick();
    assert_int_equal(kicks, 1);
    assert_true(fake_log_holds("reason=no_token"));
}

static void test_a_bound_client_id(void **state)
{
    (void)state;
    begin("      client_id: \"${cert.cn}\"\n");
    turn_up(&client, "victim", &trusted, 7, "mallory");
    turn_up(&other, "alice", &trusted, 8, "alice");
    assert_false(publishes(&client, OWN));
    assert_true(publishes(&other, OWN));
    fake_tick();
    assert_int_equal(kicks, 1);
    assert_true(publishes(&other, OWN));
}

/* Who comes to the pointer of one who left, under the same names, is judged by what it shows itself. */
static void test_a_pointer_that_is_used_again(void **state)
{
    (void)state;
    begin("");
    turn_up(&client, "c", &trusted, 7, "by-name");
    assert_true(publishes(&client, OWN));
    leave(&client);
    turn_up(&client, "c", &impostor, 7, "by-name");
    assert_false(publishes(&client, OWN));
    fake_tick();
    assert_int_equal(kicks, 1);
    fake_tick();
    fake_tick();
    turn_up(&client, "c", &trusted, 7, "by-name");
    assert_true(publishes(&client, OWN));
    assert_int_equal(connections(), 1);
    leave(&client);
    assert_int_equal(connections(), 0);
}

/* The same certificate again is a new session: it ends by itself, and is held against lists. */
static void test_whoever_comes_back(void **state)
{
    (void)state;
    begin(DROP);
    X509 *shown = certified_issue(&trusted, 7, "seven", "lab");
    for (int i = 0; i < 3; i++) {
        X509_up_ref(shown);
        certified_be(&client, "c", "seven", shown);
        certified_turns_up(&client);
        assert_true(publishes(&client, OWN));
        assert_int_equal(connections(), 1);
        leave(&client);
        assert_int_equal(connections(), 0);
    }
    certified_be(&client, "c", "seven", shown);
    certified_turns_up(&client);
    assert_true(publishes(&client, OWN));
    certified_write_policy(DROP "  deny: [{serial: \"07\", issuer: devices}]\n");
    assert_true(fake_reload());
    fake_tick();
    assert_int_equal(kicks, 1);
    assert_int_equal(connections(), 0);
}

/* The will is asked about between the end that is told and the end of the connection. */
static void test_the_will_of_one_who_never_did_anything(void **state)
{
    (void)state;
    begin("");
    turn_up(&client, "c", &trusted, 7, "seven");
    turn_up(&other, "d", &impostor, 7, "by-name");
    fake_disconnected(&client, false);
    assert_true(publishes(&client, OWN));
    assert_false(publishes(&client, "named"));
    fake_disconnected(&other, false);
    assert_false(publishes(&other, "named"));
    assert_int_equal(connections(), 0);
    fake_tick();
    assert_int_equal(kicks, 0);
    assert_int_equal(connections(), 0);
}

static void go_offline(struct mosquitto *who)
{
    fake_disconnected(who, true);
    assert_true(publishes(who, OWN)); /* its will */
    X509_free(who->certificate);
    who->certificate = NULL;
    fake_tick();
    fake_tick();
}

/* 2.0 does not survive that such a session is closed: the fake broker calls it a violation. */
static void test_offline_sessions_are_left_alone(void **state)
{
    (void)state;
    begin("");
    turn_up(&client, "c", &trusted, 7, "seven");
    fake_access(&client, MOSQ_ACL_SUBSCRIBE, "down/seven");
    turn_up(&other, "d", &trusted, 8, "eight");
    go_offline(&client);
    go_offline(&other);
    for (int i = 0; i < 3; i++) {
        assert_true(fake_access(&client, MOSQ_ACL_READ, "down/seven"));
        assert_true(fake_access(&other, MOSQ_ACL_READ, "down/eight"));
        fake_tick();
    }
    assert_int_equal(connections(), 0);
    certified_write_policy(DROP "  deny: [{serial: \"07\", issuer: devices}]\n");
    assert_true(fake_reload());
    fake_clock_step(366 * CERTIFIED_DAY);
    for (int i = 0; i < 5; i++)
        fake_tick();
    assert_int_equal(kicks, 0);
    assert_null(fake_violation());
}

/* Websockets close the connection some time after its end was told, and until then it has its certificate. */
static void test_websockets_that_linger(void **state)
{
    (void)state;
    begin("");
    client.websockets = true;
    turn_up(&client, "c", &trusted, 7, "seven");
    assert_true(publishes(&client, OWN));
    fake_disconnected(&client, true);
    for (int i = 0; i < 5; i++) {
        fake_tick();
        assert_true(fake_access(&client, MOSQ_ACL_READ, "down/seven"));
        assert_true(publishes(&client, OWN));
    }
    assert_int_equal(connections(), 0);
    fake_clock_step(366 * CERTIFIED_DAY);
    fake_tick();
    assert_int_equal(kicks, 0);
    assert_null(fake_violation());
}

static void on_end(struct mosquitto *who, bool with_will)
{
    kicks += with_will;
    fake_disconnected(who, false);
}

static void test_sessions_end_with_their_certificate(void **state)
{
    (void)state;
    begin("");
    fake_on_kick(on_end);
    turn_up(&client, "c", &trusted, 7, "seven");
    assert_true(publishes(&client, OWN));
    fake_clock_step(364 * CERTIFIED_DAY);
    fake_tick();
    assert_int_equal(kicks, 0);
    fake_clock_step(366 * CERTIFIED_DAY);
    fake_tick();
    assert_int_equal(kicks, 1);
}

/* They are told apart from those who were asked: by password beside them, and by certificate. */
static void test_whoever_was_asked_is_not_asked_again(void **state)
{
    (void)state;
    begin("");
    fake_password_add("by-password", "secret");
    certified_be(&client, "c", "by-password", NULL);
    assert_true(certified_logs_in(&client, "secret"));
    certified_be(&other, "d", NULL, certified_issue(&trusted, 8, "eight", "lab"));
    assert_true(certified_logs_in(&other, NULL));
    fake_connected(&other);
    assert_true(publishes(&client, "named"));
    assert_false(publishes(&client, OWN));
    assert_true(publishes(&other, OWN));
    assert_int_equal(connections(), 2);
    fake_tick();
    assert_int_equal(kicks, 0);
}

/* Without acl the plugin that leads says what has ended; `default` allows the rest. */
static void test_without_acl(void **state)
{
    (void)state;
    static const char *const modules[] = {"topic", "cert", "jwt"};
    static const char policy[] = "bednet: 1\n"
                                 "default: allow\n"
                                 "jwt:\n"
                                 "  issuers:\n"
                                 "    - issuer: https://id.fault.example\n"
                                 "      audience: [mqtt.fault.example]\n"
                                 "      keys: {file: jwks.json}\n"
                                 "      algorithms: [HS256]\n"
                                 "certificate:\n"
                                 "  authorities: {devices: ca.crt}\n"
                                 "  accept: [{issuer: devices}]\n";
    static char key[] = "policy";
    for (size_t first = 0; first < 2; first++) {
        struct fake_line lines[3];
        site_write("one.yaml", policy);
        for (size_t i = first; i < 3; i++) {
            lines[i] = (struct fake_line){.module = modules[i], .list = FAKE_GLOBAL, .option_count = 1};
            lines[i].options[0] = (struct mosquitto_opt){key, (char *)(uintptr_t)site_path("one.yaml")};
        }
        fake_log_clear();
        assert_int_equal(fake_start(lines + first, 3 - first, NULL), 0);
        kicks = 0;
        fake_on_kick(on_end);
        turn_up(&client, "c", &impostor, 7, "by-name");
        turn_up(&other, "d", &trusted, 8, "eight");
        assert_false(publishes(&client, "any"));
        assert_true(publishes(&other, "any"));
        fake_tick();
        assert_int_equal(connections(), 1);
        assert_false(publishes(&client, "any"));
        assert_true(publishes(&other, "any"));
        assert_true(fake_log_holds("reason=certificate_rule"));
        fake_stop();
        certified_clear(&client);
        certified_clear(&other);
    }
}

static void test_observed_certificates_refuse_nobody(void **state)
{
    (void)state;
    begin("  mode: observe\n");
    turn_up(&client, "c", &impostor, 7, "by-name");
    assert_true(publishes(&client, "named"));
    assert_false(publishes(&client, OWN));
    fake_tick();
    assert_int_equal(kicks, 0);
    assert_int_equal(connections(), 1);
    assert_true(fake_log_holds("would deny login client=\"c\""));
    leave(&client);
    assert_int_equal(connections(), 0);
}

#define DISCOVERY_TEST(name) cmocka_unit_test_teardown(name, certified_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISCOVERY_TEST(test_whoever_is_refused_is_closed),
        DISCOVERY_TEST(test_whoever_is_good_has_what_the_certificate_gives),
        DISCOVERY_TEST(test_whoever_shows_none),
        DISCOVERY_TEST(test_a_token_cannot_come),
        DISCOVERY_TEST(test_a_bound_client_id),
        DISCOVERY_TEST(test_a_pointer_that_is_used_again),
        DISCOVERY_TEST(test_whoever_comes_back),
        DISCOVERY_TEST(test_the_will_of_one_who_never_did_anything),
        DISCOVERY_TEST(test_offline_sessions_are_left_alone),
        DISCOVERY_TEST(test_websockets_that_linger),
        DISCOVERY_TEST(test_sessions_end_with_their_certificate),
        DISCOVERY_TEST(test_whoever_was_asked_is_not_asked_again),
        DISCOVERY_TEST(test_without_acl),
        DISCOVERY_TEST(test_observed_certificates_refuse_nobody),
    };
    return cmocka_run_group_tests_name("discovery", tests, certified_open, certified_close);
}
