/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker with Bednet and the PKI of the document: one plain listener, one over TLS and one of websockets
 * over TLS, both of which demand a certificate.
 */
#ifndef BEDNET_TESTS_BROKER_STAGE_H
#define BEDNET_TESTS_BROKER_STAGE_H

#include "harness/issue.h"
#include "harness/suite.h"

struct stage {
    struct env *env;
    struct broker *broker;
    int port, web_port, metrics_port;
    const char *policy; /* its path */
    const char *jwt;    /* as below */
};

struct stage_options {
    const char *policy; /* its sections; `bednet: 1` and the one of metrics are put to them */
    const char *jwt;    /* NULL: no tokens; else suite_issuer's, its plugin, and these lines of the section */
    const char *listener; /* further lines of both TLS listeners; NULL: none */
    const char *after;    /* further lines behind all listeners and plugins; NULL: none */
};

#define stage_start(env, ...) stage_start_with(env, &(const struct stage_options){__VA_ARGS__})
const struct stage *stage_start_with(struct env *env, const struct stage_options *options);

/* Writes the policy anew, beside the tokens of the start, and reloads. */
void stage_reload(const struct stage *stage, const char *policy);

/* The same, but what it says is an error, and the policy from before stays in force. */
void stage_reload_fails(const struct stage *stage, const char *policy);

/* Ways in: by TLS, and by websockets over it. */
enum stage_way { STAGE_TLS, STAGE_WEB, STAGE_WAYS };

/* Logs in by the certificate alone; `id` NULL: none is sent. */
#define stage_login(stage, way, protocol, id, identity)                                                      \
    stage_login_at(stage, way, protocol, id, identity, __FILE__, __LINE__)
struct raw_client *stage_login_at(const struct stage *stage, enum stage_way way, int protocol, const char *id,
                                  const struct tls_identity *identity, const char *file, int line);

/*
 * Is refused in each protocol, once with a name and a password that are somebody's, and by websockets (which
 * take half a second each on 2.0), under a client id of its own where `id` is NULL; the log has the reason
 * and `place`, PATH:LINE:COLUMN (NULL: wherever), and the metrics count all of it.
 */
enum { STAGE_REFUSALS = 5 };
#define stage_refuses(stage, id, identity, reason, place)                                                    \
    stage_refuses_at(stage, id, identity, reason, place, __FILE__, __LINE__)
void stage_refuses_at(const struct stage *stage, const char *id, const struct tls_identity *identity,
                      const char *reason, const char *place, const char *file, int line);

/* Where a text stands in the policy. */
const char *stage_place(const struct stage *stage, const char *text);

/* A series of the metrics. */
double stage_metric(const struct stage *stage, const char *series);

/* What may be published, by the code of the answer (MQTT 5); a topic that ends with `!` must be denied. */
void stage_expect_rights(struct raw_client *client, const char *const *topics);
#define STAGE_RIGHTS(client, ...) stage_expect_rights(client, (const char *const[]){__VA_ARGS__, NULL})

/* The broker's own word for who logged in: the next line that says so must name that user. */
#define stage_expect_username(stage, id, username)                                                           \
    broker_expect_log((stage)->broker, env_format((stage)->env, " as %s (", id),                             \
                      env_format((stage)->env, "u'%s')", username))

#endif
