/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGHUP with 100,000 rules: the broker serves its clients while a thread reads them, decisions are of the
 * one policy and then of the other, and memory comes back.
 */
#include "harness/launch.h"
#include "harness/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Enough to see what goes on meanwhile, and enough where only the end matters. A sanitizer makes hard work of
 * many, for a thread that gives way to everybody.
 */
#define MANY (sizeof(BEDNET_SANITIZER_LIBRARY) > 1 ? 20000 : 100000)
#define SOME 10000

/* Whoever has the role `device` may publish to `topic`/#, and everybody to both/#. */
static const char *write_policy(struct env *env, const char *topic, int rules)
{
    size_t bytes = (size_t)rules * 48 + 4096;
    char *text = malloc(bytes);

    assert_non_null(text);
    size_t length = (size_t)snprintf(text, bytes,
                                     "%sroles:\n  device:\n    allow:\n      subscribe: [\"#\"]\n"
                                     "      publish:\n        - %s/#\n        - both/#\n",
                                     suite_issuer(env, ""), topic);
    for (int i = 0; i < rules; i++) {
        length += (size_t)snprintf(text + length, bytes - length, "        - acme/site-%d/+/status\n", i);
    }
    const char *path = env_write(env, "policy.yaml", text);
    free(text);
    return path;
}

static struct broker *start(struct env *env, const char *topic, int rules)
{
    return broker_start(env, NULL, suite_lines(env, write_policy(env, topic, rules), "topic", "jwt", "acl"));
}

static bool publishes(struct raw_client *client, const char *topic)
{
    int reason = raw_publish_acked(client, topic, "x");

    assert_true(reason == 0 || reason == NOBODY_LISTENS || reason == 0x87);
    return reason != 0x87;
}

/* A machine that is busy may be done with the policy before we are with a message, but not always. */
static void test_deliveries_go_on_while_it_is_read(struct env *env)
{
    struct broker *broker = start(env, "one", MANY);
    struct raw_client *taker = suite_login(broker, 5, "a", "\"device\"");
    struct raw_client *sender = suite_login(broker, 5, "b", "\"device\"");
    int during = 0;

    assert_int_equal(raw_subscribe(taker, "both/x", 0), 0);
    for (int round = 0; round < 20 && during == 0; round++) {
        broker_mark(broker);
        broker_sighup(broker);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(raw_publish_acked(sender, "both/x", "x"), 0);
            raw_expect_publish(taker, "both/x", "x");
        }
        during += broker_count_log(broker, " reloaded: ") == 0;
        broker_expect_log(broker, "bednet: policy ", " reloaded: ");
    }
    assert_int_equal(during, 1);
}

/* First of the policy before, then of the one after, and never of neither. */
static void test_decisions_are_of_one_policy(struct env *env)
{
    static const char *const topics[] = {"one/x", "two/x", "both/x", "none/x"};
    struct broker *broker = start(env, "one", MANY);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    for (int round = 0; round < 4; round++) {
        const char *before = topics[round % 2], *after = topics[(round + 1) % 2];
        int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
        bool is_new = false;

        write_policy(env, round % 2 ? "one" : "two", MANY);
        broker_mark(broker);
        broker_sighup(broker);
        for (int i = 0, left = 100; left > 0; i++, left -= is_new) {
            const char *topic = topics[i % 4];
            bool allowed = publishes(client, topic);
            if (strcmp(topic, before) != 0 && strcmp(topic, after) != 0) {
                assert_int_equal(allowed, i % 4 == 2);
                continue;
            }
            if (!is_new && allowed != (strcmp(topic, before) == 0)) {
                is_new = true;
            }
            assert_int_equal(allowed, strcmp(topic, is_new ? after : before) == 0);
            assert_true(env_left_ms(deadline) > 0);
        }
        broker_expect_log(broker, "bednet: policy ", " reloaded: ");
    }
}

/* What two signals in a row lead to may be read once or twice; the newest is in force in the end. */
static void await_permission(struct raw_client *client, const char *topic)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (!publishes(client, topic)) {
        assert_true(env_left_ms(deadline) > 0);
    }
}

static void test_a_second_sighup_is_not_lost(struct env *env)
{
    struct broker *broker = start(env, "one", SOME);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    for (int round = 0; round < 3; round++) {
        write_policy(env, "never", SOME);
        broker_sighup(broker);
        write_policy(env, round % 2 ? "one" : "two", SOME);
        broker_sighup(broker);
        await_permission(client, round % 2 ? "one/x" : "two/x");
        assert_int_equal(publishes(client, "one/x"), round % 2);
        assert_int_equal(publishes(client, "two/x"), !(round % 2));
        assert_false(publishes(client, "never/x"));
    }
}

/* Whatever the thread is at; the harness asserts a clean end. */
static void test_stop_while_it_is_read(struct env *env)
{
    for (int round = 0; round < 3; round++) {
        struct broker *broker = start(env, "one", MANY);
        broker_sighup(broker);
        for (int turn = 0; turn < round * 20; turn++) {
            broker_settle(broker);
        }
        broker_stop(broker);
    }
}

static long rss_kib(struct broker *broker)
{
    char path[64], line[256];
    long kib = 0;

    snprintf(path, sizeof(path), "/proc/%d/status", broker_pid(broker));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtol(line + 6, NULL, 10);
        }
    }
    fclose(file);
    assert_true(kib > 0);
    return kib;
}

/* Where the pieces of a heap fall differs; ten policies that were not freed would be twice as much. */
#define ROOM_KIB (16 * 1024)
static void test_memory_comes_back(struct env *env)
{
    struct broker *broker = start(env, "one", SOME);
    long before = 0;

    if (sizeof(BEDNET_SANITIZER_LIBRARY) > 1) {
        env_skip(env, "sanitizers keep what is freed");
    }
    for (int round = 0; round < 16; round++) {
        broker_reload(broker);
        broker_settle(broker);
        if (round == 5) {
            before = rss_kib(broker);
        }
    }
    long after = rss_kib(broker);
    print_message("%ld KiB after 6 reloads, %ld KiB after 16\n", before, after);
    assert_true(after < before + ROOM_KIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_deliveries_go_on_while_it_is_read),
        BROKER_TEST(test_decisions_are_of_one_policy),
        BROKER_TEST(test_a_second_sighup_is_not_lost),
        BROKER_TEST(test_stop_while_it_is_read),
        BROKER_TEST(test_memory_comes_back),
    };
    return ENV_MAIN("reload_large", tests);
}
