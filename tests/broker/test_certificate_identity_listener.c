/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listeners on which Mosquitto names clients by their certificate and asks no plugin who they are: rules,
 * roles, revocation and expiry hold all the same, from the first event there is. 2.1 tells of a client as
 * soon as it is in; with 2.0 the first that is heard of it is what it does.
 */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/stage.h"
#include <string.h>

#define SLACK_S 15

/* `entry` goes into the entry of `accept`, six blanks in front, `more` into the section, two in front. */
static const char *policy_with(struct env *env, const char *entry, const char *more)
{
    return env_format(
        env,
        "certificate:\n"
        "  authorities: {devices: pki/device-ca.crt, services: pki/service-ca.crt}\n"
        "  accept:\n"
        "    - issuer: devices\n"
        "      roles: [device, \"${cert.ou}\"]\n%s%s"
        "roles:\n"
        "  device: {allow: {publish: [up, \"by/${username}\"], subscribe: [up]}}\n"
        "  gateways: {allow: {publish: [gate]}}\n"
        "  named: {members: {usernames: [historian]}, allow: {publish: [named], subscribe: [named]}}\n",
        entry, more);
}

static const struct stage *start_with(struct env *env, const char *entry, const char *more)
{
    pki_folder(env);
    return stage_start(env, .policy = policy_with(env, entry, more),
                       .listener = "use_identity_as_username true\n");
}

static const struct stage *start(struct env *env)
{
    return start_with(env, "", "");
}

static void expect_end(struct raw_client *client, int protocol)
{
    if (protocol == 5) {
        raw_expect_reason(client, DISCONNECT, 0x98);
    }
    raw_expect(client, 0);
    raw_drop(client);
}

/* Whatever it tries gets it nowhere but out. CONNACK has said welcome by then. */
static void expect_refused(const struct stage *stage, enum stage_way way, const char *id,
                           const struct tls_identity *identity, const char *reason)
{
    struct env *env = stage->env;
    struct raw_client *watcher = stage_login(stage, STAGE_TLS, 5, "watcher", pki_identity(env, "sensor-1"));

    raw_subscribe(watcher, "up", 0);
    for (int protocol = 3; protocol <= 5; protocol++) {
        broker_mark(stage->broker);
        struct raw_client *client = stage_login(stage, way, protocol, id, identity);
        raw_publish(client, "up", "from nobody", 1, false);
        struct packet_in in = raw_receive(client);
        if (in.type == PUBACK) { /* before MQTT 5 a denial has no code */
            assert_int_equal(in.reason, raw_refused_publish(client));
            in = raw_receive(client);
        }
        assert_int_equal(in.type, protocol == 5 ? DISCONNECT : 0);
        broker_expect_log(stage->broker, "bednet: cert: deny login", env_format(env, "client=\"%s\"", id),
                          env_format(env, "reason=%s", reason));
        raw_drop(client);
        raw_expect_silence(watcher);
    }
}

static void test_accepted(struct env *env)
{
    const struct stage *stage = start(env);

    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            broker_mark(stage->broker);
            struct raw_client *client = stage_login(stage, way, protocol, "a", pki_identity(env, "sensor-1"));
            stage_expect_username(stage, "a", "sensor-1");
            assert_int_equal(raw_subscribe(client, "up", 0), 0);
            raw_publish(client, "by/another", "x", 0, false);
            raw_publish(client, "up", "x", 0, false);
            raw_expect_publish(client, "up", "x");
        }
        STAGE_RIGHTS(stage_login(stage, way, 5, "b", pki_identity(env, "gateway-1")), "gate", "by/gateway-1",
                     "up", "by/sensor-1!", "named!");
        STAGE_RIGHTS(stage_login(stage, way, 5, "c", pki_identity(env, "sensor-1")), "up", "gate!");
    }
    await_metric(env, stage->metrics_port, "mosquitto_auth_requests_total{method=\"cert\",result=\"allow\"}",
                 10);
}

static void test_names_and_passwords_do_not_count(struct env *env)
{
    const struct stage *stage =
        stage_start(env, .policy = policy_with(env, "", ""), .listener = "use_identity_as_username true\n",
                    .after = suite_password_line(env));
    struct raw_client *client =
        raw_login_port(stage->broker, stage->port, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                       .password = SUITE_PASSWORD, .tls = pki_identity(env, "sensor-1"));

    stage_expect_username(stage, "a", "sensor-1");
    STAGE_RIGHTS(client, "by/sensor-1", "by/" SUITE_USER "!");
}

static void test_refused(struct env *env)
{
    const struct stage *stage = start(env);

    for (int way = 0; way < STAGE_WAYS; way++) {
        expect_refused(stage, way, env_format(env, "h%d", way), pki_identity(env, "historian"),
                       "certificate_rule");
    }
    /* Nor has the user name that Mosquitto gave it any right of its own, in whatever order it asks. */
    for (int i = 0; i < 3; i++) {
        struct raw_client *client =
            stage_login(stage, STAGE_TLS, 5, env_format(env, "n%d", i), pki_identity(env, "historian"));
        if (i == 0) {
            raw_publish(client, "named", "x", 1, false);
        } else if (i == 1) {
            struct packet_out packet;
            packet_begin(&packet, env);
            packet_put_u16(&packet, 1);
            packet_put_varint(&packet, 0);
            packet_put_text(&packet, "named");
            packet_put_u8(&packet, 0);
            packet_frame(&packet, SUBSCRIBE << 4 | 2);
            raw_send_packet(client, &packet);
        } else {
            raw_publish(client, "named", "x", 0, true);
        }
        struct packet_in in = raw_receive(client);
        if (in.type == PUBACK || in.type == SUBACK) {
            assert_int_equal(in.reason, 0x87);
            in = raw_receive(client);
        }
        assert_int_equal(in.type, DISCONNECT);
        assert_int_equal(in.reason, 0x98);
    }
}

/* What a client of 2.0 does that never does anything. */
static void test_refused_and_silent(struct env *env)
{
    const struct stage *stage = start(env);
    struct raw_client *watcher = stage_login(stage, STAGE_TLS, 5, "watcher", pki_identity(env, "sensor-1"));

    raw_subscribe(watcher, "up", 0);
    for (int protocol = 3; protocol <= 5; protocol++) {
        broker_mark(stage->broker);
        struct raw_client *client =
            raw_login_port(stage->broker, stage->port, .protocol = protocol,
                           .client_id = env_format(env, "silent-%d", protocol),
                           .tls = pki_identity(env, "historian"), .will_topic = "up", .will_payload = "gone");
        if (launch_is_modern()) {
            expect_end(client, protocol);
        } else {
            broker_settle(stage->broker);
            raw_expect_silence(client);
            raw_drop(client);
        }
        broker_expect_log(stage->broker, env_format(env, "silent-%d", protocol), "reason=certificate_rule");
        broker_settle(stage->broker);
        raw_expect_silence(watcher);
    }
}

static void test_bound_client_ids(struct env *env)
{
    const struct stage *stage = start_with(env, "      client_id: ${cert.cn}\n", "");
    const struct tls_identity *mine = pki_identity(env, "sensor-2");

    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "sensor-2", mine), "by/sensor-2");
    struct raw_client *impostor = stage_login(stage, STAGE_TLS, 5, "sensor-9", mine);
    raw_publish(impostor, "up", "x", 1, false);
    struct packet_in in = raw_receive(impostor);
    if (in.type == PUBACK) {
        assert_int_equal(in.reason, 0x87);
        in = raw_receive(impostor);
    }
    assert_int_equal(in.type, DISCONNECT);
    broker_expect_log(stage->broker, "bednet: cert: deny login client=\"sensor-9\"", "reason=client_id");
}

static void test_requirements_and_lists(struct env *env)
{
    const struct tls_identity *named = pki_identity(env, "sensor-2");
    const struct stage *stage =
        start_with(env, "      lifetime: {max: 400d}\n",
                   env_format(env, "  deny: [{fingerprint: %s}]\n", issue_fingerprint(env, named)));

    expect_refused(stage, STAGE_TLS, "a", named, "certificate_list");
    expect_refused(stage, STAGE_TLS, "b",
                   issue(env, .name = "endless", .cn = "a", .from_s = -60, .until_s = 500L * 24 * 3600),
                   "lifetime");
}

static void test_revoked_while_connected(struct env *env)
{
    const struct stage *stage = start_with(env, "", "  crl: {folders: [pki/crls]}\n");
    const struct tls_identity *revoked = pki_identity(env, "sensor-2");
    struct raw_client *clients[STAGE_WAYS][3];
    struct raw_client *unharmed = stage_login(stage, STAGE_WEB, 5, "unharmed", pki_identity(env, "sensor-1"));
    struct raw_client *silent = stage_login(stage, STAGE_TLS, 5, "silent", revoked);

    STAGE_RIGHTS(unharmed, "up");
    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            struct raw_client *client =
                stage_login(stage, way, protocol, env_format(env, "%d-%d", way, protocol), revoked);
            raw_publish_acked(client, "up", "x");
            clients[way][protocol - 3] = client;
        }
    }
    pki_run(env, "Revoking a device");
    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            expect_end(clients[way][protocol - 3], protocol);
        }
    }
    /* Of one that has done nothing yet 2.0 knows nothing: it goes when it does something. */
    if (!launch_is_modern()) {
        raw_publish(silent, "up", "x", 0, false);
    }
    expect_end(silent, 5);
    expect_refused(stage, STAGE_TLS, "again", revoked, "revoked");
    STAGE_RIGHTS(unharmed, "up");
}

static void test_ends_with_its_certificate(struct env *env)
{
    const struct stage *stage = start(env);
    struct raw_client *clients[3];
    const struct tls_identity *brief =
        issue(env, .name = "brief", .cn = "brief", .from_s = -60, .until_s = 9);
    long long ends = clock_now() + 9;
    struct raw_client *unharmed = stage_login(stage, STAGE_TLS, 5, "unharmed", pki_identity(env, "sensor-1"));

    for (int protocol = 3; protocol <= 5; protocol++) {
        clients[protocol - 3] =
            stage_login(stage, STAGE_TLS, protocol, env_format(env, "p%d", protocol), brief);
        raw_publish_acked(clients[protocol - 3], "up", "x");
    }
    for (int protocol = 3; protocol <= 5; protocol++) {
        expect_end(clients[protocol - 3], protocol);
    }
    assert_true(clock_now() >= ends - 1); /* `ends` was looked at a moment after it was set */
    assert_true(clock_now() <= ends + SLACK_S);
    STAGE_RIGHTS(unharmed, "up");
}

static void test_reload_keeps_sessions(struct env *env)
{
    const struct stage *stage = start(env);
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", pki_identity(env, "sensor-1"));
    struct raw_client *silent = stage_login(stage, STAGE_TLS, 5, "b", pki_identity(env, "sensor-2"));

    STAGE_RIGHTS(client, "up");
    for (int round = 0; round < 3; round++) {
        stage_reload(stage, policy_with(env, "", ""));
        STAGE_RIGHTS(client, "up", "by/sensor-1", "by/sensor-2!");
    }
    STAGE_RIGHTS(silent, "up", "by/sensor-2", "by/sensor-1!");
}

/* The memory and the id of one that left are given to the next, who is judged for himself. */
static void test_successors_are_judged_anew(struct env *env)
{
    const struct stage *stage = start(env);

    for (int round = 0; round < 8; round++) {
        enum stage_way way = round % 4 == 3 ? STAGE_WEB : STAGE_TLS;
        struct raw_client *client = stage_login(stage, way, 5, "a", pki_identity(env, "sensor-1"));
        STAGE_RIGHTS(client, "up");
        if (round % 2) {
            raw_disconnect(client);
        }
        struct raw_client *next = stage_login(stage, way, 5, "a", pki_identity(env, "historian"));
        raw_publish(next, "up", "x", 1, false);
        struct packet_in in = raw_receive(next);
        if (in.type == PUBACK) {
            assert_int_equal(in.reason, 0x87);
            in = raw_receive(next);
        }
        assert_int_equal(in.type, DISCONNECT);
        raw_drop(next);
    }
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "a", pki_identity(env, "sensor-1")), "up");
}

/* Nobody is asked for a token there, so nobody has one. */
static void test_tokens_cannot_be_required(struct env *env)
{
    const struct stage *stage = stage_start(env, .policy = policy_with(env, "", "  token: required\n"),
                                            .jwt = "", .listener = "use_identity_as_username true\n");
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", pki_identity(env, "sensor-1"));

    raw_publish(client, "up", "x", 1, false);
    struct packet_in in = raw_receive(client);
    if (in.type == PUBACK) {
        assert_int_equal(in.reason, 0x87);
        in = raw_receive(client);
    }
    assert_int_equal(in.type, DISCONNECT);
    broker_expect_log(stage->broker, "bednet: cert: deny login client=\"a\"", "reason=no_token");
}

static void test_subjects_as_names(struct env *env)
{
    const struct stage *stage =
        stage_start(env, .policy = policy_with(env, "", ""), .listener = "use_subject_as_username true\n");
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", pki_identity(env, "sensor-1"));

    STAGE_RIGHTS(client, "up", "by/sensor-1!");
    stage_expect_username(stage, "a", "CN=sensor-1,OU=sensors,O=Acme");
    expect_refused(stage, STAGE_TLS, "h", pki_identity(env, "historian"), "certificate_rule");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_accepted),
        BROKER_TEST(test_names_and_passwords_do_not_count),
        BROKER_TEST(test_refused),
        BROKER_TEST(test_refused_and_silent),
        BROKER_TEST(test_bound_client_ids),
        BROKER_TEST(test_requirements_and_lists),
        BROKER_TEST(test_revoked_while_connected),
        BROKER_TEST(test_ends_with_its_certificate),
        BROKER_TEST(test_reload_keeps_sessions),
        BROKER_TEST(test_successors_are_judged_anew),
        BROKER_TEST(test_tokens_cannot_be_required),
        BROKER_TEST(test_subjects_as_names),
    };
    return ENV_MAIN("certificate_identity_listener", tests);
}
