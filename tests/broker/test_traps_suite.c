/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That Bednet stays right in spite of the ten things that test_traps_broker.c shows of Mosquitto, on each of
 * its releases. Devices log in by token; what they may do hangs on roles and claims that only the identity
 * knows.
 */
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - dev/${client_id}/up\n"
                            "        - dev/${client_id}/will\n"
                            "        - site/${claim.site}/will\n"
                            "      subscribe:\n"
                            "        - dev/${client_id}/down/#\n"
                            "  watcher:\n"
                            "    allow: {subscribe: [\"#\"]}\n"
                            "    deny: {receive: [dev/secret/up]}\n"
                            "  sender:\n"
                            "    allow: {publish: [\"#\"]}\n"
                            "  person:\n"
                            "    members: {usernames: [" SUITE_USER "]}\n"
                            "    allow: {publish: [people], subscribe: [people]}\n";

static const char device[] = "\"device\"";

/*
 * All plugins that judge, and a password file behind them. `jwt` goes into the section, two blanks in front;
 * `before` and `after` are for mosquitto.conf.
 */
static struct broker *start_with(struct env *env, const char *jwt, const char *before, const char *after)
{
    const char *text = env_format(env,
                                  "%s%s%stopics: {levels: {max: 20}}\n"
                                  "limits: {publish: [{per: client, rate: 1000/s, burst: 100000}]}\n",
                                  suite_issuer(env, ""), jwt, roles);
    const char *policy = env_write(env, "policy.yaml", text);

    return broker_start(
        env, before, env_format(env, "%s%s%s", suite_guards(env, policy), suite_password_line(env), after));
}

static struct broker *start(struct env *env, const char *before, const char *after)
{
    return start_with(env, "", before, after);
}

static const char *site_token(struct env *env, const char *id)
{
    return token_for(env, id, env_format(env, "%s, \"site\": \"north\"", suite_roles(env, device)));
}

/*
 * The persistent session of MQTT 5 for a device. With `.resume = true` it goes on where it was; only such a
 * session does the broker write to its database.
 */
#define OFFLINE_SESSION(id, token)                                                                           \
    .protocol = 5, .client_id = id, .username = "any", .password = token, .session_expiry = 3600

/* Trap 1: reload. */

static void test_two_reloads_leave_everything_in_force(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    for (int round = 0; round < 2; round++) {
        broker_reload(broker);
        assert_true(broker_is_alive(broker));
        assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), NOBODY_LISTENS);
        assert_int_equal(raw_publish_acked(client, "dev/b/up", "x"), 0x87);
        assert_int_equal(raw_subscribe(client, "#", 0), 0x87);
        raw_login(broker, .client_id = "p", .username = SUITE_USER, .password = SUITE_PASSWORD);
        raw_login_refused(broker, .client_id = "q", .username = SUITE_USER, .password = "wrong");
        raw_login_refused(broker, .client_id = "r");
        raw_login_refused(broker, .client_id = "s", .username = "any",
                          .password = token_for_until(env, TOKEN_ES256, "s", -60, ""));
    }
}

static void test_reload_leaves_the_acl_file_to_others(struct env *env)
{
    /* The built-in acl_file must not take over, nor fall away, behind a chain that answers. */
    const char *acl = env_write(env, "acl", "topic readwrite #\n");
    struct broker *broker = start(env, "", env_format(env, "acl_file %s\n", acl));
    struct raw_client *client = suite_login(broker, 5, "a", device);

    for (int round = 0; round < 3; round++) {
        assert_int_equal(raw_publish_acked(client, "dev/b/up", "x"), 0x87);
        broker_reload(broker);
    }
}

/* Trap 2: SIGHUP authenticates everybody again. */

static void test_reload_keeps_token_clients_online(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *clients[3], *person;

    for (int protocol = 3; protocol <= 5; protocol++) {
        clients[protocol - 3] = suite_login(broker, protocol, env_format(env, "c%d", protocol), device);
    }
    person = raw_login(broker, .client_id = "p", .username = SUITE_USER, .password = SUITE_PASSWORD);
    for (int round = 0; round < 3; round++) {
        broker_reload(broker);
        for (int i = 0; i < 3; i++) {
            raw_expect_silence(clients[i]);
        }
        raw_expect_silence(person);
    }
    assert_int_equal(raw_publish_acked(clients[2], "dev/c5/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(clients[2], "people", "x"), 0x87);
}

static void test_reload_keeps_clients_whose_token_expired(struct env *env)
{
    struct broker *broker = start_with(env, "  on_expiry: keep\n", "", "");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    const char *token = token_for_until(env, TOKEN_ES256, "a", 4, suite_roles(env, device));
    struct raw_client *online =
        raw_login(broker, .client_id = "online", .username = "any", .password = token);
    struct raw_client *offline = raw_login(broker, OFFLINE_SESSION("offline", token));

    raw_subscribe(online, "dev/online/down/#", 0);
    raw_subscribe(offline, "dev/offline/down/#", 1);
    raw_disconnect(offline);
    suite_await_expiry(broker, token);
    for (int round = 0; round < 2; round++) {
        broker_reload(broker);
        raw_expect_silence(online);
    }
    raw_publish_acked(sender, "dev/online/down/x", "still there");
    raw_expect_publish(online, "dev/online/down/x", "still there");
    raw_publish_acked(sender, "dev/offline/down/x", "kept");
    const char *fresh = token_for(env, "a", suite_roles(env, device));
    offline = raw_connect(broker, OFFLINE_SESSION("offline", fresh), .resume = true);
    assert_true(raw_expect_reason(offline, CONNACK, 0).session_present);
    raw_expect_publish(offline, "dev/offline/down/x", "kept");
}

static void test_reload_keeps_clients_of_withdrawn_keys(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *first = suite_login(broker, 5, "first", device);
    struct raw_client *offline = raw_login(broker, OFFLINE_SESSION("offline", site_token(env, "offline")));
    struct raw_client *last = suite_login(broker, 5, "last", device);
    const char *policy = env_read(env, env_format(env, "%s/policy.yaml", env_folder(env)));
    const char *issuer = strstr(policy, TOKEN_ISSUER);

    raw_disconnect(offline);
    env_write(env, "policy.yaml",
              env_format(env, "%.*shttps://other.test%s", (int)(issuer - policy), policy,
                         issuer + strlen(TOKEN_ISSUER)));
    broker_reload(broker);
    /* Before and after the offline one in whatever order the broker walks them. */
    raw_expect_silence(first);
    raw_expect_silence(last);
    assert_int_equal(raw_publish_acked(last, "dev/last/up", "x"), NOBODY_LISTENS);
    raw_login_refused(broker, .client_id = "new", .username = "any", .password = site_token(env, "new"));
}

static void test_reload_after_a_restart_keeps_restored_sessions(struct env *env)
{
    const char *persistence =
        env_format(env, "persistence true\npersistence_location %s/\n", env_folder(env));
    struct broker *broker = start(env, persistence, "");
    struct raw_client *client =
        raw_login(broker, OFFLINE_SESSION("restored", site_token(env, "restored")), .resume = true);

    raw_subscribe(client, "dev/restored/down/#", 1);
    raw_disconnect(client);
    broker_restart(broker);
    for (int round = 0; round < 2; round++) {
        broker_reload(broker);
    }
    client = raw_connect(broker, OFFLINE_SESSION("restored", site_token(env, "restored")), .resume = true);
    assert_true(raw_expect_reason(client, CONNACK, 0).session_present);
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    raw_publish_acked(sender, "dev/restored/down/x", "found");
    raw_expect_publish(client, "dev/restored/down/x", "found");
}

/* Trap 3: the will comes after DISCONNECT. */

static void test_will_judged_by_the_identity(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");

    raw_subscribe(watcher, "#", 0);
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_drop(raw_login(broker, .protocol = protocol, .client_id = "a", .username = "any",
                           .password = site_token(env, "a"), .will_topic = "dev/a/will",
                           .will_payload = "gone"));
        raw_expect_publish(watcher, "dev/a/will", "gone");
        raw_drop(raw_login(broker, .protocol = protocol, .client_id = "a", .username = "any",
                           .password = site_token(env, "a"), .will_topic = "site/north/will",
                           .will_payload = "by claim"));
        raw_expect_publish(watcher, "site/north/will", "by claim");
    }
}

static void test_forbidden_will_is_dropped(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");
    const char *const topics[] = {"dev/b/will", "site/south/will", "$SYS/broker/x", "$share/g/x"};

    raw_subscribe(watcher, "#", 0);
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        raw_drop(raw_login(broker, .protocol = 4, .client_id = "a", .username = "any",
                           .password = site_token(env, "a"), .will_topic = topics[i],
                           .will_payload = "gone"));
    }
    broker_expect_log(broker, "bednet: acl: deny publish client=\"a\"", "topic=\"dev/b/will\"");
    broker_expect_log(broker, "bednet: acl: deny publish client=\"a\"", "topic=\"site/south/will\"");
    broker_settle(broker);
    raw_expect_silence(watcher);
}

static void test_delayed_will_judged_by_the_identity(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");

    raw_subscribe(watcher, "#", 0);
    raw_drop(raw_login(broker, OFFLINE_SESSION("a", site_token(env, "a")), .will_topic = "site/north/will",
                       .will_payload = "gone", .will_delay = 1));
    raw_drop(raw_login(broker, OFFLINE_SESSION("b", site_token(env, "b")), .will_topic = "site/south/will",
                       .will_payload = "not mine", .will_delay = 1));
    raw_expect_publish(watcher, "site/north/will", "gone");
    broker_expect_log(broker, "bednet: acl: deny publish client=\"b\"", "topic=\"site/south/will\"");
    raw_expect_silence(watcher);
}

static void test_will_of_a_session_taken_over(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");
    const char *south =
        token_for(env, "a", env_format(env, "%s, \"site\": \"south\"", suite_roles(env, device)));

    raw_subscribe(watcher, "#", 0);
    struct raw_client *old =
        raw_login(broker, .client_id = "a", .username = "any", .password = site_token(env, "a"),
                  .will_topic = "site/north/will", .will_payload = "gone");
    struct raw_client *fresh = raw_login(broker, .protocol = 5, .client_id = "a", .password = south);
    raw_expect_end(old);
    /* Judged by whom it belongs to, not by who has the id now. */
    raw_expect_publish(watcher, "site/north/will", "gone");
    assert_int_equal(raw_publish_acked(fresh, "site/south/will", "x"), 0);
    raw_expect_publish(watcher, "site/south/will", "x");
    assert_int_equal(raw_publish_acked(fresh, "site/north/will", "x"), 0x87);
}

/* Trap 4: DISCONNECT under an id that is another's. */

static void test_takeover_keeps_the_new_identity(struct env *env)
{
    struct broker *broker = start(env, "", "");

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct raw_client *old = suite_login(broker, protocol, "a", device);
        struct raw_client *fresh = suite_login(broker, 5, "a", device);
        raw_expect_end(old);
        broker_settle(broker);
        assert_int_equal(raw_publish_acked(fresh, "dev/a/up", "x"), NOBODY_LISTENS);
        assert_int_equal(raw_publish_acked(fresh, "dev/b/up", "x"), 0x87);
    }
}

static void test_takeover_by_somebody_else_brings_other_rights(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *old = suite_login(broker, 5, "a", "\"sender\"");
    struct raw_client *fresh = suite_login(broker, 5, "a", device);

    raw_expect_end(old);
    assert_int_equal(raw_publish_acked(fresh, "anything", "x"), 0x87);
    struct raw_client *person = raw_login(broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                                          .password = SUITE_PASSWORD);
    raw_expect_end(fresh);
    assert_int_equal(raw_publish_acked(person, "dev/a/up", "x"), 0x87);
    assert_int_equal(raw_publish_acked(person, "people", "x"), NOBODY_LISTENS);
}

static void test_failed_logins_do_not_touch_the_victim(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *victim = suite_login(broker, 5, "victim", device);

    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(broker, .protocol = protocol, .client_id = "victim", .username = "any",
                          .password = token_for_until(env, TOKEN_ES256, "victim", -60, ""));
        raw_login_refused(broker, .protocol = protocol, .client_id = "victim", .username = SUITE_USER,
                          .password = "wrong");
        raw_login_refused(broker, .protocol = protocol, .client_id = "victim");
    }
    broker_settle(broker);
    assert_int_equal(raw_publish_acked(victim, "dev/victim/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(victim, "dev/other/up", "x"), 0x87);
}

static void test_connections_that_never_log_in(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    /* 2.0 tells plugins that these end, without an id. */
    for (int i = 0; i < 50; i++) {
        raw_drop(raw_open(broker, 0));
    }
    broker_settle(broker);
    assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), NOBODY_LISTENS);
}

/* Trap 5: what READ returns. */

static void test_denied_deliveries_leave_the_publisher_alone(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    struct raw_client *watchers[5];

    for (int i = 0; i < 5; i++) {
        watchers[i] = suite_login(broker, 5, env_format(env, "w%d", i), "\"watcher\"");
        raw_subscribe(watchers[i], "dev/#", (unsigned)i % 3);
    }
    for (unsigned qos = 0; qos < 2; qos++) {
        unsigned id = raw_publish(sender, "dev/secret/up", "hidden", qos, true);
        if (qos == 1) {
            assert_int_equal(raw_expect(sender, PUBACK).id, id);
        }
    }
    raw_expect_silence(sender);
    for (int i = 0; i < 5; i++) {
        raw_expect_silence(watchers[i]);
        raw_subscribe(watchers[i], "dev/+/up", 1); /* the retained one */
        raw_expect_silence(watchers[i]);
    }
    raw_expect_silence(sender);
}

/* Trap 6: the pseudo-client of http_api in its own thread. */

static void test_http_api_is_refused(struct env *env)
{
    if (!launch_is_modern()) {
        return; /* test_traps_broker.c: such a listener is an error there */
    }
    int api = env_port(), metrics = env_port();
    const char *text = env_format(env, "%s%smetrics: {listen: \"%s:%d\"}\n", suite_issuer(env, ""), roles,
                                  env_host(), metrics);
    const char *policy = env_write(env, "policy.yaml", text);
    struct broker *broker = broker_start(env, NULL,
                                         env_format(env, "%s%slistener %d %s\nprotocol http_api\n",
                                                    suite_lines(env, policy, "metrics", "jwt", "acl"),
                                                    suite_password_line(env), api, env_host()));
    struct raw_client *client = suite_login(broker, 5, "a", device);

    for (int i = 0; i < 20; i++) {
        const char *answer = http_get(env, api, "/api/v1/systree", i % 2 ? "YWxpY2U6c2VjcmV0" : NULL);
        assert_null(strstr(answer, " 200 "));
        assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), NOBODY_LISTENS);
    }
    assert_true(
        metric(env, metrics, "mosquitto_gate_denials_total{action=\"login\",reason=\"other_thread\"}") > 0);
    assert_true(broker_is_alive(broker));
}

/* Trap 7: plugins without an opinion before and behind. */

static void test_probes_without_opinion_change_nothing(struct env *env)
{
    static const int opinions[] = {17, 32, 0};
    const char *policy = env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, ""), roles));

    for (size_t i = 0; i < sizeof(opinions) / sizeof(opinions[0]); i++) {
        const char *behind = env_format(env, "plugin %s\nplugin_opt_access %d\nplugin_opt_login 17\n",
                                        BEDNET_PROBE, opinions[i]);
        struct broker *broker =
            broker_start(env, NULL, env_format(env, "%s%s", suite_lines(env, policy, "jwt", "acl"), behind));
        struct raw_client *client = suite_login(broker, 5, "a", device);
        assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), NOBODY_LISTENS);
        assert_int_equal(raw_publish_acked(client, "dev/b/up", "x"), 0x87);
        assert_int_equal(raw_subscribe(client, "#", 0), 0x87);
        broker_stop(broker);
    }
}

static void test_probe_in_front_that_defers(struct env *env)
{
    const char *policy = env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, ""), roles));
    const char *front =
        env_format(env, "plugin %s\nplugin_opt_access 17\nplugin_opt_login 17\n", BEDNET_PROBE);
    struct broker *broker =
        broker_start(env, NULL, env_format(env, "%s%s", front, suite_lines(env, policy, "jwt", "acl")));
    struct raw_client *client = suite_login(broker, 5, "a", device);

    assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "dev/b/up", "x"), 0x87);
}

/* Trap 8: denied deliveries must not use up the places in flight. */

static void test_denied_deliveries_do_not_starve_the_subscriber(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *watcher = suite_login(broker, 4, "w", "\"watcher\"");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");

    raw_subscribe(watcher, "#", 1);
    for (int i = 0; i < 50; i++) {
        raw_publish_acked(sender, "dev/secret/up", "hidden");
    }
    for (int i = 0; i < 50; i++) {
        raw_publish_acked(sender, "dev/open/up", "shown");
        raw_expect_publish(watcher, "dev/open/up", "shown");
    }
}

/* Trap 9: sessions that end without a word. */

static void test_rights_do_not_outlive_an_expired_session(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "a", .session_expiry = 1,
                                          .password = token_for(env, "a", suite_roles(env, "\"sender\"")));

    raw_disconnect(client);
    broker_expect_log(broker, "Expiring client a");
    client = suite_login(broker, 5, "a", device);
    assert_int_equal(raw_publish_acked(client, "anything", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), NOBODY_LISTENS);
    raw_disconnect(client);
    struct raw_client *person = raw_login(broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                                          .password = SUITE_PASSWORD);
    assert_int_equal(raw_publish_acked(person, "dev/a/up", "x"), 0x87);
}

/* A name from the password file that a token's subject also carries: two different parties. */
static void test_same_names_by_another_method_have_other_rights(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "a",
                  .password = token_for(env, SUITE_USER, suite_roles(env, "\"sender\"")));

    assert_int_equal(raw_publish_acked(client, "anything", "x"), NOBODY_LISTENS);
    raw_disconnect(client);
    client = raw_login(broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                       .password = SUITE_PASSWORD);
    assert_int_equal(raw_publish_acked(client, "anything", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "people", "x"), NOBODY_LISTENS);
}

/* Offline deliveries. */

static void test_queued_messages_judged_by_the_identity(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    struct raw_client *client = raw_login(broker, OFFLINE_SESSION("a", site_token(env, "a")));

    raw_subscribe(client, "dev/a/down/#", 1);
    raw_disconnect(client);
    broker_settle(broker);
    for (int i = 0; i < 30; i++) {
        raw_publish_acked(sender, "dev/a/down/x", "queued");
    }
    client = raw_connect(broker, OFFLINE_SESSION("a", site_token(env, "a")), .resume = true);
    assert_true(raw_expect_reason(client, CONNACK, 0).session_present);
    for (int i = 0; i < 30; i++) {
        raw_expect_publish(client, "dev/a/down/x", "queued");
    }
    raw_expect_silence(client);
}

static void test_queued_messages_are_not_another_user_s(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    struct raw_client *client = raw_login(broker, OFFLINE_SESSION("a", site_token(env, "a")));

    raw_subscribe(client, "dev/a/down/#", 1);
    raw_disconnect(client);
    raw_publish_acked(sender, "dev/a/down/x", "for the device");
    /* Whoever may use this id gets the session; what is in it is judged by what this one may receive. */
    client = raw_connect(broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                         .password = SUITE_PASSWORD, .session_expiry = 3600, .resume = true);
    raw_expect_reason(client, CONNACK, 0);
    raw_expect_silence(client);
}

static void test_denied_messages_are_not_queued(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    const char *token = token_for(env, "w", suite_roles(env, "\"watcher\""));
    struct raw_client *watcher = raw_login(broker, OFFLINE_SESSION("w", token));

    raw_subscribe(watcher, "#", 1);
    raw_disconnect(watcher);
    broker_settle(broker);
    raw_publish_acked(sender, "dev/secret/up", "hidden");
    raw_publish_acked(sender, "dev/open/up", "shown");
    watcher = raw_connect(broker, OFFLINE_SESSION("w", token), .resume = true);
    raw_expect_reason(watcher, CONNACK, 0);
    raw_expect_publish(watcher, "dev/open/up", "shown");
    raw_expect_silence(watcher);
}

static void test_restored_sessions_without_identity_receive_nothing(struct env *env)
{
    const char *persistence =
        env_format(env, "persistence true\npersistence_location %s/\n", env_folder(env));
    struct broker *broker = start(env, persistence, "");
    struct raw_client *client = raw_login(broker, OFFLINE_SESSION("a", site_token(env, "a")), .resume = true);

    raw_subscribe(client, "dev/a/down/#", 1);
    raw_disconnect(client);
    broker_restart(broker);
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");
    /* Nobody in this process has seen its token: what cannot be judged is not delivered, and said. */
    raw_publish_acked(sender, "dev/a/down/x", "before");
    broker_expect_log(broker, "bednet: acl: deny receive client=\"a\"", "topic=\"dev/a/down/x\"");
    client = raw_connect(broker, OFFLINE_SESSION("a", site_token(env, "a")), .resume = true);
    raw_expect_reason(client, CONNACK, 0);
    raw_publish_acked(sender, "dev/a/down/x", "after");
    raw_expect_publish(client, "dev/a/down/x", "after");
}

static void test_retained_messages_with_their_source_checked(struct env *env)
{
    struct broker *broker = start(env, "check_retain_source true\n", "");
    struct raw_client *client = suite_login(broker, 5, "a", device);
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");

    /* Judged on delivery for a client that the broker makes up on its stack, of an id and a name. */
    raw_publish(client, "dev/a/up", "retained", 0, true);
    raw_expect_silence(client);
    raw_subscribe(watcher, "dev/#", 0);
    raw_expect_publish(watcher, "dev/a/up", "retained");
    raw_disconnect(client);
    broker_settle(broker);
    raw_subscribe(watcher, "dev/+/up", 0);
    raw_expect_publish(watcher, "dev/a/up", "retained");
}

/* Ids as rules and wildcards are written. */

static void test_ids_that_look_like_wildcards(struct env *env)
{
    const char *const ids[] = {"+", "#", "+/#", "a/b", "/", "a/+", "\x01"};
    struct broker *broker = start(env, "", "");
    struct raw_client *sender = suite_login(broker, 5, "sender", "\"sender\"");

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct raw_client *client = raw_connect(broker, .protocol = 5, .client_id = ids[i], .username = "any",
                                                .password = site_token(env, "a"));
        struct packet_in in = raw_receive(client);
        if (in.type != CONNACK || in.reason != 0) {
            continue; /* some brokers refuse some of these, and that is well */
        }
        const char *const filters[] = {"dev/+/down/#", "dev/#", "#", "dev/a/down/#", "dev/a/b/down/#"};
        for (size_t j = 0; j < sizeof(filters) / sizeof(filters[0]); j++) {
            assert_int_equal(raw_subscribe(client, filters[j], 0), 0x87);
        }
        assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), 0x87);
        assert_int_equal(raw_publish_acked(client, "dev/a/b/up", "x"), 0x87);
        raw_publish_acked(sender, "dev/a/down/x", "x");
        raw_expect_silence(client);
        raw_disconnect(client);
    }
    broker_expect_log(broker, "bednet: acl: deny subscribe client=\"+\"", "reason=unusable_value");
}

static void test_ids_that_look_like_placeholders(struct env *env)
{
    const char *const ids[] = {"%c", "%u", "${client_id}", "$share", "$SYS", "%n%s", "${claim.site}"};
    struct broker *broker = start(env, "", "");

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct raw_client *client = suite_login(broker, 5, ids[i], device);
        /* Each is a name like any other: good for itself and for nothing else. */
        assert_int_equal(raw_publish_acked(client, env_format(env, "dev/%s/up", ids[i]), "x"),
                         NOBODY_LISTENS);
        assert_int_equal(raw_subscribe(client, env_format(env, "dev/%s/down/#", ids[i]), 0), 0);
        assert_int_equal(raw_publish_acked(client, "dev/any/up", "x"), 0x87);
        assert_int_equal(raw_publish_acked(client, "dev/north/up", "x"), 0x87);
        assert_int_equal(raw_subscribe(client, "dev/+/down/#", 0), 0x87);
    }
}

static void test_odd_ids_do_not_break_the_log(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *client =
        raw_connect(broker, .protocol = 5, .username = "any",
                    .client_id = "a\" reason=none\\ %n\xe2\x80\xae", /* and one that turns text around */
                    .password = site_token(env, "a"));

    raw_expect_reason(client, CONNACK, 0);
    assert_int_equal(raw_publish_acked(client, "dev/b/up", "x"), 0x87);
    const char *line = broker_expect_log(broker, "bednet: acl: deny publish client=\"", "topic=\"dev/b/up\"");
    assert_non_null(strstr(line, " client=\"a\\\" reason=none\\\\ %n"));
    assert_null(strstr(line, "\xe2\x80\xae"));
    assert_non_null(strstr(line, " reason=no_rule"));
}

static void test_anonymous_clients_have_no_identity(struct env *env)
{
    struct broker *broker = start(env, "", "allow_anonymous true\n");
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "a");

    /* The broker lets it in, for nobody objects; no role is its own. */
    assert_int_equal(raw_publish_acked(client, "dev/a/up", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "people", "x"), 0x87);
    assert_int_equal(raw_subscribe(client, "dev/a/down/#", 0), 0x87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_two_reloads_leave_everything_in_force),
        BROKER_TEST(test_reload_leaves_the_acl_file_to_others),
        BROKER_TEST(test_reload_keeps_token_clients_online),
        BROKER_TEST(test_reload_keeps_clients_whose_token_expired),
        BROKER_TEST(test_reload_keeps_clients_of_withdrawn_keys),
        BROKER_TEST(test_reload_after_a_restart_keeps_restored_sessions),
        BROKER_TEST(test_will_judged_by_the_identity),
        BROKER_TEST(test_forbidden_will_is_dropped),
        BROKER_TEST(test_delayed_will_judged_by_the_identity),
        BROKER_TEST(test_will_of_a_session_taken_over),
        BROKER_TEST(test_takeover_keeps_the_new_identity),
        BROKER_TEST(test_takeover_by_somebody_else_brings_other_rights),
        BROKER_TEST(test_failed_logins_do_not_touch_the_victim),
        BROKER_TEST(test_connections_that_never_log_in),
        BROKER_TEST(test_denied_deliveries_leave_the_publisher_alone),
        BROKER_TEST(test_http_api_is_refused),
        BROKER_TEST(test_probes_without_opinion_change_nothing),
        BROKER_TEST(test_probe_in_front_that_defers),
        BROKER_TEST(test_denied_deliveries_do_not_starve_the_subscriber),
        BROKER_TEST(test_rights_do_not_outlive_an_expired_session),
        BROKER_TEST(test_same_names_by_another_method_have_other_rights),
        BROKER_TEST(test_queued_messages_judged_by_the_identity),
        BROKER_TEST(test_queued_messages_are_not_another_user_s),
        BROKER_TEST(test_denied_messages_are_not_queued),
        BROKER_TEST(test_restored_sessions_without_identity_receive_nothing),
        BROKER_TEST(test_retained_messages_with_their_source_checked),
        BROKER_TEST(test_ids_that_look_like_wildcards),
        BROKER_TEST(test_ids_that_look_like_placeholders),
        BROKER_TEST(test_odd_ids_do_not_break_the_log),
        BROKER_TEST(test_anonymous_clients_have_no_identity),
    };
    return ENV_MAIN("traps_suite", tests);
}
