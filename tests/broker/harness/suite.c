/* SPDX-License-Identifier: Apache-2.0 */
/* See suite.h. */
#include "harness/suite.h"
#include "harness/wire.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* PBKDF2-SHA512 in the form that every Mosquitto since 2.0 reads. */
#define PASSWORDS                                                                                            \
    SUITE_USER ":$7$101$AAECAwQFBgcICQoL$"                                                                   \
               "Xr99N9ym9ys8TWxis5ajETJq6EVYzmc6nb8t3pUYnPBbCAbICS4xejTltonXWCtJNBvA+By+TXUqU6qCblO00w==\n"

/* Nobody tells when a metric changes, or a plugin wakes; asking without a pause would take all of the
 * machine. */
#define PAUSE_MS 20

const char *suite_module(struct env *env, const char *plugin)
{
    return env_format(env, "%s/bednet_%s.so", BEDNET_MODULES, plugin);
}

const char *suite_lines_of(struct env *env, const char *policy, const char *const *plugins, const char *chain)
{
    const char *lines = "";

    for (; *plugins; plugins++) {
        lines =
            env_format(env, "%splugin %s\nplugin_opt_policy %s\n%s%s%s", lines, suite_module(env, *plugins),
                       policy, chain ? "plugin_opt_chain " : "", chain ? chain : "", chain ? "\n" : "");
    }
    return lines;
}

const char *suite_guards(struct env *env, const char *policy)
{
    return suite_lines(env, policy, "topic", "limit", "jwt", "acl");
}

const char *suite_issuer_entry(struct env *env, const char *issuer, const char *keys, const char *algorithms)
{
    return env_format(env,
                      "    - issuer: %s\n"
                      "      audience: [" TOKEN_AUDIENCE "]\n"
                      "      keys: {file: %s}\n"
                      "      algorithms: [%s]\n",
                      issuer, keys, algorithms);
}

const char *suite_issuer(struct env *env, const char *more)
{
    env_write(env, "keys.json", token_jwks(env));
    return env_format(env,
                      "bednet: 1\n"
                      "jwt:\n"
                      "  issuers:\n"
                      "%s"
                      "      roles: ${claim.roles}\n"
                      "%s",
                      suite_issuer_entry(env, TOKEN_ISSUER, "keys.json", "RS256, ES256, EdDSA, HS256"), more);
}

const char *suite_password_line(struct env *env)
{
    return env_format(env, "password_file %s\n", env_write(env, "passwords", PASSWORDS));
}

const char *suite_roles(struct env *env, const char *roles)
{
    return env_format(env, ", \"roles\": [%s]", roles);
}

struct raw_client *suite_login_at(struct broker *broker, int protocol, const char *id, const char *roles,
                                  const char *file, int line)
{
    struct env *env = broker_env(broker);
    const struct connect_options options = {
        .protocol = protocol,
        .client_id = id,
        .username = "any", /* before MQTT 5 there is no password without one */
        .password = token_for(env, id, suite_roles(env, roles)),
    };
    return raw_login_at(broker, 0, &options, file, line);
}

void suite_await_expiry(struct broker *broker, const char *token)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    for (;;) {
        struct raw_client *client =
            raw_connect(broker, .protocol = 5, .client_id = "clock", .username = "any", .password = token);
        bool expired = raw_expect(client, CONNACK).reason == 0x87;
        raw_drop(client);
        if (expired) {
            return;
        }
        if (env_left_ms(deadline) == 0) {
            env_fail("the token does not expire");
        }
    }
}

void suite_busy_until_at(struct broker *broker, struct raw_client *client, const char *text, const char *file,
                         int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (broker_count_log(broker, text) == 0) {
        if (env_left_ms(deadline) == 0) {
            env_fail_at(file, line, "nothing in the log has \"%s\", however busy the broker is", text);
        }
        raw_publish_acked_at(client, "busy", "x", file, line);
        poll(NULL, 0, PAUSE_MS);
    }
}

const char *suite_place(struct env *env, const char *path, const char *text)
{
    const char *whole = env_read(env, path);
    const char *found = strstr(whole, text);
    int line = 1;

    if (!found) {
        env_fail("%s is not in %s", text, path);
    }
    const char *start = whole;
    for (const char *end = strchr(whole, '\n'); end && end < found; end = strchr(end + 1, '\n')) {
        line++;
        start = end + 1;
    }
    return env_format(env, "%s:%d:%d", path, line, (int)(found - start) + 1);
}

const char *http_get_at(struct env *env, int port, const char *path, const char *credentials,
                        const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    int fd = wire_connect(env_host(), port);
    const char *request = env_format(env, "GET %s HTTP/1.1\r\nHost: %s\r\n%s%s%sConnection: close\r\n\r\n",
                                     path, env_host(), credentials ? "Authorization: Basic " : "",
                                     credentials ? credentials : "", credentials ? "\r\n" : "");
    char *answer = env_alloc(env, 1 << 20);
    size_t length = 0;
    ssize_t got = 0;

    if (fd < 0) {
        env_fail_at(file, line, "nobody listens on port %d", port);
    }
    wire_send(fd, request, strlen(request));
    while (length < (1 << 20) - 1 &&
           (got = wire_receive(fd, answer + length, (1 << 20) - 1 - length, deadline)) > 0) {
        length += (size_t)got;
    }
    close(fd);
    if (got != 0) {
        env_fail_at(file, line, "the answer to GET %s does not end", path);
    }
    return answer;
}

double metric_at(struct env *env, int port, const char *series, const char *file, int line)
{
    const char *page = http_get_at(env, port, "/metrics", NULL, file, line);
    const char *wanted = env_format(env, "\n%s ", series);
    const char *found = strstr(page, wanted);

    if (!found) {
        env_fail_at(file, line, "no series %s on this page:\n%s", series, page);
    }
    return strtod(found + strlen(wanted), NULL);
}

void await_metric_at(struct env *env, int port, const char *series, int wanted, const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    int value;

    while ((value = (int)metric_at(env, port, series, file, line)) != wanted) {
        if (env_left_ms(deadline) == 0) {
            env_fail_at(file, line, "%s is %d, not %d", series, value, wanted);
        }
        poll(NULL, 0, PAUSE_MS);
    }
}
