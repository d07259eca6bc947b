/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every class of attack on token verifiers that has worked somewhere, as tokens tried on one running broker:
 * refused, counted under the reason that is its own, and not to be found in the log.
 */
#include "harness/forge.h"
#include "harness/launch.h"
#include "harness/suite.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PINNED_ISSUER   "https://pinned.test"
#define NAMELESS_ISSUER "https://nameless.test"
#define CANARY          "canary-in-the-mine"
#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))
#define DENIALS         "\nmosquitto_auth_denials_total{method=\"jwt\",reason=\""
#define NAMELESS_SECRET "HMAC secret number %d, of forty bytes..."

struct battery {
    struct env *env;
    struct broker *broker;
    int port;           /* of the metrics */
    EVP_PKEY *rsa, *ec; /* of the pinned issuer: nothing in their JWK says for which algorithm */
    EVP_PKEY *thief;    /* of nobody that the policy knows */
    const char *page;
    int tried;
    int wrong; /* how many were counted under another reason than their own */
    const char *tokens[2048];
};

static struct forge_bytes bytes_of(const char *text)
{
    return (struct forge_bytes){text, strlen(text)};
}

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

static void begin(struct battery *battery, struct env *env)
{
    *battery = (struct battery){.env = env, .port = env_port()};
    battery->rsa = forge_key(env, "RSA", 2048);
    battery->ec = forge_key(env, "P-256", 0);
    battery->thief = forge_key(env, "RSA", 2048);
    const char *policy = env_write(env, "policy.yaml", policy_of(battery));
    battery->broker = broker_start(env, NULL, suite_lines(env, policy, "metrics", "jwt", "acl"));
    battery->page = http_get(env, battery->port, "/metrics", NULL);
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

static void attack(struct battery *battery, const char *what, const char *token, const char *reason)
{
    attack_bytes(battery, what, token, strlen(token), reason);
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

/* Good claims in which `name` is another JSON (NULL: is not there), or comes on top of them. */
static const char *claims(struct env *env, const char *name, const char *json)
{
    const char *const usual[][2] = {
        {"iss", "\"" TOKEN_ISSUER "\""}, {"aud", "\"" TOKEN_AUDIENCE "\""},
        {"sub", "\"device-1\""},         {"exp", env_format(env, "%lld", (long long)time(NULL) + 3600)},
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

static const char *good_claims(struct env *env)
{
    return claims(env, NULL, NULL);
}

static const char *header(struct env *env, const char *algorithm, const char *more)
{
    return env_format(env, "{\"alg\": \"%s\", \"kid\": \"%s\"%s}", algorithm, algorithm, more);
}

/* A right token by any of the algorithms in turn, but for what stands in header and payload. */
static const char *turn(const struct battery *battery)
{
    return forge_algorithm((size_t)battery->tried % FORGE_ALGORITHMS);
}

static void attack_header(struct battery *battery, const char *more, const char *reason)
{
    struct env *env = battery->env;
    const char *algorithm = turn(battery);

    attack(battery, more, forge_token(env, algorithm, header(env, algorithm, more), good_claims(env)),
           reason);
}

static void attack_claim(struct battery *battery, const char *name, const char *json, const char *reason)
{
    struct env *env = battery->env;
    const char *algorithm = turn(battery);
    const char *payload = claims(env, name, json);

    attack(battery, payload, forge_token(env, algorithm, header(env, algorithm, ""), payload), reason);
}

static const char *good_token(struct env *env, const char *algorithm)
{
    return forge_token(env, algorithm, header(env, algorithm, ""), good_claims(env));
}

/* What the attacks differ from: were one of these refused, they would prove nothing. */
static void try_good_tokens(struct battery *battery)
{
    struct env *env = battery->env;
    const char *const more[] = {"", ", \"typ\": \"JWT\"", ", \"typ\": \"jwt\"", ", \"typ\": \"at+jwt\""};

    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        const char *algorithm = forge_algorithm(i);
        for (size_t j = 0; j < COUNT(more); j++) {
            accept_token(battery, algorithm,
                         forge_token(env, algorithm, header(env, algorithm, more[j]), good_claims(env)));
        }
        accept_token(battery, algorithm,
                     forge_token(env, algorithm, header(env, algorithm, ""),
                                 claims(env, "aud", "[\"other\", \"" TOKEN_AUDIENCE "\"]")));
    }
}

/* CVE-2015-9235, CVE-2020-28042. */
static void try_no_algorithm(struct battery *battery)
{
    struct env *env = battery->env;
    static const char *const names[] = {"\"none\"",    "\"None\"",   "\"NONE\"",  "\"nOnE\"",
                                        "\"\"",        "256",        "null",      "true",
                                        "[\"HS256\"]", "{\"a\": 1}", "\"hs256\"", "\"HS256 \""};
    const struct forge_bytes null = {"", 1};

    for (size_t i = 0; i < COUNT(names); i++) {
        const char *head = env_format(env, "{\"alg\": %s, \"kid\": \"HS256\"}", names[i]);
        const char *input = forge_input(env, head, good_claims(env));
        attack(battery, head, forge_join(env, input, null), "algorithm");
        attack(battery, head, forge_token(env, "HS256", head, good_claims(env)), "algorithm");
        attack(battery, "without a signature", env_format(env, "%s.", input), "malformed");
        attack(battery, "without the third dot", input, "malformed");
    }
    attack(battery, "no alg", forge_token(env, "HS256", "{\"kid\": \"HS256\"}", good_claims(env)),
           "algorithm");
}

static void confuse(struct battery *battery, const char *what, struct forge_bytes secret)
{
    struct env *env = battery->env;
    static const char *const kids[][2] = {{", \"kid\": \"rsa\"", "algorithm"},
                                          {", \"kid\": \"ec\"", "algorithm"},
                                          {", \"kid\": \"RS256\"", "algorithm"},
                                          {", \"kid\": \"ES256\"", "algorithm"},
                                          {", \"kid\": \"HS256\"", "signature"}};

    for (size_t i = 0; i < COUNT(kids); i++) {
        const char *head = env_format(env, "{\"alg\": \"HS256\"%s}", kids[i][0]);
        const char *input = forge_input(env, head, good_claims(env));
        attack(battery, what, forge_join(env, input, forge_hmac(env, secret, "SHA256", input)), kids[i][1]);
    }
}

/* Every text in which the public key may have been at hand. */
static void confuse_with_key(struct battery *battery, EVP_PKEY *key)
{
    struct env *env = battery->env;
    struct forge_bytes pem = forge_pem(env, key);
    const char *text = pem.data;
    const char *body = strchr(text, '\n') + 1;
    const char *crlf = "";

    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        crlf = env_format(env, "%s%.*s\r\n", crlf, (int)strcspn(line, "\n"), line);
    }
    confuse(battery, "PEM", pem);
    confuse(battery, "PEM without its last newline", (struct forge_bytes){text, pem.length - 1});
    confuse(battery, "PEM behind a blank", bytes_of(env_format(env, " %s", text)));
    confuse(battery, "PEM with CRLF", bytes_of(crlf));
    confuse(battery, "the body of PEM", (struct forge_bytes){body, (size_t)(strstr(body, "-----") - body)});
    confuse(battery, "DER", forge_der(env, key));
    confuse(battery, "JWK", bytes_of(env_format(env, "{%s}", forge_jwk(env, key))));
}

/* CVE-2016-10555, CVE-2022-29217, CVE-2023-48223, CVE-2024-33663, CVE-2024-37568, CVE-2026-44699. */
static void try_key_confusion(struct battery *battery)
{
    static const char zeros[64];

    confuse_with_key(battery, battery->rsa);
    confuse_with_key(battery, battery->ec);
    confuse_with_key(battery, forge_key_of("RS256"));
    confuse_with_key(battery, forge_key_of("ES256"));
    confuse(battery, "no secret", bytes_of(""));
    confuse(battery, "zeros", (struct forge_bytes){zeros, sizeof(zeros)});
    confuse(battery, "the key set", bytes_of(forge_jwks(battery->env)));
}

/* A key is for one algorithm, and what a policy does not list is none. */
static void try_other_algorithms(struct battery *battery)
{
    struct env *env = battery->env;
    const char *pinned = claims(env, "iss", "\"" PINNED_ISSUER "\"");
    static const char *const unlisted[] = {"RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "HS256"};

    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        for (size_t j = 0; j < FORGE_ALGORITHMS; j++) {
            if (i != j) { /* each algorithm's signature under each other key's name */
                const char *head = env_format(env, "{\"alg\": \"%s\", \"kid\": \"%s\"}", forge_algorithm(i),
                                              forge_algorithm(j));
                attack(battery, head, forge_token(env, forge_algorithm(i), head, good_claims(env)),
                       "algorithm");
            }
        }
    }
    for (size_t i = 0; i < COUNT(unlisted); i++) {
        const char *name = unlisted[i];
        const char *head =
            env_format(env, "{\"alg\": \"%s\", \"kid\": \"%s\"}", name, name[0] == 'E' ? "ec" : "rsa");
        const char *input = forge_input(env, head, pinned);
        const char *digest = env_format(env, "SHA%s", name + 2);
        struct forge_bytes signature =
            name[0] == 'H'
                ? forge_hmac(env, forge_pem(env, battery->rsa), digest, input)
                : forge_sign(env, name[0] == 'E' ? battery->ec : battery->rsa, digest, name[0] == 'P', input);
        attack(battery, head, forge_join(env, input, signature), "algorithm");
    }
}

/* A signature of another algorithm under the right name. */
static void try_mislabelled_signatures(struct battery *battery)
{
    struct env *env = battery->env;

    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        for (size_t j = 0; j < FORGE_ALGORITHMS; j++) {
            if (i != j) {
                const char *name = forge_algorithm(j);
                attack(battery, name,
                       forge_token(env, forge_algorithm(i), header(env, name, ""), good_claims(env)),
                       "signature");
            }
        }
    }
}

/* CVE-2018-0114, and keys by address. */
static void try_own_keys(struct battery *battery, const char *address)
{
    struct env *env = battery->env;
    const char *jwk = forge_jwk(env, battery->thief);
    const char *const members[] = {
        env_format(env, "\"jwk\": {%s}", jwk),
        env_format(env, "\"jwk\": {\"kid\": \"RS256\", \"alg\": \"RS256\", %s}", jwk),
        env_format(env, "\"x5c\": [\"%s\"]", forge_base64url(env, "not even a certificate", 22)),
        env_format(env, "\"jku\": \"http://%s/jwks.json\"", address),
        env_format(env, "\"jku\": \"https://%s/jwks.json\"", address),
        env_format(env, "\"x5u\": \"http://%s/chain.pem\"", address),
        env_format(env, "\"x5u\": \"https://%s/chain.pem\", \"x5t#S256\": \"AAAA\"", address),
    };
    static const char *const kids[][2] = {
        {"", "signature"}, {"\"kid\": \"RS256\", ", "signature"}, {"\"kid\": \"mine\", ", "unknown_key"}};

    for (size_t i = 0; i < COUNT(members); i++) {
        for (size_t j = 0; j < COUNT(kids); j++) {
            const char *head = env_format(env, "{\"alg\": \"RS256\", %s%s}", kids[j][0], members[i]);
            const char *input = forge_input(env, head, good_claims(env));
            attack(battery, head,
                   forge_join(env, input, forge_sign(env, battery->thief, "SHA256", false, input)),
                   kids[j][1]);
        }
    }
}

static void try_key_ids(struct battery *battery)
{
    struct env *env = battery->env;
    static const char *const kids[][2] = {
        {"\"../../../../dev/null\"", "unknown_key"},
        {"\"/proc/self/environ\"", "unknown_key"},
        {"\"HS256' OR '1'='1\"", "unknown_key"},
        {"\"HS256\\u0000\"", "malformed"},
        {"\"%n%n%s%s\"", "unknown_key"},
        {"\"hs256\"", "unknown_key"},
        {"\"HS256 \"", "unknown_key"},
        {"\"\"", "unknown_key"},
        {"\"a\\r\\nbednet: jwt: forged line\"", "unknown_key"},
        {"\"\\u001b[2J\\u202e\"", "unknown_key"},
        {"1", "malformed"},
        {"null", "malformed"},
        {"[\"HS256\"]", "malformed"},
        {"{\"HS256\": 1}", "malformed"},
    };

    for (size_t i = 0; i < COUNT(kids); i++) {
        const char *head = env_format(env, "{\"alg\": \"HS256\", \"kid\": %s}", kids[i][0]);
        attack(battery, head, forge_token(env, "HS256", head, good_claims(env)), kids[i][1]);
    }
    for (int length = 1000; length <= 40000; length *= 40) {
        const char *head = env_format(env, "{\"alg\": \"HS256\", \"kid\": \"%0*d\"}", length, 7);
        attack(battery, "a long kid", forge_token(env, "HS256", head, good_claims(env)),
               length < 10000 ? "malformed" : "too_long");
    }
    const char *input =
        forge_input(env, "{\"alg\": \"HS256\"}", claims(env, "iss", "\"" NAMELESS_ISSUER "\""));
    const char *secret = env_format(env, NAMELESS_SECRET, 3);
    attack(battery, "no kid, many keys",
           forge_join(env, input, forge_hmac(env, bytes_of(secret), "SHA256", input)), "unknown_key");
}

/* CVE-2022-21449: r and s that a careless verifier takes for anything. */
static void try_degenerate_ecdsa(struct battery *battery, const char *algorithm)
{
    struct env *env = battery->env;
    EVP_PKEY *key = forge_key_of(algorithm);
    size_t field = (size_t)(EVP_PKEY_get_bits(key) + 7) / 8;
    uint8_t values[6][66] = {{0}}, signature[132];
    BIGNUM *order = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_ORDER, &order), 1);
    values[1][field - 1] = 1;
    for (int i = 2; i < 5; i++) { /* n - 1, n, n + 1 */
        assert_int_equal(BN_bn2binpad(order, values[i], (int)field), (int)field);
        values[i][field - 1] = (uint8_t)(values[i][field - 1] + i - 3);
    }
    memset(values[5], 0xff, sizeof(values[5]));
    BN_free(order);
    const char *input = forge_input(env, header(env, algorithm, ""), good_claims(env));
    for (int pair = 0; pair < 36; pair++) {
        memcpy(signature, values[pair / 6], field);
        memcpy(signature + field, values[pair % 6], field);
        attack(battery, algorithm, forge_join(env, input, (struct forge_bytes){signature, 2 * field}),
               "signature");
    }
}

static void try_signatures(struct battery *battery)
{
    struct env *env = battery->env;
    static const size_t lengths[] = {1, 31, 32, 63, 64, 65, 96, 128, 132, 133, 255, 256, 257, 8192};
    static const uint8_t zeros[8192];
    uint8_t ones[8192];

    memset(ones, 0xff, sizeof(ones));
    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        const char *algorithm = forge_algorithm(i);
        const char *input = forge_input(env, header(env, algorithm, ""), good_claims(env));
        for (size_t j = 0; j < COUNT(lengths); j++) {
            const uint8_t *data = j % 2 ? ones : zeros;
            attack(battery, algorithm, forge_join(env, input, (struct forge_bytes){data, lengths[j]}),
                   "signature");
        }
    }
    try_degenerate_ecdsa(battery, "ES256");
    try_degenerate_ecdsa(battery, "ES384");
    try_degenerate_ecdsa(battery, "ES512");
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
        attack(battery, headers[i], forge_token(env, "HS256", headers[i], good_claims(env)), "malformed");
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *payload = env_format(env, "{\"%s\": \"first\", %s", names[i], good_claims(env) + 1);
        const char *algorithm = turn(battery);
        attack(battery, payload, forge_token(env, algorithm, header(env, algorithm, ""), payload), "claims");
    }
}

static void try_claim_types(struct battery *battery)
{
    struct env *env = battery->env;
    const char *soon = env_format(env, "%lld", (long long)time(NULL) + 3600);
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
        const char *token = forge_token(env, "HS256", header(env, "HS256", ""),
                                        claims(env, "sub", env_format(env, "\"%s\"", subjects[i])));
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

    attack(battery, "five parts", env_format(env, "%s.AAAA.AAAA", token), "malformed");
    attack(battery, "four parts", env_format(env, "%s.AAAA", token), "malformed");
    attack(battery, "a dot behind", env_format(env, "%s.", token), "malformed");
    attack(battery, "an empty part", env_format(env, "%.*s..%s", head, token, signature), "malformed");
    attack(battery, "detached", env_format(env, "%.*s..%s", head, token, signature), "malformed");
    attack(battery, "only dots behind", env_format(env, "%.*s..", head, token), "malformed");
    attack(battery, "flattened JSON",
           env_format(env, "{\"protected\": \"%.*s\", \"payload\": \"%.*s\", \"signature\": \"%s\"}", head,
                      token, body, payload, signature),
           "nothing");
    attack(battery, "general JSON",
           env_format(env,
                      "{\"payload\": \"%.*s\", \"signatures\": [{\"protected\": \"%.*s\", "
                      "\"signature\": \"%s\"}]}",
                      body, payload, head, token, signature),
           "nothing");
    attack(battery, "a dot in front", env_format(env, ".%s", token), "nothing");
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
            attack(battery, forge_algorithm(a), spelt, i % 3 == 0 ? "nothing" : "malformed");
        }
    }
    /* The last character of 64 bytes has four bits to spare, which lax decoders drop. */
    const char *token = good_token(env, "EdDSA");
    size_t last = strlen(token) - 1;
    attack(battery, "spare bits", env_format(env, "%.*s%c", (int)last, token, token[last] + 1), "malformed");
    token = good_token(env, "ES256");
    attack(battery, "spare bits", env_format(env, "%.*s%c", (int)last, token, token[strlen(token) - 1] + 1),
           "malformed");
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

    attack(battery, "65535 times A", repeated(env, "A", 65535), "nothing");
    attack(battery, "65535 times .", repeated(env, ".", 65535), "nothing");
    attack(battery, "a header and a long tail",
           env_format(env, "eyJhbGciOiJub25lIn0.%s", repeated(env, "A", 65000)), "too_long");
    attack(battery, "20,000 brackets", forge_token(env, "HS256", brackets, good_claims(env)), "nothing");
    attack(battery, "a header with 20,000 brackets",
           forge_token(env, "HS256", env_format(env, "{\"x\": %s", brackets), good_claims(env)), "too_long");
    attack(battery, "a header with 2,000 brackets", forge_token(env, "HS256", deep, good_claims(env)),
           "malformed");
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

/* A socket that listens, for whoever follows an address out of a token. Closed by the test. */
static int open_listener(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    inet_pton(AF_INET, env_host(), &address.sin_addr);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
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

static void test_every_attack(struct env *env)
{
    struct battery *battery = env_alloc(env, sizeof(*battery));
    int port = env_port();
    int listener = open_listener(port);

    begin(battery, env);
    try_good_tokens(battery);
    const char *log = env_read(env, broker_log_path(battery->broker));
    assert_null(strstr(log, "bednet: jwt: deny"));
    try_no_algorithm(battery);
    try_key_confusion(battery);
    try_other_algorithms(battery);
    try_mislabelled_signatures(battery);
    try_own_keys(battery, env_format(env, "%s:%d", env_host(), port));
    try_key_ids(battery);
    try_signatures(battery);
    try_duplicates(battery);
    try_claim_types(battery);
    try_header_members(battery);
    try_other_serialisations(battery);
    try_second_spellings(battery);
    try_size(battery);
    try_other_parties(battery);
    broker_settle(battery->broker);
    inspect_log(battery);
    struct pollfd knock = {.fd = listener, .events = POLLIN};
    assert_int_equal(poll(&knock, 1, 0), 0);
    close(listener);
    printf("[ attacks  ] %d\n", battery->tried);
    assert_int_equal(battery->wrong, 0);
    try_good_tokens(battery);
}

static void test_odd_subjects(struct env *env)
{
    struct battery *battery = env_alloc(env, sizeof(*battery));

    begin(battery, env);
    try_odd_subjects(battery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_every_attack),
        BROKER_TEST(test_odd_subjects),
    };
    return ENV_MAIN("tokens", tests);
}
