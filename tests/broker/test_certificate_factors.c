/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate and token of one login: either may be wrong, both must agree, and no password behind them is
 * worth anything where one of them is.
 */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/stage.h"
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SLACK_S      15

/* `more` goes into the section `certificate`, two blanks in front. */
static const char *policy_with(struct env *env, const char *more)
{
    return env_format(env,
                      "certificate:\n"
                      "  authorities: {devices: pki/device-ca.crt}\n"
                      "  accept:\n"
                      "    - issuer: devices\n"
                      "      match: {ou: \"{kind}\"}\n"
                      "      username: ${cert.cn}\n"
                      "      roles: [certified]\n%s"
                      "roles:\n"
                      "  certified: {allow: {publish: [\"cert/${match.kind}\"]}}\n"
                      "  device: {allow: {publish: [\"token/${username}\", up], subscribe: [up]}}\n",
                      more);
}

/* With a password file behind everything, whose user must not get in by it. */
static const struct stage *start_with(struct env *env, const char *more, const char *jwt)
{
    return stage_start(env, .policy = policy_with(env, more), .jwt = jwt,
                       .after = env_format(env, "allow_anonymous false\n%s", suite_password_line(env)));
}

static const struct stage *start(struct env *env)
{
    return start_with(env, "  token: required\n", "");
}

static const struct tls_identity *certified(struct env *env, const char *cn)
{
    static unsigned last;

    return issue(env, .name = env_format(env, "certified-%u", ++last), .cn = cn, .ou = "pump");
}

static const char *token(struct env *env, const char *subject)
{
    return token_for(env, subject, suite_roles(env, "\"device\""));
}

/* Good for so many seconds. */
static const char *brief_token(struct env *env, const char *subject, long seconds)
{
    return token_for_until(env, TOKEN_ES256, subject, seconds, suite_roles(env, "\"device\""));
}

#define BOTH(id, identity, token)                                                                            \
    .protocol = 5, .client_id = id, .username = "any", .password = token, .tls = identity
#define ENHANCED(id, identity, token)                                                                        \
    .protocol = 5, .client_id = id, .auth_method = "OAUTH2-JWT", .auth_data = token, .tls = identity

/* Refused in all protocols, by that plugin and for that reason. */
static void expect_refused(const struct stage *stage, const struct tls_identity *identity,
                           const char *username, const char *password, const char *plugin, const char *reason)
{
    struct env *env = stage->env;
    static unsigned last;
    const char *id = env_format(env, "refused-%u", ++last);

    for (int protocol = 3; protocol <= 6; protocol++) {
        bool web = protocol == 6;
        broker_mark(stage->broker);
        raw_login_refused_port(stage->broker, web ? stage->web_port : stage->port,
                               .protocol = web ? 4 : protocol, .client_id = id, .username = username,
                               .password = password, .tls = identity, .websocket = web);
        broker_expect_log(stage->broker, env_format(env, "bednet: %s: deny login client=\"%s\"", plugin, id),
                          env_format(env, "reason=%s", reason));
    }
}

static void test_both_are_there(struct env *env)
{
    const struct stage *stage = start(env);
    const struct tls_identity *identity = certified(env, "a");

    for (int protocol = 3; protocol <= 5; protocol++) {
        for (int way = 0; way < STAGE_WAYS; way++) {
            raw_login_port(stage->broker, way == STAGE_WEB ? stage->web_port : stage->port,
                           .protocol = protocol, .client_id = "a", .username = "any",
                           .password = token(env, "a"), .tls = identity, .websocket = way == STAGE_WEB);
            stage_expect_username(stage, "a", "a");
        }
    }
    /* The rights of both, and the attributes of both. */
    struct raw_client *client =
        raw_login_port(stage->broker, stage->port, BOTH("b", identity, token(env, "a")));
    STAGE_RIGHTS(client, "cert/pump", "token/a", "cert/valve!", "token/b!");
    for (int round = 0; round < 2; round++) {
        broker_reload(stage->broker);
        STAGE_RIGHTS(client, "cert/pump", "token/a", "cert/valve!", "token/b!");
    }
}

static void test_one_of_them_is_missing_or_wrong(struct env *env)
{
    const struct stage *stage = start(env);
    const struct tls_identity *good = certified(env, "a"), *stranger = pki_identity(env, "historian");
    const char *forged = env_format(env, "%sAAAA", token(env, "a"));
    const struct {
        const struct tls_identity *identity;
        const char *username, *password, *plugin, *reason;
    } cases[] = {
        {good, NULL, NULL, "cert", "no_token"},
        {good, SUITE_USER, SUITE_PASSWORD, "cert", "no_token"},
        {good, "any", "", "cert", "no_token"},
        {good, "any", forged, "jwt", "signature"},
        {good, SUITE_USER, brief_token(env, "a", -10), "jwt", "expired"},
        {good, "any", "a.b.c", "cert", "no_token"},
        {stranger, "any", token(env, "historian"), "cert", "certificate_rule"},
        {stranger, SUITE_USER, SUITE_PASSWORD, "cert", "certificate_rule"},
        {stranger, "any", forged, "cert", "certificate_rule"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_refused(stage, cases[i].identity, cases[i].username, cases[i].password, cases[i].plugin,
                       cases[i].reason);
    }
    /* On a listener that asks for none there is no certificate to be a factor: the token is as good as ever.
     */
    raw_login(stage->broker, .protocol = 5, .client_id = "c", .password = token(env, "a"));
    raw_login_refused(stage->broker, .protocol = 5, .client_id = "d", .password = forged);
}

/* Then nobody gets in without one, also where nobody can show one. */
static void test_required_certificate(struct env *env)
{
    const struct stage *stage = start_with(env, "  token: required\n  required: true\n", "");

    raw_login_refused(stage->broker, .protocol = 5, .client_id = "c", .password = token(env, "a"));
    broker_expect_log(stage->broker, "bednet: cert: deny login client=\"c\"", "reason=no_certificate");
    raw_login_refused(stage->broker, .protocol = 5, .client_id = "d", .username = SUITE_USER,
                      .password = SUITE_PASSWORD);
    raw_login_refused(stage->broker, .protocol = 5, .client_id = "e", .auth_method = "OAUTH2-JWT",
                      .auth_data = token(env, "a"));
    raw_login_port(stage->broker, stage->port, BOTH("f", certified(env, "a"), token(env, "a")));
    raw_login_port(stage->broker, stage->port, ENHANCED("g", certified(env, "a"), token(env, "a")));
}

static void test_what_must_agree(struct env *env)
{
    const struct stage *stage = start(env);
    const struct tls_identity *a = certified(env, "a"), *b = certified(env, "b");

    /* By default, the user name. */
    expect_refused(stage, b, "any", token(env, "a"), "jwt", "factors_disagree");
    expect_refused(stage, a, "any", token(env, "A"), "jwt", "factors_disagree");
    raw_login_port(stage->broker, stage->port, BOTH("x", b, token(env, "b")));
    stage_reload(stage, policy_with(env, "  token: required\n  agree: []\n"));
    struct raw_client *client = raw_login_port(stage->broker, stage->port, BOTH("y", b, token(env, "a")));
    stage_expect_username(stage, "y", "a");
    STAGE_RIGHTS(client, "token/a", "token/b!", "cert/pump");
    /* Neither says anything of the client id, so they say nothing alike. */
    stage_reload(stage, policy_with(env, "  token: required\n  agree: [client_id]\n"));
    expect_refused(stage, a, "any", token(env, "a"), "jwt", "factors_disagree");
}

/* Without `token: required` the certificate is enough, and a token beside it is not looked at. */
static void test_ignored_tokens(struct env *env)
{
    const struct stage *stage = start_with(env, "", "");
    const struct tls_identity *identity = certified(env, "a");

    struct raw_client *client =
        raw_login_port(stage->broker, stage->port, BOTH("x", identity, token(env, "b")));
    stage_expect_username(stage, "x", "a");
    STAGE_RIGHTS(client, "cert/pump", "token/a!", "token/b!");
    raw_login_port(stage->broker, stage->port, BOTH("y", identity, "a.b.c"));
    /* But where MQTT 5 authenticates, both count. */
    raw_login_port(stage->broker, stage->port, ENHANCED("z", identity, token(env, "a")));
    struct raw_client *refused =
        raw_connect_port(stage->broker, stage->port, ENHANCED("w", identity, token(env, "b")));
    raw_expect_reason(refused, CONNACK, 0x87);
    broker_expect_log(stage->broker, "bednet: jwt: deny login client=\"w\"", "reason=factors_disagree");
}

static void test_enhanced_authentication(struct env *env)
{
    const struct stage *stage = start(env);
    const struct tls_identity *identity = certified(env, "a"), *stranger = pki_identity(env, "historian");
    struct raw_client *client =
        raw_login_port(stage->broker, stage->port, ENHANCED("x", identity, token(env, "a")));

    STAGE_RIGHTS(client, "cert/pump", "token/a", "token/b!");
    struct raw_client *refused =
        raw_connect_port(stage->broker, stage->port, ENHANCED("y", stranger, token(env, "historian")));
    raw_expect_reason(refused, CONNACK, 0x87);
    broker_expect_log(stage->broker, "bednet: ", "deny login client=\"y\"", "reason=certificate_rule");
    refused = raw_connect_port(stage->broker, stage->port,
                               ENHANCED("z", identity, env_format(env, "%sAAAA", token(env, "a"))));
    raw_expect_reason(refused, CONNACK, 0x87);
    broker_expect_log(stage->broker, "bednet: jwt: deny login client=\"z\"", "reason=signature");
    refused =
        raw_connect_port(stage->broker, stage->port, ENHANCED("w", certified(env, "b"), token(env, "a")));
    raw_expect_reason(refused, CONNACK, 0x87);
    broker_expect_log(stage->broker, "bednet: jwt: deny login client=\"w\"", "reason=factors_disagree");
}

static void test_refresh_in_place(struct env *env)
{
    const struct stage *stage = start(env);
    const struct tls_identity *identity = certified(env, "a");
    struct raw_client *client =
        raw_login_port(stage->broker, stage->port, ENHANCED("x", identity, token(env, "a")));

    for (int round = 0; round < 3; round++) {
        raw_reauthenticate(client, "OAUTH2-JWT",
                           token_for(env, "a", round == 1 ? "" : suite_roles(env, "\"device\"")), 0);
        raw_expect_reason(client, AUTH, 0);
        /* The token's rights are the new token's, those of the certificate stay. */
        STAGE_RIGHTS(client, "cert/pump", round == 1 ? "token/a!" : "token/a", "token/b!");
    }
    raw_reauthenticate(client, "OAUTH2-JWT", token(env, "b"), 0);
    raw_expect_reauth_refused(client);
}

static void test_the_earlier_end(struct env *env)
{
    const struct stage *stage = start(env);
    const struct tls_identity *lasting = certified(env, "a");
    long long now = clock_now();
    const struct tls_identity *brief =
        issue(env, .name = "brief", .cn = "a", .ou = "pump", .from_s = -60, .until_s = 14);
    struct raw_client *by_token =
        raw_login_port(stage->broker, stage->port, BOTH("t", lasting, brief_token(env, "a", 10)));
    struct raw_client *by_certificate =
        raw_login_port(stage->broker, stage->port, BOTH("c", brief, token(env, "a")));
    struct raw_client *enhanced =
        raw_login_port(stage->broker, stage->port, ENHANCED("e", brief, token(env, "a")));
    struct raw_client *unharmed =
        raw_login_port(stage->broker, stage->port, BOTH("u", lasting, token(env, "a")));

    /* A new token does not make the certificate last longer. */
    raw_reauthenticate(enhanced, "OAUTH2-JWT", token(env, "a"), 0);
    raw_expect_reason(enhanced, AUTH, 0);
    raw_expect_reason(by_token, DISCONNECT, 0x98);
    raw_expect(by_token, 0);
    assert_true(clock_now() >= now + 10);
    raw_expect_reason(by_certificate, DISCONNECT, 0x98);
    raw_expect_reason(enhanced, DISCONNECT, 0x98);
    assert_true(clock_now() >= now + 14);
    assert_true(clock_now() <= now + 14 + SLACK_S);
    STAGE_RIGHTS(unharmed, "cert/pump", "token/a");
}

/* Either is enough to end the session of both. */
static void test_either_is_revoked(struct env *env)
{
    static const char more[] = "  token: required\n  crl: {folders: [pki/crls]}\n";
    const struct tls_identity *first = certified(env, "a"), *second = certified(env, "a"),
                              *third = certified(env, "a");
    const struct tls_identity *const entries[] = {first, NULL};

    env_write(env, "revoked.yaml", "revoked: []\n");
    const struct stage *stage = start_with(env, more, "  revocations: revoked.yaml\n");
    struct raw_client *by_list =
        raw_login_port(stage->broker, stage->port, BOTH("x", first, token(env, "a")));
    struct raw_client *by_token = raw_login_port(
        stage->broker, stage->port,
        BOTH("y", second,
             token_for(env, "a", env_format(env, "%s, \"jti\": \"bad\"", suite_roles(env, "\"device\"")))));
    struct raw_client *by_policy =
        raw_login_port(stage->broker, stage->port, BOTH("z", third, token(env, "a")));
    struct raw_client *unharmed =
        raw_login_port(stage->broker, stage->port, BOTH("u", certified(env, "a"), token(env, "a")));

    issue_list(env, .path = "crls/device-ca.crl", .revoked = entries);
    raw_expect_reason(by_list, DISCONNECT, 0x98);
    expect_refused(stage, first, "any", token(env, "a"), "cert", "revoked");
    STAGE_RIGHTS(by_token, "cert/pump", "token/a");
    env_write(env, "revoked.yaml", "revoked:\n  - jti: bad\n");
    raw_expect_reason(by_token, DISCONNECT, 0x98);
    stage_reload(stage, policy_with(env, env_format(env, "%s  deny: [{key: %s}]\n", more,
                                                    issue_key_digest(env, third))));
    raw_expect_reason(by_policy, DISCONNECT, 0x98);
    STAGE_RIGHTS(unharmed, "cert/pump", "token/a");
}

/* A token bound to the certificate (cnf) is one, with or without a rule for the latter. */
static void test_bound_tokens(struct env *env)
{
    const struct stage *stage = start(env);
    const struct tls_identity *mine = certified(env, "a"), *yours = certified(env, "a");
    const char *bound = token_for(env, "a",
                                  env_format(env, "%s, \"cnf\": {\"x5t#S256\": \"%s\"}",
                                             suite_roles(env, "\"device\""), tls_thumbprint(env, mine)));

    STAGE_RIGHTS(raw_login_port(stage->broker, stage->port, BOTH("x", mine, bound)), "cert/pump", "token/a");
    expect_refused(stage, yours, "any", bound, "jwt", "confirmation");
}

static void test_tokens_in_user_names(struct env *env)
{
    const struct stage *stage = start_with(env, "  token: required\n", "  carriers: [username]\n");
    const struct tls_identity *identity = certified(env, "a");

    raw_login_port(stage->broker, stage->port, .protocol = 4, .client_id = "x", .username = token(env, "a"),
                   .tls = identity);
    expect_refused(stage, identity, "any", token(env, "a"), "cert", "no_token");
    expect_refused(stage, identity, SUITE_USER, SUITE_PASSWORD, "cert", "no_token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_both_are_there),       BROKER_TEST(test_one_of_them_is_missing_or_wrong),
        BROKER_TEST(test_required_certificate), BROKER_TEST(test_what_must_agree),
        BROKER_TEST(test_ignored_tokens),       BROKER_TEST(test_enhanced_authentication),
        BROKER_TEST(test_refresh_in_place),     BROKER_TEST(test_the_earlier_end),
        BROKER_TEST(test_either_is_revoked),    BROKER_TEST(test_bound_tokens),
        BROKER_TEST(test_tokens_in_user_names),
    };
    return ENV_MAIN("certificate_factors", tests);
}
