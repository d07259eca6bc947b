/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks by forgery: tokens whose algorithm, key or signature is not what the issuer's keys are for, of
 * every class that has worked on some verifier.
 */
#include "harness/battery.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct forge_bytes bytes_of(const char *text)
{
    return (struct forge_bytes){text, strlen(text)};
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
        const char *input = forge_input(env, head, battery_good_claims(env));
        battery_attack(battery, head, forge_join(env, input, null), "algorithm");
        battery_attack(battery, head, forge_token(env, "HS256", head, battery_good_claims(env)), "algorithm");
        battery_attack(battery, "without a signature", env_format(env, "%s.", input), "malformed");
        battery_attack(battery, "without the third dot", input, "malformed");
    }
    battery_attack(battery, "no alg",
                   forge_token(env, "HS256", "{\"kid\": \"HS256\"}", battery_good_claims(env)), "algorithm");
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
        const char *input = forge_input(env, head, battery_good_claims(env));
        battery_attack(battery, what, forge_join(env, input, forge_hmac(env, secret, "SHA256", input)),
                       kids[i][1]);
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
    const char *pinned = battery_claims(env, "iss", "\"" PINNED_ISSUER "\"");
    static const char *const unlisted[] = {"RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "HS256"};

    for (size_t i = 0; i < FORGE_ALGORITHMS; i++) {
        for (size_t j = 0; j < FORGE_ALGORITHMS; j++) {
            if (i != j) { /* each algorithm's signature under each other key's name */
                const char *head = env_format(env, "{\"alg\": \"%s\", \"kid\": \"%s\"}", forge_algorithm(i),
                                              forge_algorithm(j));
                battery_attack(battery, head,
                               forge_token(env, forge_algorithm(i), head, battery_good_claims(env)),
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
        battery_attack(battery, head, forge_join(env, input, signature), "algorithm");
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
                battery_attack(battery, name,
                               forge_token(env, forge_algorithm(i), battery_header(env, name, ""),
                                           battery_good_claims(env)),
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
            const char *input = forge_input(env, head, battery_good_claims(env));
            battery_attack(battery, head,
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
        battery_attack(battery, head, forge_token(env, "HS256", head, battery_good_claims(env)), kids[i][1]);
    }
    for (int length = 1000; length <= 40000; length *= 40) {
        const char *head = env_format(env, "{\"alg\": \"HS256\", \"kid\": \"%0*d\"}", length, 7);
        battery_attack(battery, "a long kid", forge_token(env, "HS256", head, battery_good_claims(env)),
                       length < 10000 ? "malformed" : "too_long");
    }
    const char *input =
        forge_input(env, "{\"alg\": \"HS256\"}", battery_claims(env, "iss", "\"" NAMELESS_ISSUER "\""));
    const char *secret = env_format(env, NAMELESS_SECRET, 3);
    battery_attack(battery, "no kid, many keys",
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
    const char *input = forge_input(env, battery_header(env, algorithm, ""), battery_good_claims(env));
    for (int pair = 0; pair < 36; pair++) {
        memcpy(signature, values[pair / 6], field);
        memcpy(signature + field, values[pair % 6], field);
        battery_attack(battery, algorithm, forge_join(env, input, (struct forge_bytes){signature, 2 * field}),
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
        const char *input = forge_input(env, battery_header(env, algorithm, ""), battery_good_claims(env));
        for (size_t j = 0; j < COUNT(lengths); j++) {
            const uint8_t *data = j % 2 ? ones : zeros;
            battery_attack(battery, algorithm, forge_join(env, input, (struct forge_bytes){data, lengths[j]}),
                           "signature");
        }
    }
    try_degenerate_ecdsa(battery, "ES256");
    try_degenerate_ecdsa(battery, "ES384");
    try_degenerate_ecdsa(battery, "ES512");
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

static void test_every_forgery(struct env *env)
{
    struct battery *battery = env_alloc(env, sizeof(*battery));
    int port = env_port();
    int listener = open_listener(port);

    battery_begin(battery, env);
    try_no_algorithm(battery);
    try_key_confusion(battery);
    try_other_algorithms(battery);
    try_mislabelled_signatures(battery);
    try_own_keys(battery, env_format(env, "%s:%d", env_host(), port));
    try_key_ids(battery);
    try_signatures(battery);
    battery_end(battery);
    struct pollfd knock = {.fd = listener, .events = POLLIN};
    assert_int_equal(poll(&knock, 1, 0), 0);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_every_forgery),
    };
    return ENV_MAIN("forgeries", tests);
}
