/* SPDX-License-Identifier: Apache-2.0 */
/* What topics are called, on a real broker: naming templates and whose a level is. */
#include "harness/launch.h"
#include "harness/raw_client.h"
#include "harness/suite.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    members: {usernames: [alice, bob, '+', 'a/b', '$SYS']}\n"
                            "    allow: {publish: ['#', '$SYS/#'], subscribe: ['#', '$SYS/#']}\n"
                            "  engine:\n"
                            "    members: {usernames: [engine]}\n"
                            "    exempt: [topics.template]\n"
                            "    allow: {publish: ['#'], subscribe: ['#']}\n"
                            "topics:\n";

static const char naming[] = "  templates:\n"
                             "    - \"{organization}/{location}/{id=${username}}/{data...}\"\n"
                             "    - \"{organization}/broadcast\"\n"
                             "  segments:\n"
                             "    organization: {enum: [acme, globex]}\n"
                             "    location: {pattern: \"[a-z]{2}-[0-9]{1,4}\"}\n";

static const char *write_policy(struct env *env, const char *topics)
{
    return env_write(env, "policy.yaml", env_format(env, "%s%s%s", suite_issuer(env, ""), roles, topics));
}

static struct broker *start(struct env *env, const char *policy)
{
    return broker_start(
        env, NULL,
        env_format(env, "allow_anonymous true\n%s", suite_lines(env, policy, "topic", "jwt", "acl")));
}

static struct raw_client *login(struct broker *broker, const char *id, const char *name)
{
    return raw_login(broker, .protocol = 5, .client_id = id,
                     .password = token_for(broker_env(broker), name, ""));
}

struct refusal {
    const char *topic;
    const char *reason;
    const char *place; /* what stands in the policy where the rule does */
};

static void expect_reason(struct broker *broker, const char *policy, const struct refusal *refusal,
                          const char *action)
{
    struct env *env = broker_env(broker);

    broker_expect_log(broker, env_format(env, "bednet: topic: deny %s client=", action),
                      env_format(env, "topic=\"%s\"", refusal->topic),
                      env_format(env, "reason=%s", refusal->reason),
                      env_format(env, "rule=%s", suite_place(env, policy, refusal->place)));
}

static void test_names_that_fit_nothing(struct env *env)
{
    static const struct refusal refused[] = {
        {"evil/nb-1/alice/t", "segment", "organization: {enum"},
        {"acme/nb-12345/alice/t", "segment", "location: {pattern"},
        {"acme/nb-1/bob/t", "segment", "\"{organization}/{location}"},
        {"acme/nb-1/alice", "template", "templates:"},
        {"acme/broadcast/x", "template", "templates:"},
    };
    const char *policy = write_policy(env, naming);
    struct broker *broker = start(env, policy);
    struct raw_client *client = NULL;

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        broker_mark(broker);
        client = login(broker, env_format(env, "c%zu", i), "alice");
        assert_int_equal(raw_publish_acked(client, refused[i].topic, "x"), 0x87);
        expect_reason(broker, policy, &refused[i], "publish");
    }
    assert_int_equal(raw_publish_acked(client, "acme/nb-1/alice/t", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "globex/broadcast", "x"), NOBODY_LISTENS);
}

/* Each filter, by a client that has done nothing else. */
static void expect_refused_filters(struct broker *broker, const char *policy, const struct refusal *refused,
                                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        broker_mark(broker);
        struct raw_client *client = login(broker, env_format(broker_env(broker), "c%zu", i), "alice");
        assert_int_equal(raw_subscribe(client, refused[i].topic, 0), 0x87);
        expect_reason(broker, policy, &refused[i], "subscribe");
    }
}

static void test_filters_that_fit_nothing(struct env *env)
{
    static const struct refusal refused[] = {
        {"#", "segment", "\"{organization}/{location}"},
        {"acme/#", "segment", "\"{organization}/{location}"},
        {"acme/nb-1/+/t", "segment", "\"{organization}/{location}"},
        {"acme/nb-1/bob/#", "segment", "\"{organization}/{location}"},
        {"evil/+/alice/#", "segment", "organization: {enum"},
        {"+/+/+", "template", "templates:"},
        {"broadcast", "segment", "organization: {enum"},
        {"acme", "template", "templates:"},
        {"$share/g/acme/+/bob/t", "segment", "\"{organization}/{location}"},
    };
    const char *policy = write_policy(env, naming);
    struct broker *broker = start(env, policy);

    expect_refused_filters(broker, policy, refused, sizeof(refused) / sizeof(refused[0]));
    struct raw_client *client = login(broker, "c", "alice");
    assert_int_equal(raw_subscribe(client, "acme/+/alice/#", 0), 0);
    assert_int_equal(raw_subscribe(client, "$share/g/acme/nb-1/alice/t", 0), 0);
    assert_int_equal(raw_subscribe(client, "+/broadcast", 0), 0);
}

/* The same topic, again and again, by one whose it is and one whose it is not, whoever came first. */
static void test_nothing_is_remembered_of_another(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, naming));
    struct raw_client *alice = login(broker, "c1", "alice");
    struct raw_client *bob = login(broker, "c2", "bob");

    assert_int_equal(raw_subscribe(alice, "acme/nb-1/alice/#", 0), 0);
    for (int round = 0; round < 3; round++) {
        raw_publish(alice, "acme/nb-1/alice/t", "mine", 0, false);
        raw_expect_publish(alice, "acme/nb-1/alice/t", "mine");
        assert_int_equal(raw_publish_acked(bob, "acme/nb-1/alice/t", "not mine"), 0x87);
        assert_int_equal(raw_subscribe(bob, "acme/nb-1/alice/#", 0), 0x87);
    }
    raw_expect_silence(alice);
    raw_expect_silence(bob);
    raw_disconnect(alice);
    /* Under the same client id, and perhaps the same address in the broker. */
    alice = login(broker, "c1", "bob");
    assert_int_equal(raw_publish_acked(alice, "acme/nb-1/alice/t", "not mine"), 0x87);
}

static void test_names_that_would_widen_templates(struct env *env)
{
    static const char *const names[] = {"+", "a/b", "$SYS"};
    struct broker *broker = start(env, write_policy(env, naming));

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct raw_client *client = login(broker, env_format(env, "c%zu", i), names[i]);
        assert_int_equal(raw_subscribe(client, "acme/nb-1/+/t", 0), 0x87);
        assert_int_equal(raw_publish_acked(client, "acme/nb-1/a/b/t", "x"), 0x87);
    }
    struct raw_client *nobody = raw_login(broker, .protocol = 5, .client_id = "anonymous");
    assert_int_equal(raw_publish_acked(nobody, "acme/nb-1//t", "x"), 0x87);
    broker_expect_log(broker, "topic=\"acme/nb-1//t\"", "reason=segment");
}

static void test_exempt_from_templates(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, naming));
    struct raw_client *engine = login(broker, "e", "engine");

    for (int round = 0; round < 2; round++) {
        assert_int_equal(raw_subscribe(engine, "#", 0), 0);
        raw_publish(engine, "whatever", "x", 0, false);
        raw_expect_publish(engine, "whatever", "x");
    }
}

static const char rules[] = "  length: {max: 10}\n"
                            "  dollar_topics: deny\n"
                            "  wildcards:\n"
                            "    multi_level: {roles: engine}\n"
                            "    single_level: {from_level: 2}\n";

static void test_rules_of_extent_and_place(struct env *env)
{
    static const struct refusal refused[] = {
        {"a/\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4/23456", "length", "max: 10"},
        {"$SYS/#", "dollar_topics", "dollar_topics"},
        {"$share/g/$SYS/x", "dollar_topics", "dollar_topics"},
        {"a/#", "multi_level", "roles: engine"},
        {"+/a", "single_level", "from_level"},
    };
    const char *policy = write_policy(env, rules);
    struct broker *broker = start(env, policy);

    expect_refused_filters(broker, policy, refused, sizeof(refused) / sizeof(refused[0]));
    struct raw_client *client = login(broker, "c", "alice");
    assert_int_equal(raw_subscribe(client, "a/\xc3\xa4\xc3\xa4/+", 0), 0);
    assert_int_equal(raw_publish_acked(client, "$other/x", "x"), 0x87);
}

/* The filter that one may have another may not, whoever asked first. */
static void test_wildcards_of_roles(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, rules));
    struct raw_client *engine = login(broker, "e", "engine");
    struct raw_client *device = login(broker, "d", "alice");

    for (int round = 0; round < 3; round++) {
        assert_int_equal(raw_subscribe(engine, "a/#", 0), 0);
        assert_int_equal(raw_subscribe(device, "a/#", 0), 0x87);
        assert_int_equal(raw_subscribe(device, "$share/g/#", 0), 0x87);
    }
    raw_publish(engine, "a/x", "for the engine", 0, false);
    raw_expect_publish(engine, "a/x", "for the engine");
    raw_expect_silence(device);
}

static void test_presets(struct env *env)
{
    const char *policy = write_policy(env, "  preset: sparkplug-b\n");
    struct broker *broker = start(env, policy);
    struct raw_client *client = login(broker, "c1", "alice");

    assert_int_equal(raw_subscribe(client, "spBv1.0/g/NCMD/e/#", 0), 0);
    assert_int_equal(raw_subscribe(client, "spBv1.0/g/DCMD/e/#", 0), 0);
    assert_int_equal(raw_publish_acked(client, "spBv1.0/g/NBIRTH/e", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "spBv1.0/g/NBORN/e", "x"), 0x87);
    broker_expect_log(broker, "topic=\"spBv1.0/g/NBORN/e\" reason=segment",
                      env_format(env, "rule=%s", suite_place(env, policy, "preset")));
    write_policy(env, "  preset: aws-iot\n  bytes: {max: 20}\n");
    broker_reload(broker);
    assert_int_equal(raw_publish_acked(client, "1/2/3/4/5/6/7/8", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "1/2/3/4/5/6/7/8/9", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "123456789012345678901", "x"), 0x87);
}

static void test_reload_changes_names(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, naming));
    struct raw_client *client = login(broker, "c1", "alice");

    assert_int_equal(raw_publish_acked(client, "acme/nb-1/alice/t", "x"), NOBODY_LISTENS);
    write_policy(env, "  templates: [\"{any}/${username}\"]\n");
    broker_reload(broker);
    assert_int_equal(raw_publish_acked(client, "acme/nb-1/alice/t", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "acme/alice", "x"), NOBODY_LISTENS);
    /* What is refused changes nothing. */
    broker_mark(broker);
    write_policy(env, "  templates: [\"{any\"]\n");
    broker_reload(broker);
    broker_expect_log(broker, "`{` without its `}`");
    assert_int_equal(raw_publish_acked(client, "acme/alice", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "acme/bob", "x"), 0x87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_names_that_fit_nothing),
        BROKER_TEST(test_filters_that_fit_nothing),
        BROKER_TEST(test_nothing_is_remembered_of_another),
        BROKER_TEST(test_names_that_would_widen_templates),
        BROKER_TEST(test_exempt_from_templates),
        BROKER_TEST(test_rules_of_extent_and_place),
        BROKER_TEST(test_wildcards_of_roles),
        BROKER_TEST(test_presets),
        BROKER_TEST(test_reload_changes_names),
    };
    return ENV_MAIN("topics", tests);
}
