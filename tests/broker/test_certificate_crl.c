/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of revoked certificates: who is on one gets in no more and is sent away, soon after the file changed
 * and without SIGHUP; lists that are old, missing or bad; and nobody waits while a long one is read.
 */
#include "harness/launch.h"
#include "harness/stage.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Between two deliveries there must never be as much as this, however long a list is. */
#define GAP_MOST_MS 1000
#define PACE_MS     5
#define PAUSE_MS    20 /* between two looks at the metrics */
/* A sanitizer makes hard work of it, for a thread that gives way to everybody. */
#define LONG_LIST (sizeof(BEDNET_SANITIZER_LIBRARY) > 1 ? 20000 : 200000)

static const char good[] = "mosquitto_crl_loads_succeeded_total",
                  failed[] = "mosquitto_crl_loads_failed_total";

/* `crl` goes into that mapping, `more` into the section, two blanks in front. */
static const char *policy_with(struct env *env, const char *crl, const char *more)
{
    return env_format(env,
                      "certificate:\n"
                      "  authorities: {devices: pki/device-ca.crt, services: pki/service-ca.crt}\n"
                      "  accept:\n"
                      "    - {issuer: devices, roles: [device]}\n"
                      "    - {issuer: services, roles: [device]}\n"
                      "  crl: {%s}\n%s"
                      "roles:\n"
                      "  device: {allow: {publish: [up], subscribe: [up]}}\n",
                      crl, more);
}

static const struct stage *start(struct env *env, const char *crl, const char *more)
{
    pki_folder(env);
    return stage_start(env, .policy = policy_with(env, crl, more));
}

#define FOLDER "folders: [pki/crls]"

static void expect_alive(struct raw_client *client)
{
    assert_int_equal(raw_publish_acked(client, "up", "x"), NOBODY_LISTENS);
}

static void expect_end(struct raw_client *client, int protocol)
{
    if (protocol == 5) {
        raw_expect_reason(client, DISCONNECT, 0x98);
    }
    raw_expect(client, 0);
    raw_drop(client);
}

/* How often lists were read so far, rightly or not; and waits until it was done once more. */
static int loads(const struct stage *stage, const char *series)
{
    return (int)stage_metric(stage, series);
}

static void await_load(const struct stage *stage, const char *series, int before)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (loads(stage, series) == before) {
        if (env_left_ms(deadline) == 0) {
            env_fail("%s stays %d", series, before);
        }
        poll(NULL, 0, PAUSE_MS);
    }
}

/* A list of the devices' authority takes the place of the last one, and is in force. `others` tells it apart.
 */
static void put_list(const struct stage *stage, const struct tls_identity *revoked, size_t others)
{
    const struct tls_identity *const entries[] = {revoked, NULL};

    issue_list(stage->env, .path = "crls/device-ca.crl", .revoked = entries, .others = others);
    await_metric(stage->env, stage->metrics_port, "mosquitto_crl_entries", (int)others + (revoked ? 1 : 0));
}

static void test_documented_revocation(struct env *env)
{
    const struct stage *stage = start(env, FOLDER, "");
    const struct tls_identity *revoked = pki_identity(env, "sensor-2"),
                              *other = pki_identity(env, "sensor-1");
    struct raw_client *clients[STAGE_WAYS][3], *unharmed[STAGE_WAYS];

    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            clients[way][protocol - 3] =
                stage_login(stage, way, protocol, env_format(env, "%d-%d", way, protocol), revoked);
        }
        unharmed[way] = stage_login(stage, way, 5, env_format(env, "unharmed-%d", way), other);
    }
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_lists"), 2);
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_entries"), 0);
    pki_run(env, "Revoking a device");
    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            expect_end(clients[way][protocol - 3], protocol);
        }
    }
    stage_refuses(stage, NULL, revoked, "revoked", stage_place(stage, "crl:"));
    for (int way = 0; way < STAGE_WAYS; way++) {
        expect_alive(unharmed[way]);
        expect_alive(stage_login(stage, way, 5, "fresh", other));
    }
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_lists"), 2);
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_entries"), 1);
    double next = stage_metric(stage, "mosquitto_crl_next_update_timestamp_seconds");
    double oldest = stage_metric(stage, "mosquitto_crl_oldest_update_timestamp_seconds");
    assert_int_equal((int)((next - oldest) / 3600), 7 * 24);
}

static void test_sessions_end_on_reload(struct env *env)
{
    const struct stage *stage = start(env, FOLDER, "");
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", pki_identity(env, "sensor-2"));
    struct raw_client *other = stage_login(stage, STAGE_TLS, 5, "b", pki_identity(env, "sensor-1"));
    int before = loads(stage, good);

    pki_run(env, "Revoking a device");
    broker_reload(stage->broker);
    expect_end(client, 5);
    await_load(stage, good, before);
    stage_refuses(stage, NULL, pki_identity(env, "sensor-2"), "revoked", NULL);
    for (int round = 0; round < 2; round++) {
        before = loads(stage, good);
        broker_reload(stage->broker);
        await_load(stage, good, before);
        expect_alive(other);
    }
}

static void test_revoked_at_the_start_and_taken_back(struct env *env)
{
    const struct tls_identity *on_hold = issue(env, .name = "on-hold", .cn = "a");
    const struct tls_identity *const entries[] = {on_hold, NULL};

    issue_list(env, .path = "crls/device-ca.crl", .revoked = entries);
    const struct stage *stage = start(env, FOLDER, "");
    stage_refuses(stage, NULL, on_hold, "revoked", NULL);
    put_list(stage, NULL, 3);
    expect_alive(stage_login(stage, STAGE_TLS, 5, "a", on_hold));
    put_list(stage, on_hold, 4);
    stage_refuses(stage, NULL, on_hold, "revoked", NULL);
}

/* The number counts with its authority only. */
static void test_number_of_another_authority(struct env *env)
{
    const struct tls_identity *revoked = issue(env, .name = "revoked", .cn = "a");
    const struct tls_identity *const entries[] = {revoked, NULL};

    issue_list(env, .path = "crls/service-ca.crl", .by = "service-ca", .revoked = entries);
    const struct stage *stage = start(env, FOLDER, "");
    expect_alive(stage_login(stage, STAGE_TLS, 5, "a", revoked));
    issue_list(env, .path = "crls/device-ca.crl", .revoked = entries);
    await_metric(env, stage->metrics_port, "mosquitto_crl_entries", 2);
    stage_refuses(stage, NULL, revoked, "revoked", NULL);
}

static void test_forms_of_files(struct env *env)
{
    const struct tls_identity *device = issue(env, .name = "device", .cn = "a");
    const struct tls_identity *service = issue(env, .name = "service", .by = "service-ca", .cn = "s");
    const struct tls_identity *const devices[] = {device, NULL}, *const services[] = {service, NULL};

    /* DER; two lists in one file of PEM; beside a folder; what begins with a dot is none. */
    issue_list(env, .path = "one.der", .revoked = devices, .der = true);
    issue_list(env, .path = "crls/service-ca.crl", .by = "service-ca", .revoked = services);
    issue_list(env, .path = "crls/device-ca.crl");
    env_write(env, "pki/crls/.half-a-list", "-----BEGIN X509 CRL-----\nMIIB");
    const char *both = env_format(env, "%s%s", env_read(env, pki_file(env, "crls/service-ca.crl")),
                                  env_read(env, pki_file(env, "crls/device-ca.crl")));
    const struct stage *stage = start(env, "files: [pki/one.der], missing: allow", "");
    stage_refuses(stage, NULL, device, "revoked", NULL);
    expect_alive(stage_login(stage, STAGE_TLS, 5, "s", service));

    env_write(env, "pki/both.pem", both);
    int before = loads(stage, good);
    stage_reload(stage, policy_with(env, "files: [pki/both.pem]", ""));
    await_load(stage, good, before);
    stage_refuses(stage, NULL, service, "revoked", NULL);
    /* The session that is there now is of one whom only the list before spoke of. */
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", device);
    before = loads(stage, good);
    assert_int_equal(unlink(pki_file(env, "crls/device-ca.crl")), 0);
    stage_reload(stage, policy_with(env, "files: [pki/one.der], " FOLDER, ""));
    expect_end(client, 5);
    stage_refuses(stage, NULL, device, "revoked", NULL);
    stage_refuses(stage, NULL, service, "revoked", NULL);
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_lists"), 2);
}

static void test_newest_list_counts(struct env *env)
{
    const struct tls_identity *device = issue(env, .name = "device", .cn = "a");
    const struct tls_identity *const entries[] = {device, NULL};

    issue_list(env, .path = "crls/a.crl", .revoked = entries, .from_s = -500, .until_s = 5000);
    issue_list(env, .path = "crls/device-ca.crl", .from_s = -100, .until_s = 5000);
    issue_list(env, .path = "crls/z.crl", .revoked = entries, .from_s = -900, .until_s = 5000);
    const struct stage *stage = start(env, FOLDER, "");
    expect_alive(stage_login(stage, STAGE_TLS, 5, "a", device));
    issue_list(env, .path = "crls/a.crl", .revoked = entries, .from_s = -50, .until_s = 5000);
    await_metric(env, stage->metrics_port, "mosquitto_crl_entries", 1);
    stage_refuses(stage, NULL, device, "revoked", NULL);
}

static void test_stale_lists(struct env *env)
{
    const struct tls_identity *device = pki_identity(env, "sensor-1"), *bad = pki_identity(env, "sensor-2");
    const struct tls_identity *const entries[] = {bad, NULL};
    static const struct {
        const char *stale;
        bool accepted;
    } cases[] = {
        {"", false},
        {", stale: deny", false},
        {", stale: warn", true},
        {", stale: {grace: 1h}", true},
        {", stale: {grace: 30s}", false},
    };

    issue_list(env, .path = "crls/device-ca.crl", .revoked = entries, .from_s = -600, .until_s = -60);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct stage *stage = start(env, env_format(env, FOLDER "%s", cases[i].stale), "");
        /* Out of date or not, who is on it is on it; and another authority's list is another matter. */
        stage_refuses(stage, NULL, bad, "revoked", NULL);
        expect_alive(stage_login(stage, STAGE_TLS, 5, "s", pki_identity(env, "historian")));
        if (cases[i].accepted) {
            expect_alive(stage_login(stage, STAGE_TLS, 5, "a", device));
            expect_alive(stage_login(stage, STAGE_WEB, 5, "b", device));
        } else {
            stage_refuses(stage, NULL, device, "crl_unavailable", stage_place(stage, "crl:"));
            put_list(stage, NULL, i + 2);
            expect_alive(stage_login(stage, STAGE_TLS, 5, "a", device));
            issue_list(env, .path = "crls/device-ca.crl", .revoked = entries, .from_s = -600, .until_s = -60);
        }
        broker_stop(stage->broker);
    }
}

/* A list that runs out keeps newcomers out and leaves those alone who are in. */
static void test_list_that_runs_out(struct env *env)
{
    const struct tls_identity *device = pki_identity(env, "sensor-1");
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    unsigned code = 0;

    const struct stage *stage = start(env, FOLDER, "");
    struct raw_client *living = stage_login(stage, STAGE_TLS, 5, "living", device);
    issue_list(env, .path = "crls/device-ca.crl", .from_s = -600, .until_s = 4);
    while (code == 0 && env_left_ms(deadline) > 0) {
        struct raw_client *client =
            raw_connect_port(stage->broker, stage->port, .protocol = 5, .client_id = "a", .tls = device);
        code = raw_expect(client, CONNACK).reason;
        raw_drop(client);
    }
    assert_int_equal(code, 0x87);
    stage_refuses(stage, NULL, device, "crl_unavailable", NULL);
    expect_alive(living);
    int before = loads(stage, good);
    broker_reload(stage->broker);
    await_load(stage, good, before);
    expect_alive(living);
    put_list(stage, NULL, 2);
    expect_alive(stage_login(stage, STAGE_TLS, 5, "b", device));
}

static void test_missing_lists(struct env *env)
{
    const struct tls_identity *device = pki_identity(env, "sensor-1");

    assert_int_equal(unlink(pki_file(env, "crls/device-ca.crl")), 0);
    const struct stage *stage = start(env, FOLDER, "");
    stage_refuses(stage, NULL, device, "crl_unavailable", NULL);
    expect_alive(stage_login(stage, STAGE_TLS, 5, "s", pki_identity(env, "historian")));
    stage_reload(stage, policy_with(env, FOLDER ", missing: allow", ""));
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", device);
    expect_alive(client);
    /* A folder without any list is one, and so is one whose last list was taken out. */
    int before = loads(stage, good);
    assert_int_equal(unlink(pki_file(env, "crls/service-ca.crl")), 0);
    await_load(stage, good, before);
    expect_alive(client);
    stage_reload(stage, policy_with(env, FOLDER, ""));
    stage_refuses(stage, NULL, pki_identity(env, "historian"), "crl_unavailable", NULL);
    expect_alive(client);
}

/* What is put beside the good lists, or in the place of one. */
static void test_bad_lists_leave_the_old_ones(struct env *env)
{
    const struct tls_identity *bad = issue(env, .name = "bad", .cn = "bad"),
                              *device = pki_identity(env, "sensor-1");
    const struct tls_identity *const entries[] = {bad, NULL};
    const char *const texts[] = {
        "",
        "garbage\n",
        "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n",
        "-----BEGIN X509 CRL-----\n",
        env_read(env, pki_file(env, "device-ca.crt")),
        env_format(env, "%sgarbage",
                   env_format(env, "%.200s", env_read(env, pki_file(env, "crls/device-ca.crl")))),
    };

    issue_list(env, .path = "crls/device-ca.crl", .revoked = entries);
    const struct stage *stage = start(env, FOLDER, "");
    struct raw_client *living = stage_login(stage, STAGE_TLS, 5, "living", device);
    for (size_t i = 0; i < COUNT(texts) + 1; i++) {
        int before = loads(stage, failed);
        broker_mark(stage->broker);
        if (i < COUNT(texts)) {
            env_write(env, "pki/new", texts[i]);
            assert_int_equal(rename(pki_file(env, "new"), pki_file(env, "crls/device-ca.crl")), 0);
        } else { /* by a key that is not the authority's */
            issue_list(env, .path = "crls/device-ca.crl", .signer = "service-ca");
        }
        await_load(stage, failed, before);
        broker_expect_log(stage->broker, "bednet: cert: ", "device-ca.crl");
        stage_refuses(stage, NULL, bad, "revoked", NULL);
        expect_alive(stage_login(stage, STAGE_TLS, 5, "a", device));
        expect_alive(living);
        before = loads(stage, failed);
        broker_reload(stage->broker);
        await_load(stage, failed, before);
        stage_refuses(stage, NULL, bad, "revoked", NULL);
    }
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_entries"), 1);
    put_list(stage, NULL, 7);
    expect_alive(stage_login(stage, STAGE_TLS, 5, "b", bad));
}

/* In a folder; a list that the policy names itself must be of one of its authorities. */
static void test_lists_of_others_are_left_out(struct env *env)
{
    const struct stage *stage = start(env, FOLDER, "");
    struct raw_client *living = stage_login(stage, STAGE_TLS, 5, "living", pki_identity(env, "sensor-1"));
    int before = loads(stage, good);

    broker_mark(stage->broker);
    issue_list(env, .path = "crls/root.crl", .by = "root-ca", .others = 5);
    await_load(stage, good, before);
    broker_expect_log(stage->broker, "bednet: cert: ", "root.crl", "left out");
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_lists"), 2);
    assert_int_equal((int)stage_metric(stage, "mosquitto_crl_entries"), 0);
    expect_alive(living);
    put_list(stage, pki_identity(env, "sensor-2"), 0);
    stage_refuses(stage, NULL, pki_identity(env, "sensor-2"), "revoked", NULL);
}

/* A session with a will, over its end; and one that shows whether the will came. */
static void end_with_will(const struct stage *stage, bool sent)
{
    struct env *env = stage->env;
    struct raw_client *watcher = stage_login(stage, STAGE_TLS, 5, "watcher", pki_identity(env, "sensor-1"));

    raw_subscribe(watcher, "up", 0);
    for (int protocol = 3; protocol <= 5; protocol++) {
        bool web = protocol == 4;
        const struct tls_identity *doomed = issue(env, .name = "doomed", .cn = "doomed");
        struct raw_client *client = raw_login_port(
            stage->broker, web ? stage->web_port : stage->port, .protocol = protocol, .client_id = "doomed",
            .tls = doomed, .websocket = web, .will_topic = "up", .will_payload = "gone");
        const struct tls_identity *const entries[] = {doomed, NULL};
        issue_list(env, .path = "crls/device-ca.crl", .revoked = entries, .others = (size_t)protocol);
        expect_end(client, protocol);
        if (sent) {
            raw_expect_publish(watcher, "up", "gone");
        }
        broker_settle(stage->broker);
        raw_expect_silence(watcher);
    }
}

static void test_will_is_sent(struct env *env)
{
    end_with_will(start(env, FOLDER, ""), true);
}

static void test_will_is_dropped(struct env *env)
{
    end_with_will(start(env, FOLDER, "  on_expiry: {action: disconnect, will: drop}\n"), false);
}

/* `keep` speaks of the end of a certificate, not of one that was revoked. */
static void test_kept_sessions_are_revoked(struct env *env)
{
    const struct stage *stage = start(env, FOLDER, "  on_expiry: keep\n");
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", pki_identity(env, "sensor-2"));

    pki_run(env, "Revoking a device");
    expect_end(client, 5);
}

static void test_revoked_sessions_get_nothing_more(struct env *env)
{
    const struct stage *stage = start(env, FOLDER, "");
    const struct tls_identity *revoked = pki_identity(env, "sensor-2");
    struct raw_client *sender = stage_login(stage, STAGE_TLS, 5, "sender", pki_identity(env, "sensor-1"));
    struct raw_client *client = raw_login_port(stage->broker, stage->port, .protocol = 5, .client_id = "a",
                                               .tls = revoked, .session_expiry = 3600);

    assert_int_equal(raw_subscribe(client, "up", 1), 1);
    pki_run(env, "Revoking a device");
    expect_end(client, 5);
    raw_publish_acked(sender, "up", "secret");
    /* Somebody else who takes the session over under that id is who he is: nothing was kept for him. */
    client = raw_connect_port(stage->broker, stage->port, .protocol = 5, .client_id = "a", .tls = revoked,
                              .session_expiry = 3600, .resume = true);
    raw_expect_reason(client, CONNACK, 0x87);
    raw_expect_end(client);
}

static void test_observe_ends_nothing(struct env *env)
{
    const struct tls_identity *revoked = pki_identity(env, "sensor-2");
    const struct stage *stage = stage_start(env, .policy = policy_with(env, FOLDER, "  mode: observe\n"),
                                            .after = "allow_anonymous true\n");
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", revoked);
    int before = loads(stage, good);

    pki_run(env, "Revoking a device");
    await_load(stage, good, before);
    broker_settle(stage->broker);
    broker_settle(stage->broker);
    expect_alive(client);
    stage_login(stage, STAGE_TLS, 5, "b", revoked);
    broker_expect_log(stage->broker, "bednet: cert: would deny login client=\"b\"", "reason=revoked");
}

/* Two devices, one telling the other that it is still there. */
struct heartbeat {
    struct raw_client *sender, *taker;
    int64_t last_ms, longest_ms;
};

static void beat(struct heartbeat *heartbeat)
{
    poll(NULL, 0, PACE_MS); /* as devices do, now and then */
    raw_publish(heartbeat->sender, "up", "x", 0, false);
    raw_expect_publish(heartbeat->taker, "up", "x");
    int64_t now_ms = env_now_ms();
    if (heartbeat->last_ms && now_ms - heartbeat->last_ms > heartbeat->longest_ms) {
        heartbeat->longest_ms = now_ms - heartbeat->last_ms;
    }
    heartbeat->last_ms = now_ms;
}

/* Beats until so many entries are in force. */
static void beat_until(const struct stage *stage, struct heartbeat *heartbeat, int entries)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    heartbeat->last_ms = 0; /* what the test itself did meanwhile is no gap of the broker's */
    for (int beats = 1;; beats++) {
        beat(heartbeat);
        if (beats % 20 == 0) {
            int64_t pause_ms = env_now_ms();
            if ((int)stage_metric(stage, "mosquitto_crl_entries") == entries) {
                return;
            }
            heartbeat->last_ms += env_now_ms() - pause_ms;
        }
        if (env_left_ms(deadline) == 0) {
            env_fail("the list does not come into force");
        }
    }
}

static void test_nobody_waits_for_a_long_list(struct env *env)
{
    const struct stage *stage = start(env, FOLDER, "");
    const struct tls_identity *doomed = pki_identity(env, "sensor-2");
    const struct tls_identity *const entries[] = {doomed, NULL};
    struct heartbeat heartbeat = {
        .sender = stage_login(stage, STAGE_TLS, 5, "sender", pki_identity(env, "sensor-1")),
        .taker = stage_login(stage, STAGE_WEB, 5, "taker", pki_identity(env, "gateway-1")),
    };
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "doomed", doomed);

    raw_subscribe(heartbeat.taker, "up", 0);
    issue_list(env, .path = "long.crl", .revoked = entries, .others = LONG_LIST);
    issue_list(env, .path = "longer.crl", .revoked = entries, .others = LONG_LIST + 1, .der = true);
    assert_int_equal(rename(pki_file(env, "long.crl"), pki_file(env, "crls/device-ca.crl")), 0);
    beat_until(stage, &heartbeat, LONG_LIST + 1);
    expect_end(client, 5);
    assert_int_equal(rename(pki_file(env, "longer.crl"), pki_file(env, "crls/device-ca.crl")), 0);
    beat_until(stage, &heartbeat, LONG_LIST + 2);
    /* SIGHUP has them read again, by the same thread. */
    int before = loads(stage, good);
    broker_reload(stage->broker);
    heartbeat.last_ms = 0;
    while (loads(stage, good) == before) {
        int64_t pause_ms = env_now_ms();
        heartbeat.last_ms = pause_ms;
        beat(&heartbeat);
    }
    printf("[ gap      ] at most %lld ms\n", (long long)heartbeat.longest_ms);
    assert_true(heartbeat.longest_ms < GAP_MOST_MS);
    stage_refuses(stage, NULL, doomed, "revoked", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_documented_revocation),
        BROKER_TEST(test_sessions_end_on_reload),
        BROKER_TEST(test_revoked_at_the_start_and_taken_back),
        BROKER_TEST(test_number_of_another_authority),
        BROKER_TEST(test_forms_of_files),
        BROKER_TEST(test_newest_list_counts),
        BROKER_TEST(test_stale_lists),
        BROKER_TEST(test_list_that_runs_out),
        BROKER_TEST(test_missing_lists),
        BROKER_TEST(test_bad_lists_leave_the_old_ones),
        BROKER_TEST(test_lists_of_others_are_left_out),
        BROKER_TEST(test_will_is_sent),
        BROKER_TEST(test_will_is_dropped),
        BROKER_TEST(test_kept_sessions_are_revoked),
        BROKER_TEST(test_revoked_sessions_get_nothing_more),
        BROKER_TEST(test_observe_ends_nothing),
        BROKER_TEST(test_nobody_waits_for_a_long_list),
    };
    return ENV_MAIN("certificate_crl", tests);
}
