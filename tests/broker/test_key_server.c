/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys from an https server that rotates them, falls silent, lies and comes back: no decision is wrong, and
 * no message of the broker is late for it.
 */
#include "harness/clock.h"
#include "harness/forge.h"
#include "harness/key_server.h"
#include "harness/launch.h"
#include "harness/suite.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A server may stall for ten seconds and more; between two deliveries there must never be as much as this. */
#define GAP_MOST_MS 2000
#define PACE_MS     10

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow: {publish: [tick], subscribe: [tick]}\n";

struct signer {
    const char *kid;
    EVP_PKEY *key;
};

static struct signer make_signer(struct env *env, const char *kid)
{
    return (struct signer){kid, forge_key(env, "P-256", 0)};
}

/* A key set of some signers as NAME.json, for servers and for policies. */
static void write_keys(struct env *env, const char *name, const struct signer *first,
                       const struct signer *second)
{
    const char *set = "";

    for (int i = 0; i < 2; i++) {
        const struct signer *signer = i ? second : first;
        if (signer) {
            set = env_format(env, "%s%s{\"kid\": \"%s\", \"alg\": \"ES256\", %s}", set, i ? ", " : "",
                             signer->kid, forge_jwk(env, signer->key));
        }
    }
    env_write(env, env_format(env, "%s.json", name), env_format(env, "{\"keys\": [%s]}", set));
}

/* Signed by that key, under whatever key id. */
static const char *signed_token(struct env *env, const char *issuer, const struct signer *signer,
                                const char *kid)
{
    const char *input = forge_input(
        env, env_format(env, "{\"alg\": \"ES256\", \"kid\": \"%s\"}", kid),
        env_format(env, "{\"iss\": \"%s\", \"aud\": \"" TOKEN_AUDIENCE "\", \"sub\": \"a\", \"exp\": %lld}",
                   issuer, clock_now() + 3600));

    return forge_join(env, input, forge_sign(env, signer->key, "SHA256", false, input));
}

static bool is_accepted(struct broker *broker, const char *token)
{
    struct raw_client *client = raw_connect(broker, .protocol = 5, .client_id = "any", .password = token);
    struct packet_in in = raw_expect(client, CONNACK);

    if (in.reason != 0 && in.reason != 0x87) {
        env_fail("CONNACK with code 0x%02x", in.reason);
    }
    raw_drop(client);
    return in.reason == 0;
}

/* One more entry for the list of issuers; `keys` is what stands between the braces beside the authority. */
static const char *issuer_entry(struct env *env, const char *issuer, const char *keys)
{
    return env_format(env,
                      "    - issuer: %s\n"
                      "      audience: [" TOKEN_AUDIENCE "]\n"
                      "      keys: {%s, ca_file: %s}\n"
                      "      algorithms: [ES256]\n",
                      issuer, keys, key_server_authority(env));
}

/* What the log calls a source by. */
static const char *key_url(struct env *env, const struct key_server *server)
{
    return env_format(env, "%s/jwks", key_server_url(server));
}

static const char *keys_by_url(struct env *env, const struct key_server *server)
{
    return env_format(env, "url: \"%s\"", key_url(env, server));
}

/* Beside the issuers there is that of tokens.h, whose keys are a file, for those who only do their work. */
static struct broker *start(struct env *env, const char *issuers, const char *cache)
{
    const char *text = env_format(env, "%s  key_cache: %s\n%s", suite_issuer(env, issuers), cache, roles);

    return broker_start(env, NULL, suite_lines(env, env_write(env, "policy.yaml", text), "jwt", "acl"));
}

static void await_keys(struct broker *broker, const char *source)
{
    broker_expect_log(broker, env_format(broker_env(broker), "keys of %s: ", source), "taken into use");
}

/* Two devices, one telling the other that it is still there. */
struct heartbeat {
    struct raw_client *sender, *taker;
    int64_t last_ms, longest_ms;
};

static struct heartbeat begin_heartbeat(struct broker *broker)
{
    struct heartbeat heartbeat = {.sender = suite_login(broker, 5, "sender", "\"device\""),
                                  .taker = suite_login(broker, 5, "taker", "\"device\"")};

    raw_subscribe(heartbeat.taker, "tick", 0);
    heartbeat.last_ms = env_now_ms();
    return heartbeat;
}

static void beat(struct heartbeat *heartbeat)
{
    poll(NULL, 0, PACE_MS); /* as devices do, now and then */
    raw_publish(heartbeat->sender, "tick", "x", 0, false);
    raw_expect_publish(heartbeat->taker, "tick", "x");
    int64_t now_ms = env_now_ms();
    if (now_ms - heartbeat->last_ms > heartbeat->longest_ms) {
        heartbeat->longest_ms = now_ms - heartbeat->last_ms;
    }
    heartbeat->last_ms = now_ms;
}

static void end_heartbeat(const struct heartbeat *heartbeat)
{
    printf("[ gap      ] at most %lld ms\n", (long long)heartbeat->longest_ms);
    assert_true(heartbeat->longest_ms < GAP_MOST_MS);
}

/* Stops while a fetch is under way. */
static void stop_promptly(struct broker *broker)
{
    int64_t begun_ms = env_now_ms();

    broker_stop(broker);
    assert_true(env_now_ms() - begun_ms < 3000);
}

/* Orders that make a server hostile, each to one server of its own. */
static const char *const hostile_answers[] = {
    "mode stall",  "mode drip",      "mode drip-header",   "mode endless",       "mode endless-header",
    "mode huge",   "mode gzip-bomb", "mode transfer-bomb", "mode redirect-host", "mode redirect-scheme",
    "mode http09", "mode empty-set", "mode garbage",       "mode truncated",     "mode hang-up",
};

static const char *const hostile_connections[] = {
    "certificate wrong-name",
    "certificate expired",
    "certificate future",
    "certificate stranger",
    "certificate self-signed",
    "tls silent",
    "tls plain",
    "mode redirect-file",
    "mode redirect-user",
    "mode redirect-port",
    "mode endless-interim",
    "mode many-keys",
    "mode duplicate",
    "mode unasked-304",
    "mode broken-key",
};

enum { SERVERS = COUNT(hostile_answers) };
_Static_assert(COUNT(hostile_connections) == SERVERS, "one server each");

static const char *issuer_name(struct env *env, size_t number)
{
    return env_format(env, "https://issuer-%zu.test", number);
}

static const char *start_servers(struct env *env, struct key_server *servers[SERVERS])
{
    const char *issuers = "";

    for (size_t i = 0; i < SERVERS; i++) {
        servers[i] = key_server_start(env, 0);
        issuers = env_format(env, "%s%s", issuers,
                             issuer_entry(env, issuer_name(env, i), keys_by_url(env, servers[i])));
    }
    return issuers;
}

/* Beats until the broker has given up on every one of them, once. */
static void outlast_all(struct broker *broker, struct key_server *const servers[SERVERS],
                        struct heartbeat *heartbeat)
{
    struct env *env = broker_env(broker);
    int64_t deadline = env_now_ms() + 2 * ENV_DEADLINE_MS;

    for (size_t i = 0; i < SERVERS;) {
        beat(heartbeat);
        if (broker_count_log(broker, env_format(env, "keys of %s from", key_url(env, servers[i])),
                             "next try")) {
            i++;
        } else if (env_left_ms(deadline) == 0) {
            env_fail("nothing is said of %s: %s", issuer_name(env, i), key_url(env, servers[i]));
        }
    }
}

static void test_servers_that_turn_hostile(struct env *env)
{
    struct signer mine = make_signer(env, "k1"), thief = make_signer(env, "k1");
    struct key_server *servers[SERVERS];

    write_keys(env, "good", &mine, NULL);
    struct broker *broker = start(env, start_servers(env, servers), "none");
    for (size_t i = 0; i < SERVERS; i++) {
        await_keys(broker, key_url(env, servers[i]));
        assert_true(is_accepted(broker, signed_token(env, issuer_name(env, i), &mine, "k1")));
        key_server_order(servers[i], "%s", hostile_answers[i]);
    }
    broker_mark(broker);
    struct heartbeat heartbeat = begin_heartbeat(broker);
    /* New keys are asked for: that is when the broker sees what has become of them. */
    assert_false(is_accepted(broker, signed_token(env, issuer_name(env, 0), &thief, "invented")));
    outlast_all(broker, servers, &heartbeat);
    end_heartbeat(&heartbeat);
    for (size_t i = 0; i < SERVERS; i++) {
        assert_true(is_accepted(broker, signed_token(env, issuer_name(env, i), &mine, "k1")));
        assert_false(is_accepted(broker, signed_token(env, issuer_name(env, i), &thief, "k1")));
    }
    stop_promptly(broker);
}

static void test_servers_that_never_were_good(struct env *env)
{
    struct signer mine = make_signer(env, "k1");
    struct key_server *servers[SERVERS];

    write_keys(env, "good", &mine, NULL);
    const char *issuers = start_servers(env, servers);
    for (size_t i = 0; i < SERVERS; i++) {
        key_server_order(servers[i], "%s", hostile_connections[i]);
    }
    struct broker *broker = start(env, issuers, "none");
    struct heartbeat heartbeat = begin_heartbeat(broker);
    outlast_all(broker, servers, &heartbeat);
    for (size_t i = 0; i < SERVERS; i++) {
        assert_false(is_accepted(broker, signed_token(env, issuer_name(env, i), &mine, "k1")));
        beat(&heartbeat);
    }
    broker_expect_log(broker, "bednet: jwt: deny login", "reason=keys_unavailable");
    /* Repentance is soon believed. */
    key_server_order(servers[0], "certificate good");
    while (!is_accepted(broker, signed_token(env, issuer_name(env, 0), &mine, "k1"))) {
        beat(&heartbeat);
    }
    end_heartbeat(&heartbeat);
    stop_promptly(broker);
}

static void test_shutdown_during_a_stall(struct env *env)
{
    struct key_server *server = key_server_start(env, 0);
    struct signer mine = make_signer(env, "k1");

    write_keys(env, "good", &mine, NULL);
    key_server_order(server, "mode stall");
    struct broker *broker =
        start(env, issuer_entry(env, issuer_name(env, 0), keys_by_url(env, server)), "none");
    while (strcmp(key_server_order(server, "count /jwks"), "0") == 0) {
        broker_settle(broker);
    }
    assert_false(is_accepted(broker, signed_token(env, issuer_name(env, 0), &mine, "k1")));
    broker_reload(broker);
    stop_promptly(broker);
}

/* The one file of the key cache. */
static const char *cached_file(struct env *env, const char *folder)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    const char *path = NULL;

    assert_non_null(entries);
    while ((entry = readdir(entries))) {
        if (entry->d_name[0] != '.') {
            assert_null(path);
            path = env_format(env, "%s/%s", folder, entry->d_name);
        }
    }
    closedir(entries);
    assert_non_null(path);
    return path;
}

static void test_cold_start_without_network(struct env *env)
{
    struct key_server *server = key_server_start(env, 0);
    struct signer mine = make_signer(env, "k1"), thief = make_signer(env, "k1");
    const char *issuer = issuer_name(env, 0), *cache = env_format(env, "%s/cache", env_folder(env));
    const char *entry = issuer_entry(env, issuer, keys_by_url(env, server));
    const char *source = key_url(env, server);
    const char *token = signed_token(env, issuer, &mine, "k1");

    write_keys(env, "good", &mine, NULL);
    mkdir(cache, 0700);
    struct broker *broker = start(env, entry, cache);
    await_keys(broker, source);
    assert_true(is_accepted(broker, token));
    broker_stop(broker);
    key_server_stop(server);

    broker = start(env, entry, cache);
    broker_expect_log(broker, env_format(env, "keys of %s from key_cache: 1", source));
    broker_expect_log(broker, env_format(env, "keys of %s from", source), "the last good set stays");
    assert_true(is_accepted(broker, token));
    assert_false(is_accepted(broker, signed_token(env, issuer, &thief, "k1")));
    broker_stop(broker);

    /* What has lain there for two days is more than `stale` allows. */
    struct timespec then[2] = {{.tv_sec = (time_t)clock_now() - 2 * 86400},
                               {.tv_sec = (time_t)clock_now() - 2 * 86400}};
    const char *file = cached_file(env, cache);
    assert_int_equal(utimensat(AT_FDCWD, file, then, 0), 0);
    broker = start(env, entry, cache);
    broker_expect_log(broker, env_format(env, "keys of %s from", source), "next try");
    assert_false(is_accepted(broker, token));
    broker_expect_log(broker, "bednet: jwt: deny login", "reason=keys_unavailable");
    broker_stop(broker);

    /* Nor is what somebody else may have put there. */
    then[0].tv_sec = then[1].tv_sec = (time_t)clock_now();
    assert_int_equal(utimensat(AT_FDCWD, file, then, 0), 0);
    assert_int_equal(chmod(file, 0666), 0);
    broker = start(env, entry, cache);
    broker_expect_log(broker, env_format(env, "keys of %s from key_cache: ", source));
    assert_false(is_accepted(broker, token));
}

/* An issuer by discovery, and one whose keys may be no older than a minute; and who signs for them. */
struct estate {
    struct env *env;
    struct broker *broker;
    struct key_server *server, *elder;
    const char *issuer;
    struct signer first, second, third, thief;
    struct heartbeat heartbeat;
};

static const char *elder_issuer(struct estate *estate)
{
    return issuer_name(estate->env, 99);
}

static bool good_by(struct estate *estate, const struct signer *signer)
{
    beat(&estate->heartbeat);
    return is_accepted(estate->broker, signed_token(estate->env, estate->issuer, signer, signer->kid));
}

/* Under the name of any key that there is or will be. */
static void refuse_forgeries(struct estate *estate)
{
    const char *const kids[] = {"k1", "k2", "k3", "mine"};

    for (size_t i = 0; i < COUNT(kids); i++) {
        assert_false(
            is_accepted(estate->broker, signed_token(estate->env, estate->issuer, &estate->thief, kids[i])));
    }
}

static void open_estate(struct estate *estate, struct env *env)
{
    *estate = (struct estate){.env = env,
                              .server = key_server_start(env, 0),
                              .elder = key_server_start(env, 0),
                              .first = make_signer(env, "k1"),
                              .second = make_signer(env, "k2"),
                              .third = make_signer(env, "k3"),
                              .thief = make_signer(env, "mine")};
    write_keys(env, "good", &estate->first, NULL);
    estate->issuer = key_server_url(estate->server);
    const char *strict = env_format(env, "%s, refresh: 1m, stale: 1m", keys_by_url(env, estate->elder));
    estate->broker = start(env,
                           env_format(env, "%s%s", issuer_entry(env, estate->issuer, "discovery: true"),
                                      issuer_entry(env, elder_issuer(estate), strict)),
                           "none");
    await_keys(estate->broker, estate->issuer);
    await_keys(estate->broker, key_url(env, estate->elder));
    assert_true(is_accepted(estate->broker, signed_token(env, elder_issuer(estate), &estate->first, "k1")));
    key_server_order(estate->elder, "mode hang-up"); /* from now on */
    estate->heartbeat = begin_heartbeat(estate->broker);
}

/* A new key beside the old one, seen by the first token that names it; and a flood of names that nobody has.
 */
static void rotate(struct estate *estate)
{
    struct env *env = estate->env;

    write_keys(env, "two", &estate->first, &estate->second);
    key_server_order(estate->server, "keys two");
    for (int i = 0; i < 500; i++) {
        assert_false(is_accepted(estate->broker, signed_token(env, estate->issuer, &estate->thief,
                                                              env_format(env, "invented-%d", i))));
    }
    while (!good_by(estate, &estate->second)) {
        assert_true(good_by(estate, &estate->first));
        assert_false(good_by(estate, &estate->third));
        refuse_forgeries(estate);
    }
    assert_true(good_by(estate, &estate->first));
    /* The first fetch and one more, in half a minute. */
    assert_string_equal(key_server_order(estate->server, "count /jwks"), "2");
}

/* The server goes on to the third key and then away, before the broker could see it. */
static void suffer_outage(struct estate *estate)
{
    write_keys(estate->env, "good", &estate->second, &estate->third);
    key_server_order(estate->server, "keys good");
    key_server_order(estate->server, "mode unavailable");
    broker_mark(estate->broker);
    const char *failed = env_format(estate->env, "keys of %s from", estate->issuer);
    while (broker_count_log(estate->broker, failed, "the last good set stays") < 1) {
        assert_false(good_by(estate, &estate->third));
        assert_true(good_by(estate, &estate->first));
        assert_true(good_by(estate, &estate->second));
        refuse_forgeries(estate);
    }
    key_server_stop(estate->server);
    while (broker_count_log(estate->broker, failed, "the last good set stays") < 2) {
        assert_true(good_by(estate, &estate->first));
        assert_true(good_by(estate, &estate->second));
    }
}

static void come_back(struct estate *estate)
{
    estate->server = key_server_start(estate->env, key_server_port(estate->server));
    while (!good_by(estate, &estate->third)) {
        assert_true(good_by(estate, &estate->second));
        refuse_forgeries(estate);
    }
    /* What was taken out of the set is out from the same moment. */
    assert_false(good_by(estate, &estate->first));
    assert_true(good_by(estate, &estate->second));
    refuse_forgeries(estate);
}

/* Keys that nobody has confirmed for a minute are used no more, until they are. */
static void grow_stale(struct estate *estate)
{
    struct env *env = estate->env;
    const char *token = signed_token(env, elder_issuer(estate), &estate->first, "k1");

    broker_expect_log(estate->broker, env_format(env, "keys of %s: older than", key_url(env, estate->elder)));
    broker_mark(estate->broker);
    raw_login_refused(estate->broker, .protocol = 5, .client_id = "stale", .password = token);
    broker_expect_log(estate->broker, "bednet: jwt: deny login client=\"stale\"", "reason=keys_unavailable");
    write_keys(env, "good", &estate->first, NULL);
    key_server_order(estate->elder, "mode good");
    while (!is_accepted(estate->broker, token)) {
        beat(&estate->heartbeat);
    }
}

static void test_rotation_outage_and_return(struct env *env)
{
    struct estate estate;

    open_estate(&estate, env);
    refuse_forgeries(&estate);
    rotate(&estate);
    suffer_outage(&estate);
    come_back(&estate);
    grow_stale(&estate);
    end_heartbeat(&estate.heartbeat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_shutdown_during_a_stall),      BROKER_TEST(test_cold_start_without_network),
        BROKER_TEST(test_servers_that_never_were_good), BROKER_TEST(test_servers_that_turn_hostile),
        BROKER_TEST(test_rotation_outage_and_return),
    };
    return ENV_MAIN("key_server", tests);
}
