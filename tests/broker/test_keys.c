/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files that a broker must not start with, and the tokens of tests/data/tokens, which somebody else's
 * implementation made, with the keys that belong to them.
 */
#include "harness/forge.h"
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char algorithms[] =
    "[HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
    "ES512, EdDSA]";

static const char *issuer_entry(struct env *env, const char *issuer, const char *audience, const char *file)
{
    return env_format(env,
                      "    - issuer: %s\n"
                      "      audience: [%s]\n"
                      "      keys: {file: \"%s\"}\n"
                      "      algorithms: %s\n",
                      issuer, audience, file, algorithms);
}

/* A member of a JWK with another value, which is as long as the first `length` bytes of it say. */
static const char *with_member(struct env *env, const char *jwk, const char *name, const char *value)
{
    const char *found = strstr(jwk, env_format(env, "\"%s\": \"", name));

    if (!found) {
        env_fail("no %s in %s", name, jwk);
    }
    const char *old = found + strlen(name) + 5;
    return env_format(env, "%.*s%s%s", (int)(old - jwk), jwk, value, old + strcspn(old, "\""));
}

static void test_keys_that_are_refused(struct env *env)
{
    const char *rsa = forge_jwk(env, forge_key(env, "RSA", 2048));
    const char *ec = forge_jwk(env, forge_key(env, "P-256", 0));
    const char *ed = forge_jwk(env, forge_key(env, "ED25519", 0));
    const char *point = strstr(ec, "\"x\": \"") + 6;
    const char *const sets[] = {
        forge_jwk(env, forge_key(env, "RSA", 1024)),
        with_member(env, rsa, "e", "AQ"), /* 1 */
        with_member(env, rsa, "e", "Ag"), /* 2 */
        with_member(env, rsa, "n", "AQAB"),
        with_member(env, ec, "y", env_format(env, "%.43s", point)), /* not on the curve */
        with_member(env, ec, "crv", "P-384"),
        with_member(env, ec, "x", "AAAA"),
        with_member(env, ed, "x", "AAAA"),
        "\"kty\": \"oct\", \"k\": \"\"",
        "\"kty\": \"oct\", \"k\": \"c2hvcnQ\"",
        env_format(env, "%s}, {\"kid\": \"a\", %s", ec, rsa), /* the same name twice */
        env_format(env, "%s, \"d\": \"%.43s\"", ec, point),   /* a private key */
        "\"kty\": \"unknown\", \"x\": \"AAAA\"",              /* and no other */
    };
    const char *text = "bednet: 1\njwt:\n  issuers:\n";

    for (size_t i = 0; i < COUNT(sets); i++) {
        const char *name = env_format(env, "bad-%zu.json", i);
        env_write(env, name, env_format(env, "{\"keys\": [{\"kid\": \"a\", %s}]}", sets[i]));
        text = env_format(env, "%s%s", text,
                          issuer_entry(env, env_format(env, "https://i%zu.test", i), TOKEN_AUDIENCE, name));
    }
    text = env_format(env, "%sroles: {a: {allow: {publish: [x]}}}\n", text);
    struct broker *broker =
        broker_refuses(env, NULL, suite_lines(env, env_write(env, "policy.yaml", text), "jwt", "acl"));
    for (size_t i = 0; i < COUNT(sets); i++) {
        broker_expect_log(broker, "bednet: jwt: ", env_format(env, "bad-%zu.json", i));
    }
}

/* The text of a member that stands on a line of its own, as in tokens.json; *next is what follows. */
static const char *take_member(struct env *env, const char *text, const char *name, const char **next)
{
    const char *key = env_format(env, "\n  \"%s\": \"", name);
    const char *found = strstr(text, key);

    if (!found) {
        return NULL;
    }
    found += strlen(key);
    *next = strchr(found, '\n');
    size_t length = (size_t)(*next - found);
    length -= found[length - 1] == ',';
    /* What is escaped in there are quotes, in the one that is JSON itself. */
    char *plain = env_alloc(env, length);
    for (size_t i = 0, used = 0; i + 1 < length; i++) {
        i += found[i] == '\\';
        plain[used++] = found[i];
    }
    return plain;
}

static void try_token(struct broker *broker, int port, const char *name, const char *reason,
                      const char *token, int number)
{
    struct env *env = broker_env(broker);
    bool good = strcmp(reason, "none") == 0;
    /* What does not look like a token is nobody's to count. */
    bool counted = !good && token[0] != '{';
    const char *series = env_format(env, "mosquitto_auth_denials_total{method=\"jwt\",reason=\"%s\"}",
                                    counted ? reason : "internal");
    int before = (int)metric(env, port, series);
    struct raw_client *client = raw_connect(broker, .protocol = 3 + number % 3, .client_id = "id",
                                            .username = "any", .password = token);
    struct packet_in in = raw_expect(client, CONNACK);

    if ((in.reason == 0) != good || (int)metric(env, port, series) != before + counted) {
        env_fail("%s: CONNACK with code 0x%02x, expected %s", name, in.reason, reason);
    }
    raw_drop(client);
}

static void test_tokens_by_others(struct env *env)
{
    int port = env_port(), tried = 0, good = 0;
    const char *issuer = issuer_entry(env, "https://id.example.test", "mqtt.example.test",
                                      BEDNET_TEST_DATA "/tokens/jwks.json");
    const char *text = env_format(env,
                                  "bednet: 1\njwt:\n  issuers:\n%s"
                                  "roles: {device: {allow: {publish: [x]}}}\n"
                                  "metrics: {listen: \"%s:%d\"}\n",
                                  issuer, env_host(), port);
    const char *policy = env_write(env, "policy.yaml", text);
    struct broker *broker = broker_start(env, NULL, suite_lines(env, policy, "metrics", "jwt", "acl"));
    const char *rest = env_read(env, BEDNET_TEST_DATA "/tokens/tokens.json"), *name;

    while ((name = take_member(env, rest, "name", &rest))) {
        const char *reason = take_member(env, rest, "expect", &rest);
        const char *token = take_member(env, rest, "token", &rest);
        try_token(broker, port, name, reason, token, tried++);
        good += strcmp(reason, "none") == 0;
    }
    printf("[ tokens   ] %d, of which %d are good\n", tried, good);
    assert_true(good >= 3 * FORGE_ALGORITHMS && tried > 10 * FORGE_ALGORITHMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_keys_that_are_refused),
        BROKER_TEST(test_tokens_by_others),
    };
    return ENV_MAIN("keys", tests);
}
