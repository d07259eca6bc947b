/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions that end by themselves, on a real broker whose clock the test moves. */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/suite.h"

#define HOUR 3600

struct scene {
    struct env *env;
    struct broker *broker;
    const char *policy;
    const char *place; /* of the exception */
    int metrics;
};

/* An exception from `what` for whoever is called alice, until `until`; everybody else comes without a name.
 */
static const char *write_policy(const struct scene *scene, const char *what, long long until,
                                const char *more)
{
    return env_write(scene->env, "policy.yaml",
                     env_format(scene->env,
                                "bednet: 1\n"
                                "roles:\n"
                                "  debug:\n"
                                "    members: {usernames: [alice]}\n"
                                "    exempt:\n"
                                "      - {what: %s, until: %lld, because: incident 4711}\n"
                                "    allow: {publish: ['#'], subscribe: ['#']}\n"
                                "  plain:\n"
                                "    members: {anonymous: true}\n"
                                "    allow: {publish: ['#'], subscribe: ['#']}\n"
                                "metrics: {listen: \"%s:%d\"}\n"
                                "%s",
                                what, until, env_host(), scene->metrics, more));
}

static struct scene begin(struct env *env, const char *what, const char *more)
{
    struct scene scene = {.env = env, .metrics = env_port()};
    clock_take(env);
    scene.policy = write_policy(&scene, what, clock_now() + HOUR, more);
    scene.place = suite_place(env, scene.policy, "{what:");
    scene.broker = broker_start(env, NULL,
                                env_format(env, "allow_anonymous true\n%s%s",
                                           suite_lines(env, scene.policy, "topic", "limit", "metrics", "acl"),
                                           suite_password_line(env)));
    return scene;
}

static struct raw_client *login(const struct scene *scene, const char *id, bool is_alice)
{
    return raw_login(scene->broker, .protocol = 5, .client_id = id, .no_keepalive = true,
                     .username = is_alice ? SUITE_USER : NULL, .password = is_alice ? SUITE_PASSWORD : NULL);
}

static void expect_exceptions(const struct scene *scene, int in_force)
{
    await_metric(scene->env, scene->metrics, "mosquitto_policy_exceptions", in_force);
}

static const char wildcards[] = "topics: {wildcards: {multi_level: deny}}\n"
                                "limits: {publish: [{per: client, rate: 1000/s}]}\n";

/* Told when it begins to count, each time that it counts, and when it ends. */
static void test_it_ends_and_is_told(struct env *env)
{
    struct scene scene = begin(env, "topics.wildcards", wildcards);
    struct raw_client *debug = login(&scene, "d", true);
    struct raw_client *plain = login(&scene, "p", false);

    broker_expect_log(scene.broker,
                      env_format(env, "bednet: exception %s: role debug is exempt from", scene.place),
                      "topics.wildcards until", "Z: incident 4711");
    assert_int_equal(raw_subscribe(plain, "a/#", 0), 0x87);
    broker_expect_log(scene.broker, "topic: deny subscribe client=\"p\"", "topic=\"a/#\" reason=multi_level");
    for (int i = 1; i <= 3; i++) {
        broker_mark(scene.broker);
        assert_int_equal(raw_subscribe(debug, "a/#", 0), 0);
        broker_expect_log(scene.broker, "topic: except subscribe client=\"d\"",
                          env_format(env, "topic=\"a/#\" reason=multi_level rule=%s", scene.place));
    }
    await_metric(env, scene.metrics, "mosquitto_policy_exceptions_used_total", 3);
    expect_exceptions(&scene, 1);
    broker_mark(scene.broker);
    clock_shift(env, HOUR + 60);
    broker_expect_log(scene.broker, env_format(env, "bednet: exception %s ended: role debug", scene.place),
                      "no longer exempt from topics.wildcards: incident 4711");
    expect_exceptions(&scene, 0);
}

/* What is asked for afterwards is refused, and a clock that steps back wakes nothing that ended. */
static void test_what_ended_stays_so(struct env *env)
{
    struct scene scene = begin(env, "topics", wildcards);
    struct raw_client *debug = login(&scene, "d", true);

    assert_int_equal(raw_subscribe(debug, "a/b", 0), 0);
    assert_int_equal(raw_subscribe(debug, "a/#", 0), 0);
    raw_unsubscribe(debug, "a/#");
    clock_shift(env, HOUR + 60);
    broker_expect_log(scene.broker, "ended: role debug");
    assert_int_equal(raw_subscribe(debug, "a/#", 0), 0x87);
    broker_mark(scene.broker);
    clock_shift(env, 0);
    broker_settle(scene.broker);
    assert_int_equal(raw_subscribe(debug, "a/#", 0), 0x87);
    raw_expect_silence(debug);
    broker_expect_no_log(scene.broker, "except");
    expect_exceptions(&scene, 0);
}

/* One that is over when the policy is read lifts nothing, and the log warns of it. */
static void test_it_came_too_late(struct env *env)
{
    struct scene scene = begin(env, "topics.wildcards", wildcards);
    struct raw_client *debug = login(&scene, "d", true);

    write_policy(&scene, "topics.wildcards", clock_now() - 60, wildcards);
    broker_mark(scene.broker);
    broker_reload(scene.broker);
    broker_expect_log(scene.broker, "exception", "role debug was exempt from topics.wildcards until",
                      "which is over: incident 4711");
    assert_int_equal(raw_subscribe(debug, "a/#", 0), 0x87);
    expect_exceptions(&scene, 0);
    broker_expect_no_log(scene.broker, "except subscribe");
}

/* Messages: the shape of their topics, and how many there are. */
static void test_messages(struct env *env)
{
    struct scene scene = begin(env, "limits",
                               "topics: {levels: {max: 2}}\n"
                               "limits: {publish: [{per: client, rate: 1/h, burst: 1}]}\n");
    struct raw_client *debug = login(&scene, "d", true);
    unsigned refused = raw_refused_publish(debug);

    assert_int_equal(raw_publish_acked(debug, "a/b/c", "x"), refused);
    for (int i = 0; i < 3; i++)
        assert_int_equal(raw_publish_acked(debug, "a/b", "x"), NOBODY_LISTENS);
    broker_expect_log(scene.broker, "limit: except publish client=\"d\"",
                      env_format(env, "topic=\"a/b\" reason=message_rate rule=%s", scene.place));
    await_metric(env, scene.metrics, "mosquitto_policy_exceptions_used_total", 2);
    clock_shift(env, HOUR + 60);
    expect_exceptions(&scene, 0);
    /* The limits are what they were, and the bucket is empty. */
    assert_true(raw_publish_acked(debug, "a/b", "x") >= 0x80);
    broker_expect_log(scene.broker, "limit: deny publish client=\"d\"", "reason=message_rate");
    assert_true(metric(env, scene.metrics, "mosquitto_policy_exceptions_used_total") == 2);
}

/* What was subscribed thanks to it goes with it: 2.1 takes it away, 2.0 closes the connection. */
static void test_subscriptions_go_with_it(struct env *env)
{
    struct scene scene = begin(env, "topics.wildcards", wildcards);
    struct raw_client *debug = login(&scene, "d", true);
    struct raw_client *plain = login(&scene, "p", false);

    assert_int_equal(raw_subscribe(debug, "a/#", 0), 0);
    assert_int_equal(raw_subscribe(debug, "b/+", 0), 0);
    assert_int_equal(raw_subscribe(plain, "b/+", 0), 0);
    broker_mark(scene.broker);
    clock_shift(env, HOUR + 60);
    broker_expect_log(scene.broker,
                      launch_is_modern() ? "topic: remove subscribe client=\"d\""
                                         : "topic: disconnect subscribe client=\"d\"",
                      "topic=\"a/#\" reason=multi_level");
    if (!launch_is_modern()) {
        raw_expect_end(debug);
        debug = login(&scene, "d", true);
        assert_int_equal(raw_subscribe(debug, "b/+", 0), 0);
    }
    raw_publish(plain, "a/x", "x", 0, false);
    raw_publish(plain, "b/x", "x", 0, false);
    raw_expect_publish(plain, "b/x", "x");
    raw_expect_publish(debug, "b/x", "x");
    raw_expect_silence(debug);
    raw_expect_silence(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_it_ends_and_is_told),      BROKER_TEST(test_what_ended_stays_so),
        BROKER_TEST(test_it_came_too_late),         BROKER_TEST(test_messages),
        BROKER_TEST(test_subscriptions_go_with_it),
    };
    return ENV_MAIN("exceptions", tests);
}
