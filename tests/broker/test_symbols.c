/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the modules export and what they ask of the broker, as nm reads it: 2.0 puts all plugins into one name
 * space, and Debian's 2.0.21 offers 34 functions and no more.
 */
#include "harness/command.h"
#include "harness/launch.h"
#include "harness/suite.h"
#include <stdlib.h>
#include <string.h>

static const char *const modules[] = {"topic", "limit", "metrics", "jwt", "acl"};

#define MODULES (sizeof(modules) / sizeof(modules[0]))

static const char *const entries[] = {"mosquitto_plugin_cleanup", "mosquitto_plugin_init",
                                      "mosquitto_plugin_version"};

/* The exports of 2.0.21's broker, which every later one kept. */
static const char *const offered[] = {
    "mosquitto_broker_publish",
    "mosquitto_broker_publish_copy",
    "mosquitto_callback_register",
    "mosquitto_callback_unregister",
    "mosquitto_calloc",
    "mosquitto_client_address",
    "mosquitto_client_certificate",
    "mosquitto_client_clean_session",
    "mosquitto_client_id",
    "mosquitto_client_keepalive",
    "mosquitto_client_protocol",
    "mosquitto_client_protocol_version",
    "mosquitto_client_sub_count",
    "mosquitto_client_username",
    "mosquitto_free",
    "mosquitto_kick_client_by_clientid",
    "mosquitto_kick_client_by_username",
    "mosquitto_log_printf",
    "mosquitto_malloc",
    "mosquitto_property_add_binary",
    "mosquitto_property_add_byte",
    "mosquitto_property_add_int16",
    "mosquitto_property_add_int32",
    "mosquitto_property_add_string",
    "mosquitto_property_add_string_pair",
    "mosquitto_property_add_varint",
    "mosquitto_property_free_all",
    "mosquitto_pub_topic_check",
    "mosquitto_realloc",
    "mosquitto_set_username",
    "mosquitto_strdup",
    "mosquitto_sub_topic_check",
    "mosquitto_topic_matches_sub",
    "mosquitto_validate_utf8",
};

static bool is_in(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* One line of `nm --portability`: name and class, without a version behind `@`. */
struct symbol {
    char *name;
    char class;
};

typedef void (*judgement)(const char *file, const struct symbol *symbol, size_t *count);

/* Shows each symbol that nm lists to `judge`; gives how many it counted. */
static size_t each_symbol(const char *file, const char *which, judgement judge)
{
    char *listing =
        command_output((const char *const[]){"nm", "-D", "--portability", which, file, NULL}, NULL, 0, NULL);
    size_t count = 0;
    char *rest = NULL;

    if (!listing || !*listing) {
        free(listing);
        env_fail("nm lists nothing of %s", file);
    }
    for (char *line = strtok_r(listing, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        struct symbol symbol = {line, '?'};
        char *blank = strchr(line, ' ');
        if (blank) {
            symbol.class = blank[1];
            *blank = '\0';
        }
        line[strcspn(line, "@")] = '\0';
        judge(file, &symbol, &count);
    }
    free(listing);
    return count;
}

static void judge_export(const char *file, const struct symbol *symbol, size_t *count)
{
    if (!is_in(symbol->name, entries, sizeof(entries) / sizeof(entries[0]))) {
        env_fail("%s exports %s", file, symbol->name);
    }
    (*count)++;
}

static void test_modules_export_three_symbols(struct env *env)
{
    for (size_t i = 0; i < MODULES; i++) {
        assert_int_equal(each_symbol(suite_module(env, modules[i]), "--defined-only", judge_export), 3);
    }
}

static void judge_import(const char *file, const struct symbol *symbol, size_t *count)
{
    if (strncmp(symbol->name, "mosquitto_", 10) != 0) {
        return;
    }
    if (symbol->class == 'w' || is_in(symbol->name, offered, sizeof(offered) / sizeof(offered[0]))) {
        (*count)++;
        return;
    }
    env_fail("%s cannot do without %s, which Debian's 2.0.21 does not export", file, symbol->name);
}

static void test_modules_need_only_what_all_brokers_offer(struct env *env)
{
    for (size_t i = 0; i < MODULES; i++) {
        assert_true(each_symbol(suite_module(env, modules[i]), "--undefined-only", judge_import) > 0);
    }
}

static void judge_runtime_export(const char *file, const struct symbol *symbol, size_t *count)
{
    if (strncmp(symbol->name, "bednet_", 7) != 0) {
        env_fail("%s exports %s", file, symbol->name);
    }
    (*count)++;
}

static void judge_runtime_import(const char *file, const struct symbol *symbol, size_t *count)
{
    if (strncmp(symbol->name, "mosquitto_", 10) == 0) {
        env_fail("%s refers to %s", file, symbol->name);
    }
    (*count)++;
}

static void test_runtime_knows_no_mosquitto(struct env *env)
{
    const char *runtime = env_format(env, "%s/libbednet.so.0", BEDNET_MODULES);

    assert_true(each_symbol(runtime, "--defined-only", judge_runtime_export) > 0);
    assert_true(each_symbol(runtime, "--undefined-only", judge_runtime_import) > 0);
}

/* The same files, whatever headers they were built on, in the broker of this run, with what it alone can do.
 */
static void test_one_binary_uses_what_the_broker_has(struct env *env)
{
    const char *policy =
        env_write(env, "policy.yaml",
                  "bednet: 1\nroles: {a: {members: {anonymous: true}, allow: {publish: [a]}}}\n"
                  "limits: {publish: [{per: client, rate: 1/h, burst: 1}]}\n");
    struct broker *broker = broker_start(
        env, NULL, env_format(env, "%sallow_anonymous true\n", suite_lines(env, policy, "limit", "acl")));
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "x");

    assert_int_equal(raw_publish_acked(client, "a", "x"), 0x10);
    assert_int_equal(raw_publish_acked(client, "a", "x"), launch_is_modern() ? 0x97 : 0x87);
    if (launch_is_modern()) {
        broker_expect_log(broker, "Plugin limit has registered to receive 'connect' events.");
        broker_expect_log(broker, "Plugin acl version ", " loaded.");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_modules_export_three_symbols),
        BROKER_TEST(test_modules_need_only_what_all_brokers_offer),
        BROKER_TEST(test_runtime_knows_no_mosquitto),
        BROKER_TEST(test_one_binary_uses_what_the_broker_has),
    };
    return ENV_MAIN("symbols", tests);
}
