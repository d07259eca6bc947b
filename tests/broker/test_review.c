/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of clients that are there when the policy changes: subscriptions that it no longer allows, and
 * clients without a role, on a real broker. Mosquitto 2.1 has a subscription taken away; 2.0 cannot.
 */
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>

struct scene {
    struct env *env;
    struct broker *broker;
    struct raw_client *publisher;
    int metrics;
};

/* Everything, for the role `device`; the publisher has a role of its own throughout. */
static const char everything[] = "  device: {allow: {publish: ['#'], subscribe: ['#']}}\n";
static const char kept_only[] = "  device: {allow: {publish: ['#'], subscribe: ['kept/#']}}\n";

static void write_policy(const struct scene *scene, const char *roles, const char *more)
{
    struct env *env = scene->env;

    env_write(env, "policy.yaml",
              env_format(env,
                         "%s"
                         "roles:\n"
                         "  publisher: {allow: {publish: ['#']}}\n"
                         "%s"
                         "metrics: {listen: \"%s:%d\"}\n"
                         "%s",
                         suite_issuer(env, ""), roles, env_host(), scene->metrics, more));
}

/* `before`: lines of mosquitto.conf, or NULL. */
static struct scene begin_with(struct env *env, const char *more, const char *before)
{
    struct scene scene = {.env = env, .metrics = env_port()};

    write_policy(&scene, everything, more);
    scene.broker = broker_start(env, before,
                                suite_lines(env, env_format(env, "%s/policy.yaml", env_folder(env)), "topic",
                                            "metrics", "jwt", "acl"));
    scene.publisher = suite_login(scene.broker, 5, "publisher", "\"publisher\"");
    return scene;
}

static struct scene begin(struct env *env, const char *more)
{
    return begin_with(env, more, NULL);
}

static void change(const struct scene *scene, const char *roles, const char *more)
{
    broker_mark(scene->broker);
    write_policy(scene, roles, more);
    broker_reload(scene->broker);
}

/* Of a session that goes on when the connection ends. */
static struct raw_client *come_back(const struct scene *scene, int protocol, const char *id)
{
    return raw_login(scene->broker, .protocol = protocol, .client_id = id, .username = "u",
                     .password = token_for(scene->env, id, suite_roles(scene->env, "\"device\"")),
                     .resume = true, .session_expiry = 1000);
}

static struct raw_client *come(const struct scene *scene, int protocol, const char *id)
{
    return suite_login(scene->broker, protocol, id, "\"device\"");
}

static void tell(const struct scene *scene, const char *topic)
{
    raw_publish(scene->publisher, topic, "x", 1, false);
    raw_expect(scene->publisher, PUBACK);
}

static void await_removed(const struct scene *scene, const char *id, const char *filter, const char *why)
{
    broker_expect_log(scene->broker, env_format(scene->env, "remove subscribe client=\"%s\"", id),
                      env_format(scene->env, "topic=\"%s\" reason=%s", filter, why));
}

/* It is gone, so that a policy that allows it again brings nothing back; what was allowed stays. */
static void lose_one(const struct scene *scene, int protocol, const char *lost, const char *topic)
{
    const char *id = env_format(scene->env, "c-%d-%zu", protocol, strlen(lost));
    struct raw_client *client = come(scene, protocol, id);

    raw_subscribe(client, lost, 1);
    raw_subscribe(client, "kept/#", 1);
    change(scene, kept_only, "");
    if (launch_is_modern()) {
        await_removed(scene, id, lost, "no_rule");
    }
    tell(scene, topic);
    tell(scene, "kept/1");
    raw_expect_publish(client, "kept/1", "x");
    raw_expect_silence(client);
    change(scene, everything, "");
    tell(scene, topic);
    if (!launch_is_modern()) {
        raw_expect_publish(client, topic, "x");
    }
    tell(scene, "kept/2");
    raw_expect_publish(client, "kept/2", "x");
    raw_expect_silence(client);
    raw_subscribe(client, lost, 1);
    tell(scene, topic);
    raw_expect_publish(client, topic, "x");
    raw_disconnect(client);
}

static void test_a_subscription_is_lost(struct env *env)
{
    struct scene scene = begin(env, "");

    for (int protocol = 3; protocol <= 5; protocol++) {
        lose_one(&scene, protocol, "lost/a", "lost/a");
        lose_one(&scene, protocol, "lost/+/#", "lost/a/b");
        lose_one(&scene, protocol, "$share/g/lost/+", "lost/a");
    }
    int removed = (int)metric(env, scene.metrics, "mosquitto_subscriptions_removed_total");
    assert_int_equal(removed, launch_is_modern() ? 9 : 0);
    assert_true(metric(env, scene.metrics, "mosquitto_sessions_ended_total{reason=\"policy\"}") == 0);
}

/* The session of somebody who is away loses its subscription as well; on 2.0 only what is delivered on it. */
static void test_who_is_away(struct env *env)
{
    struct scene scene = begin(env, "");

    for (int protocol = 4; protocol <= 5; protocol++) {
        const char *id = env_format(env, "away-%d", protocol);
        struct raw_client *client = come_back(&scene, protocol, id);

        raw_subscribe(client, "lost/a", 1);
        raw_subscribe(client, "kept/#", 1);
        raw_disconnect(client);
        change(&scene, kept_only, "");
        if (launch_is_modern()) {
            await_removed(&scene, id, "lost/a", "no_rule");
        }
        tell(&scene, "lost/a");
        tell(&scene, "kept/1");
        change(&scene, everything, "");
        tell(&scene, "lost/a");
        client = come_back(&scene, protocol, id);
        raw_expect_publish(client, "kept/1", "x");
        if (!launch_is_modern()) {
            raw_expect_publish(client, "lost/a", "x");
        }
        raw_expect_silence(client);
        raw_disconnect(client);
    }
}

/* Topic rules judge no deliveries: what they forbid must end on 2.0 as well, and only a new connection does
 * it. */
static void test_topic_rules(struct env *env)
{
    struct scene scene = begin(env, "");
    struct raw_client *client = come_back(&scene, 5, "wild");
    struct raw_client *other = come_back(&scene, 4, "tame");

    raw_subscribe(client, "lost/#", 1);
    raw_subscribe(client, "kept/+", 1);
    raw_subscribe(other, "kept/+", 1);
    change(&scene, everything, "topics: {wildcards: {multi_level: deny}}\n");
    if (launch_is_modern()) {
        await_removed(&scene, "wild", "lost/#", "multi_level");
    } else {
        broker_expect_log(scene.broker, "topic: disconnect subscribe client=\"wild\"",
                          "topic=\"lost/#\" reason=multi_level");
        raw_expect_end(client);
        client = come_back(&scene, 5, "wild");
    }
    tell(&scene, "lost/a");
    tell(&scene, "kept/1");
    raw_expect_publish(client, "kept/1", "x");
    raw_expect_silence(client);
    raw_expect_publish(other, "kept/1", "x");
    change(&scene, everything, "");
    tell(&scene, "lost/a");
    raw_expect_silence(client);
}

/* Away when the policy changes, with two subscriptions of which the first is denied from then on. */
static void go_away(const struct scene *scene, int protocol, const char *id)
{
    struct raw_client *client = come_back(scene, protocol, id);

    raw_subscribe(client, "lost/#", 1);
    raw_subscribe(client, "kept/+", 1);
    raw_disconnect(client);
}

/* Whoever subscribed later is looked at later: once the last one's turn is over, all have been looked at. */
static void forbid_while_away(const struct scene *scene, const char *witness)
{
    struct raw_client *client = come(scene, 5, witness);

    raw_subscribe(client, "lost/#", 1);
    change(scene, everything, "topics: {wildcards: {multi_level: deny}}\n");
    if (launch_is_modern()) {
        await_removed(scene, witness, "lost/#", "multi_level");
        raw_disconnect(client);
    } else {
        raw_expect_end(client);
    }
}

/* Allowed again before he is back. */
static void come_back_in_peace(const struct scene *scene, int protocol, const char *id)
{
    go_away(scene, protocol, id);
    forbid_while_away(scene, env_format(scene->env, "%s-witness", id));
    change(scene, everything, "");
    struct raw_client *client = come_back(scene, protocol, id);
    broker_settle(scene->broker);
    tell(scene, "lost/1");
    if (!launch_is_modern()) {
        raw_expect_publish(client, "lost/1", "x");
    }
    raw_expect_silence(client);
    raw_disconnect(client);
}

/* 2.0 has nobody's subscriptions taken away while he is away: his first connection is closed for it. */
static void come_back_to_lose(const struct scene *scene, int protocol, const char *id)
{
    struct raw_client *client = come_back(scene, protocol, id);

    if (!launch_is_modern()) {
        broker_expect_log(scene->broker,
                          env_format(scene->env, "topic: disconnect subscribe client=\"%s\"", id),
                          "topic=\"lost/#\" reason=multi_level");
        raw_expect_end(client);
        client = come_back(scene, protocol, id);
    }
    tell(scene, "lost/a");
    tell(scene, "kept/1");
    raw_expect_publish(client, "kept/1", "x");
    raw_expect_silence(client);
    raw_disconnect(client);
    client = come_back(scene, protocol, id);
    broker_settle(scene->broker);
    raw_expect_silence(client);
    raw_disconnect(client);
}

/* Whoever begins anew has nothing to lose: one turn looks at both. */
static void come_back_both(const struct scene *scene, int protocol, const char *id)
{
    const char *anew = env_format(scene->env, "%s-anew", id);

    go_away(scene, protocol, anew);
    go_away(scene, protocol, id);
    forbid_while_away(scene, env_format(scene->env, "%s-witness", id));
    struct raw_client *client = come(scene, protocol, anew);
    come_back_to_lose(scene, protocol, id);
    raw_expect_silence(client);
    raw_disconnect(client);
    change(scene, everything, "");
}

static void test_topic_rules_for_who_is_away(struct env *env)
{
    struct scene scene = begin(env, "");

    for (int protocol = 4; protocol <= 5; protocol++) {
        come_back_in_peace(&scene, protocol, env_format(env, "peace-%d", protocol));
        come_back_both(&scene, protocol, env_format(env, "away-%d", protocol));
    }
    int ended = (int)metric(env, scene.metrics, "mosquitto_sessions_ended_total{reason=\"policy\"}");
    assert_int_equal(ended, launch_is_modern() ? 0 : 6);
}

static struct raw_client *come_by_password(struct broker *broker, const char *id)
{
    return raw_login(broker, .protocol = 4, .client_id = id, .username = SUITE_USER,
                     .password = SUITE_PASSWORD, .resume = true);
}

/* Whom the broker's own file lets in is there only once the broker has gone on. */
static void test_topic_rules_for_who_came_by_password(struct env *env)
{
    static const char before[] = "bednet: 1\ndefault: allow\n";
    const char *after = env_format(env, "%stopics: {wildcards: {multi_level: deny}}\n", before);
    struct broker *broker =
        broker_start(env, suite_password_line(env),
                     suite_lines(env, env_write(env, "policy.yaml", before), "topic", "acl"));
    struct raw_client *away = come_by_password(broker, "away");
    struct raw_client *witness = come_by_password(broker, "witness");

    raw_subscribe(away, "lost/#", 0);
    raw_subscribe(away, "kept/+", 0);
    raw_disconnect(away);
    raw_subscribe(witness, "lost/#", 0);
    env_write(env, "policy.yaml", after);
    broker_mark(broker);
    broker_reload(broker);
    if (launch_is_modern()) {
        broker_expect_log(broker, "topic: remove subscribe client=\"witness\"");
    } else {
        raw_expect_end(witness);
        raw_expect_end(come_by_password(broker, "away"));
        broker_expect_log(broker, "topic: disconnect subscribe client=\"away\"", "topic=\"lost/#\"");
    }
    away = come_by_password(broker, "away");
    raw_publish(away, "lost/a", "x", 0, false);
    raw_publish(away, "kept/1", "x", 0, false);
    raw_expect_publish(away, "kept/1", "x");
    raw_expect_silence(away);
}

/* What is kept, what is only observed, and what a condition has a say in, stays. */
static void test_what_stays(struct env *env)
{
    static const char *const reasons_to_stay[] = {
        "on_change: {subscription: keep}\n",
        "acl: {mode: observe}\n",
        "on_change: {subscription: disconnect}\nacl: {mode: observe}\n",
    };
    struct scene scene = begin(env, "");
    struct raw_client *client = come(&scene, 5, "stays");

    raw_subscribe(client, "lost/+", 1);
    for (size_t i = 0; i < sizeof(reasons_to_stay) / sizeof(reasons_to_stay[0]); i++) {
        change(&scene, kept_only, reasons_to_stay[i]);
        broker_settle(scene.broker);
        change(&scene, everything, "");
        tell(&scene, "lost/a");
        raw_expect_publish(client, "lost/a", "x");
    }
    change(&scene, "  device: {allow: {subscribe: [{topic: 'lost/#', from: [10.0.0.0/8]}, 'kept/#']}}\n", "");
    broker_settle(scene.broker);
    change(&scene, everything, "");
    tell(&scene, "lost/a");
    raw_expect_publish(client, "lost/a", "x");
    assert_true(metric(env, scene.metrics, "mosquitto_subscriptions_removed_total") == 0);
    assert_true(metric(env, scene.metrics, "mosquitto_sessions_ended_total{reason=\"policy\"}") == 0);
}

static struct raw_client *come_with_will(const struct scene *scene, const char *id)
{
    return raw_login(scene->broker, .protocol = 5, .client_id = id,
                     .password = token_for(scene->env, id, suite_roles(scene->env, "\"device\"")),
                     .will_topic = "kept/will", .will_payload = "x");
}

/* Disconnected, with its will or without. */
static void disconnect_one(const struct scene *scene, const char *id, const char *will)
{
    struct env *env = scene->env;
    const char *change_key = env_format(env, "on_change: {subscription: disconnect, will: %s}\n", will);

    change(scene, everything, change_key);
    struct raw_client *client = come_with_will(scene, id);
    struct raw_client *witness = come(scene, 5, env_format(env, "%s-witness", id));
    raw_subscribe(client, "lost/a", 1);
    raw_subscribe(witness, "kept/will", 1);
    change(scene, kept_only, change_key);
    broker_expect_log(scene->broker, env_format(env, "acl: disconnect subscribe client=\"%s\"", id),
                      "topic=\"lost/a\" reason=no_rule");
    raw_expect_end(client);
    if (strcmp(will, "send") == 0) {
        raw_expect_publish(witness, "kept/will", "x");
    }
    raw_expect_silence(witness);
    raw_disconnect(witness);
}

static void test_disconnect(struct env *env)
{
    struct scene scene = begin(env, "");

    disconnect_one(&scene, "with-will", "send");
    disconnect_one(&scene, "without", "drop");
    assert_true(metric(env, scene.metrics, "mosquitto_sessions_ended_total{reason=\"policy\"}") == 2);
    raw_expect_silence(scene.publisher);
}

/*
 * Whoever acknowledges late has messages wait for it that the broker does not ask about again, as long as it
 * is connected. Disconnected, it finds none of them when it comes back.
 */
static void wait_in_vain(const struct scene *scene, int protocol)
{
    const char *id = env_format(scene->env, "late-%d", protocol);
    const char *policy = "on_change: {subscription: disconnect}\n";
    struct raw_client *client = come_back(scene, protocol, id);

    raw_subscribe(client, "lost/a", 1);
    raw_subscribe(client, "kept/+", 1);
    tell(scene, "kept/0");
    tell(scene, "lost/a");
    tell(scene, "kept/1");
    raw_expect(client, PUBLISH);
    raw_expect_silence(client);
    change(scene, kept_only, policy);
    raw_expect_end(client);
    client = come_back(scene, protocol, id);
    raw_expect_publish(client, "kept/0", "x");
    raw_expect_publish(client, "kept/1", "x");
    raw_expect_silence(client);
    raw_disconnect(client);
    change(scene, everything, "");
}

static void test_what_waits(struct env *env)
{
    struct scene scene = begin_with(env, "", "max_inflight_messages 1\n");

    for (int protocol = 4; protocol <= 5; protocol++) {
        wait_in_vain(&scene, protocol);
    }
}

/* Who had a role and has none any more; not who never had one, and not who has another. */
static void test_roles(struct env *env)
{
    static const char roles[] = "  device: {allow: {publish: ['#']}}\n"
                                "  second: {allow: {publish: ['#']}}\n";
    struct scene scene = begin(env, "");

    change(&scene, roles, "");
    struct raw_client *loses = come(&scene, 5, "loses");
    struct raw_client *idle = come(&scene, 4, "idle");
    struct raw_client *two = suite_login(scene.broker, 5, "two", "\"device\", \"second\"");
    struct raw_client *never = suite_login(scene.broker, 5, "never", "\"stranger\"");
    raw_publish_acked(loses, "a", "x");
    raw_publish_acked(never, "a", "x");
    change(&scene, "  second: {allow: {publish: ['#']}}\n", "");
    assert_int_equal(raw_publish_acked(loses, "a", "x"), 0x87);
    raw_expect_silence(idle);
    change(&scene, "  second: {allow: {publish: ['#']}}\n", "on_change: {roles: disconnect}\n");
    broker_expect_log(scene.broker, "bednet: chain: disconnect login client=\"loses\"",
                      "reason=no_role rule=");
    raw_expect_end(loses);
    raw_expect_end(idle);
    assert_int_equal(raw_publish_acked(two, "a", "x"), NOBODY_LISTENS);
    raw_expect_silence(never);
    assert_true(metric(env, scene.metrics, "mosquitto_sessions_ended_total{reason=\"policy\"}") == 2);
}

/* Where plugins may have to wait for somebody to do something. */
static void change_while_busy(const struct scene *scene, const char *roles, const char *more)
{
    broker_mark(scene->broker);
    write_policy(scene, roles, more);
    broker_sighup(scene->broker);
    suite_busy_until(scene->broker, scene->publisher, " reloaded: ");
}

/*
 * Without ticks, as on 2.0.11, what clients do takes the policy into use and looks at subscriptions; and no
 * connection is closed soon after SIGHUP, but whose it is can do nothing any more.
 */
static void test_listeners_of_their_own(struct env *env)
{
    struct scene scene = begin_with(env, "", "per_listener_settings true\n");
    struct raw_client *wild = come(&scene, 5, "wild");
    struct raw_client *tame = come(&scene, 4, "tame");

    raw_subscribe(wild, "lost/#", 1);
    raw_subscribe(wild, "kept/+", 1);
    raw_subscribe(tame, "lost/a", 1);
    raw_subscribe(tame, "kept/+", 1);
    change_while_busy(&scene, kept_only, "on_change: {subscription: keep}\n");
    tell(&scene, "lost/a");
    raw_expect_silence(wild);
    raw_expect_silence(tame);
    change_while_busy(&scene, everything, "topics: {wildcards: {multi_level: deny}}\n");
    suite_busy_until(scene.broker, scene.publisher,
                     launch_is_modern() ? "topic: remove subscribe client=\"wild\""
                                        : "topic: disconnect subscribe client=\"wild\"");
    tell(&scene, "lost/a");
    raw_expect_publish(tame, "lost/a", "x");
    if (launch_is_oldest()) {
        raw_expect_silence(wild);
        assert_int_equal(raw_publish_acked(wild, "kept/1", "x"), 0x87);
        suite_busy_until(scene.broker, scene.publisher, "reason=session_ended");
    } else if (!launch_is_modern()) {
        raw_expect_end(wild);
    } else {
        tell(&scene, "kept/1");
        raw_expect_publish(wild, "kept/1", "x");
        raw_expect_publish(tame, "kept/1", "x");
    }
    raw_expect_silence(tame);
}

enum { SESSIONS = 10, EACH = 1000 };

static void subscribe_many(struct raw_client *client, struct env *env, int number)
{
    for (int i = 0; i < EACH; i++)
        assert_int_equal(raw_subscribe(client, env_format(env, "lost/%d/%d", number, i), 0), 0);
}

/* Ten thousand of them go turn by turn, though another policy comes meanwhile; messages go on. */
static void test_many(struct env *env)
{
    struct scene scene = begin(env, "");
    struct raw_client *clients[SESSIONS];

    for (int i = 0; i < SESSIONS; i++) {
        clients[i] = come(&scene, 5, env_format(env, "many-%d", i));
        subscribe_many(clients[i], env, i);
    }
    raw_subscribe(clients[0], "kept/#", 0);
    change(&scene, kept_only, "");
    change(&scene, "  device: {allow: {subscribe: ['kept/#', 'other/#']}}\n", "");
    if (launch_is_modern()) {
        await_metric(env, scene.metrics, "mosquitto_subscriptions_removed_total", SESSIONS * EACH);
    }
    change(&scene, everything, "");
    tell(&scene, "lost/7/999");
    tell(&scene, "kept/1");
    if (!launch_is_modern()) {
        raw_expect_publish(clients[7], "lost/7/999", "x");
    }
    raw_expect_silence(clients[7]);
    raw_expect_publish(clients[0], "kept/1", "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_a_subscription_is_lost),
        BROKER_TEST(test_who_is_away),
        BROKER_TEST(test_topic_rules),
        BROKER_TEST(test_topic_rules_for_who_is_away),
        BROKER_TEST(test_topic_rules_for_who_came_by_password),
        BROKER_TEST(test_what_stays),
        BROKER_TEST(test_disconnect),
        BROKER_TEST(test_what_waits),
        BROKER_TEST(test_roles),
        BROKER_TEST(test_listeners_of_their_own),
        BROKER_TEST(test_many),
    };
    return ENV_MAIN("review", tests);
}
