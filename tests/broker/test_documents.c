/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examples of rules in docs/, read from there and played: what each of them says may be done and may not.
 * That they load at all, and what the manuals of the commands show, is seen to in tests/examples and
 * tests/tool.
 */
#include "harness/clock.h"
#include "harness/stage.h"
#include <string.h>

/* The first block of YAML of a document that speaks of something. */
static const char *example(struct env *env, const char *document, const char *about)
{
    static const char begin[] = "\n```yaml\n", end[] = "```\n";
    const char *text = strstr(env_read(env, env_format(env, BEDNET_DOCS "/%s", document)), begin);

    while (text) {
        text += sizeof(begin) - 1;
        const char *stop = strstr(text, end);
        const char *block = env_format(env, "%.*s", stop ? (int)(stop - text) : 0, text);
        if (strstr(block, about)) {
            return block;
        }
        text = strstr(text, begin);
    }
    env_fail("%s has no example of %s", document, about);
}

/* An example with something else in the place of what it has there. */
static const char *put_in_place(struct env *env, const char *text, const char *what, const char *other)
{
    const char *found = strstr(text, what);

    if (!found) {
        env_fail("the example does not speak of %s any more", what);
    }
    return env_format(env, "%.*s%s%s", (int)(found - text), text, other, found + strlen(what));
}

/* Without its first line, which says the language: the issuer's section says that. */
static const char *without_head(const char *text)
{
    return strncmp(text, "bednet: 1\n", 10) == 0 ? text + 10 : text;
}

static struct broker *start(struct env *env, const char *sections, const char *plugin)
{
    const char *text = env_format(env, "%s%s", suite_issuer(env, ""), without_head(sections));
    const char *policy = env_write(env, "policy.yaml", text);
    const char *front = plugin ? suite_lines(env, policy, plugin) : "";

    return broker_start(env, "allow_anonymous true\n",
                        env_format(env, "%s%s", front, suite_lines(env, policy, "jwt", "acl")));
}

static struct raw_client *log_in(struct broker *broker, int protocol, const char *id, const char *subject,
                                 const char *claims)
{
    return raw_login(broker, .protocol = protocol, .client_id = id, .username = "any",
                     .password = token_for(broker_env(broker), subject, claims));
}

static bool is_allowed(struct raw_client *client, const char *step, const char *topic)
{
    if (step[0] == 's') {
        return raw_subscribe(client, topic, (unsigned)(step[1] - '0')) < 0x80;
    }
    raw_publish(client, topic, "x", 1, step[0] == 'r');
    struct packet_in in = raw_receive(client);
    return in.type == PUBACK && in.reason < 0x80;
}

/*
 * `p1 TOPIC` publishes, `r1 TOPIC` with the retain flag, both at QoS 1; `s0 FILTER` subscribes at QoS 0. `!`
 * in front: that must be denied.
 */
static void expect_steps(struct raw_client *client, const char *const *steps)
{
    for (; *steps; steps++) {
        bool denied = (*steps)[0] == '!';
        const char *step = *steps + denied;
        if (is_allowed(client, step, step + 3) == denied) {
            env_fail("%s: wrong", *steps);
        }
    }
}
#define PLAY(client, ...) expect_steps(client, (const char *const[]){__VA_ARGS__, NULL})

static void test_roles(struct env *env)
{
    struct broker *broker = start(env, example(env, "acl.md", "rules-engine"), NULL);
    struct raw_client *device = log_in(broker, 5, "d1", "d1", ", \"roles\": [\"device\"], \"site\": \"hh\"");
    struct raw_client *engine = log_in(broker, 5, "e", "rules-engine", "");

    PLAY(device, "p1 acme/hh/sensor/d1/telemetry", "!p1 acme/hh/sensor/d2/telemetry",
         "!p1 acme/xx/sensor/d1/telemetry", "!p1 acme/hh/sensor/d1/firmware",
         "s1 acme/hh/sensor/d1/command/#", "s0 $share/g/acme/hh/sensor/d1/command/reset",
         "!s0 acme/hh/sensor/+/command/#", "!s0 acme/news", "!s0 #");
    PLAY(engine, "!p1 acme/news", "s0 #", "!s0 $SYS/#");
    /* By a claim instead of the name. */
    PLAY(log_in(broker, 5, "e2", "anybody", ", \"scope\": [\"mqtt.engine\"]"), "s0 #");
    PLAY(log_in(broker, 5, "e3", "anybody", ", \"scope\": [\"mqtt\"]"), "!s0 #");
}

static void test_roles_that_inherit(struct env *env)
{
    struct broker *broker = start(env, example(env, "acl.md", "inherits"), "limit");

    PLAY(log_in(broker, 5, "gw", "gateway-1", ""), "p1 status/gw", "p1 telemetry/gw/x", "!p1 status/other",
         "!p1 status/gw/forged");
    PLAY(log_in(broker, 5, "s", "s", ", \"roles\": [\"sensor\"]"), "p1 status/s", "p1 telemetry/s/x");
    PLAY(log_in(broker, 5, "c", "c", ", \"roles\": [\"client\"]"), "p1 status/c", "!p1 telemetry/c/x");
}

static void test_conditions(struct env *env)
{
    static const char claims[] = ", \"roles\": [\"device\"]";
    struct broker *broker = start(env, example(env, "acl.md", "zone: Europe/Berlin"), NULL);
    struct raw_client *client = log_in(broker, 5, "d1", "d1", claims);

    /* From loopback, which is none of the networks. */
    PLAY(client, "p1 telemetry/x", "!r1 telemetry/x", "!p1 firmware/d1", "s1 command/x", "!s1 command/#");
    assert_int_equal(raw_publish_whole(client, "telemetry/x", "x", 2, false), 0x87);
    client = log_in(broker, 4, "d2", "d2", claims);
    assert_int_equal(raw_subscribe(client, "command/x", 1), 0x80);
}

/* Monday to Friday from seven to seven in Berlin, which is one hour ahead of UTC, or two. */
static void test_conditions_of_time(struct env *env)
{
    enum { HOUR = 3600, DAY = 24 * HOUR };
    static const struct {
        int hour;
        bool open;
    } moments[] = {{4, false}, {7, true}, {16, true}, {19, false}, {24 + 7, false}};
    long long today = clock_now() / DAY, friday = (today + 7 - (today + 6) % 7) * DAY;

    clock_take(env);
    struct broker *broker = start(env, example(env, "acl.md", "maintenance/#"), NULL);
    const char *token = token_for_until(env, TOKEN_ES256, "d1", 30L * DAY, ", \"roles\": [\"device\"]");
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        clock_shift(env, friday + moments[i].hour * HOUR - clock_now());
        broker_settle(broker);
        broker_settle(broker);
        struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = env_format(env, "d%zu", i),
                                              .password = token, .no_keepalive = true);
        if (is_allowed(client, "s1", "maintenance/x") != moments[i].open) {
            env_fail("hour %d of Friday", moments[i].hour);
        }
        raw_disconnect(client);
    }
}

static void test_names_in_levels(struct env *env)
{
    struct broker *broker = start(env, example(env, "acl.md", "dev-${client_id}"), NULL);
    struct raw_client *sited = log_in(broker, 5, "7", "ann", ", \"roles\": [\"device\"], \"site\": \"hh\"");

    PLAY(sited, "p1 fleet/dev-7/up", "!p1 fleet/dev-8/up", "!p1 fleet/7/up", "p1 fleet/hh-ann/up",
         "!p1 fleet/hh-bob/up", "s0 fleet/+/to-7/#", "s0 fleet/x/to-7/y", "!s0 fleet/+/+/#",
         "!s0 fleet/+/to-8/#");
    PLAY(log_in(broker, 5, "8", "ann", ", \"roles\": [\"device\"]"), "p1 fleet/dev-8/up",
         "!p1 fleet/hh-ann/up", "!p1 fleet/-ann/up");
}

static void test_members(struct env *env)
{
    const char *text = example(env, "acl.md", "client_ids: [gateway-1]");
    const struct stage *stage = stage_start(env,
                                            .policy = env_format(env,
                                                                 "certificate:\n"
                                                                 "  accept: [{username: \"${cert.cn}\"}]\n"
                                                                 "%s",
                                                                 text),
                                            .jwt = "", .after = "allow_anonymous true\n");
    struct broker *broker = stage->broker;

    PLAY(log_in(broker, 5, "a", "rules-engine", ""), "s0 fleet/#", "!p1 fleet/x", "!s0 news");
    PLAY(log_in(broker, 5, "b", "b", ", \"scope\": \"mqtt.engine\""), "s0 fleet/#", "!s0 news");
    PLAY(stage_login(stage, STAGE_TLS, 5, "c", issue(env, .name = "c", .cn = "c", .ou = "gateways")),
         "p1 fleet/x", "!s0 fleet/#");
    PLAY(stage_login(stage, STAGE_TLS, 5, "d", issue(env, .name = "d", .cn = "d", .ou = "others")),
         "!p1 fleet/x", "!s0 news");
    /* A client id that nobody vouches for gives nothing. */
    PLAY(log_in(broker, 5, "gateway-1", "b", ""), "!p1 fleet/x");
    PLAY(raw_login(broker, .protocol = 5, .client_id = "v"), "s0 news", "!s0 fleet/x", "!p1 news");
}

/* With whoever vouches for it, and with the default turned round. */
static void test_client_ids_and_the_default(struct env *env)
{
    const char *text = example(env, "acl.md", "client_ids: [gateway-1]");
    const char *issuer = suite_issuer(env, "      client_id: ${claim.sub}\n");
    const char *policy = env_write(env, "policy.yaml", env_format(env, "%s%s", issuer, text));
    struct broker *broker = broker_start(env, NULL, suite_lines(env, policy, "jwt", "acl"));

    PLAY(log_in(broker, 5, "gateway-1", "gateway-1", ""), "p1 fleet/x", "!s0 fleet/#");
    PLAY(log_in(broker, 5, "gateway-2", "gateway-2", ""), "!p1 fleet/x", "!p1 other");
    text = put_in_place(env, text, "default: deny", "default: allow");
    env_write(env, "policy.yaml", env_format(env, "%s%s", issuer, text));
    broker_mark(broker);
    broker_reload(broker);
    broker_expect_log(broker, "bednet: policy", "reloaded: ");
    PLAY(log_in(broker, 5, "gateway-2", "gateway-2", ""), "p1 fleet/x", "p1 other", "s0 #");
}

static void test_permissions_in_a_token(struct env *env)
{
    static const char own[] = ", \"roles\": [\"device\"], \"device_id\": \"%s\"%s";
    static const char acl[] = ", \"acl\": {\"publish\": [\"acme/hamburg/${client_id}/telemetry\"],"
                              "\"subscribe\": [\"acme/hamburg/${client_id}/command/#\"],"
                              "\"deny\": {\"publish\": [\"acme/+/+/firmware\"]}}";
    const char *text = example(env, "permissions.md", "use: narrow");

    env_write(env, "keys.json", token_jwks(env));
    text = put_in_place(env, text, "https://id.acme.example", TOKEN_ISSUER);
    text = put_in_place(env, text, "discovery: true", "file: keys.json");
    text = put_in_place(env, text, "mqtt.acme.example", TOKEN_AUDIENCE);
    text = env_format(env,
                      "bednet: 1\n%s"
                      "roles:\n"
                      "  device: {allow: {publish: [\"acme/#\"], subscribe: [\"acme/#\"]}}\n",
                      text);
    struct broker *broker =
        broker_start(env, NULL, suite_lines(env, env_write(env, "policy.yaml", text), "jwt", "acl"));
    PLAY(log_in(broker, 5, "d1", "d1", env_format(env, own, "d1", acl)), "p1 acme/hamburg/d1/telemetry",
         "!p1 acme/hamburg/d2/telemetry", "!p1 acme/hamburg/firmware", "!p1 acme/hamburg/d1/firmware",
         "s0 acme/hamburg/d1/command/#", "!s0 acme/#");
    raw_login_refused(broker, .client_id = "d1", .username = "any",
                      .password = token_for(env, "d1", env_format(env, own, "d1", "")));
    raw_login_refused(broker, .client_id = "d2", .username = "any",
                      .password = token_for(env, "d1", env_format(env, own, "d1", acl)));
}

static struct raw_client *engine_of(struct env *env, const char *example_text, const char *plugin)
{
    return log_in(start(env,
                        env_format(env,
                                   "%sroles:\n"
                                   "  all: {allow: {publish: [\"#\", $foo/x], subscribe: [\"#\", $foo/x]}}\n",
                                   without_head(example_text)),
                        plugin),
                  5, "c1", "c1", ", \"roles\": [\"all\"]");
}

static void test_shapes_of_topics(struct env *env)
{
    struct raw_client *client = engine_of(env, example(env, "topic.md", "min_literal_levels"), "topic");

    PLAY(client, "p1 a/b/c/d", "!p1 a/b/c/d/e/f/g/h/i", "!p1 /a", "!p1 a//b", "!p1 a/b c", "!p1 $foo/x",
         "s0 a/b/c/#", "!s0 a/b/#", "!s0 #", "s0 a/b/+/+", "!s0 a/b/+/+/+", "!s0 +/b/c",
         "!s0 $share/g/a/b/c/#");
}

static void test_presets(struct env *env)
{
    PLAY(engine_of(env, example(env, "topic.md", "preset: aws-iot"), "topic"), "p1 a/b/c/d/e/f",
         "!p1 a/b/c/d/e/f/g", "!p1 $foo/x");
    PLAY(engine_of(env, example(env, "topic.md", "spBv1.0"), "topic"), "p1 spBv1.0/g/NBIRTH/n",
         "p1 spBv1.0/g/DDATA/n/d", "p1 spBv1.0/STATE/h", "!p1 spBv1.0/g/DDATA/n", "!p1 spBv1.0/g/XDATA/n/d",
         "s0 spBv1.0/g/NCMD/n", "!p1 other");
}

static void test_naming_templates(struct env *env)
{
    struct raw_client *client = engine_of(env, example(env, "topic.md", "device_id=${client_id}"), "topic");

    PLAY(client, "p1 acme/nb-1/sensor/c1/x", "p1 globex/nb-1/actuator/c1/x/y", "p1 acme/nb-1/broadcast",
         "!p1 acme/nb-1/sensor/c2/x", "!p1 evil/nb-1/sensor/c1/x", "!p1 acme/nb-12345/sensor/c1/x",
         "!p1 acme/nb-1/pump/c1/x", "s0 acme/nb-1/sensor/c1/#", "s0 acme/+/sensor/c1/+",
         "s0 acme/+/broadcast", "!s0 acme/#", "!s0 acme/nb-1/sensor/+/x");
}

static void test_limits(struct env *env)
{
    struct raw_client *client = engine_of(env, example(env, "limit.md", "burst: 50"), "limit");
    int passed = 0;

    /* Fifty at once, and the few that flow in meanwhile. */
    for (int i = 0; i < 2000; i++) {
        passed += is_allowed(client, "p1", "x");
    }
    assert_true(passed >= 50 && passed < 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_roles),
        BROKER_TEST(test_roles_that_inherit),
        BROKER_TEST(test_conditions),
        BROKER_TEST(test_conditions_of_time),
        BROKER_TEST(test_names_in_levels),
        BROKER_TEST(test_members),
        BROKER_TEST(test_client_ids_and_the_default),
        BROKER_TEST(test_permissions_in_a_token),
        BROKER_TEST(test_shapes_of_topics),
        BROKER_TEST(test_presets),
        BROKER_TEST(test_naming_templates),
        BROKER_TEST(test_limits),
    };
    return ENV_MAIN("documents", tests);
}
