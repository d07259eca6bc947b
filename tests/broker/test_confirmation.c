/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that are bound to a certificate (RFC 8705), on a listener that asks for one; and clients that the
 * broker knows by their certificate alone.
 */
#include "harness/launch.h"
#include "harness/suite.h"
#include "harness/tls.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow: {publish: [up, \"by-name/${username}\"], subscribe: [down]}\n"
                            "  machine:\n"
                            "    members: {usernames: [machine]}\n"
                            "    allow: {publish: [machines]}\n";

/*
 * A broker with a plain listener and one that demands certificates, on the port that is given; `more` are
 * further lines of the latter.
 */
static struct broker *start(struct env *env, int *port, const char *more)
{
    const char *policy = env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, ""), roles));

    *port = env_port();
    return broker_start(env, NULL,
                        env_format(env, "%slistener %d %s\n%s%s", suite_lines(env, policy, "jwt", "acl"),
                                   *port, env_host(), tls_listener_lines(env), more));
}

static const char *bound(struct env *env, const char *subject, const char *confirmation)
{
    return token_for(env, subject,
                     env_format(env, "%s, \"cnf\": %s", suite_roles(env, "\"device\""), confirmation));
}

static const char *bound_to(struct env *env, const char *subject, const struct tls_identity *identity)
{
    return bound(env, subject, env_format(env, "{\"x5t#S256\": \"%s\"}", tls_thumbprint(env, identity)));
}

static void expect_rights(struct raw_client *client, unsigned up)
{
    assert_int_equal(raw_publish_acked(client, "up", "x"), up);
}

static void expect_refused(struct broker *broker, int port, const struct tls_identity *tls, const char *id,
                           const char *token)
{
    struct env *env = broker_env(broker);

    broker_mark(broker);
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused_port(broker, port, .protocol = protocol, .client_id = id, .username = "any",
                               .password = token, .tls = tls);
    }
    broker_expect_log(broker, "bednet: jwt: deny login", env_format(env, "client=\"%s\"", id),
                      "reason=confirmation");
}

#define OVER_TLS(identity, id, token)                                                                        \
    .protocol = 5, .client_id = id, .username = "any", .password = token, .tls = identity

static void test_the_right_certificate(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const struct tls_identity *mine = tls_make(env, "mine");
    const char *token = bound_to(env, "a", mine);

    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_port(broker, port, .protocol = protocol, .client_id = "a", .username = "any",
                       .password = token, .tls = mine);
    }
    struct raw_client *client = raw_login_port(broker, port, OVER_TLS(mine, "a", token));
    expect_rights(client, NOBODY_LISTENS);
    /* Mosquitto authenticates everybody anew on SIGHUP. */
    broker_reload(broker);
    expect_rights(client, NOBODY_LISTENS);
}

static void test_bearer_tokens_need_none(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const char *token = token_for(env, "a", suite_roles(env, "\"device\""));

    expect_rights(raw_login(broker, .protocol = 5, .client_id = "a", .password = token), NOBODY_LISTENS);
    expect_rights(raw_login_port(broker, port, OVER_TLS(tls_make(env, "mine"), "b", token)), NOBODY_LISTENS);
}

static void test_the_wrong_certificate(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const struct tls_identity *mine = tls_make(env, "mine"), *yours = tls_make(env, "yours");

    expect_refused(broker, port, yours, "a", bound_to(env, "a", mine));
    expect_refused(broker, port, mine, "b", bound_to(env, "a", yours));
    /* The same name, by the same authority, is another certificate all the same. */
    const char *token = bound_to(env, "a", mine);
    expect_refused(broker, port, tls_make(env, "mine"), "c", token);
}

static void test_no_certificate(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const char *token = bound_to(env, "a", tls_make(env, "mine"));

    expect_refused(broker, 0, NULL, "plain", token);
    /* Who shows none where one is asked for does not get as far as showing a token. */
    struct raw_client *client = raw_connect_port(broker, port, OVER_TLS(tls_nobody(env), "a", token));
    raw_expect_end(client);
    broker_expect_no_log(broker, "client=\"a\"");
}

static void test_listener_that_asks_for_none(struct env *env)
{
    const char *policy = env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, ""), roles));
    const struct tls_identity *server = tls_make(env, "server"), *mine = tls_make(env, "mine");
    int port = env_port();
    struct broker *broker = broker_start(env, NULL,
                                         env_format(env, "%slistener %d %s\ncertfile %s\nkeyfile %s\n",
                                                    suite_lines(env, policy, "jwt", "acl"), port, env_host(),
                                                    server->certificate, server->key));

    /* Without require_certificate nobody's certificate is asked for: there is nothing to confirm by. */
    expect_refused(broker, port, mine, "a", bound_to(env, "a", mine));
    expect_rights(raw_login_port(broker, port,
                                 OVER_TLS(mine, "b", token_for(env, "a", suite_roles(env, "\"device\"")))),
                  NOBODY_LISTENS);
}

static void test_other_confirmations(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const struct tls_identity *mine = tls_make(env, "mine");
    const char *right = tls_thumbprint(env, mine);
    const char *const confirmations[] = {
        "{}",
        "null",
        "7",
        "[]",
        env_format(env, "\"%s\"", right),
        "{\"jkt\": \"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"}",
        "{\"kid\": \"ES256\"}",
        "{\"jwk\": {\"kty\": \"oct\", \"k\": \"AAAA\"}}",
        env_format(env, "{\"x5t#S256\": \"%s\", \"jkt\": \"AAAA\"}", right),
        env_format(env, "{\"x5t\": \"%s\"}", right),
        env_format(env, "{\"x5t#s256\": \"%s\"}", right),
        env_format(env, "{\"x5t#S256\": [\"%s\"]}", right),
        env_format(env, "{\"x5t#S256\": \"%s=\"}", right),
        env_format(env, "{\"x5t#S256\": \"%.42s\"}", right),
        env_format(env, "{\"x5t#S256\": \"%sAAAA\"}", right),
        "{\"x5t#S256\": \"\"}",
        "{\"x5t#S256\": null}",
    };

    for (size_t i = 0; i < sizeof(confirmations) / sizeof(confirmations[0]); i++) {
        expect_refused(broker, port, mine, env_format(env, "c%zu", i), bound(env, "a", confirmations[i]));
    }
    raw_login_port(broker, port, OVER_TLS(mine, "good", bound_to(env, "a", mine)));
}

static void test_refresh_by_a_bound_token(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const struct tls_identity *mine = tls_make(env, "mine"), *yours = tls_make(env, "yours");
    struct raw_client *client =
        raw_login_port(broker, port, .protocol = 5, .client_id = "a", .auth_method = "OAUTH2-JWT",
                       .auth_data = bound_to(env, "a", mine), .tls = mine);

    raw_reauthenticate(client, "OAUTH2-JWT", bound_to(env, "a", mine), 0);
    raw_expect_reason(client, AUTH, 0);
    expect_rights(client, NOBODY_LISTENS);
    raw_reauthenticate(client, "OAUTH2-JWT", bound_to(env, "a", yours), 0);
    raw_expect_reauth_refused(client);
    broker_expect_log(broker, "bednet: jwt: deny login client=\"a\"", "reason=confirmation");
}

/* OpenSSL's errors of a refused token must not be taken for the broker's next TLS operation. */
static void test_refusals_leave_others_alone(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const struct tls_identity *mine = tls_make(env, "mine");
    struct raw_client *client = raw_login_port(broker, port, OVER_TLS(mine, "a", bound_to(env, "a", mine)));

    for (int algorithm = 0; algorithm < TOKEN_ALGORITHMS; algorithm++) {
        const char *token = token_for_until(env, (enum token_algorithm)algorithm, "a", 3600, "");
        char *spoilt = env_format(env, "%s", token);
        char *first = strrchr(spoilt, '.') + 5;
        *first = *first == 'A' ? 'B' : 'A';
        for (int round = 0; round < 5; round++) {
            raw_login_refused_port(broker, port, OVER_TLS(mine, "b", spoilt));
            raw_login_refused(broker, .protocol = 5, .client_id = "b", .password = spoilt);
            expect_rights(client, NOBODY_LISTENS);
        }
    }
}

/*
 * Clients that Mosquitto itself names by their certificate: no plugin is asked when they log in. They choose
 * their client id, and the name is the certificate's: neither makes them somebody who came by a token.
 */
static void expect_no_token_rights(struct raw_client *client)
{
    static const char *const topics[] = {"up", "by-name/a", "by-name/machine", "machines"};
    /* The last is the role of the user name `machine`, which is what this client is. */

    for (int i = 0; i < 3; i++) {
        assert_int_equal(raw_publish_acked(client, topics[i], "x"), 0x87);
    }
    assert_int_equal(raw_publish_acked(client, topics[3], "x"), NOBODY_LISTENS);
    assert_int_equal(raw_subscribe(client, "down", 0), 0x87);
}

static void test_names_of_certificates_are_no_tokens(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "use_identity_as_username true\n");
    const struct tls_identity *machine = tls_make(env, "machine");
    const char *token = token_for(env, "machine", suite_roles(env, "\"device\""));

    /* A session of that name and that id by a token, alive, ended, and persistent. */
    struct raw_client *by_token =
        raw_login(broker, .protocol = 5, .client_id = "a", .password = token, .session_expiry = 3600);
    expect_rights(by_token, NOBODY_LISTENS);
    struct raw_client *client = raw_login_port(broker, port, .protocol = 5, .client_id = "a", .tls = machine,
                                               .session_expiry = 3600, .resume = true);
    raw_expect_end(by_token);
    expect_no_token_rights(client);
    broker_settle(broker);
    broker_settle(broker);
    expect_no_token_rights(client);
    broker_reload(broker);
    expect_no_token_rights(client);
    /* Another one, while the token's session lives on under another id, and after it went. */
    struct raw_client *elsewhere = raw_login(broker, .protocol = 5, .client_id = "b", .password = token);
    struct raw_client *second = raw_login_port(broker, port, .protocol = 5, .client_id = "c", .tls = machine);
    expect_no_token_rights(second);
    raw_disconnect(elsewhere);
    struct raw_client *third = raw_login_port(broker, port, .protocol = 5, .client_id = "b", .tls = machine);
    expect_no_token_rights(third);
}

static void test_reused_addresses_are_no_tokens(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "use_identity_as_username true\n");
    const struct tls_identity *machine = tls_make(env, "machine");
    const char *token = token_for(env, "machine", suite_roles(env, "\"device\""));

    /* The broker gives the memory of a session that ended to the next one: same id, same name. */
    for (int round = 0; round < 10; round++) {
        struct raw_client *by_token = raw_login(broker, .protocol = 5, .client_id = "a", .password = token);
        expect_rights(by_token, NOBODY_LISTENS);
        raw_disconnect(by_token);
        struct raw_client *client =
            raw_login_port(broker, port, .protocol = 5, .client_id = "a", .tls = machine);
        expect_no_token_rights(client);
        raw_disconnect(client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_the_right_certificate),
        BROKER_TEST(test_bearer_tokens_need_none),
        BROKER_TEST(test_the_wrong_certificate),
        BROKER_TEST(test_no_certificate),
        BROKER_TEST(test_listener_that_asks_for_none),
        BROKER_TEST(test_other_confirmations),
        BROKER_TEST(test_refresh_by_a_bound_token),
        BROKER_TEST(test_refusals_leave_others_alone),
        BROKER_TEST(test_names_of_certificates_are_no_tokens),
        BROKER_TEST(test_reused_addresses_are_no_tokens),
    };
    return ENV_MAIN("confirmation", tests);
}
