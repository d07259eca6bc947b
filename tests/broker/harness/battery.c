/* SPDX-License-Identifier: Apache-2.0 */
/* See battery.h. */
#include "harness/battery.h"
#include "harness/clock.h"
#include <stdlib.h>
#include <string.h>

#define CANARY  "canary-in-the-mine"
#define DENIALS "\nmosquitto_auth_denials_total{method=\"jwt\",reason=\""

static const char *write_pinned_keys(struct battery *battery)
{
    struct env *env = battery->env;

    return env_write(env, "pinned.json",
                     env_format(env, "{\"keys\": [{\"kid\": \"rsa\", %s}, {\"kid\": \"ec\", %s}]}",
                                forge_jwk(env, battery->rsa), forge_jwk(env, battery->ec)));
}

/* So many secrets without a key id that a token would have to name one, and cannot. */
static const char *write_nameless_keys(struct env *env)
{
    const char *set = "{\"keys\": [";

    for (int i = 0; i < 5; i++) {
        const char *secret = env_format(env, NAMELESS_SECRET, i);
        set = env_format(env, "%s%s{\"kty\": \"oct\", \"k\": \"%s\"}", set, i ? ", " : "",
                         forge_base64url(env, secret, strlen(secret)));
    }
    return env_write(env, "nameless.json", env_format(env, "%s]}", set));
}

static const char *policy_of(struct battery *battery)
{
    struct env *env = battery->env;

    env_write(env, "keys.json", forge_jwks(env));
    write_pinned_keys(battery);
    write_nameless_keys(env);
    return env_format(
        env,
        "bednet: 1\n"
        "jwt:\n"
        "  issuers:\n"
        "%s%s%s"
        "roles:\n"
        "  everybody:\n"
        "    members: {claims: {iss: [" TOKEN_ISSUER "]}}\n"
        "    allow: {publish: [\"by-name/${username}\"], subscribe: [\"by-name/${username}\"]}\n"
        "metrics: {listen: \"%s:%d\"}\n",
        suite_issuer_entry(env, TOKEN_ISSUER, "keys.json",
                           "HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
                           "ES512, EdDSA"),
        suite_issuer_entry(env, PINNED_ISSUER, "pinned.json", "RS256, ES256"),
        suite_issuer_entry(env, NAMELESS_ISSUER, "nameless.json", "HS256"), env_host(), battery->port);
}

/* The reason whose count went up from one page to the next, by one and no other; else what went wrong. */
static const char *counted_reason(struct env *env, const char *before, const char *after)
{
    const char *reason = "nothing";

    for (const char *line = after; (line = strstr(line, DENIALS)); line++) {
        size_t head = strcspn(line + 1, " ") + 2;
        const char *old = strstr(before, env_format(env, "%.*s", (int)head, line));
        long more = strtol(line + head, NULL, 10) - (old ? strtol(old + head, NULL, 10) : 0);
        if (more != 0) {
            const char *name = line + strlen(DENIALS);
            bool alone = more == 1 && strcmp(reason, "nothing") == 0;
            reason = alone ? env_format(env, "%.*s", (int)strcspn(name, "\""), name) : "several";
        }
    }
    return reason;
}

/* Tries a token of any bytes as a password. It must be refused and counted under `reason`. */
static void attack_bytes(struct battery *battery, const char *what, const char *token, size_t length,
                         const char *reason)
{
    struct env *env = battery->env;
    int number = battery->tried++;
    struct raw_client *client =
        raw_connect(battery->broker, .protocol = number % 3 + 3, .client_id = env_format(env, "t-%d", number),
                    .username = "any", .password = token, .password_bytes = length);
    struct packet_in in = raw_receive(client);

    if (in.type != CONNACK || in.reason != raw_refused_login(client)) {
        print_error("%.200s: %s with code 0x%02x\n", what, packet_name(in.type), in.reason);
        battery->wrong++;
        raw_drop(client);
        return;
    }
    raw_expect_end(client);
    raw_drop(client);
    const char *page = http_get(env, battery->port, "/metrics", NULL);
    const char *counted = counted_reason(env, battery->page, page);
    if (strcmp(counted, reason) != 0) {
        print_error("%.200s: counted as %s, not %s\n", what, counted, reason);
        battery->wrong++;
    }
    battery->page = page;
    assert_true((size_t)number < COUNT(battery->tokens));
    battery->tokens[number] = token;
}

void battery_attack(struct battery *battery, const char *what, const char *token, const char *reason)
{
    attack_bytes(battery, what, token, strlen(token), reason);
}

const char *battery_claims(struct env *env, const char *name, const char *json)
{
    const char *const usual[][2] = {
        {"iss", "\"" TOKEN_ISSUER "\""}, {"aud", "\"" TOKEN_AUDIENCE "\""},
        {"sub", "\"device-1\""},         {"exp", env_format(env, "%lld", clock_now() + 3600)},
        {"canary", "\"" CANARY "\""},
    };
    const char *text = "";
    bool found = false;

    for (size_t i = 0; i < COUNT(usual); i++) {
        bool is = name && strcmp(name, usual[i][0]) == 0;
        const char *value = is ? json : usual[i][1];
        found = found || is;
        if (value) {
            text = env_format(env, "%s%s\"%s\": %s", text, *text ? ", " : "", usual[i][0], value);
        }
    }
    return name && !found ? env_format(env, "{%s, \"%s\": %s}", text, name, json)
                          : env_format(env, "{%s}", text);
}

const char *battery_good_claims(struct env *env)
{
    return battery_claims(env, NULL, NULL);
}

const char *battery_header(struct env *env, const char *algorithm, const char *more)
{
    return env_format(env, "{\"alg\": \"%s\", \"kid\": \"%s\"%s}", algorithm, algorithm, more);
}

const char *battery_turn(const struct battery *battery)
{
    return forge_algorithm((size_t)battery->tried % FORGE_ALGORITHMS);
}

static void accept_token(struct battery *battery, const char *what, const char *token)
{
    struct raw_client *client =
        raw_connect(battery->broker, .client_id = "good", .username = "any", .password = token);
    struct packet_in in = raw_receive(client);

    if (in.type != CONNACK || in.reason != 0) {
        env_fail("%s: %s with code 0x%02x", what, packet_name(in.type), in.reason);
    }
    raw_disconnect(client);
}

static void try_good_tokens(struct battery *battery)
{
    struct env *env = battery->env;
    const char *const more[] = {"", ", \"typ\": \"JWT\"", ", \"typ\": \"jwt\"", ", \"typ\": \"at+jwt\""};

    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        const char *algorithm = forge_algorithm(i);
        for (size_t j = 0; j < COUNT(more); j++) {
            accept_token(battery, algorithm,
                         forge_token(env, algorithm, battery_header(env, algorithm, more[j]),
                                     battery_good_claims(env)));
        }
        accept_token(battery, algorithm,
                     forge_token(env, algorithm, battery_header(env, algorithm, ""),
                                 battery_claims(env, "aud", "[\"other\", \"" TOKEN_AUDIENCE "\"]")));
    }
}

void battery_begin(struct battery *battery, struct env *env)
{
    *battery = (struct battery){.env = env, .port = env_port()};
    battery->rsa = forge_key(env, "RSA", 2048);
    battery->ec = forge_key(env, "P-256", 0);
    battery->thief = forge_key(env, "RSA", 2048);
    const char *policy = env_write(env, "policy.yaml", policy_of(battery));
    battery->broker = broker_start(env, NULL, suite_lines(env, policy, "metrics", "jwt", "acl"));
    battery->page = http_get(env, battery->port, "/metrics", NULL);
    try_good_tokens(battery);
    assert_null(strstr(env_read(env, broker_log_path(battery->broker)), "bednet: jwt: deny"));
}

/* No part of any token, and nothing that is not plain text, in any line. */
static void inspect_log(struct battery *battery)
{
    struct env *env = battery->env;
    const char *log = env_read(env, broker_log_path(battery->broker));

    assert_null(strstr(log, CANARY));
    assert_null(strstr(log, "\nbednet: jwt: forged line"));
    for (const char *byte = log; *byte; byte++) {
        if (*byte != '\n' && (*byte < ' ' || *byte > '~')) {
            env_fail("a byte 0x%02x in the log: %.40s", (unsigned)(unsigned char)*byte, byte);
        }
    }
    for (const char *line = log; *line; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") < 2048);
    }
    for (int i = 0; i < battery->tried; i++) {
        for (const char *part = battery->tokens[i]; part; part = strchr(part, '.')) {
            part += *part == '.';
            int length = (int)strcspn(part, ".");
            /* The first characters say it: what is cut short has been told, too. */
            if (length >= 24 && strstr(log, env_format(env, "%.24s", part))) {
                env_fail("in the log: %.24s", part);
            }
        }
    }
}

void battery_end(struct battery *battery)
{
    broker_settle(battery->broker);
    inspect_log(battery);
    printf("[ attacks  ] %d\n", battery->tried);
    assert_int_equal(battery->wrong, 0);
    try_good_tokens(battery);
}
