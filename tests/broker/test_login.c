/* SPDX-License-Identifier: Apache-2.0 */
/* Logins by token, with tokens of openssl's making, and by the password file behind them. */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/lib_client.h"
#include "harness/suite.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - by-name/${username}\n"
                            "  person:\n"
                            "    members: {usernames: [" SUITE_USER "]}\n"
                            "    allow: {publish: [people]}\n";

static struct broker *start(struct env *env, const char *issuer, const char *more)
{
    const char *text = env_format(env, "%s%s", suite_issuer(env, issuer), roles);
    const char *policy = env_write(env, "policy.yaml", text);

    return broker_start(env, NULL, env_format(env, "%s%s", suite_lines(env, policy, "jwt", "acl"), more));
}

static void test_all_algorithms_and_protocols(struct env *env)
{
    struct broker *broker = start(env, "", "");

    for (int algorithm = 0; algorithm < TOKEN_ALGORITHMS; algorithm++) {
        const char *token = token_for_until(env, (enum token_algorithm)algorithm, "device-1", 3600,
                                            suite_roles(env, "\"device\""));
        for (int protocol = 3; protocol <= 5; protocol++) {
            raw_login(broker, .protocol = protocol, .client_id = "id", .username = "any", .password = token);
        }
    }
}

static void test_token_names_the_session(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const char *token = token_for(env, "device-1", suite_roles(env, "\"device\""));
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "id", .username = "somebody-else", .password = token);

    assert_int_equal(raw_publish_acked(client, "by-name/device-1", "text"), 0x10);
    assert_int_equal(raw_publish_acked(client, "by-name/somebody-else", "text"), 0x87);
}

static void test_token_without_username(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const char *token = token_for(env, "device-1", suite_roles(env, "\"device\""));
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "id", .password = token);

    assert_int_equal(raw_publish_acked(client, "by-name/device-1", "text"), 0x10);
}

static void test_lib_client_by_token(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const char *token = token_for(env, "device-1", suite_roles(env, "\"device\""));
    int reason = -1;
    struct lib_client *client = lib_connect(broker, 5, "lib", "any", token, &reason);

    assert_int_equal(reason, 0);
    assert_int_equal(lib_publish(client, "by-name/device-1", "text", 1), 0x10);
    lib_connect(broker, 4, "lib-2", "any", env_format(env, "%sA", token), &reason);
    assert_int_equal(reason, 5);
}

struct refusal {
    const char *reason;
    const char *header;  /* NULL: the right one for ES256 */
    const char *payload; /* PAST and SOON stand for times an hour from now */
};

#define CLAIMS  "\"iss\": \"" TOKEN_ISSUER "\", \"aud\": \"" TOKEN_AUDIENCE "\", \"sub\": \"device-1\""
#define EXPIRES "\"exp\": SOON"
#define GOOD    "{" CLAIMS ", " EXPIRES "}"

/* All signed as they should be: what is wrong is inside. */
static const struct refusal refusals[] = {
    {"expired", NULL, "{" CLAIMS ", \"exp\": PAST}"},
    {"not_yet_valid", NULL, "{" CLAIMS ", " EXPIRES ", \"nbf\": SOON}"},
    {"claims", NULL, "{" CLAIMS "}"},
    {"claims", NULL, "{" CLAIMS ", \"exp\": \"SOON\"}"},
    {"claims", NULL, "{\"iss\": \"" TOKEN_ISSUER "\", \"aud\": \"" TOKEN_AUDIENCE "\", " EXPIRES "}"},
    {"issuer", NULL,
     "{\"iss\": \"https://evil.test\", \"aud\": \"" TOKEN_AUDIENCE "\", \"sub\": \"a\", " EXPIRES "}"},
    {"audience", NULL, "{\"iss\": \"" TOKEN_ISSUER "\", \"aud\": \"other\", \"sub\": \"a\", " EXPIRES "}"},
    {"audience", NULL, "{\"iss\": \"" TOKEN_ISSUER "\", \"sub\": \"a\", " EXPIRES "}"},
    {"claims", NULL, "{" CLAIMS ", \"sub\": \"device-2\", " EXPIRES "}"},
    {"claims", NULL, "[1, 2]"},
    {"unknown_key", "{\"alg\": \"ES256\", \"kid\": \"nobody\"}", GOOD},
    {"algorithm", "{\"alg\": \"none\", \"kid\": \"ES256\"}", GOOD},
    {"algorithm", "{\"alg\": \"PS256\", \"kid\": \"ES256\"}", GOOD},
    {"algorithm", "{\"alg\": \"es256\", \"kid\": \"ES256\"}", GOOD},
    {"token_type", "{\"alg\": \"ES256\", \"kid\": \"ES256\", \"typ\": \"dpop+jwt\"}", GOOD},
    {"critical", "{\"alg\": \"ES256\", \"kid\": \"ES256\", \"crit\": [\"exp\"]}", GOOD},
    {"malformed", "{\"alg\": \"ES256\", \"alg\": \"ES256\", \"kid\": \"ES256\"}", GOOD},
};

/* The payload with `word` replaced, where it is, by a time. */
static const char *dated(struct env *env, const char *payload, const char *word, long seconds)
{
    const char *found = strstr(payload, word);

    if (!found) {
        return payload;
    }
    return env_format(env, "%.*s%lld%s", (int)(found - payload), payload, clock_now() + seconds,
                      found + strlen(word));
}

static const char *refused_token(struct env *env, const struct refusal *refusal)
{
    const char *header = refusal->header ? refusal->header : "{\"alg\": \"ES256\", \"kid\": \"ES256\"}";

    const char *payload = dated(env, dated(env, refusal->payload, "PAST", -3600), "SOON", 3600);

    return token_sign(env, TOKEN_ES256, header, dated(env, payload, "SOON", 3600));
}

static void refuse(struct broker *broker, const char *id, const char *token, const char *reason)
{
    struct env *env = broker_env(broker);

    for (int protocol = 3; protocol <= 5; protocol++) {
        broker_mark(broker);
        raw_login_refused(broker, .protocol = protocol, .client_id = id, .username = "any",
                          .password = token);
        broker_expect_log(broker, "bednet: jwt: deny login", env_format(env, "client=\"%s\"", id),
                          "address=\"127.0.0.1\"", env_format(env, "reason=%s", reason));
    }
}

static void test_refusals_by_reason(struct env *env)
{
    struct broker *broker = start(env, "", "");

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        /* An id of its own for each: the log is limited by client. */
        refuse(broker, env_format(env, "id-%zu", i), refused_token(env, &refusals[i]), refusals[i].reason);
    }
}

static void test_good_token_of_the_same_make(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const struct refusal none = {"none", NULL, GOOD};

    /* What the refusals differ from: were this refused, they would prove nothing. */
    raw_login(broker, .client_id = "id", .username = "any", .password = refused_token(env, &none));
}

static void test_tampered_signatures(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const struct refusal none = {"none", NULL, GOOD};

    for (int algorithm = 0; algorithm < TOKEN_ALGORITHMS; algorithm++) {
        char *token = env_format(env, "%s",
                                 token_for_until(env, (enum token_algorithm)algorithm, "device-1", 3600, ""));
        char *first = strrchr(token, '.') + 5;
        *first = *first == 'A' ? 'B' : 'A';
        refuse(broker, env_format(env, "tampered-%d", algorithm), token, "signature");
    }
    /* A payload that another signature belongs to. */
    const char *good = refused_token(env, &none);
    const char *other = token_for(env, "device-2", "");
    const char *mixed =
        env_format(env, "%.*s%s", (int)(strrchr(other, '.') - other), other, strrchr(good, '.'));
    refuse(broker, "mixed", mixed, "signature");
}

static void test_misshapen_tokens(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const struct refusal none = {"none", NULL, GOOD};
    const char *good = refused_token(env, &none);

    refuse(broker, "padded", env_format(env, "%s=", good), "malformed");
    refuse(broker, "blank", env_format(env, "%s\n", good), "malformed");
    refuse(broker, "four", env_format(env, "%s.x", good), "malformed");
    refuse(broker, "unsigned", env_format(env, "%.*s", (int)(strrchr(good, '.') - good) + 1, good),
           "malformed");
    refuse(broker, "header-only", env_format(env, "%.*s..", (int)strcspn(good, "."), good), "malformed");
}

static void test_token_that_is_too_long(struct env *env)
{
    struct broker *broker = start(env, "", "");
    char *token = env_alloc(env, 65001);

    memcpy(token, "eyJhbGciOiJFUzI1NiJ9.", 21);
    memset(token + 21, 'A', 64979);
    refuse(broker, "long", token, "too_long");
}

static void test_client_id_is_bound(struct env *env)
{
    struct broker *broker = start(env, "      client_id: ${claim.device_id}\n", "");
    const char *token = token_for(env, "device-1", ", \"device_id\": \"mine\"");

    raw_login(broker, .client_id = "mine", .username = "any", .password = token);
    refuse(broker, "yours", token, "client_id");
    refuse(broker, "unnamed", token_for(env, "device-1", ""), "client_id");
}

static void test_passwords_behind_tokens(struct env *env)
{
    struct broker *broker = start(env, "", suite_password_line(env));
    struct raw_client *person = raw_login(broker, .protocol = 5, .client_id = "id", .username = SUITE_USER,
                                          .password = SUITE_PASSWORD);

    /* Roles of somebody without a token: by user name only. */
    assert_int_equal(raw_publish_acked(person, "people", "text"), 0x10);
    assert_int_equal(raw_publish_acked(person, "by-name/" SUITE_USER, "text"), 0x87);
    raw_login(broker, .client_id = "device", .username = "any", .password = token_for(env, "device-1", ""));
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(broker, .protocol = protocol, .client_id = "id", .username = SUITE_USER,
                          .password = "wrong");
        raw_login_refused(broker, .protocol = protocol, .client_id = "id", .username = "bob",
                          .password = "bob");
        raw_login_refused(broker, .protocol = protocol, .client_id = "id");
    }
}

static void test_bad_token_does_not_reach_the_passwords(struct env *env)
{
    struct broker *broker = start(env, "", suite_password_line(env));

    /* What is meant as a token is jwt's to answer, whatever the user name would be good for. */
    raw_login_refused(broker, .client_id = "id", .username = SUITE_USER,
                      .password = token_for_until(env, TOKEN_ES256, SUITE_USER, -3600, ""));
    broker_expect_log(broker, "bednet: jwt: deny login", "reason=expired");
}

static void test_passwords_without_a_password_file(struct env *env)
{
    struct broker *broker = start(env, "", "");

    raw_login_refused(broker, .client_id = "id", .username = SUITE_USER, .password = SUITE_PASSWORD);
    raw_login_refused(broker, .protocol = 5, .client_id = "id");
}

static void test_bad_token_of_an_anonymous_client(struct env *env)
{
    struct broker *broker = start(env, "", "allow_anonymous true\n");

    /* The broker lets those in whom no plugin answers and who give no name: a bad token must be answered. */
    raw_login_refused(broker, .protocol = 5, .client_id = "id",
                      .password = token_for_until(env, TOKEN_ES256, "device-1", -3600, ""));
    raw_login(broker, .protocol = 5, .client_id = "nobody");
}

static void test_log_keeps_the_token_to_itself(struct env *env)
{
    struct broker *broker = start(env, "", "");
    const char *good = token_for(env, "device-1", "");
    const char *bad = token_for_until(env, TOKEN_ES256, "device-1", -3600, "");

    raw_login(broker, .client_id = "good", .username = "any", .password = good);
    raw_login_refused(broker, .client_id = "bad", .username = "any", .password = bad);
    broker_reload(broker);
    broker_expect_log(broker, "bednet: jwt: deny login", "client=\"bad\"");
    assert_int_equal(broker_count_log(broker, strrchr(good, '.')), 0);
    assert_int_equal(broker_count_log(broker, strrchr(bad, '.')), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_all_algorithms_and_protocols),
        BROKER_TEST(test_token_names_the_session),
        BROKER_TEST(test_token_without_username),
        BROKER_TEST(test_lib_client_by_token),
        BROKER_TEST(test_refusals_by_reason),
        BROKER_TEST(test_good_token_of_the_same_make),
        BROKER_TEST(test_tampered_signatures),
        BROKER_TEST(test_misshapen_tokens),
        BROKER_TEST(test_token_that_is_too_long),
        BROKER_TEST(test_client_id_is_bound),
        BROKER_TEST(test_passwords_behind_tokens),
        BROKER_TEST(test_bad_token_does_not_reach_the_passwords),
        BROKER_TEST(test_passwords_without_a_password_file),
        BROKER_TEST(test_bad_token_of_an_anonymous_client),
        BROKER_TEST(test_log_keeps_the_token_to_itself),
    };
    return ENV_MAIN("login", tests);
}
