/* SPDX-License-Identifier: Apache-2.0 */
/* Logins, storms and clients that stay, with every kind of credential, on a real broker and on none. */
#include "cmocka_first.h"
#include "generator.h"

#include "harness/command.h"
#include "harness/pki.h"
#include "harness/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct broker *start(struct env *env)
{
    return broker_start(env, NULL, "allow_anonymous true");
}

static int listen_on(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, env_host(), &address.sin_addr);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static void a_silent_broker_is_not_waited_for(struct env *env)
{
    int port = env_port(), fd = listen_on(port);
    const json_t *outcome = generator_run(env, port, 1, "idle", "--clients", "3", "--timeout", "300ms");
    close(fd);
    assert_true(outcome_count(outcome, "logins.failed.timed_out") >= 1);
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 0);
    outcome_names(outcome, "timed_out");
}

/* Everything that comes where a CONNACK should. */
static void what_is_no_broker_is_not_taken_for_one(struct env *env)
{
    static const struct {
        const char *bytes;
        size_t count;
        const char *cause;
    } rows[] = {
        {"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n",
         88, "malformed"},
        {"\x20\x02\x00", 3, "closed"},
        {"", 0, "closed"},
        {"\xd0\x00", 2, "malformed"},
        {"\x20\xff\xff\xff\xff", 5, "malformed"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int port = env_port(), fd = listen_on(port);
        struct generator *generator = generator_start(env, port, "idle", "--timeout", "5s");
        int peer = accept(fd, NULL, NULL);
        char connect[256];
        assert_true(read(peer, connect, sizeof(connect)) > 0);
        assert_int_equal(write(peer, rows[i].bytes, rows[i].count), rows[i].count);
        close(peer);
        close(fd);
        const json_t *outcome = generator_end(generator, 1);
        assert_int_equal(outcome_count(outcome, env_format(env, "logins.failed.%s", rows[i].cause)), 1);
    }
}

static void refusals_are_counted_by_reason(struct env *env)
{
    struct broker *broker =
        broker_start(env, NULL, env_format(env, "allow_anonymous false\n%s", suite_password_line(env)));
    const json_t *outcome =
        generator_run(env, broker_port(broker), 1, "connect", "--clients", "5", "--logins", "20");
    assert_int_equal(outcome_count(outcome, "logins.begun"), 20);
    assert_int_equal(outcome_count(outcome, "logins.refused.5"), 20);
    outcome_names(outcome, "20 logins refused by code 5 (not authorized)");
    outcome = generator_run(env, broker_port(broker), 1, "connect", "--logins", "3", "--username", SUITE_USER,
                            "--password", "wrong-%d", "--protocol", "5");
    assert_int_equal(
        outcome_count(outcome, "logins.refused.135") + outcome_count(outcome, "logins.refused.134"), 3);
    generator_run(env, broker_port(broker), 0, "connect", "--logins", "3", "--expect-refused", "5");
    outcome = generator_run(env, broker_port(broker), 1, "connect", "--logins", "3", "--expect-refused", "4");
    outcome_names(outcome, "nothing was refused by code 4, which was expected");
    outcome = generator_run(env, broker_port(broker), 0, "connect", "--logins", "3", "--username", SUITE_USER,
                            "--password", SUITE_PASSWORD);
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 3);
    /* And where all are to be there before anything begins, one who is refused is the end. */
    outcome = generator_run(env, broker_port(broker), 1, "publish", "--messages", "5");
    assert_int_equal(outcome_count(outcome, "messages.sent"), 0);
}

static void every_login_is_counted(struct env *env)
{
    struct broker *broker = start(env);
    const json_t *outcome = generator_run(env, broker_port(broker), 0, "connect", "--clients", "20",
                                          "--logins", "100", "--in-flight", "7", "--id", "dev-%03d");
    assert_int_equal(outcome_count(outcome, "logins.begun"), 100);
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 100);
    assert_int_equal(outcome_count(outcome, "durations.login.count"), 100);
    broker_settle(broker);
    assert_int_equal(broker_count_log(broker, "New client connected", " as dev-"), 100);
    assert_int_equal(broker_count_log(broker, "New client connected", " as dev-013 "), 5);
    assert_int_equal(broker_count_log(broker, "Received DISCONNECT from dev-"), 100);
    assert_int_equal(broker_count_log(broker, "already connected"), 0);
}

static void logins_come_at_their_rate(struct env *env)
{
    struct broker *broker = start(env);
    const json_t *outcome = generator_run(env, broker_port(broker), 0, "connect", "--clients", "50", "--rate",
                                          "100", "--duration", "1s", "--warm-up", "200ms");
    /* Never more than asked for; how much less says how busy the machine is. */
    assert_between(outcome_count(outcome, "logins.accepted"), 10, 125);
    assert_between(outcome_count(outcome, "durations.login.count"), 5, 110);
}

static void all_come_back(struct env *env)
{
    struct broker *broker = start(env);
    for (int i = 0; i < 2; i++) {
        const json_t *outcome =
            generator_run(env, broker_port(broker), 0, "reconnect", "--clients", "40", "--rounds", "3",
                          "--backoff-base", "100ms", "--drop", i == 0 ? "reset" : "disconnect");
        assert_int_equal(outcome_count(outcome, "logins.accepted"), 160);
        assert_int_equal(outcome_count(outcome, "durations.recovery.count"), 120);
        assert_int_equal(outcome_count(outcome, "storm.back"), 120);
        assert_int_equal(outcome_count(outcome, "storm.away"), 0);
        /* Full jitter: not all at once, and nobody later than the base and its login. */
        assert_true(outcome_count(outcome, "durations.recovery.p50_us") > 20000);
    }
}

static void a_restarted_broker_is_found_again(struct env *env)
{
    struct broker *broker = start(env);
    struct generator *generator =
        generator_start(env, broker_port(broker), "reconnect", "--clients", "20", "--drop", "await",
                        "--backoff-base", "200ms", "--backoff-max", "1s", "--duration", "40s", "--progress");
    generator_await(generator, "measuring");
    broker_restart(broker);
    const json_t *outcome = generator_end(generator, 0);
    assert_int_equal(outcome_count(outcome, "durations.recovery.count"), 20);
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 40);
}

static void who_is_not_back_in_time_is_named(struct env *env)
{
    struct broker *broker = start(env);
    struct generator *generator =
        generator_start(env, broker_port(broker), "reconnect", "--clients", "5", "--drop", "await",
                        "--backoff-base", "50ms", "--backoff-max", "100ms", "--duration", "5s", "--progress");
    generator_await(generator, "measuring");
    broker_stop(broker);
    const json_t *outcome = generator_end(generator, 1);
    outcome_names(outcome, "5 clients were not back in time");
    assert_int_equal(outcome_count(outcome, "storm.back"), 0);
    assert_int_equal(outcome_count(outcome, "storm.away"), 5);
    assert_true(outcome_count(outcome, "logins.failed.unreachable") >= 5);
    broker = start(env);
    outcome =
        generator_run(env, broker_port(broker), 1, "reconnect", "--drop", "await", "--duration", "300ms");
    outcome_names(outcome, "not all connections ended in time");
}

static void idle_clients_ping(struct env *env)
{
    struct broker *broker = start(env);
    const json_t *outcome =
        generator_run(env, broker_port(broker), 0, "idle", "--clients", "10", "--ping", "200ms", "--duration",
                      "1s", "--broker-pid", env_format(env, "%d", broker_pid(broker)));
    assert_between(outcome_count(outcome, "durations.ping.count"), 20, 60);
    /* What is resident may be told some pages late. */
    assert_between(outcome_count(outcome, "broker.own_bytes_start"), 100000,
                   outcome_count(outcome, "broker.rss_bytes_start") + (1 << 20));
    /* A client that says no more than it has to keeps its connection all the same. */
    outcome = generator_run(env, broker_port(broker), 0, "publish", "--keepalive", "1", "--rate", "0.2",
                            "--duration", "3s", "--subscribers", "2");
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 3);
}

static void tokens_are_read_and_made(struct env *env)
{
    const char *key = env_format(env, "%s/issuer.pem", env_folder(env));
    free(command_output((const char *const[]){"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                                              "ec_paramgen_curve:P-256", "-out", key, NULL},
                        NULL, 0, NULL));
    char *keys =
        command_output((const char *const[]){BEDNET_TOOL, "jwks", "from-pem", key, NULL}, NULL, 0, NULL);
    env_write(env, "minted.json", keys);
    free(keys);
    const char *policy = env_write(
        env, "policy.yaml",
        env_format(env, "%s%s      roles: ${claim.roles}\n%s",
                   suite_issuer(env, "      client_id: ${claim.sub}\n"),
                   suite_issuer_entry(env, "https://mint.test", "minted.json", "ES256"),
                   "      client_id: ${claim.client_id}\n"
                   "roles:\n  device:\n    allow: {publish: [\"load/#\"], subscribe: [\"load/#\"]}\n"));
    struct broker *broker = broker_start(env, NULL, suite_lines(env, policy, "jwt", "acl"));
    const char *tokens = env_format(env, "%s\n%s\n", token_for(env, "dev-0", suite_roles(env, "\"device\"")),
                                    token_for(env, "dev-1", suite_roles(env, "\"device\"")));
    const char *file = env_write(env, "tokens", tokens);
    generator_run(env, broker_port(broker), 0, "connect", "--id", "dev-%d", "--clients", "2", "--logins",
                  "10", "--tokens", file);
    const json_t *outcome = generator_run(env, broker_port(broker), 1, "connect", "--id", "other-%d",
                                          "--clients", "2", "--logins", "10", "--tokens", file);
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 0);
    outcome = generator_run(env, broker_port(broker), 0, "publish", "--publishers", "3", "--messages", "10",
                            "--qos", "1", "--protocol", "5", "--mint-key", key, "--mint-issuer",
                            "https://mint.test", "--mint-audience", TOKEN_AUDIENCE, "--mint-claim",
                            "roles:=[\"device\"]", "--mint-claim", "site=site-%d");
    assert_int_equal(outcome_count(outcome, "messages.delivered"), 30);
    outcome = generator_run(env, broker_port(broker), 1, "idle", "--mint-key", key, "--mint-issuer",
                            "https://mint.test", "--mint-audience", "elsewhere");
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 0);
}

/* The listener that the documentation recommends: a certificate is demanded. Its own is for other names. */
static void certificates_are_shown(struct env *env)
{
    int port = env_port();
    broker_start(env, NULL,
                 env_format(env, "allow_anonymous true\nlistener %d %s\n%s", port, env_host(),
                            pki_listener_lines(env)));
    const char *ca = pki_file(env, "root-ca.crt"), *folder = pki_folder(env);
    const json_t *outcome =
        generator_run(env, port, 0, "connect", "--logins", "10", "--clients", "1", "--tls", "--ca", ca,
                      "--server-name", "localhost", "--cert-dir", folder, "--id", "sensor-1");
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 10);
    assert_int_equal(outcome_count(outcome, "durations.handshake.count"), 10);
    outcome = generator_run(env, port, 0, "publish", "--tls", "--ca", ca, "--server-name",
                            "mqtt.acme.example", "--cert-dir", folder, "--id", "sensor-1", "--subscriber-id",
                            "sensor-2", "--qos", "2", "--messages", "50", "--size", "40KiB");
    assert_int_equal(outcome_count(outcome, "messages.delivered"), 50);
    generator_run(env, port, 0, "reconnect", "--tls", "--insecure", "--cert-dir", folder, "--id", "sensor-1",
                  "--backoff-base", "50ms");
}

static void what_tls_refuses_is_counted(struct env *env)
{
    int port = env_port();
    broker_start(env, NULL,
                 env_format(env, "allow_anonymous true\nlistener %d %s\n%s", port, env_host(),
                            pki_listener_lines(env)));
    const char *ca = pki_file(env, "root-ca.crt"), *folder = pki_folder(env);
    /* No certificate, none that leads to an authority of ours, a name that it is not for, and no TLS at all.
     */
    const json_t *outcome = generator_run(env, port, 1, "connect", "--logins", "1", "--tls", "--ca", ca,
                                          "--server-name", "localhost", "--timeout", "5s");
    /* The broker says so when the handshake is over for the client, and closes: which of the two is seen is
     * chance. */
    assert_int_equal(
        outcome_count(outcome, "logins.failed.tls") + outcome_count(outcome, "logins.failed.closed"), 1);
    outcome = generator_run(env, port, 1, "connect", "--logins", "1", "--tls", "--cert-dir", folder, "--id",
                            "sensor-1", "--server-name", "localhost", "--timeout", "5s");
    assert_int_equal(outcome_count(outcome, "logins.failed.tls"), 1);
    outcome_names(outcome, "certificate verify failed");
    outcome =
        generator_run(env, port, 1, "connect", "--logins", "1", "--tls", "--ca", ca, "--cert-dir", folder,
                      "--id", "sensor-1", "--server-name", "elsewhere.example", "--timeout", "5s");
    assert_int_equal(outcome_count(outcome, "logins.failed.tls"), 1);
    outcome = generator_run(env, port, 1, "connect", "--logins", "1", "--tls", "--ca", ca, "--cert-dir",
                            folder, "--id", "sensor-1", "--timeout", "5s");
    assert_int_equal(outcome_count(outcome, "logins.failed.tls"), 1);
    outcome = generator_run(env, port, 1, "connect", "--logins", "1", "--timeout", "5s");
    assert_int_equal(outcome_count(outcome, "logins.accepted"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(a_silent_broker_is_not_waited_for),
        BROKER_TEST(what_is_no_broker_is_not_taken_for_one),
        BROKER_TEST(refusals_are_counted_by_reason),
        BROKER_TEST(every_login_is_counted),
        BROKER_TEST(logins_come_at_their_rate),
        BROKER_TEST(all_come_back),
        BROKER_TEST(a_restarted_broker_is_found_again),
        BROKER_TEST(who_is_not_back_in_time_is_named),
        BROKER_TEST(idle_clients_ping),
        BROKER_TEST(tokens_are_read_and_made),
        BROKER_TEST(certificates_are_shown),
        BROKER_TEST(what_tls_refuses_is_counted),
    };
    return ENV_MAIN("load_logins", tests);
}
