/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are not what they should be, when the broker starts and when it reloads: empty, cut off, of
 * another kind, writable by anybody, or beyond reach because no descriptor is left (CVE-2017-7652,
 * CVE-2017-9868, CVE-2018-12550, CVE-2018-12551). The broker does not start, or keeps the policy it has
 * whole.
 */
#include "harness/suite.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *good(struct env *env, const char *topic)
{
    return env_format(env,
                      "%s"
                      "roles:\n"
                      "  device:\n"
                      "    allow:\n"
                      "      publish:\n"
                      "        - %s\n",
                      suite_issuer(env, ""), topic);
}

enum kind { TEXT, NOTHING, FOLDER, FIFO, DANGLING, OPEN_TO_ALL };

/* Texts that are no policy; the last ones begin well, and must not be half of one. */
static const struct {
    enum kind kind;
    const char *text;
} files[] = {
    {TEXT, ""},
    {TEXT, "\n\n   \n"},
    {TEXT, "# nothing but a comment\n"},
    {TEXT, "\xef\xbb\xbf"},
    {TEXT, "\xef\xbb\xbf# a comment\n"},
    {TEXT, "---\n...\n"},
    {TEXT, "null\n"},
    {TEXT, "[]\n"},
    {TEXT, "allow everything\n"},
    {TEXT, "topic readwrite #\n"},
    {TEXT, "bednet: 1\nroles:\n  device:\n    allow:\n      publish:\n        - \"new"},
    {TEXT, "bednet: 1\nroles: {device: {allow: {publish: [new"},
    {TEXT, "bednet: 1\nroles:\n  device:\n    allow:\n      publish:\n        - new\n        - new/#/x\n"},
    {TEXT, "bednet: 1\nroles:\n  device:\n    allow:\n      publish:\n        - new\n     - x\n"},
    {TEXT, "bednet: 1\nroles:\n\tdevice: {allow: {publish: [new]}}\n"},
    {TEXT, "bednet: 1\nroles: {device: {allow: {publish: [new]}}}\n---\nbednet: 1\n"},
    {TEXT, "bednet: 1\nroles: {device: {allow: {publish: [new, \"\xff\"]}}}\n"},
    {NOTHING, NULL},
    {FOLDER, NULL},
    {FIFO, NULL},
    {DANGLING, NULL},
    {OPEN_TO_ALL, NULL},
};

enum { FILES = sizeof(files) / sizeof(files[0]) };

/* Puts it in the place of a file. What is there already goes. */
static void place(struct env *env, const char *path, size_t i)
{
    bool made = true;

    if (unlink(path) != 0 && errno != ENOENT && rmdir(path) != 0) {
        env_fail("%s: %s", path, strerror(errno));
    }
    if (files[i].kind == TEXT) {
        env_write(env, strrchr(path, '/') + 1, files[i].text);
    } else if (files[i].kind == FOLDER) {
        made = mkdir(path, 0700) == 0;
    } else if (files[i].kind == FIFO) {
        made = mkfifo(path, 0600) == 0;
    } else if (files[i].kind == DANGLING) {
        made = symlink("nowhere", path) == 0;
    } else if (files[i].kind == OPEN_TO_ALL) {
        made = chmod(env_write(env, strrchr(path, '/') + 1, good(env, "new")), 0666) == 0;
    }
    if (!made) {
        env_fail("%s: %s", path, strerror(errno));
    }
}

static void test_brokers_that_do_not_start(struct env *env)
{
    const char *path = env_format(env, "%s/policy.yaml", env_folder(env));

    for (size_t i = 0; i < FILES; i++) {
        place(env, path, i);
        broker_expect_log(broker_refuses(env, NULL, suite_lines(env, path, "jwt", "acl")),
                          "bednet: jwt: ", path);
    }
}

static void expect_old_policy(struct broker *broker, struct raw_client *client)
{
    broker_expect_log(broker, "the old one stays in force");
    assert_int_equal(raw_publish_acked(client, "old", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "new", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "any", "x"), 0x87);
}

static struct broker *start(struct env *env, int *port)
{
    *port = env_port();
    const char *text =
        env_format(env, "%smetrics: {listen: \"%s:%d\"}\n", good(env, "old"), env_host(), *port);

    return broker_start(env, NULL,
                        suite_lines(env, env_write(env, "policy.yaml", text), "metrics", "jwt", "acl"));
}

static void test_brokers_that_keep_what_they_have(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    const char *path = env_format(env, "%s/policy.yaml", env_folder(env));
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");
    const char *text = env_read(env, path);

    for (size_t i = 0; i < FILES; i++) {
        place(env, path, i);
        broker_mark(broker);
        broker_reload(broker);
        expect_old_policy(broker, client);
        assert_int_equal((int)metric(env, port, "mosquitto_policy_last_reload_successful"), 0);
    }
    /* Keys are as much of it as the rules are. */
    unlink(path);
    const char *keys = env_format(env, "%s/keys.json", env_folder(env));
    for (size_t i = 0; i < FILES; i++) {
        env_write(env, "policy.yaml", text);
        place(env, keys, i);
        broker_mark(broker);
        broker_reload(broker);
        expect_old_policy(broker, client);
    }
    unlink(keys);
    env_write(env, "policy.yaml",
              env_format(env, "%smetrics: {listen: \"%s:%d\"}\n", good(env, "new"), env_host(), port));
    broker_reload(broker);
    await_metric(env, port, "mosquitto_policy_last_reload_successful", 1);
    assert_int_equal(raw_publish_acked(client, "new", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "old", "x"), 0x87);
}

static void test_reload_without_descriptors(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    for (int round = 0; round < 2; round++) {
        env_write(env, "policy.yaml",
                  env_format(env, "%smetrics: {listen: \"%s:%d\"}\n", good(env, "new"), env_host(), port));
        broker_mark(broker);
        broker_starve(broker, true);
        broker_hang_up(broker);
        expect_old_policy(broker, client);
        broker_starve(broker, false);
        expect_old_policy(broker, client);
    }
    broker_mark(broker);
    broker_reload(broker);
    broker_expect_log(broker, "bednet: policy", "reloaded: 1 roles");
    assert_int_equal(raw_publish_acked(client, "new", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "old", "x"), 0x87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_brokers_that_do_not_start),
        BROKER_TEST(test_brokers_that_keep_what_they_have),
        BROKER_TEST(test_reload_without_descriptors),
    };
    return ENV_MAIN("policy_files", tests);
}
