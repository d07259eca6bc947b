/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is as large as MQTT and Mosquitto let it be, and still has to be right: topics and filters of 200
 * levels and of 65,535 bytes, rules that are all wildcards, rules of which very many fit one topic, and
 * subscriptions, shared ones among them, that come and go without end (CVE-2021-41039, CVE-2024-8376).
 */
#include "harness/suite.h"
#include <stdio.h>
#include <string.h>

enum { LEVELS = 200, BYTES = 65535, WIDTH = 9 };

/* `count` levels, all of them `level`, the last one `last`. */
static const char *levels_of(struct env *env, size_t count, const char *level, const char *last)
{
    size_t step = strlen(level) + 1;
    char *topic = env_alloc(env, count * step + strlen(last) + 1);

    for (size_t i = 0; i + 1 < count; i++) {
        memcpy(topic + i * step, level, step - 1);
        topic[i * step + step - 1] = '/';
    }
    strcpy(topic + (count - 1) * step, last);
    return topic;
}

/* As many levels as may be, and as many bytes. */
static const char *largest(struct env *env, char letter)
{
    enum { EACH = (BYTES - LEVELS + 1) / LEVELS, LAST = BYTES - (LEVELS - 1) * (EACH + 1) };
    char level[EACH + 1], last[LAST + 1];

    memset(level, letter, EACH);
    level[EACH] = '\0';
    memset(last, letter, LAST);
    last[LAST] = '\0';
    return levels_of(env, LEVELS, level, last);
}

static struct broker *start(struct env *env, const char *roles)
{
    const char *text = env_format(env,
                                  "%sroles:\n"
                                  "  engine:\n"
                                  "    allow: {publish: [\"#\"], subscribe: [\"#\"]}\n"
                                  "%s"
                                  "topics: {levels: {max: 200}, bytes: {max: 65535}}\n",
                                  suite_issuer(env, ""), roles);

    return broker_start(env, NULL,
                        suite_lines(env, env_write(env, "policy.yaml", text), "topic", "jwt", "acl"));
}

/* Refused by the broker itself or by us, with an answer or with the end of the connection. */
static bool may_publish(struct raw_client *client, const char *topic)
{
    raw_publish(client, topic, "x", 1, false);
    struct packet_in in = raw_receive(client);

    return in.type == PUBACK && in.reason < 0x80;
}

static void test_as_deep_as_may_be(struct env *env)
{
    const char *all = levels_of(env, LEVELS, "+", "+"), *rest = levels_of(env, LEVELS, "+", "#");
    struct broker *broker = start(env, env_format(env,
                                                  "  deep:\n"
                                                  "    allow: {publish: [\"%s\"], subscribe: [\"%s\"]}\n"
                                                  "    deny: {publish: [\"%s\"]}\n",
                                                  all, all, levels_of(env, LEVELS, "+", "secret")));
    struct raw_client *engine = suite_login(broker, 5, "engine", "\"engine\"");
    struct raw_client *deep = suite_login(broker, 5, "deep", "\"deep\"");
    const char *topic = largest(env, 'x');

    assert_int_equal(raw_subscribe(engine, "#", 1), 1);
    assert_int_equal(raw_subscribe(deep, all, 0), 0);
    assert_int_equal(raw_subscribe(deep, topic, 0), 0);
    assert_int_equal(raw_subscribe(deep, rest, 0), 0x87);
    assert_int_equal(raw_subscribe(deep, levels_of(env, LEVELS - 1, "+", "#"), 0), 0x87);
    assert_int_equal(raw_subscribe(deep, levels_of(env, LEVELS - 1, "+", "+"), 0), 0x87);
    raw_publish(deep, topic, "x", 0, false);
    assert_int_equal(raw_take(engine, topic), 1);
    assert_true(raw_take(deep, topic) >= 1);
    const char *slashes = levels_of(env, LEVELS, "", "");
    raw_publish(deep, slashes, "x", 0, false);
    assert_int_equal(raw_take(engine, slashes), 1);
    assert_int_equal(raw_take(deep, slashes), 1);
    assert_false(may_publish(deep, levels_of(env, LEVELS, "x", "secret")));
    assert_false(may_publish(deep, levels_of(env, LEVELS - 1, "x", "x")));
    assert_false(may_publish(deep, levels_of(env, LEVELS + 1, "x", "x")));
    raw_expect_silence(engine);
}

/* Every rule of `a` and `+` but the one without an `a`: 511 of them fit a/a/a/a/a/a/a/a/a. */
static void test_rules_of_which_many_fit(struct env *env)
{
    char *rules = env_alloc(env, (1 << WIDTH) * (2 * WIDTH + 16));
    size_t length = 0;

    for (unsigned mask = 1; mask < 1 << WIDTH; mask++) {
        length += (size_t)sprintf(rules + length, "        - ");
        for (unsigned level = 0; level < WIDTH; level++) {
            length +=
                (size_t)sprintf(rules + length, "%s%c", level ? "/" : "", mask >> level & 1 ? 'a' : '+');
        }
        rules[length++] = '\n';
    }
    struct broker *broker = start(env, env_format(env, "  many:\n    allow:\n      publish:\n%s", rules));
    struct raw_client *client = suite_login(broker, 5, "many", "\"many\"");
    for (unsigned mask = 0; mask < 1 << WIDTH; mask++) {
        char topic[2 * WIDTH];
        for (unsigned level = 0; level < WIDTH; level++) {
            topic[2 * level] = mask >> level & 1 ? 'a' : 'b';
            topic[2 * level + 1] = '/';
        }
        topic[2 * WIDTH - 1] = '\0';
        if (may_publish(client, topic) != (mask != 0)) {
            env_fail("%s: wrong", topic);
        }
    }
    assert_false(may_publish(client, "a/a/a/a/a/a/a/a"));
    assert_false(may_publish(client, "a/a/a/a/a/a/a/a/a/a"));
}

/* The same numbers on every machine. */
static unsigned next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

static const char *const filters[] = {"s/a",          "s/+",          "s/#",           "+/a",
                                      "s/b/#",        "$share/g/s/a", "$share/g/s/+",  "$share/h/s/#",
                                      "$share/g/s/#", "$share/g/+/a", "$share/h/s/b/#"};
static const char *const forbidden[] = {"#", "+/+", "$share/g/#", "$share/g/+/+", "other", "$share/h/other"};

enum { CLIENTS = 3, ROUNDS = 3000 };

/* What it acknowledges makes room for more. */
static void take_all(struct raw_client *client)
{
    while (raw_take(client, NULL) > 0) {
    }
}

static void stir(struct raw_client *client, struct raw_client *engine, uint32_t *random)
{
    const char *filter = filters[next_random(random) % (sizeof(filters) / sizeof(filters[0]))];
    const char *beyond = forbidden[next_random(random) % (sizeof(forbidden) / sizeof(forbidden[0]))];

    take_all(client);
    switch (next_random(random) % 4) {
    case 0:
        assert_int_equal(raw_subscribe(client, filter, 1), 1);
        break;
    case 1:
        raw_unsubscribe(client, filter);
        break;
    case 2:
        assert_int_equal(raw_subscribe(client, beyond, 1), 0x87);
        break;
    default:
        raw_publish_whole(engine, next_random(random) % 2 ? "s/a" : "s/b/c", "x", next_random(random) % 3,
                          false);
        break;
    }
}

static void test_subscriptions_without_end(struct env *env)
{
    static const char role[] = "  sharer:\n"
                               "    allow: {subscribe: [\"s/#\", \"+/a\"]}\n";
    struct broker *broker = start(env, role);
    struct raw_client *engine = suite_login(broker, 5, "engine", "\"engine\"");
    const char *token = token_for(env, "sharer", suite_roles(env, "\"sharer\""));
    struct raw_client *clients[CLIENTS] = {NULL};
    uint32_t random = 20241011;

    for (int round = 0; round < ROUNDS; round++) {
        unsigned who = next_random(&random) % CLIENTS;
        if (!clients[who] || next_random(&random) % 50 == 0) {
            clients[who] =
                raw_login(broker, .protocol = 5, .client_id = env_format(env, "c%u", who), .username = "any",
                          .password = token, .session_expiry = 60, .resume = next_random(&random) % 2);
        }
        stir(clients[who], engine, &random);
    }
    for (unsigned who = 0; who < CLIENTS; who++) {
        for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
            take_all(clients[who]);
            raw_unsubscribe(clients[who], filters[i]);
        }
        take_all(clients[who]);
    }
    raw_publish_whole(engine, "s/a", "x", 2, false);
    for (unsigned who = 0; who < CLIENTS; who++) {
        assert_int_equal(raw_take(clients[who], "s/a"), 0);
    }
    assert_int_equal(raw_subscribe(clients[0], "$share/g/s/a", 0), 0);
    raw_publish_whole(engine, "s/a", "x", 1, false);
    assert_int_equal(raw_take(clients[0], "s/a"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_as_deep_as_may_be),
        BROKER_TEST(test_rules_of_which_many_fit),
        BROKER_TEST(test_subscriptions_without_end),
    };
    return ENV_MAIN("extremes", tests);
}
