/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration of brokers with Bednet, and what is looked up in it. */
#ifndef BEDNET_TESTS_BROKER_SUITE_H
#define BEDNET_TESTS_BROKER_SUITE_H

#include "harness/raw_client.h"
#include "harness/tokens.h"

/* A user of the password file, for a password_file behind the suite. */
#define SUITE_USER     "alice"
#define SUITE_PASSWORD "secret"

/* Path of a module: suite_module(env, "acl"). */
const char *suite_module(struct env *env, const char *plugin);

/* The lines of mosquitto.conf that load plugins by name (NULL at the end), in that order, with one policy. */
#define suite_lines(env, policy, ...)                                                                        \
    suite_lines_of(env, policy, (const char *const[]){__VA_ARGS__, NULL}, NULL)
const char *suite_lines_of(struct env *env, const char *policy, const char *const *plugins,
                           const char *chain);

/* All but metrics, in the order that Bednet wants. */
const char *suite_guards(struct env *env, const char *policy);

/* One issuer of a policy, whose tokens are for TOKEN_AUDIENCE; what else it says is six blanks in. */
const char *suite_issuer_entry(struct env *env, const char *issuer, const char *keys, const char *algorithms);

/*
 * The `bednet: 1` and `jwt:` sections of a policy whose issuer is tokens.h, roles by `${claim.roles}`; writes
 * the key file that they name. `more` is put into the issuer: six blanks in front, a newline behind; or "".
 */
const char *suite_issuer(struct env *env, const char *more);

/* Writes the password file with SUITE_USER and gives the line of mosquitto.conf. */
const char *suite_password_line(struct env *env);

/* `, "roles": [...]` for token_for: each role in quotes, as in JSON: "\"device\", \"engine\"". */
const char *suite_roles(struct env *env, const char *roles);

/* Logs in by a token for subject and client id `id` with these roles. */
#define suite_login(broker, protocol, id, roles)                                                             \
    suite_login_at(broker, protocol, id, roles, __FILE__, __LINE__)
struct raw_client *suite_login_at(struct broker *broker, int protocol, const char *id, const char *roles,
                                  const char *file, int line);

/* Waits until a token's time has come for the broker, too: it refuses the token as expired. */
void suite_await_expiry(struct broker *broker, const char *token);

/*
 * The client publishes until the log, from the mark on, has a line with that text: under
 * per_listener_settings Mosquitto 2.0.11 calls plugins only when somebody does something.
 */
#define suite_busy_until(broker, client, text) suite_busy_until_at(broker, client, text, __FILE__, __LINE__)
void suite_busy_until_at(struct broker *broker, struct raw_client *client, const char *text, const char *file,
                         int line);

/* `PATH:LINE:COLUMN` of the first place of `text` in a file, as denials name their rule. */
const char *suite_place(struct env *env, const char *path, const char *text);

/* GET of a path from a plain HTTP server: the whole answer, status line first. */
#define http_get(env, port, path, credentials) http_get_at(env, port, path, credentials, __FILE__, __LINE__)
const char *http_get_at(struct env *env, int port, const char *path, const char *credentials,
                        const char *file, int line);

/* The value of a series (name and labels as on the page) of the metrics served on a port; fails if it is not
 * there. */
#define metric(env, port, series) metric_at(env, port, series, __FILE__, __LINE__)
double metric_at(struct env *env, int port, const char *series, const char *file, int line);

/* Waits until a series has that value: what a plugin learns from TICK comes a moment later. */
#define await_metric(env, port, series, wanted) await_metric_at(env, port, series, wanted, __FILE__, __LINE__)
void await_metric_at(struct env *env, int port, const char *series, int wanted, const char *file, int line);

#endif
