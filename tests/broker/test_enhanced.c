/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens in MQTT 5's enhanced authentication: at the login, and again on the living session. And where a
 * token may travel at all, as the policy says.
 */
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow: {publish: [\"by-name/${username}\"], subscribe: [down]}\n"
                            "  sender:\n"
                            "    allow: {publish: [down, \"site/${claim.site}\"]}\n"
                            "  person:\n"
                            "    members: {usernames: [" SUITE_USER "]}\n"
                            "    allow: {publish: [people]}\n";

static const char device[] = "\"device\"", sender[] = "\"sender\"", both[] = "\"device\", \"sender\"";

static const char *const methods[] = {"OAUTH2-JWT", "CUSTOM-JWT"};

/* `jwt` goes into the section, two blanks in front; `more` into mosquitto.conf. */
static struct broker *start(struct env *env, const char *jwt, const char *more)
{
    const char *text = env_format(env, "%s%s%s", suite_issuer(env, ""), jwt, roles);
    const char *policy = env_write(env, "policy.yaml", text);

    return broker_start(env, NULL, env_format(env, "%s%s", suite_guards(env, policy), more));
}

static const char *token_with(struct env *env, const char *subject, const char *role_list)
{
    return token_for(env, subject, suite_roles(env, role_list));
}

#define ENHANCED(id, token) .protocol = 5, .client_id = id, .auth_method = "OAUTH2-JWT", .auth_data = token

static struct raw_client *login(struct broker *broker, const char *id, const char *role_list)
{
    return raw_login(broker, ENHANCED(id, token_with(broker_env(broker), id, role_list)));
}

static void refresh(struct raw_client *client, const char *token)
{
    raw_reauthenticate(client, "OAUTH2-JWT", token, 0);
    raw_expect_reason(client, AUTH, 0);
}

/* At the login. */

static void test_login_by_both_methods(struct env *env)
{
    struct broker *broker = start(env, "", "");

    for (size_t i = 0; i < 2; i++) {
        for (int algorithm = 0; algorithm < TOKEN_ALGORITHMS; algorithm++) {
            const char *token = token_for_until(env, (enum token_algorithm)algorithm, "device-1", 3600,
                                                suite_roles(env, device));
            struct raw_client *client =
                raw_connect(broker, .protocol = 5, .client_id = "id", .username = SUITE_USER,
                            .auth_method = methods[i], .auth_data = token);
            struct packet_in in = raw_expect_reason(client, CONNACK, 0);
            assert_string_equal(in.auth_method, methods[i]);
            /* The name in CONNECT is nobody's word; the session is called as the token says. */
            assert_int_equal(raw_publish_acked(client, "by-name/device-1", "x"), NOBODY_LISTENS);
            assert_int_equal(raw_publish_acked(client, "by-name/" SUITE_USER, "x"), 0x87);
            assert_int_equal(raw_publish_acked(client, "people", "x"), 0x87);
        }
    }
}

/* Expects CONNACK with that code, and the end. */
static void refuse(struct broker *broker, const struct connect_options *options, unsigned code)
{
    struct raw_client *client = raw_connect_at(broker, 0, options, __FILE__, __LINE__);
    struct packet_in in = raw_receive(client);

    if (in.type != CONNACK || in.reason != code) {
        env_fail("%s: %s with code 0x%02x, not CONNACK with 0x%02x", options->client_id, packet_name(in.type),
                 in.reason, code);
    }
    raw_expect_end(client);
    raw_drop(client);
}

static void refuse_data(struct broker *broker, const char *id, const void *data, size_t bytes,
                        const char *reason)
{
    struct env *env = broker_env(broker);
    const struct connect_options options = {.protocol = 5,
                                            .client_id = id,
                                            .auth_method = methods[strlen(id) % 2],
                                            .auth_data = data,
                                            .auth_data_bytes = bytes};

    broker_mark(broker);
    refuse(broker, &options, 0x87);
    broker_expect_log(broker, "bednet: jwt: deny login", env_format(env, "client=\"%s\"", id),
                      env_format(env, "reason=%s", reason));
}

static void test_wrong_tokens(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const char *good = token_with(env, "device-1", device);
    char *spoilt = env_format(env, "%s", good);
    char *first = strrchr(spoilt, '.') + 5;

    *first = *first == 'A' ? 'B' : 'A';
    refuse_data(broker, "spoilt", spoilt, 0, "signature");
    refuse_data(broker, "expired", token_for_until(env, TOKEN_ES256, "device-1", -60, ""), 0, "expired");
    refuse_data(broker, "text", "no token at all", 0, "malformed");
    refuse_data(broker, "padded", env_format(env, "%s=", good), 0, "malformed");
    raw_login(broker, ENHANCED("id", good));
}

static void test_data_of_any_bytes(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const char *good = token_with(env, "device-1", device);
    size_t length = strlen(good);
    char *bytes = env_alloc(env, 65535);

    refuse_data(broker, "empty", "", 0, "malformed");
    refuse_data(broker, "none", NULL, 0, "malformed");
    /* A token with something behind a NUL is not that token. */
    memcpy(bytes, good, length);
    refuse_data(broker, "nul-behind", bytes, length + 1, "malformed");
    memcpy(bytes + length + 1, good, length);
    refuse_data(broker, "twice", bytes, 2 * length + 1, "malformed");
    memmove(bytes + 1, good, length);
    bytes[0] = '\0';
    refuse_data(broker, "nul-in-front", bytes, length + 1, "malformed");
    memset(bytes, 'A', 65535);
    refuse_data(broker, "as-long-as-can-be", bytes, 65535, "too_long");
    memset(bytes, 0, 65535);
    refuse_data(broker, "zeros", bytes, 65535, "too_long");
    refuse_data(broker, "few-zeros", bytes, 100, "malformed");
    raw_login(broker, ENHANCED("id", good));
}

static void test_other_methods(struct env *env)
{
    struct broker *broker = start(env, "", "allow_anonymous true\n");
    const char *good = token_with(env, "device-1", device);
    const char *const others[] = {"SCRAM-SHA-1", "oauth2-jwt", "OAUTH2-JWT ", "OAUTH2-JW", "OAUTH2-JWTX"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        /* Not even with a good password: who names a method is judged by that. */
        const struct connect_options options = {.protocol = 5,
                                                .client_id = others[i],
                                                .username = "any",
                                                .password = good,
                                                .auth_method = others[i],
                                                .auth_data = good};
        refuse(broker, &options, 0x8c);
    }
}

static void test_log_keeps_the_token_to_itself(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const char *good = token_with(env, "good", both);
    const char *bad = token_for_until(env, TOKEN_ES256, "bad", -60, "");
    const char *fresh = token_with(env, "good", device);
    struct raw_client *client = raw_login(broker, ENHANCED("good", good));

    refuse_data(broker, "bad", bad, 0, "expired");
    refresh(client, fresh);
    raw_reauthenticate(client, "OAUTH2-JWT", bad, 0);
    raw_expect_reauth_refused(client);
    broker_settle(broker);
    const char *log = env_read(env, broker_log_path(broker));
    assert_null(strstr(log, strrchr(good, '.')));
    assert_null(strstr(log, strrchr(bad, '.')));
    assert_null(strstr(log, strrchr(fresh, '.')));
}

/* On the living session. */

static void test_new_roles_apply_at_once(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client = login(broker, "a", device);
    struct raw_client *other = login(broker, "b", sender);

    assert_int_equal(raw_subscribe(client, "down", 1), 1);
    raw_publish_acked(other, "down", "first");
    raw_expect_publish(client, "down", "first");
    assert_int_equal(raw_publish_acked(client, "site/x", "x"), 0x87);

    refresh(client, token_for(env, "a", env_format(env, "%s, \"site\": \"x\"", suite_roles(env, sender))));
    /* Deliveries on the subscription that it made stop, and what it could do, it can no more. */
    raw_publish_acked(other, "down", "second");
    raw_expect_silence(client);
    assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), 0x87);
    assert_int_equal(raw_subscribe(client, "down", 1), 0x87);
    assert_int_equal(raw_publish_acked(client, "site/x", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "site/y", "x"), 0x87);

    refresh(client, token_for(env, "a", env_format(env, "%s, \"site\": \"y\"", suite_roles(env, both))));
    assert_int_equal(raw_publish_acked(client, "site/y", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "site/x", "x"), 0x87);
    raw_publish_acked(other, "down", "third");
    raw_expect_publish(client, "down", "third");
}

static void test_roles_that_stay(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client = login(broker, "a", device);
    struct raw_client *other = login(broker, "b", sender);

    raw_subscribe(client, "down", 1);
    for (int round = 0; round < 20; round++) {
        refresh(client, token_with(env, "a", device));
        raw_publish_acked(other, "down", "x");
        raw_expect_publish(client, "down", "x");
        assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), NOBODY_LISTENS);
        assert_int_equal(raw_publish_acked(client, "by-name/b", "x"), 0x87);
    }
}

static void test_will_judged_by_the_last_token(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *watcher = login(broker, "w", device);

    raw_subscribe(watcher, "down", 0);
    /* A will that the first token did not allow, but the second does; and the other way round. */
    struct raw_client *client = raw_login(broker, ENHANCED("a", token_with(env, "a", device)),
                                          .will_topic = "down", .will_payload = "by the last");
    refresh(client, token_with(env, "a", sender));
    raw_drop(client);
    raw_expect_publish(watcher, "down", "by the last");
    client = raw_login(broker, ENHANCED("a", token_with(env, "a", sender)), .will_topic = "down",
                       .will_payload = "by the first");
    refresh(client, token_with(env, "a", device));
    raw_drop(client);
    broker_expect_log(broker, "bednet: acl: deny publish client=\"a\"", "topic=\"down\"");
    raw_expect_silence(watcher);
}

/* The session must end, over this token, for that reason. */
static void end_by(struct broker *broker, const char *id, const char *token, const char *reason)
{
    struct env *env = broker_env(broker);
    struct raw_client *client = login(broker, id, both);

    raw_subscribe(client, "down", 1);
    broker_mark(broker);
    raw_reauthenticate(client, "OAUTH2-JWT", token, 0);
    raw_expect_reauth_refused(client);
    broker_expect_log(broker, "bednet: jwt: deny login", env_format(env, "client=\"%s\"", id),
                      env_format(env, "reason=%s", reason));
}

static void test_wrong_tokens_end_the_session(struct env *env)
{
    struct broker *broker = start(env, "", "");
    char *spoilt = env_format(env, "%s", token_with(env, "a", both));
    char *first = strrchr(spoilt, '.') + 5;

    *first = *first == 'A' ? 'B' : 'A';
    end_by(broker, "a", spoilt, "signature");
    end_by(broker, "b", token_with(env, "somebody-else", both), "other_identity");
    end_by(broker, "c", token_for_until(env, TOKEN_ES256, "c", -60, ""), "expired");
    end_by(broker, "d", "", "malformed");
    end_by(broker, "e", token_with(env, "a", both), "other_identity");
    /* All of them may come back by a good one. */
    const char *const ids[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(raw_publish_acked(login(broker, ids[i], both), "down", "x"), NOBODY_LISTENS);
    }
}

static void test_will_of_a_session_that_ends_so(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *watcher = login(broker, "w", device);

    raw_subscribe(watcher, "down", 0);
    struct raw_client *client = raw_login(broker, ENHANCED("a", token_with(env, "a", sender)),
                                          .will_topic = "down", .will_payload = "mine");
    raw_reauthenticate(client, "OAUTH2-JWT", token_with(env, "b", device), 0);
    raw_expect_reauth_refused(client);
    /* It was the client's own until then; a refusal takes no right from the will, nor gives it another's. */
    raw_expect_publish(watcher, "down", "mine");
}

static void test_other_method_than_before(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client = login(broker, "a", both);

    raw_reauthenticate(client, "CUSTOM-JWT", token_with(env, "a", both), 0);
    raw_expect_reauth_refused(client);
    /* Who came by a password has no method to go on with. */
    client = raw_login(broker, .protocol = 5, .client_id = "b", .password = token_with(env, "b", both));
    raw_reauthenticate(client, "OAUTH2-JWT", token_with(env, "b", both), 0);
    raw_expect_reauth_refused(client);
}

static void test_bound_client_id_stays_bound(struct env *env)
{
    const char *text =
        env_format(env, "%s%s", suite_issuer(env, "      client_id: ${claim.device_id}\n"), roles);
    const char *policy = env_write(env, "policy.yaml", text);
    struct broker *broker = broker_start(env, NULL, suite_guards(env, policy));
    const char *mine = token_for(env, "a", ", \"device_id\": \"mine\"");
    const char *yours = token_for(env, "a", ", \"device_id\": \"yours\"");
    struct raw_client *client = raw_login(broker, ENHANCED("mine", mine));

    refuse_data(broker, "mine", yours, 0, "client_id");
    refresh(client, mine);
    broker_mark(broker);
    raw_reauthenticate(client, "OAUTH2-JWT", yours, 0);
    raw_expect_reauth_refused(client);
    broker_expect_log(broker, "bednet: jwt: deny login", "client=\"mine\"", "reason=client_id");
}

/* SIGHUP, after which Mosquitto asks for the password of clients that have none. */

static void test_reload_keeps_sessions(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client = login(broker, "a", device);
    struct raw_client *refreshed = login(broker, "b", device);

    refresh(refreshed, token_with(env, "b", sender));
    for (int round = 0; round < 3; round++) {
        broker_reload(broker);
        raw_expect_silence(client);
        raw_expect_silence(refreshed);
        assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), NOBODY_LISTENS);
        assert_int_equal(raw_publish_acked(refreshed, "down", "x"), NOBODY_LISTENS);
        assert_int_equal(raw_publish_acked(refreshed, "by-name/b", "x"), 0x87);
    }
    refresh(client, token_with(env, "a", sender));
    assert_int_equal(raw_publish_acked(client, "down", "x"), NOBODY_LISTENS);
}

/* Offline sessions are asked for their password, too: 2.0 comes to harm where one of them is refused. */
static void test_reload_keeps_offline_sessions(struct env *env)
{
    struct broker *broker = start(env, "  carriers: [username, enhanced]\n", "");
    struct raw_client *other = login(broker, "other", sender);
    const char *token = token_with(env, "a", device), *second = token_with(env, "b", device);

    struct raw_client *enhanced = raw_login(broker, ENHANCED("a", token), .session_expiry = 3600);
    struct raw_client *by_name = raw_login(broker, .protocol = 5, .client_id = "b", .username = second,
                                           .password = "pw", .session_expiry = 3600);
    raw_subscribe(enhanced, "down", 1);
    raw_subscribe(by_name, "down", 1);
    raw_disconnect(enhanced);
    raw_disconnect(by_name);
    for (int round = 0; round < 3; round++) {
        broker_reload(broker);
    }
    raw_publish_acked(other, "down", "kept");
    enhanced = raw_connect(broker, ENHANCED("a", token), .session_expiry = 3600, .resume = true);
    assert_true(raw_expect_reason(enhanced, CONNACK, 0).session_present);
    raw_expect_publish(enhanced, "down", "kept");
    by_name = raw_connect(broker, .protocol = 5, .client_id = "b", .username = second, .password = "pw",
                          .session_expiry = 3600, .resume = true);
    assert_true(raw_expect_reason(by_name, CONNACK, 0).session_present);
    raw_expect_publish(by_name, "down", "kept");
}

/*
 * Mosquitto asks for the password of everybody again after SIGHUP, and who was let in by a token in another
 * place has none: that must not make no password, or one that anybody can know, a way in.
 */
static void test_reload_takes_no_other_credential(struct env *env)
{
    const char *text =
        env_format(env, "%s  carriers: [username, enhanced]\n%s", suite_issuer(env, ""), roles);
    const char *policy = env_write(env, "policy.yaml", text);
    struct broker *broker =
        broker_start(env, "per_listener_settings true\n", suite_lines(env, policy, "jwt", "acl"));
    const char *token = token_with(env, "a", device);

    for (int round = 0; round < 20; round++) {
        struct raw_client *client = round % 2 ? raw_login(broker, ENHANCED("a", token))
                                              : raw_login(broker, .protocol = 5, .client_id = "a",
                                                          .username = token, .password = "pw");
        assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), NOBODY_LISTENS);
        raw_disconnect(client);
        broker_sighup(broker);
        /* Under the names, and maybe at the address, of the session that was. */
        raw_login_refused(broker, .protocol = 5, .client_id = "a", .username = "a",
                          .password = round % 2 ? "" : "pw");
        raw_login_refused(broker, .protocol = 5, .client_id = "a", .username = "a");
    }
}

static void test_takeover_between_carriers(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *first = login(broker, "a", device);
    struct raw_client *second =
        raw_login(broker, .protocol = 5, .client_id = "a", .password = token_with(env, "a", sender));

    raw_expect_end(first);
    assert_int_equal(raw_publish_acked(second, "by-name/a", "x"), 0x87);
    assert_int_equal(raw_publish_acked(second, "down", "x"), NOBODY_LISTENS);
    struct raw_client *third = login(broker, "a", device);
    raw_expect_end(second);
    assert_int_equal(raw_publish_acked(third, "down", "x"), 0x87);
    assert_int_equal(raw_publish_acked(third, "by-name/a", "x"), NOBODY_LISTENS);
    refresh(third, token_with(env, "a", sender));
    assert_int_equal(raw_publish_acked(third, "down", "x"), NOBODY_LISTENS);
}

/* Where a token may travel. */

static void test_only_in_enhanced_authentication(struct env *env)
{
    struct broker *broker = start(env, "  carriers: [enhanced]\n", "");
    const char *token = token_with(env, "a", device);

    login(broker, "a", device);
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(broker, .protocol = protocol, .client_id = "b", .username = "any",
                          .password = token);
        raw_login_refused(broker, .protocol = protocol, .client_id = "c", .username = token);
    }
}

static void test_only_as_a_password(struct env *env)
{
    struct broker *broker = start(env, "  carriers: [password]\n", "");
    const char *token = token_with(env, "a", device);

    for (size_t i = 0; i < 2; i++) {
        const struct connect_options options = {
            .protocol = 5, .client_id = "a", .auth_method = methods[i], .auth_data = token};
        refuse(broker, &options, 0x8c);
    }
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login(broker, .protocol = protocol, .client_id = "b", .username = "any", .password = token);
        raw_login_refused(broker, .protocol = protocol, .client_id = "c", .username = token);
    }
}

static void test_only_as_a_user_name(struct env *env)
{
    struct broker *broker = start(env, "  carriers: [username]\n", "");
    const char *token = token_with(env, "a", device);
    const char *bad = token_for_until(env, TOKEN_ES256, "a", -60, "");

    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(broker, .protocol = protocol, .client_id = "b", .username = "any",
                          .password = token);
        raw_login_refused(broker, .protocol = protocol, .client_id = "bad", .username = bad);
        raw_login(broker, .protocol = protocol, .client_id = "a", .username = token, .password = "");
        struct raw_client *client =
            raw_login(broker, .protocol = protocol, .client_id = "a", .username = token);
        unsigned allowed = protocol == 5 ? NOBODY_LISTENS : 0;
        assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), allowed);
        assert_int_equal(raw_publish_acked(client, "people", "x"), raw_refused_publish(client));
    }
    broker_expect_log(broker, "bednet: jwt: deny login", "client=\"bad\"", "reason=expired");
    broker_settle(broker);
    const char *log = env_read(env, broker_log_path(broker));
    assert_null(strstr(log, strrchr(bad, '.')));
    assert_null(strstr(log, strrchr(token, '.')));
    assert_null(strstr(log, env_format(env, "%.16s", bad)));
}

static void test_tokens_in_two_places(struct env *env)
{
    struct broker *broker = start(env, "  carriers: [password, username]\n", "");
    const char *mine = token_with(env, "a", device);
    const char *bad = token_for_until(env, TOKEN_ES256, "b", -60, "");
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "a", .username = mine, .password = "no token");

    assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), NOBODY_LISTENS);
    /* A bad token is not made up for by another one. */
    raw_login_refused(broker, .protocol = 5, .client_id = "c", .username = mine, .password = bad);
    client = raw_login(broker, .protocol = 5, .client_id = "a", .username = bad, .password = mine);
    assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "by-name/b", "x"), 0x87);
}

static void test_passwords_beside_carriers(struct env *env)
{
    struct broker *broker =
        start(env, "  carriers: [password, username, enhanced]\n", suite_password_line(env));
    struct raw_client *person = raw_login(broker, .protocol = 5, .client_id = "p", .username = SUITE_USER,
                                          .password = SUITE_PASSWORD);

    assert_int_equal(raw_publish_acked(person, "people", "x"), NOBODY_LISTENS);
    raw_login_refused(broker, .client_id = "q", .username = SUITE_USER, .password = "wrong");
    raw_login_refused(broker, .client_id = "q", .username = SUITE_USER,
                      .password = token_for_until(env, TOKEN_ES256, SUITE_USER, -60, ""));
    broker_reload(broker);
    raw_expect_silence(person);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_login_by_both_methods),
        BROKER_TEST(test_wrong_tokens),
        BROKER_TEST(test_data_of_any_bytes),
        BROKER_TEST(test_other_methods),
        BROKER_TEST(test_log_keeps_the_token_to_itself),
        BROKER_TEST(test_new_roles_apply_at_once),
        BROKER_TEST(test_roles_that_stay),
        BROKER_TEST(test_will_judged_by_the_last_token),
        BROKER_TEST(test_wrong_tokens_end_the_session),
        BROKER_TEST(test_will_of_a_session_that_ends_so),
        BROKER_TEST(test_other_method_than_before),
        BROKER_TEST(test_bound_client_id_stays_bound),
        BROKER_TEST(test_reload_keeps_sessions),
        BROKER_TEST(test_reload_keeps_offline_sessions),
        BROKER_TEST(test_reload_takes_no_other_credential),
        BROKER_TEST(test_takeover_between_carriers),
        BROKER_TEST(test_only_in_enhanced_authentication),
        BROKER_TEST(test_only_as_a_password),
        BROKER_TEST(test_only_as_a_user_name),
        BROKER_TEST(test_tokens_in_two_places),
        BROKER_TEST(test_passwords_beside_carriers),
    };
    return ENV_MAIN("enhanced", tests);
}
