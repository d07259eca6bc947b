/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that come by way of other roles, and rules with conditions, on a real broker. */
#include "harness/launch.h"
#include "harness/suite.h"

static const char *write_policy(struct env *env, const char *roles)
{
    return env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, ""), roles));
}

static struct broker *start(struct env *env, const char *policy)
{
    return broker_start(env, NULL, suite_lines(env, policy, "jwt", "acl"));
}

static const char heirs[] = "roles:\n"
                            "  client:\n"
                            "    members: {usernames: [member]}\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - status/${client_id}/+\n"
                            "      subscribe: [\"news/#\"]\n"
                            "    deny:\n"
                            "      publish:\n"
                            "        - status/+/forged\n"
                            "  sensor:\n"
                            "    inherits: [client]\n"
                            "    allow: {publish: [telemetry]}\n"
                            "  gateway:\n"
                            "    inherits: [sensor]\n"
                            "    allow: {publish: [\"#\"]}\n";

static void test_heirs_may_what_they_inherit(struct env *env)
{
    const char *policy = write_policy(env, heirs);
    struct broker *broker = start(env, policy);
    struct raw_client *member =
        raw_login(broker, .protocol = 5, .client_id = "m", .password = token_for(env, "member", ""));
    struct raw_client *sensor = suite_login(broker, 5, "s", "\"sensor\"");
    struct raw_client *gateway = suite_login(broker, 5, "g", "\"gateway\"");

    assert_int_equal(raw_publish_acked(member, "telemetry", "x"), 0x87);
    assert_int_equal(raw_publish_acked(sensor, "status/m/up", "x"), 0x87);
    assert_int_equal(raw_publish_acked(sensor, "anything", "x"), 0x87);
    broker_mark(broker);
    assert_int_equal(raw_publish_acked(gateway, "status/g/forged", "x"), 0x87);
    /* The rule stands in the role that has it. */
    broker_expect_log(broker, "deny publish client=\"g\"", "reason=deny_rule",
                      env_format(env, "rule=%s", suite_place(env, policy, "status/+/forged")));
    assert_int_equal(raw_publish_acked(member, "status/m/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(sensor, "telemetry", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_subscribe(gateway, "news/today", 1), 1);
    raw_publish(gateway, "news/today", "x", 0, false);
    raw_expect_publish(gateway, "news/today", "x");
}

/* Living clients lose what is inherited no longer, and an error leaves them as they are. */
static void test_inheritance_is_reloaded(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, heirs));
    struct raw_client *sensor = suite_login(broker, 5, "s", "\"sensor\"");

    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), NOBODY_LISTENS);
    write_policy(env, "roles:\n  client: {inherits: [sensor]}\n  sensor: {inherits: [client]}\n");
    broker_reload(broker);
    broker_expect_log(broker, "'client' inherits from 'sensor' already");
    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), NOBODY_LISTENS);
    write_policy(
        env, "roles:\n  client: {allow: {publish: [\"#\"]}}\n  sensor: {allow: {publish: [telemetry]}}\n");
    broker_reload(broker);
    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), 0x87);
    assert_int_equal(raw_publish_acked(sensor, "telemetry", "x"), NOBODY_LISTENS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_heirs_may_what_they_inherit),
        BROKER_TEST(test_inheritance_is_reloaded),
    };
    return ENV_MAIN("rules", tests);
}
