/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens and holders that are no longer welcome: logins are refused and living sessions end, soon after the
 * file changed and without SIGHUP. And what tokens themselves say of topics.
 */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>
#include <unistd.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow: {publish: [up, \"both/#\"], subscribe: [down]}\n"
                            "    deny: {publish: [both/never]}\n"
                            "  sender:\n"
                            "    allow: {publish: [down], subscribe: [up]}\n";

static const char none[] = "revoked: []\n";

static void revoke_by(struct env *env, const char *entries)
{
    env_write(env, "revoked.yaml", env_format(env, "revoked:\n%s", entries));
}

/* With the list as it is at first; `issuer` and `jwt` as for suite_issuer and behind it. */
static struct broker *start_with(struct env *env, const char *list, const char *issuer, const char *jwt)
{
    env_write(env, "revoked.yaml", list);
    const char *text =
        env_format(env, "%s  revocations: revoked.yaml\n%s%s", suite_issuer(env, issuer), jwt, roles);
    return broker_start(env, NULL, suite_lines(env, env_write(env, "policy.yaml", text), "jwt", "acl"));
}

static struct broker *start(struct env *env)
{
    return start_with(env, none, "", "");
}

static const char *token_with(struct env *env, const char *subject, const char *more)
{
    return token_for(env, subject, env_format(env, "%s%s", suite_roles(env, "\"device\""), more));
}

#define BY_TOKEN(id, token) .protocol = 5, .client_id = id, .username = "any", .password = token

static void expect_refused(struct broker *broker, const char *id, const char *token)
{
    struct env *env = broker_env(broker);

    broker_mark(broker);
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(broker, .protocol = protocol, .client_id = id, .username = "any",
                          .password = token);
    }
    broker_expect_log(broker, "bednet: jwt: deny login", env_format(env, "client=\"%s\"", id),
                      "reason=revoked", "rule=");
}

static void expect_alive(struct raw_client *client)
{
    raw_expect_silence(client);
    assert_int_equal(raw_publish_acked(client, "up", "x"), NOBODY_LISTENS);
}

/* The broker has taken the list into use, and every session has been held against it since. */
static void await_list(struct broker *broker)
{
    broker_expect_log(broker, "revocations: ", "taken into use");
}

/* One who is revoked with the rest, to be sure that the list has been gone through. */
struct witness {
    struct raw_client *client;
    const char *entry;
};

static struct witness place_witness(struct broker *broker)
{
    struct env *env = broker_env(broker);

    return (struct witness){
        .client =
            raw_login(broker, BY_TOKEN("witness", token_with(env, "witness", ", \"jti\": \"witness\""))),
        .entry = "  - jti: witness\n"};
}

/* In each of these ways the first token is revoked, and the second, which differs in what matters, is not. */
static const struct {
    const char *what;
    const char *entry;
    const char *id, *subject, *more;                   /* revoked */
    const char *other_id, *other_subject, *other_more; /* not */
} ways[] = {
    {"jti", "  - jti: bad\n", "a", "a", ", \"jti\": \"bad\"", "b", "a", ", \"jti\": \"bad2\""},
    {"sub", "  - {issuer: " TOKEN_ISSUER ", sub: a}\n", "a", "a", "", "b", "b", ""},
    {"client id", "  - client_id: a\n", "a", "x", "", "b", "x", ""},
    {"sub and jti", "  - {sub: a, jti: bad}\n", "a", "a", ", \"jti\": \"bad\"", "b", "a",
     ", \"jti\": \"good\""},
    {"time of issue", "  - {issuer: " TOKEN_ISSUER ", issued_before: 2026-01-01T00:00:00Z}\n", "a", "a",
     ", \"old\": 1", "b", "a", ""},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* A token whose `iat` may be of 2025. */
static const char *token_of(struct env *env, const char *subject, const char *more)
{
    if (strcmp(more, ", \"old\": 1") != 0) {
        return token_with(env, subject, more);
    }
    return token_sign(env, TOKEN_ES256, "{\"alg\": \"ES256\", \"kid\": \"ES256\"}",
                      env_format(env,
                                 "{\"iss\": \"" TOKEN_ISSUER "\", \"aud\": \"" TOKEN_AUDIENCE
                                 "\", \"sub\": \"%s\", \"iat\": 1750000000, \"exp\": %lld%s}",
                                 subject, clock_now() + 3600, suite_roles(env, "\"device\"")));
}

static void test_logins_are_refused(struct env *env)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct broker *broker = start_with(env, env_format(env, "revoked:\n%s", ways[i].entry), "", "");
        expect_refused(broker, ways[i].id, token_of(env, ways[i].subject, ways[i].more));
        expect_alive(raw_login(
            broker, BY_TOKEN(ways[i].other_id, token_of(env, ways[i].other_subject, ways[i].other_more))));
        broker_stop(broker);
    }
}

static void test_sessions_end_when_the_file_changes(struct env *env)
{
    struct broker *broker = start(env);

    for (size_t i = 0; i < WAYS; i++) {
        const char *token = token_of(env, ways[i].subject, ways[i].more);
        const char *other = token_of(env, ways[i].other_subject, ways[i].other_more);
        struct raw_client *client = raw_login(broker, BY_TOKEN(ways[i].id, token));
        struct raw_client *unharmed = raw_login(broker, BY_TOKEN(ways[i].other_id, other));
        struct raw_client *by_name =
            raw_login(broker, .protocol = 4, .client_id = "a", .username = "any", .password = token);
        raw_expect_end(client); /* taken over: what is revoked is the session that is there now */
        expect_alive(unharmed);
        broker_mark(broker);
        revoke_by(env, ways[i].entry);
        raw_expect_end(by_name);
        await_list(broker);
        expect_refused(broker, ways[i].id, token);
        expect_alive(unharmed);
        /* And taken back: the token is as good as it was. */
        broker_mark(broker);
        env_write(env, "revoked.yaml", none);
        await_list(broker);
        raw_disconnect(raw_login(broker, BY_TOKEN(ways[i].id, token)));
    }
}

static void test_end_has_a_reason(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = raw_login(broker, BY_TOKEN("a", token_with(env, "a", "")));
    struct raw_client *enhanced =
        raw_login(broker, .protocol = 5, .client_id = "b", .auth_method = "OAUTH2-JWT",
                  .auth_data = token_with(env, "a", ""));

    revoke_by(env, "  - sub: a\n");
    raw_expect_reason(client, DISCONNECT, 0x98);
    raw_expect_reason(enhanced, DISCONNECT, 0x98);
    raw_expect_end(client);
    raw_expect_end(enhanced);
}

static void test_sessions_end_on_reload(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = raw_login(broker, BY_TOKEN("a", token_with(env, "a", "")));
    struct raw_client *other = raw_login(broker, BY_TOKEN("b", token_with(env, "b", "")));

    revoke_by(env, "  - sub: a\n");
    broker_reload(broker);
    raw_expect_end(client);
    expect_alive(other);
    expect_refused(broker, "a", token_with(env, "a", ""));
    for (int round = 0; round < 2; round++) {
        broker_reload(broker);
        expect_alive(other);
    }
}

static void test_revoked_sessions_get_nothing_more(struct env *env)
{
    struct broker *broker = start_with(env, none, "", "  on_expiry: {will: drop}\n");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    struct raw_client *client =
        raw_login(broker, BY_TOKEN("a", token_with(env, "a", "")), .session_expiry = 3600);

    raw_subscribe(client, "down", 1);
    revoke_by(env, "  - sub: a\n");
    raw_expect_end(client);
    /* Its session is still in the broker, and without a will to be sent it has no right left. */
    raw_publish_acked(sender, "down", "secret");
    broker_mark(broker);
    env_write(env, "revoked.yaml", none);
    await_list(broker);
    client =
        raw_connect(broker, BY_TOKEN("a", token_with(env, "a", "")), .session_expiry = 3600, .resume = true);
    raw_expect_reason(client, CONNACK, 0);
    raw_expect_silence(client);
    /* The broker takes subscriptions away that are refused when it closes the connection. */
    raw_subscribe(client, "down", 1);
    raw_publish_acked(sender, "down", "welcome back");
    raw_expect_publish(client, "down", "welcome back");
}

static void test_refresh_by_a_revoked_token(struct env *env)
{
    struct broker *broker = start_with(env, "revoked:\n  - jti: bad\n", "", "");
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "a", .auth_method = "OAUTH2-JWT",
                  .auth_data = token_with(env, "a", ", \"jti\": \"good\""));

    raw_reauthenticate(client, "OAUTH2-JWT", token_with(env, "a", ", \"jti\": \"bad\""), 0);
    raw_expect_reauth_refused(client);
    broker_expect_log(broker, "bednet: jwt: deny login client=\"a\"", "reason=revoked");
}

static void test_refreshed_sessions_are_held_against_the_new_token(struct env *env)
{
    struct broker *broker = start(env);
    struct witness witness = place_witness(broker);
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "a", .auth_method = "OAUTH2-JWT",
                  .auth_data = token_with(env, "a", ", \"jti\": \"first\""));

    raw_reauthenticate(client, "OAUTH2-JWT", token_with(env, "a", ", \"jti\": \"second\""), 0);
    raw_expect_reason(client, AUTH, 0);
    revoke_by(env, env_format(env, "  - jti: first\n%s", witness.entry));
    raw_expect_end(witness.client);
    expect_alive(client);
    revoke_by(env, "  - jti: second\n");
    raw_expect_end(client);
}

/* A second spelling of a token is no way around the list: see also test_tokens. */
static void test_other_spellings_of_a_revoked_token(struct env *env)
{
    struct broker *broker = start_with(env, "revoked:\n  - jti: bad\n", "", "");
    const char *token = token_with(env, "a", ", \"jti\": \"bad\"");

    expect_refused(broker, "a", token);
    expect_refused(broker, "a", token_with(env, "a", ", \"\\u006ati\": \"\\u0062ad\""));
    raw_login_refused(broker, BY_TOKEN("b", env_format(env, "%s=", token)));
    raw_login_refused(broker, BY_TOKEN("b", env_format(env, "%s\n", token)));
}

/* What was wrong with the file is said, and the list that was good stays in force. */
static void test_broken_files_keep_the_old_list(struct env *env)
{
    static const char *const broken[] = {
        "revoked:\n  - jti: [\n",  "revoked: 7\n",
        "revoked:\n  - jtii: x\n", "",
        "rovoked: []\n",           "revoked:\n  - {issued_before: yesterday}\n"};
    struct broker *broker = start_with(env, "revoked:\n  - jti: bad\n", "", "");
    const char *bad = token_with(env, "a", ", \"jti\": \"bad\"");
    struct raw_client *client = raw_login(broker, BY_TOKEN("b", token_with(env, "b", "")));

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        broker_mark(broker);
        env_write(env, "revoked.yaml", broken[i]);
        broker_expect_log(broker, "revocations: the old list stays", "revoked.yaml");
        expect_refused(broker, "a", bad);
        expect_alive(client);
    }
    broker_mark(broker);
    unlink(env_format(env, "%s/revoked.yaml", env_folder(env)));
    broker_expect_log(broker, "revocations: the old list stays", "revoked.yaml");
    expect_refused(broker, "a", bad);
    /* A reload reads it with the policy, and fails as a whole. */
    broker_reload(broker);
    broker_expect_log(broker, "the old one stays in force");
    expect_refused(broker, "a", bad);
    broker_mark(broker);
    revoke_by(env, "  - sub: b\n");
    raw_expect_end(client);
    raw_login(broker, BY_TOKEN("a", bad));
}

static void test_a_broken_file_at_the_start(struct env *env)
{
    env_write(env, "revoked.yaml", "revoked:\n  - jtii: x\n");
    const char *text = env_format(env, "%s  revocations: revoked.yaml\n%s", suite_issuer(env, ""), roles);
    const char *policy = env_write(env, "policy.yaml", text);
    struct broker *broker = broker_refuses(env, NULL, suite_lines(env, policy, "jwt", "acl"));

    broker_expect_log(broker, "revoked.yaml:2:", "jtii");
}

static void test_many_sessions_at_once(struct env *env)
{
    enum { CLIENTS = 400 };
    struct broker *broker = start(env);
    struct raw_client *clients[CLIENTS];
    const char *bad = token_with(env, "bad", ""), *good = token_with(env, "good", "");

    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = raw_login(broker, BY_TOKEN(env_format(env, "c%d", i), i % 2 ? bad : good));
    }
    revoke_by(env, "  - sub: bad\n");
    for (int i = 1; i < CLIENTS; i += 2) {
        raw_expect_end(clients[i]);
    }
    for (int i = 0; i < CLIENTS; i += 2) {
        expect_alive(clients[i]);
    }
}

static void test_will_as_the_policy_says(struct env *env)
{
    struct broker *broker = start_with(env, none, "", "  on_expiry: {action: disconnect, will: drop}\n");
    struct raw_client *watcher = suite_login(broker, 5, "watcher", "\"sender\"");
    struct raw_client *client = raw_login(broker, BY_TOKEN("a", token_with(env, "a", "")), .will_topic = "up",
                                          .will_payload = "gone");

    raw_subscribe(watcher, "up", 0);
    revoke_by(env, "  - sub: a\n");
    raw_expect_end(client);
    broker_settle(broker);
    raw_expect_silence(watcher);
}

/* Permissions inside a token. */

/* The same wishes in three languages: publish own/#, subscribe to down; nothing else. */
static const struct {
    const char *format;
    const char *value;
} languages[] = {
    {"bednet", "{\"publish\": [\"own/${client_id}/#\", \"both/#\"], \"subscribe\": [\"down\"]}"},
    {"emqx", "{\"pub\": [\"own/${clientid}/#\", \"both/#\"], \"sub\": [\"down\"]}"},
    {"emqx", "[{\"permission\": \"allow\", \"action\": \"publish\", \"topic\": \"own/${clientid}/#\"}, "
             "{\"permission\": \"allow\", \"action\": \"publish\", \"topic\": \"both/#\"}, "
             "{\"permission\": \"allow\", \"action\": \"subscribe\", \"topic\": \"down\"}, "
             "{\"permission\": \"deny\", \"action\": \"all\", \"topic\": \"#\"}]"},
    {"aif", "[[\"own/a/#\", [\"pub\"]], [\"both/#\", [\"pub\"]], [\"down\", [\"sub\"]]]"},
};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

static struct broker *start_permissions(struct env *env, const char *format, const char *more)
{
    return start_with(env, none,
                      env_format(env, "      permissions: {claim: acl, format: %s%s}\n", format, more), "");
}

static const char *token_that_permits(struct env *env, const char *value)
{
    return token_with(env, "a", env_format(env, ", \"acl\": %s", value));
}

static void test_permissions_that_narrow(struct env *env)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        struct broker *broker = start_permissions(env, languages[i].format, "");
        struct raw_client *client =
            raw_login(broker, BY_TOKEN("a", token_that_permits(env, languages[i].value)));
        /* Both say so. */
        assert_int_equal(raw_subscribe(client, "down", 0), 0);
        assert_int_equal(raw_publish_acked(client, "both/x", "x"), NOBODY_LISTENS);
        /* Only one of them does. */
        assert_int_equal(raw_publish_acked(client, "own/a/x", "x"), 0x87);
        assert_int_equal(raw_publish_acked(client, "up", "x"), 0x87);
        assert_int_equal(raw_publish_acked(client, "both/never", "x"), 0x87);
        broker_expect_log(broker, "bednet: acl: deny publish client=\"a\"", "topic=\"up\"",
                          i == 2 ? "reason=token_denies" : "reason=token_no_rule");
        /* And one whose token says nothing would be the widest of all. */
        raw_login_refused(broker, BY_TOKEN("b", token_with(env, "b", "")));
        broker_expect_log(broker, "client=\"b\"", "reason=permissions");
        broker_stop(broker);
    }
}

static void test_permissions_that_widen(struct env *env)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        struct broker *broker = start_permissions(env, languages[i].format, ", use: widen");
        struct raw_client *client =
            raw_login(broker, BY_TOKEN("a", token_that_permits(env, languages[i].value)));
        assert_int_equal(raw_subscribe(client, "down", 0), 0);
        assert_int_equal(raw_publish_acked(client, "own/a/x", "x"), NOBODY_LISTENS);
        assert_int_equal(raw_publish_acked(client, "own/b/x", "x"), 0x87);
        /* The policy's own denial is nobody's to lift. */
        assert_int_equal(raw_publish_acked(client, "both/never", "x"), 0x87);
        /* Where the token denies all the rest, deny beats what the roles allow. */
        assert_int_equal(raw_publish_acked(client, "up", "x"), i == 2 ? 0x87 : NOBODY_LISTENS);
        assert_int_equal(raw_subscribe(client, "#", 0), 0x87);
        broker_stop(broker);
    }
}

static void test_permissions_that_deny(struct env *env)
{
    struct broker *broker = start_permissions(env, "bednet", ", use: widen");
    struct raw_client *client = raw_login(
        broker,
        BY_TOKEN("a", token_that_permits(env, "{\"publish\": \"any/#\", \"deny\": {\"publish\": "
                                              "[\"up\", \"any/secret\"], \"subscribe\": \"down\"}}")));
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");

    assert_int_equal(raw_publish_acked(client, "any/x", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "any/secret", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "up", "x"), 0x87);
    assert_int_equal(raw_subscribe(client, "down", 0), 0x87);
    broker_expect_log(broker, "bednet: acl: deny publish client=\"a\"", "topic=\"up\"",
                      "reason=token_denies");
    raw_publish_acked(sender, "down", "x");
    raw_expect_silence(client);
}

static void test_conditions_of_qos_and_retain(struct env *env)
{
    struct broker *broker = start_permissions(env, "emqx", ", use: widen");
    struct raw_client *client = raw_login(
        broker,
        BY_TOKEN("a", token_that_permits(
                          env, "[{\"permission\": \"allow\", \"action\": \"publish\", \"topic\": \"q\", "
                               "\"qos\": [1], \"retain\": false}, {\"permission\": \"deny\", \"action\": "
                               "\"publish\", \"topic\": \"up\", \"retain\": true}]")));

    /* The same topic, again and again: an answer for one message is not one for the next. */
    for (int round = 0; round < 3; round++) {
        raw_publish(client, "q", "x", 1, false);
        raw_expect_reason(client, PUBACK, NOBODY_LISTENS);
        raw_publish(client, "q", "x", 1, true);
        raw_expect_reason(client, PUBACK, 0x87);
        raw_publish(client, "q", "x", 2, false);
        raw_expect_reason(client, PUBREC, 0x87);
        raw_publish(client, "up", "x", 1, false);
        raw_expect_reason(client, PUBACK, NOBODY_LISTENS);
        raw_publish(client, "up", "x", 1, true);
        raw_expect_reason(client, PUBACK, 0x87);
    }
}

/* Half a list might lack what denies: what cannot be understood as a whole refuses the login. */
static void test_permissions_that_cannot_be_read(struct env *env)
{
    static const char *const values[] = {"7",
                                         "null",
                                         "\"publish\"",
                                         "{\"publish\": 7}",
                                         "{\"publish\": [\"a/#/b\"]}",
                                         "{\"pub\": [\"a\"]}",
                                         "{\"publish\": [\"${claim.site}\"]}",
                                         "{\"publish\": [\"a\"], \"deny\": {\"publsh\": [\"b\"]}}",
                                         "{\"publish\": [\"\"]}",
                                         "{\"publish\": [[\"a\"]]}"};
    struct broker *broker = start_permissions(env, "bednet", ", use: widen");

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *id = env_format(env, "c%zu", i);
        raw_login_refused(broker, BY_TOKEN(id, token_that_permits(env, values[i])));
        broker_expect_log(broker, "bednet: jwt: deny login", env_format(env, "client=\"%s\"", id),
                          "reason=permissions");
    }
    const char *many = "\"x\"";
    for (int i = 0; i < 64; i++) {
        many = env_format(env, "%s, \"t%d\"", many, i);
    }
    raw_login_refused(
        broker, BY_TOKEN("many", token_that_permits(env, env_format(env, "{\"publish\": [%s]}", many))));
    broker_expect_log(broker, "client=\"many\"", "reason=permissions");
    /* A client id that would become a wildcard. */
    raw_login_refused(broker, .protocol = 5, .client_id = "+", .username = "any",
                      .password = token_that_permits(env, "{\"publish\": [\"own/${client_id}\"]}"));
}

static void test_permissions_that_must_be_there(struct env *env)
{
    struct broker *strict = start_permissions(env, "bednet", ", use: widen, required: true");

    raw_login_refused(strict, BY_TOKEN("a", token_with(env, "a", "")));
    broker_expect_log(strict, "client=\"a\"", "reason=permissions");
    raw_login(strict, BY_TOKEN("b", token_that_permits(env, "{\"publish\": [\"up\"]}")));
    struct broker *lax = start_permissions(env, "bednet", ", required: false");
    expect_alive(raw_login(lax, BY_TOKEN("a", token_with(env, "a", ""))));
}

static void test_permissions_are_renewed(struct env *env)
{
    struct broker *broker = start_permissions(env, "bednet", ", use: widen");
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "a", .auth_method = "OAUTH2-JWT",
                  .auth_data = token_that_permits(env, "{\"publish\": [\"one\"], \"subscribe\": [\"x\"]}"));
    struct raw_client *sender =
        raw_login(broker, BY_TOKEN("b", token_that_permits(env, "{\"publish\": [\"x\"]}")));

    raw_subscribe(client, "x", 0);
    assert_int_equal(raw_publish_acked(client, "one", "x"), NOBODY_LISTENS);
    raw_publish_acked(sender, "x", "first");
    raw_expect_publish(client, "x", "first");
    raw_reauthenticate(client, "OAUTH2-JWT", token_that_permits(env, "{\"publish\": [\"two\"]}"), 0);
    raw_expect_reason(client, AUTH, 0);
    raw_publish_acked(sender, "x", "second");
    raw_expect_silence(client);
    assert_int_equal(raw_publish_acked(client, "one", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "two", "x"), NOBODY_LISTENS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_logins_are_refused),
        BROKER_TEST(test_sessions_end_when_the_file_changes),
        BROKER_TEST(test_end_has_a_reason),
        BROKER_TEST(test_sessions_end_on_reload),
        BROKER_TEST(test_revoked_sessions_get_nothing_more),
        BROKER_TEST(test_refresh_by_a_revoked_token),
        BROKER_TEST(test_refreshed_sessions_are_held_against_the_new_token),
        BROKER_TEST(test_other_spellings_of_a_revoked_token),
        BROKER_TEST(test_broken_files_keep_the_old_list),
        BROKER_TEST(test_a_broken_file_at_the_start),
        BROKER_TEST(test_many_sessions_at_once),
        BROKER_TEST(test_will_as_the_policy_says),
        BROKER_TEST(test_permissions_that_narrow),
        BROKER_TEST(test_permissions_that_widen),
        BROKER_TEST(test_permissions_that_deny),
        BROKER_TEST(test_conditions_of_qos_and_retain),
        BROKER_TEST(test_permissions_that_cannot_be_read),
        BROKER_TEST(test_permissions_that_must_be_there),
        BROKER_TEST(test_permissions_are_renewed),
    };
    return ENV_MAIN("revocation", tests);
}
