/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks by what a token says and how it is written, signed as it should be: of every class that has worked
 * on some verifier. And names that are let in, and must fill in no rule.
 */
#include "harness/battery.h"
#include "harness/clock.h"
#include <string.h>

static void attack_header(struct battery *battery, const char *more, const char *reason)
{
    struct env *env = battery->env;
    const char *algorithm = battery_turn(battery);

    battery_attack(
        battery, more,
        forge_token(env, algorithm, battery_header(env, algorithm, more), battery_good_claims(env)), reason);
}

static void attack_claim(struct battery *battery, const char *name, const char *json, const char *reason)
{
    struct env *env = battery->env;
    const char *algorithm = battery_turn(battery);
    const char *payload = battery_claims(env, name, json);

    battery_attack(battery, payload, forge_token(env, algorithm, battery_header(env, algorithm, ""), payload),
                   reason);
}

static const char *good_token(struct env *env, const char *algorithm)
{
    return forge_token(env, algorithm, battery_header(env, algorithm, ""), battery_good_claims(env));
}

/* JSON that two readers understand differently. */
static void try_duplicates(struct battery *battery)
{
    struct env *env = battery->env;
    static const char *const headers[] = {"{\"alg\": \"none\", \"alg\": \"HS256\", \"kid\": \"HS256\"}",
                                          "{\"alg\": \"HS256\", \"alg\": \"none\", \"kid\": \"HS256\"}",
                                          "{\"alg\": \"HS256\", \"kid\": \"HS256\", \"\\u006bid\": \"x\"}",
                                          "{\"alg\": \"HS256\", \"kid\": \"HS256\"}{}",
                                          "{\"alg\": \"HS256\", \"kid\": \"HS256\"},"};
    static const char *const names[] = {"sub", "exp", "aud", "iss", "canary"};

    for (size_t i = 0; i < COUNT(headers); i++) {
        battery_attack(battery, headers[i], forge_token(env, "HS256", headers[i], battery_good_claims(env)),
                       "malformed");
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *payload =
            env_format(env, "{\"%s\": \"first\", %s", names[i], battery_good_claims(env) + 1);
        const char *algorithm = battery_turn(battery);
        battery_attack(battery, payload,
                       forge_token(env, algorithm, battery_header(env, algorithm, ""), payload), "claims");
    }
}

static void try_claim_types(struct battery *battery)
{
    struct env *env = battery->env;
    const char *soon = env_format(env, "%lld", clock_now() + 3600);
    static const char *const times[] = {"exp", "nbf", "iat"};
    const char *const wrong[] = {env_format(env, "\"%s\"", soon),
                                 "true",
                                 "null",
                                 "[]",
                                 "{}",
                                 "\"\"",
                                 env_format(env, "[%s]", soon),
                                 "1e400",
                                 "99999999999999999999",
                                 "9223372036854775808",
                                 "-99999999999999999999"};
    static const char *const past[] = {"-1", "0", "1e3", "1.5", "2147483647e-3", "-1e9"};
    static const char *const strings[] = {
        "1", "null", "true", "{}", "[1]", "[[\"" TOKEN_AUDIENCE "\"]]", "[null, \"" TOKEN_AUDIENCE "\"]"};

    for (size_t i = 0; i < COUNT(times); i++) {
        for (size_t j = 0; j < COUNT(wrong); j++) {
            attack_claim(battery, times[i], wrong[j], "claims");
        }
    }
    for (size_t i = 0; i < COUNT(past); i++) {
        attack_claim(battery, "exp", past[i], "expired");
    }
    attack_claim(battery, "exp", NULL, "claims");
    attack_claim(battery, "nbf", soon, "not_yet_valid");
    for (size_t i = 0; i < COUNT(strings); i++) {
        attack_claim(battery, "aud", strings[i], "audience");
        attack_claim(battery, "iss", strings[i], "issuer");
        attack_claim(battery, "sub", strings[i], "claims");
    }
    attack_claim(battery, "sub", NULL, "claims");
    attack_claim(battery, "sub", "\"\"", "claims");
    attack_claim(battery, "sub", "\"a\\u0000b\"", "claims");
    attack_claim(battery, "sub", "\"\\ud800\"", "claims");
    attack_claim(battery, "sub", "\"\xff\"", "claims");
    attack_claim(battery, "sub", "\"a\\r\\nb\"", "claims");
    attack_claim(battery, "sub", env_format(env, "\"%0600d\"", 1), "identity");
}

/* Names that are no harm where they are a whole name, and must fill in no rule. */
static void try_odd_subjects(struct battery *battery)
{
    struct env *env = battery->env;
    static const char *const subjects[] = {"+", "#", "a/b", "a/#", "/", "${username}", "%u"};

    for (size_t i = 0; i < COUNT(subjects); i++) {
        const char *token = forge_token(env, "HS256", battery_header(env, "HS256", ""),
                                        battery_claims(env, "sub", env_format(env, "\"%s\"", subjects[i])));
        struct raw_client *client = raw_login(battery->broker, .protocol = 5, .client_id = "odd",
                                              .username = "any", .password = token);
        bool plain = !strpbrk(subjects[i], "+#/");
        assert_int_equal(raw_publish_acked(client, "by-name/a", "x"), 0x87);
        assert_int_equal(raw_subscribe(client, env_format(env, "by-name/%s", subjects[i]), 0),
                         plain ? 0 : 0x87);
        assert_int_equal(raw_subscribe(client, "by-name/#", 0), 0x87);
        assert_int_equal(raw_subscribe(client, "by-name/+", 0), 0x87);
        raw_disconnect(client);
    }
}

/* CVE-2026-32597, and other kinds of signed objects. */
static void try_header_members(struct battery *battery)
{
    static const char *const critical[] = {", \"crit\": [\"exp\"]",
                                           ", \"crit\": []",
                                           ", \"crit\": \"b64\"",
                                           ", \"crit\": null",
                                           ", \"b64\": false",
                                           ", \"b64\": true",
                                           ", \"crit\": [\"b64\"], \"b64\": false"};
    static const char *const types[] = {", \"typ\": \"dpop+jwt\"",
                                        ", \"typ\": \"logout+jwt\"",
                                        ", \"typ\": \"JOSE\"",
                                        ", \"typ\": \"jwt2\"",
                                        ", \"typ\": 1",
                                        ", \"typ\": null",
                                        ", \"typ\": \"\"",
                                        ", \"cty\": \"JWT\"",
                                        ", \"cty\": 1"};

    for (size_t i = 0; i < COUNT(critical); i++) {
        attack_header(battery, critical[i], "critical");
    }
    for (size_t i = 0; i < COUNT(types); i++) {
        attack_header(battery, types[i], "token_type");
    }
}

/* What is no compact JWS. What does not even look like a token is nobody's: refused, and not counted here. */
static void try_other_serialisations(struct battery *battery)
{
    struct env *env = battery->env;
    const char *token = good_token(env, "ES256");
    const char *payload = strchr(token, '.') + 1, *signature = strrchr(token, '.') + 1;
    int head = (int)(payload - token - 1), body = (int)(signature - payload - 1);

    battery_attack(battery, "five parts", env_format(env, "%s.AAAA.AAAA", token), "malformed");
    battery_attack(battery, "four parts", env_format(env, "%s.AAAA", token), "malformed");
    battery_attack(battery, "a dot behind", env_format(env, "%s.", token), "malformed");
    battery_attack(battery, "an empty part", env_format(env, "%.*s..%s", head, token, signature),
                   "malformed");
    battery_attack(battery, "detached", env_format(env, "%.*s..%s", head, token, signature), "malformed");
    battery_attack(battery, "only dots behind", env_format(env, "%.*s..", head, token), "malformed");
    battery_attack(battery, "flattened JSON",
                   env_format(env, "{\"protected\": \"%.*s\", \"payload\": \"%.*s\", \"signature\": \"%s\"}",
                              head, token, body, payload, signature),
                   "nothing");
    battery_attack(battery, "general JSON",
                   env_format(env,
                              "{\"payload\": \"%.*s\", \"signatures\": [{\"protected\": \"%.*s\", "
                              "\"signature\": \"%s\"}]}",
                              body, payload, head, token, signature),
                   "nothing");
    battery_attack(battery, "a dot in front", env_format(env, ".%s", token), "nothing");
}

/* Every other spelling of a right token, although what it decodes to verifies. */
static void try_second_spellings(struct battery *battery)
{
    struct env *env = battery->env;
    static const char foreign[] = "=+/ \n\r\t%~\xff";

    for (size_t a = 0; a < FORGE_ALGORITHMS; a++) {
        const char *token = good_token(env, forge_algorithm(a));
        size_t length = strlen(token);
        size_t places[] = {strcspn(token, ".") - 1, length - strlen(strrchr(token, '.')), length};
        for (size_t i = 0; i < sizeof(foreign) - 1; i++) {
            const char *spelt =
                env_format(env, "%.*s%c%s", (int)places[i % 3], token, foreign[i], token + places[i % 3]);
            /* With a foreign byte in its header it does not even look like a token. */
            battery_attack(battery, forge_algorithm(a), spelt, i % 3 == 0 ? "nothing" : "malformed");
        }
    }
    /* The last character of 64 bytes has four bits to spare, which lax decoders drop. */
    const char *token = good_token(env, "EdDSA");
    size_t last = strlen(token) - 1;
    battery_attack(battery, "spare bits", env_format(env, "%.*s%c", (int)last, token, token[last] + 1),
                   "malformed");
    token = good_token(env, "ES256");
    battery_attack(battery, "spare bits",
                   env_format(env, "%.*s%c", (int)last, token, token[strlen(token) - 1] + 1), "malformed");
}

static const char *repeated(struct env *env, const char *text, size_t times)
{
    size_t length = strlen(text);
    char *whole = env_alloc(env, length * times + 1);

    for (size_t i = 0; i < times; i++) {
        memcpy(whole + i * length, text, length);
    }
    return whole;
}

/* CVE-2024-33664 and its kind. */
static void try_size(struct battery *battery)
{
    struct env *env = battery->env;
    const char *brackets = repeated(env, "[", 20000);
    const char *deep =
        env_format(env, "%s, \"x\": %s", "{\"alg\": \"HS256\", \"kid\": \"HS256\"", repeated(env, "[", 2000));

    battery_attack(battery, "65535 times A", repeated(env, "A", 65535), "nothing");
    battery_attack(battery, "65535 times .", repeated(env, ".", 65535), "nothing");
    battery_attack(battery, "a header and a long tail",
                   env_format(env, "eyJhbGciOiJub25lIn0.%s", repeated(env, "A", 65000)), "too_long");
    battery_attack(battery, "20,000 brackets", forge_token(env, "HS256", brackets, battery_good_claims(env)),
                   "nothing");
    battery_attack(
        battery, "a header with 20,000 brackets",
        forge_token(env, "HS256", env_format(env, "{\"x\": %s", brackets), battery_good_claims(env)),
        "too_long");
    battery_attack(battery, "a header with 2,000 brackets",
                   forge_token(env, "HS256", deep, battery_good_claims(env)), "malformed");
    attack_claim(battery, "x", repeated(env, "[", 2000), "claims");
    attack_claim(battery, "x", env_format(env, "%s1%s", repeated(env, "[", 17), repeated(env, "]", 17)),
                 "claims");
    attack_claim(battery, "x", env_format(env, "0%s", repeated(env, ", \"y\": 0", 60000 / 10)), "too_long");
}

static void try_other_parties(struct battery *battery)
{
    static const char *const issuers[] = {"\"" TOKEN_ISSUER "/\"", "\"https://ID.test\"",
                                          "\"" PINNED_ISSUER "\"", "\"\"", "\"https://evil.test\""};
    static const char *const audiences[] = {"\"other\"",     "[]",   "[\"a\", \"b\"]",
                                            "\"MQTT.test\"", "\"\"", "\"" TOKEN_AUDIENCE " other\""};

    for (size_t i = 0; i < COUNT(issuers); i++) {
        attack_claim(battery, "iss", issuers[i], "issuer");
    }
    for (size_t i = 0; i < COUNT(audiences); i++) {
        attack_claim(battery, "aud", audiences[i], "audience");
    }
    attack_claim(battery, "aud", NULL, "audience");
    attack_claim(battery, "iss", NULL, "issuer");
}

static void test_every_text(struct env *env)
{
    struct battery *battery = env_alloc(env, sizeof(*battery));

    battery_begin(battery, env);
    try_duplicates(battery);
    try_claim_types(battery);
    try_header_members(battery);
    try_other_serialisations(battery);
    try_second_spellings(battery);
    try_size(battery);
    try_other_parties(battery);
    battery_end(battery);
}

static void test_odd_subjects(struct env *env)
{
    struct battery *battery = env_alloc(env, sizeof(*battery));

    battery_begin(battery, env);
    try_odd_subjects(battery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_every_text),
        BROKER_TEST(test_odd_subjects),
    };
    return ENV_MAIN("tokens", tests);
}
