/* SPDX-License-Identifier: Apache-2.0 */
/* Persistent sessions by certificate over a restart of the broker: their roles, their fields, revocation. */
#include "harness/launch.h"
#include "harness/stage.h"

static const char policy[] = "certificate:\n"
                             "  authorities: {devices: pki/device-ca.crt}\n"
                             "  accept:\n"
                             "    - {issuer: devices, roles: [device]}\n"
                             "  crl: {folders: [pki/crls]}\n"
                             "roles:\n"
                             "  device:\n"
                             "    allow:\n"
                             "      publish: [\"#\"]\n"
                             "      subscribe:\n"
                             "        - all\n"
                             "        - only/${cert.cn}\n"
                             "identities: {store: identities.db}\n";

#define AWAY(level, identity) .protocol = level, .tls = identity, .resume = true, .session_expiry = 3600

static void test_sessions_by_certificate(struct env *env)
{
    pki_folder(env);
    const struct stage *stage = stage_start(
        env, .policy = policy,
        .after = env_format(env, "persistence true\npersistence_location %s/\n", env_folder(env)));
    const struct tls_identity *good = pki_identity(env, "sensor-1"), *bad = pki_identity(env, "sensor-2");
    struct raw_client *client;

    for (int protocol = 4; protocol <= 5; protocol++) {
        client = raw_login_port(stage->broker, stage->port, AWAY(protocol, good),
                                .client_id = env_format(env, "good-%d", protocol));
        assert_int_equal(raw_subscribe(client, "all", 1), 1);
        assert_int_equal(raw_subscribe(client, "only/sensor-1", 1), 1);
        raw_disconnect(client);
    }
    client = raw_login_port(stage->broker, stage->port, AWAY(5, bad), .client_id = "bad");
    assert_int_equal(raw_subscribe(client, "all", 1), 1);
    raw_disconnect(client);
    broker_stop(stage->broker);
    pki_run(env, "Revoking a device");
    broker_resume(stage->broker);

    client = stage_login(stage, STAGE_TLS, 5, "sender", good);
    raw_publish_acked(client, "all", "to all");
    raw_publish_acked(client, "only/sensor-1", "to one");
    broker_expect_log(stage->broker, "bednet: acl: deny receive client=\"bad\"", "reason=session_ended");
    for (int protocol = 4; protocol <= 5; protocol++) {
        client = raw_login_port(stage->broker, stage->port, AWAY(protocol, good),
                                .client_id = env_format(env, "good-%d", protocol));
        raw_expect_publish(client, "all", "to all");
        raw_expect_publish(client, "only/sensor-1", "to one");
        raw_expect_silence(client);
    }
    stage_refuses(stage, NULL, bad, "revoked", stage_place(stage, "crl:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {BROKER_TEST(test_sessions_by_certificate)};
    return ENV_MAIN("store_certificate", tests);
}
