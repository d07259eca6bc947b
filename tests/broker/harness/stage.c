/* SPDX-License-Identifier: Apache-2.0 */
/* See stage.h. */
#include "harness/stage.h"
#include <string.h>

static const char *write_policy(const struct stage *stage, const char *sections)
{
    struct env *env = stage->env;
    const char *head =
        stage->jwt ? env_format(env, "%s%s", suite_issuer(env, ""), stage->jwt) : "bednet: 1\n";

    return env_write(env, "policy.yaml",
                     env_format(env, "%s%smetrics: {listen: \"%s:%d\"}\n", head, sections, env_host(),
                                stage->metrics_port));
}

static const char *plugin_lines(const struct stage *stage)
{
    return stage->jwt ? suite_lines(stage->env, stage->policy, "metrics", "cert", "jwt", "acl")
                      : suite_lines(stage->env, stage->policy, "metrics", "cert", "acl");
}

const struct stage *stage_start_with(struct env *env, const struct stage_options *options)
{
    struct stage *stage = env_alloc(env, sizeof(*stage));
    const char *tls =
        env_format(env, "%s%s", pki_listener_lines(env), options->listener ? options->listener : "");

    stage->env = env;
    stage->jwt = options->jwt;
    stage->port = env_port();
    stage->web_port = env_port();
    stage->metrics_port = env_port();
    stage->policy = write_policy(stage, options->policy);
    /* Options of no listener come first: behind one they are its own. */
    const char *before = env_format(env, "%s%s", plugin_lines(stage), options->after ? options->after : "");
    stage->broker =
        broker_start(env, before,
                     env_format(env, "listener %d %s\n%slistener %d %s\n%s%s", stage->port, env_host(), tls,
                                stage->web_port, env_host(), PKI_WEBSOCKETS, tls));
    return stage;
}

void stage_reload(const struct stage *stage, const char *policy)
{
    broker_mark(stage->broker);
    write_policy(stage, policy);
    broker_reload(stage->broker);
    broker_expect_log(stage->broker, "bednet: policy", "reloaded: ");
}

void stage_reload_fails(const struct stage *stage, const char *policy)
{
    broker_mark(stage->broker);
    write_policy(stage, policy);
    broker_reload(stage->broker);
    broker_expect_log(stage->broker, "was not reloaded", "the old one stays in force");
    assert_int_equal((int)stage_metric(stage, "mosquitto_policy_last_reload_successful"), 0);
}

struct raw_client *stage_login_at(const struct stage *stage, enum stage_way way, int protocol, const char *id,
                                  const struct tls_identity *identity, const char *file, int line)
{
    const struct connect_options options = {
        .protocol = protocol, .client_id = id, .tls = identity, .websocket = way == STAGE_WEB};

    return raw_login_at(stage->broker, way == STAGE_WEB ? stage->web_port : stage->port, &options, file,
                        line);
}

void stage_refuses_at(const struct stage *stage, const char *id, const struct tls_identity *identity,
                      const char *reason, const char *place, const char *file, int line)
{
    struct env *env = stage->env;
    const char *series =
        env_format(env, "mosquitto_auth_denials_total{method=\"cert\",reason=\"%s\"}", reason);
    if (!id) {
        /* The log says less of a client that is refused again and again. */
        static unsigned last;
        id = env_format(env, "refused-%u", ++last);
    }
    double before = metric_at(env, stage->metrics_port, series, file, line);
    const struct connect_options logins[] = {
        {.protocol = 3, .client_id = id, .tls = identity},
        {.protocol = 4, .client_id = id, .tls = identity},
        {.protocol = 5, .client_id = id, .tls = identity},
        {.protocol = 5, .client_id = id, .tls = identity, .username = SUITE_USER, .password = SUITE_PASSWORD},
        {.protocol = 4, .client_id = id, .tls = identity, .websocket = true},
    };

    broker_mark(stage->broker);
    for (size_t i = 0; i < STAGE_REFUSALS; i++) {
        raw_login_refused_at(stage->broker, logins[i].websocket ? stage->web_port : stage->port, &logins[i],
                             file, line);
    }
    broker_expect_log_at(stage->broker, file, line, "bednet: cert: deny login",
                         env_format(env, "client=\"%s\"", id), env_format(env, "reason=%s", reason),
                         place ? env_format(env, "rule=%s", place) : "rule=", NULL);
    double after = metric_at(env, stage->metrics_port, series, file, line);
    if (after - before != STAGE_REFUSALS) {
        env_fail_at(file, line, "%d refusals, but %s went from %.0f to %.0f", STAGE_REFUSALS, series, before,
                    after);
    }
}

const char *stage_place(const struct stage *stage, const char *text)
{
    return suite_place(stage->env, stage->policy, text);
}

double stage_metric(const struct stage *stage, const char *series)
{
    return metric(stage->env, stage->metrics_port, series);
}

void stage_expect_rights(struct raw_client *client, const char *const *topics)
{
    for (; *topics; topics++) {
        size_t length = strlen(*topics);
        bool denied = (*topics)[length - 1] == '!';
        char topic[512];

        assert_true(length < sizeof(topic));
        memcpy(topic, *topics, length + 1);
        topic[length - (denied ? 1 : 0)] = '\0';
        unsigned code = raw_publish_acked(client, topic, "x");
        if (denied ? code != 0x87 : code != 0 && code != NOBODY_LISTENS) {
            env_fail("publishing to %s got code 0x%02x", *topics, code);
        }
    }
}
