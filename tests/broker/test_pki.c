/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docs/pki.md says of Mosquitto itself, without Bednet: that the listener takes the certificates of that
 * PKI and no others, and what SIGHUP reads again.
 */
#include "harness/issue.h"
#include "harness/launch.h"
#include "harness/raw_client.h"
#include "harness/wire.h"
#include <stdio.h>
#include <unistd.h>

/* A bare broker with the listener of the document, on the port that is given. */
static struct broker *start(struct env *env, int *port, const char *more)
{
    *port = env_port();
    return broker_start(
        env, "allow_anonymous true\n",
        env_format(env, "listener %d %s\n%s%s", *port, env_host(), pki_listener_lines(env), more));
}

/* What the broker shows to somebody who connects. */
static const char *shown(struct broker *broker, int port)
{
    struct env *env = broker_env(broker);
    int fd = wire_connect(env_host(), port);
    struct tls_wire *wire = tls_open(fd, pki_identity(env, "sensor-1"));

    if (!wire) {
        env_fail("the broker does not shake hands");
    }
    const char *thumbprint = tls_peer_thumbprint(env, wire);
    tls_close(wire);
    close(fd);
    return thumbprint;
}

static void test_who_is_let_in(struct env *env)
{
    static const char *const members[] = {"sensor-1", "sensor-2", "gateway-1", "historian"};
    int port;
    struct broker *broker = start(env, &port, "");

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            raw_login_port(broker, port, .protocol = protocol, .client_id = "a",
                           .tls = pki_identity(env, members[i]));
        }
    }
    assert_false(raw_shakes_hands(broker, port, pki_nobody(env)));
    /* By no authority of ours; for servers only; not any more, and not yet. */
    struct tls_identity stranger = *tls_make(env, "stranger");
    stranger.ca_file = pki_file(env, "root-ca.crt");
    assert_false(raw_shakes_hands(broker, port, &stranger));
    assert_false(raw_shakes_hands(broker, port, pki_identity(env, "server")));
    assert_false(
        raw_shakes_hands(broker, port, issue(env, .name = "server-like", .cn = "a", .usage = "serverAuth")));
    assert_false(
        raw_shakes_hands(broker, port, issue(env, .name = "past", .cn = "a", .from_s = -60, .until_s = -5)));
    assert_false(
        raw_shakes_hands(broker, port, issue(env, .name = "future", .cn = "a", .from_s = 60, .until_s = 90)));
    assert_true(raw_shakes_hands(broker, port, issue(env, .name = "good", .cn = "a")));
}

static void test_server_certificate_changes_on_reload(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const char *before = tls_thumbprint(env, pki_identity(env, "server"));
    struct raw_client *living =
        raw_login_port(broker, port, .client_id = "living", .tls = pki_identity(env, "sensor-2"));

    assert_string_equal(shown(broker, port), before);
    pki_run(env, "Rotating the broker's certificate");
    const char *after = tls_thumbprint(env, pki_identity(env, "server"));
    assert_string_not_equal(after, before);
    assert_string_equal(shown(broker, port), before);
    broker_reload(broker);
    assert_string_equal(shown(broker, port), after);
    raw_expect_silence(living);
}

/* The document puts the key in first, for the order matters where SIGHUP comes in between. */
static void test_key_goes_first(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const char *before = tls_thumbprint(env, pki_identity(env, "server"));
    const char *old = pki_file(env, "old.crt");

    assert_int_equal(link(pki_file(env, "server.crt"), old), 0);
    pki_run(env, "Rotating the broker's certificate");
    const char *fresh = pki_file(env, "fresh.crt");
    assert_int_equal(rename(pki_file(env, "server.crt"), fresh), 0);
    assert_int_equal(rename(old, pki_file(env, "server.crt")), 0);
    broker_reload(broker);
    broker_expect_log(broker, "Error when reloading certificate");
    assert_string_equal(shown(broker, port), before);
    assert_int_equal(rename(fresh, pki_file(env, "server.crt")), 0);
    broker_reload(broker);
    assert_string_not_equal(shown(broker, port), before);
}

/* Somebody of a root that the listener does not know yet. */
static const struct tls_identity *of_second_root(struct env *env)
{
    pki_run(env, "Rotating an authority");
    return issue(env, .name = "newcomer", .by = "root-2-ca", .cn = "newcomer");
}

static void test_cafile_is_not_read_again(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");
    const struct tls_identity *newcomer = of_second_root(env);

    assert_false(raw_shakes_hands(broker, port, newcomer));
    assert_int_equal(rename(pki_file(env, "root-ca.crt"), pki_file(env, "root-1-ca.crt")), 0);
    assert_int_equal(rename(pki_file(env, "roots.crt"), pki_file(env, "root-ca.crt")), 0);
    broker_reload(broker);
    assert_false(raw_shakes_hands(broker, port, newcomer));
    broker_restart(broker);
    assert_true(raw_shakes_hands(broker, port, newcomer));
    assert_true(raw_shakes_hands(broker, port, pki_identity(env, "sensor-1")));
}

static void test_authorities_need_no_restart(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port, "");

    pki_run(env, "Rotating an authority");
    assert_true(raw_shakes_hands(broker, port, pki_identity(env, "sensor-1.2")));
    assert_true(raw_shakes_hands(broker, port, pki_identity(env, "sensor-1")));
}

static void test_capath_is_looked_at_each_time(struct env *env)
{
    int port = env_port();
    const struct tls_identity *newcomer = of_second_root(env);
    const char *roots = pki_file(env, "roots"), *second = pki_file(env, "roots/root-2-ca.crt");
    const char *aside = pki_file(env, "aside.crt");

    assert_int_equal(rename(second, aside), 0);
    struct broker *broker = broker_start(
        env, "allow_anonymous true\n",
        env_format(env, "listener %d %s\ncapath %s\ncertfile %s\nkeyfile %s\nrequire_certificate true\n",
                   port, env_host(), roots, pki_file(env, "server.crt"), pki_file(env, "server.key")));
    assert_true(raw_shakes_hands(broker, port, pki_identity(env, "sensor-1")));
    assert_false(raw_shakes_hands(broker, port, newcomer));
    assert_int_equal(rename(aside, second), 0);
    assert_true(raw_shakes_hands(broker, port, newcomer));
}

/* Why the document has no crlfile. */
static void test_crlfile_locks_everybody_out(struct env *env)
{
    int port, web_port = env_port();
    const char *list = "crls/of-listener.crl";

    issue_list(env, .path = list, .from_s = -120, .until_s = -60);
    const char *crlfile = env_format(env, "crlfile %s\n", pki_file(env, list));
    struct broker *broker = start(env, &port,
                                  env_format(env, "%slistener %d %s\n%s%s%s", crlfile, web_port, env_host(),
                                             PKI_WEBSOCKETS, pki_listener_lines(env), crlfile));
    assert_false(raw_shakes_hands(broker, port, pki_identity(env, "sensor-1")));
    assert_false(raw_shakes_hands(broker, port, pki_identity(env, "historian")));
    if (!launch_is_modern()) {
        raw_login_port(broker, web_port, .client_id = "a", .tls = pki_identity(env, "sensor-1"),
                       .websocket = true);
    }
}

static void test_websockets(struct env *env)
{
    int port, web_port = env_port();
    struct broker *broker = start(env, &port,
                                  env_format(env, "listener %d %s\n%s%s", web_port, env_host(),
                                             PKI_WEBSOCKETS, pki_listener_lines(env)));

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct raw_client *client = raw_login_port(broker, web_port, .protocol = protocol, .client_id = "a",
                                                   .tls = pki_identity(env, "sensor-1"), .websocket = true);
        assert_int_equal(raw_subscribe(client, "t", 0), 0);
        raw_publish(client, "t", "x", 0, false);
        raw_expect_publish(client, "t", "x");
        raw_disconnect(client);
    }
    assert_false(raw_shakes_hands(broker, web_port, pki_nobody(env)));
    pki_run(env, "Rotating the broker's certificate");
    broker_reload(broker);
    assert_string_equal(shown(broker, web_port), tls_thumbprint(env, pki_identity(env, "server")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_who_is_let_in),
        BROKER_TEST(test_server_certificate_changes_on_reload),
        BROKER_TEST(test_key_goes_first),
        BROKER_TEST(test_cafile_is_not_read_again),
        BROKER_TEST(test_authorities_need_no_restart),
        BROKER_TEST(test_capath_is_looked_at_each_time),
        BROKER_TEST(test_crlfile_locks_everybody_out),
        BROKER_TEST(test_websockets),
    };
    return ENV_MAIN("pki", tests);
}
