/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that clients give themselves, and topics of the broker's own, against rules with placeholders: a name
 * never widens a rule (CVE-2017-7650), whether it is a client id, a user name or a claim, and whether it
 * fills a level or a part of one; no name at all fills none; and what begins with `$` is granted by name
 * alone (CVE-2018-12543).
 */
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    members: {anonymous: true}\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - id/${client_id}/up\n"
                            "        - name/${username}/up\n"
                            "        - site/${claim.site}/up\n"
                            "        - part/a-${client_id}-z/up\n"
                            "        - part/${username}.up\n"
                            "      subscribe:\n"
                            "        - id/${client_id}/#\n"
                            "        - name/${username}/#\n"
                            "        - site/+/${claim.site}/#\n"
                            "        - part/a-${client_id}-z/#\n"
                            "  all:\n"
                            "    allow: {publish: [\"#\", \"+/#\"], subscribe: [\"#\", \"+/#\", \"+/+\"]}\n"
                            "  named:\n"
                            "    allow:\n"
                            "      publish: [$foo, $CONTROL/x/v1, $SYSx]\n"
                            "      subscribe: [$foo, \"$SYS/#\", $SYSx]\n";

static struct broker *start(struct env *env)
{
    const char *text = env_format(env,
                                  "%s%s"
                                  "topics: {levels: {max: 200}, dollar_topics: allow}\n"
                                  "limits: {publish: [{per: client, rate: 1000/s, burst: 100000}]}\n",
                                  suite_issuer(env, ""), roles);

    return broker_start(env, "allow_anonymous true\n",
                        suite_guards(env, env_write(env, "policy.yaml", text)));
}

/* Whether it is taken: refusals, and the end of the connection, are not told apart. */
static bool may_publish(struct raw_client *client, const char *topic)
{
    unsigned id = raw_publish(client, topic, "x", 1, false);
    struct packet_in in = raw_receive(client);

    return in.type == PUBACK && in.id == id && in.reason < 0x80;
}

static const char *const not_mine[] = {"id/other/up",   "id//up",        "id/a/b/up",    "name/other/up",
                                       "name//up",      "name/a/b/up",   "site/x/up",    "site//up",
                                       "site/a/b/up",   "part/a-x-z/up", "part/a--z/up", "part/a-/-z/up",
                                       "part/other.up", "part/.up",      "part/a/b.up"};
static const char *const too_wide[] = {
    "#",      "+/#",      "id/#",        "id/+/#",     "id/+/up",    "id/other/#",      "id//#",
    "name/#", "name/+/#", "name//#",     "site/+/x/#", "site/+/#",   "site/#",          "site/+/+/#",
    "part/#", "part/+/#", "part/a--z/#", "$SYS/#",     "$share/g/#", "$share/g/id/+/#", "id/a/b/#",
    "id/a/#", "name/a/#"};

static void expect_nothing_of_others(const char *what, struct raw_client *client)
{
    for (size_t i = 0; i < sizeof(not_mine) / sizeof(not_mine[0]); i++) {
        if (may_publish(client, not_mine[i])) {
            env_fail("%s may publish to %s", what, not_mine[i]);
        }
    }
    for (size_t i = 0; i < sizeof(too_wide) / sizeof(too_wide[0]); i++) {
        if (raw_subscribe(client, too_wide[i], 0) != 0x87) {
            env_fail("%s may subscribe to %s", what, too_wide[i]);
        }
    }
}

static const char *device_token(struct env *env, const char *name)
{
    return token_for(env, name,
                     env_format(env, "%s, \"site\": \"%s\"", suite_roles(env, "\"device\""), name));
}

/* Some brokers refuse some of these names by themselves, and that is well: then NULL. */
static struct raw_client *try_login(struct broker *broker, const char *id, const char *token)
{
    struct raw_client *client =
        raw_connect(broker, .protocol = 5, .client_id = id, .username = "any", .password = token);
    struct packet_in in = raw_receive(client);

    return in.type == CONNACK && in.reason == 0 ? client : NULL;
}

static void test_names_that_would_be_more_than_a_level(struct env *env)
{
    static const char *const names[] = {"+",      "#",      "/",          "a/b",     "+/#",
                                        "a/",     "/a",     "a/+",        "a/#",     "$share/g/#",
                                        "$SYS/#", "+-z/up", "x/../other", "++++++++"};
    struct broker *broker = start(env);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct raw_client *client = try_login(broker, names[i], device_token(env, names[i]));
        if (client) {
            expect_nothing_of_others(names[i], client);
            raw_disconnect(client);
        }
        /* As a claim alone, and as a user name alone. */
        client = try_login(broker, "plain", device_token(env, names[i]));
        if (client) {
            expect_nothing_of_others(names[i], client);
            assert_true(may_publish(client, "id/plain/up"));
            raw_disconnect(client);
        }
    }
    broker_expect_log(broker, "bednet: acl: deny publish client=\"+\"", "reason=unusable_value");
}

static void expect_own(struct env *env, struct raw_client *client, const char *name)
{
    const char *const own[] = {env_format(env, "id/%s/up", name), env_format(env, "name/%s/up", name),
                               env_format(env, "site/%s/up", name), env_format(env, "part/a-%s-z/up", name),
                               env_format(env, "part/%s.up", name)};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (!may_publish(client, own[i])) {
            env_fail("%s may not publish to %s", name, own[i]);
        }
    }
    assert_int_equal(raw_subscribe(client, env_format(env, "id/%s/#", name), 0), 0);
    assert_int_equal(raw_subscribe(client, env_format(env, "site/+/%s/#", name), 0), 0);
    assert_int_equal(raw_subscribe(client, env_format(env, "$share/g/name/%s/#", name), 0), 0);
}

/* Names like any other, each good for itself and for nothing else, of any length. */
static void test_names_that_only_look_odd(struct env *env)
{
    const char *const names[] = {"%u",
                                 "%c",
                                 "${client_id}",
                                 "${username}",
                                 "$share",
                                 "$SYS",
                                 "%n%s",
                                 "..",
                                 "{a}",
                                 "*",
                                 "a b",
                                 "\xc3\xa9\xe2\x82\xac",
                                 "a-b.c_d",
                                 "${x",
                                 "0123456789012345678901x",
                                 "01234567890123456789012x"};
    struct broker *broker = start(env);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct raw_client *client = try_login(broker, names[i], device_token(env, names[i]));
        assert_non_null(client);
        expect_nothing_of_others(names[i], client);
        expect_own(env, client, names[i]);
        raw_disconnect(client);
    }
}

static void test_names_without_measure(struct env *env)
{
    static const size_t lengths[] = {1000, 4096, 65535};
    static const char *const letters = "x+/#";
    struct broker *broker = start(env);

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (const char *letter = letters; *letter; letter++) {
            char *name = env_alloc(env, lengths[i] + 1);
            memset(name, *letter, lengths[i]);
            struct raw_client *client = try_login(broker, name, device_token(env, "plain"));
            if (client) {
                expect_nothing_of_others(env_format(env, "%zu times %c", lengths[i], *letter), client);
                raw_disconnect(client);
            }
        }
    }
    struct raw_client *client = try_login(broker, "plain", device_token(env, "plain"));
    expect_own(env, client, "plain");
}

/* Nobody has no name, and none is made up; whatever MQTT it speaks, and whatever it does. */
static void test_no_user_name(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *watcher = suite_login(broker, 5, "watcher", "\"all\"");

    assert_int_equal(raw_subscribe(watcher, "#", 2), 2);
    for (int protocol = 3; protocol <= 5; protocol++) {
        const char *id = env_format(env, "n%d", protocol);
        struct raw_client *client =
            raw_login(broker, .protocol = protocol, .client_id = id, .will_topic = "name//up",
                      .will_payload = "gone", .resume = true, .session_expiry = 3600);
        if (protocol == 5) {
            expect_nothing_of_others("nobody", client);
        }
        for (unsigned qos = 0; qos < 3; qos++) {
            raw_publish_whole(client, "name//up", "x", qos, true);
            raw_publish_whole(client, "part/.up", "x", qos, false);
        }
        assert_int_equal(raw_subscribe(client, env_format(env, "id/%s/#", id), 1), 1);
        raw_drop(client);
        broker_settle(broker);
        assert_int_equal(raw_take(watcher, "nothing"), 0);
        const char *own = env_format(env, "id/%s/up", id);
        raw_publish(watcher, own, "x", 1, true);
        raw_expect(watcher, PUBLISH);
        raw_expect(watcher, PUBACK);
        broker_reload(broker);
        client =
            raw_login(broker, .protocol = protocol, .client_id = id, .resume = true, .session_expiry = 3600);
        assert_int_equal(raw_take(client, own), 1);
        raw_publish(client, own, "x", 0, false);
        assert_int_equal(raw_take(client, own), 1);
        assert_int_equal(raw_take(watcher, own), 1);
        raw_disconnect(client);
    }
}

/* An empty client id becomes one of the broker's making. */
static void test_no_client_id(struct env *env)
{
    struct broker *broker = start(env);

    for (int round = 0; round < 2; round++) {
        struct raw_client *client =
            raw_login(broker, .protocol = 5, .client_id = "", .username = round ? "any" : NULL,
                      .password = round ? device_token(env, "plain") : NULL);
        expect_nothing_of_others("no client id", client);
    }
}

static const char *const dollars[] = {"$foo",          "$",        "$/",         "$SYS",      "$SYS/x",
                                      "$SYSx",         "$share",   "$share/g",   "$share/g/", "$share//x",
                                      "$CONTROL/x/v1", "$CONTROL", "$share/+/x", "$queue/x"};

/* `#` and `+` at the beginning are no `$`: neither published, nor as a will, nor subscribed to. */
static void test_dollar_topics_of_who_may_all(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *watcher = suite_login(broker, 5, "watcher", "\"named\"");
    const char *token = token_for(env, "all", suite_roles(env, "\"all\""));

    assert_int_equal(raw_subscribe(watcher, "$foo", 0), 0);
    assert_int_equal(raw_subscribe(watcher, "$SYSx", 0), 0);
    for (size_t i = 0; i < sizeof(dollars) / sizeof(dollars[0]); i++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            raw_drop(raw_connect(broker, .protocol = protocol, .client_id = "will", .username = "any",
                                 .password = token, .will_topic = dollars[i], .will_payload = "gone"));
        }
        struct raw_client *client = suite_login(broker, 5, "all", "\"all\"");
        if (may_publish(client, dollars[i])) {
            env_fail("%s may be published to", dollars[i]);
        }
        client = suite_login(broker, 5, "all", "\"all\"");
        if (dollars[i][1] != 's') {
            assert_int_equal(raw_subscribe(client, env_format(env, "%s/#", dollars[i]), 0), 0x87);
            assert_int_equal(raw_subscribe(client, env_format(env, "$share/g/%s", dollars[i]), 0), 0x87);
        }
    }
    broker_settle(broker);
    raw_expect_silence(watcher);
    assert_true(may_publish(suite_login(broker, 5, "all", "\"all\""), "x"));
}

static void test_dollar_topics_by_name(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = suite_login(broker, 5, "a", "\"named\"");

    assert_int_equal(raw_subscribe(client, "$foo", 0), 0);
    raw_publish(client, "$foo", "x", 0, false);
    raw_expect_publish(client, "$foo", "x");
    assert_false(may_publish(client, "$foo/x"));
    assert_false(may_publish(client, "$"));
    assert_int_equal(raw_subscribe(client, "$foo/#", 0), 0x87);
    assert_int_equal(raw_subscribe(client, "$SYS/broker/version", 0), 0);
    assert_int_equal(raw_take(client, "$SYS/broker/version"), 1);
    assert_int_equal(raw_subscribe(client, "$SYS/#", 0), 0);
}

/* MQTT 5: a topic of no bytes, which stands for an alias, and an alias of a forbidden one. */
static void send_by_alias(struct raw_client *client, struct env *env, const char *topic, unsigned alias)
{
    struct packet_out packet;

    packet_begin(&packet, env);
    packet_put_text(&packet, topic);
    packet_put_u16(&packet, 7);
    packet_put_varint(&packet, alias ? 3 : 0);
    if (alias) {
        packet_put_u8(&packet, 0x23);
        packet_put_u16(&packet, alias);
    }
    packet_put_bytes(&packet, "x", 1);
    packet_frame(&packet, PUBLISH << 4 | 1 << 1);
    raw_send_packet(client, &packet);
}

static void test_aliases(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *watcher = suite_login(broker, 5, "watcher", "\"all\"");
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    raw_subscribe(watcher, "#", 0);
    send_by_alias(client, env, "id/a/up", 1);
    raw_expect_reason(client, PUBACK, 0);
    send_by_alias(client, env, "id/other/up", 2);
    raw_expect_reason(client, PUBACK, 0x87);
    for (int i = 0; i < 3; i++) {
        send_by_alias(client, env, "", 1);
        raw_expect_reason(client, PUBACK, 0);
        send_by_alias(client, env, "", 2);
        raw_expect_reason(client, PUBACK, 0x87);
    }
    assert_int_equal(raw_take(watcher, "id/a/up"), 4);
    send_by_alias(client, env, "", 0);
    raw_expect_end(client);
    raw_expect_silence(watcher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_names_that_would_be_more_than_a_level),
        BROKER_TEST(test_names_that_only_look_odd),
        BROKER_TEST(test_names_without_measure),
        BROKER_TEST(test_no_user_name),
        BROKER_TEST(test_no_client_id),
        BROKER_TEST(test_dollar_topics_of_who_may_all),
        BROKER_TEST(test_dollar_topics_by_name),
        BROKER_TEST(test_aliases),
    };
    return ENV_MAIN("names", tests);
}
