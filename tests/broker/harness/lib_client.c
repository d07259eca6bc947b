/* SPDX-License-Identifier: Apache-2.0 */
/* See lib_client.h. */
#include "harness/lib_client.h"
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 256

struct lib_client {
    struct broker *broker;
    struct mosquitto *mosq;
    bool connected, ended, acked, subscribed;
    int connect_reason, publish_reason, subscribe_reason;
    int awaited; /* packet id */
    struct {
        const char *topic;
        const char *payload;
    } messages[MESSAGES_MAX];
    size_t received;
    size_t taken;
};

static void on_connect(struct mosquitto *mosq, void *userdata, int reason, int flags,
                       const mosquitto_property *properties)
{
    struct lib_client *client = userdata;

    (void)mosq;
    (void)flags;
    (void)properties;
    client->connected = true;
    client->connect_reason = reason;
}

static void on_disconnect(struct mosquitto *mosq, void *userdata, int reason,
                          const mosquitto_property *properties)
{
    struct lib_client *client = userdata;

    (void)mosq;
    (void)reason;
    (void)properties;
    client->ended = true;
}

static void on_publish(struct mosquitto *mosq, void *userdata, int mid, int reason,
                       const mosquitto_property *properties)
{
    struct lib_client *client = userdata;

    (void)mosq;
    (void)properties;
    if (mid == client->awaited) {
        client->acked = true;
        client->publish_reason = reason;
    }
}

static void on_subscribe(struct mosquitto *mosq, void *userdata, int mid, int count, const int *granted,
                         const mosquitto_property *properties)
{
    struct lib_client *client = userdata;

    (void)mosq;
    (void)mid;
    (void)properties;
    client->subscribed = true;
    client->subscribe_reason = count > 0 ? granted[0] : -1;
}

static void on_message(struct mosquitto *mosq, void *userdata, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct lib_client *client = userdata;
    struct env *env = broker_env(client->broker);

    (void)mosq;
    (void)properties;
    if (client->received < MESSAGES_MAX) {
        client->messages[client->received].topic = env_format(env, "%s", message->topic);
        client->messages[client->received].payload =
            env_format(env, "%.*s", message->payloadlen, (const char *)message->payload);
        client->received++;
    }
}

static int release(void *thing, bool passed)
{
    struct lib_client *client = thing;

    (void)passed;
    mosquitto_destroy(client->mosq);
    free(client);
    return 0;
}

/* Turns the loop until `*done`, or until the connection ends. */
static void await(struct lib_client *client, const bool *done, const char *what, const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (!*done) {
        int left = env_left_ms(deadline);
        if (left == 0) {
            env_fail_at(file, line, "%s did not come", what);
        }
        int result = mosquitto_loop(client->mosq, left < 100 ? left : 100, 1);
        if (result != MOSQ_ERR_SUCCESS && !*done) {
            env_fail_at(file, line, "%s did not come: %s", what, mosquitto_strerror(result));
        }
    }
}

static struct lib_client *create(struct broker *broker, int protocol, const char *id, const char *username,
                                 const char *password, const char *file, int line)
{
    struct lib_client *client = calloc(1, sizeof(*client));

    mosquitto_lib_init();
    if (!client || !(client->mosq = mosquitto_new(id, true, client))) {
        free(client);
        env_fail_at(file, line, "out of memory");
    }
    client->broker = broker;
    env_defer(broker_env(broker), release, client);
    mosquitto_int_option(client->mosq, MOSQ_OPT_PROTOCOL_VERSION, protocol);
    mosquitto_int_option(client->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    if (username && mosquitto_username_pw_set(client->mosq, username, password) != MOSQ_ERR_SUCCESS) {
        env_fail_at(file, line, "libmosquitto takes no such user name or password");
    }
    mosquitto_connect_v5_callback_set(client->mosq, on_connect);
    mosquitto_disconnect_v5_callback_set(client->mosq, on_disconnect);
    mosquitto_publish_v5_callback_set(client->mosq, on_publish);
    mosquitto_subscribe_v5_callback_set(client->mosq, on_subscribe);
    mosquitto_message_v5_callback_set(client->mosq, on_message);
    return client;
}

struct lib_client *lib_connect_at(struct broker *broker, int protocol, const char *id, const char *username,
                                  const char *password, int *reason, const char *file, int line)
{
    struct lib_client *client = create(broker, protocol, id, username, password, file, line);
    int result = mosquitto_connect(client->mosq, env_host(), broker_port(broker), 600);

    if (result != MOSQ_ERR_SUCCESS) {
        env_fail_at(file, line, "connect: %s", mosquitto_strerror(result));
    }
    await(client, &client->connected, "CONNACK", file, line);
    *reason = client->connect_reason;
    return client;
}

int lib_subscribe_at(struct lib_client *client, const char *filter, int qos, const char *file, int line)
{
    client->subscribed = false;
    if (mosquitto_subscribe(client->mosq, NULL, filter, qos) != MOSQ_ERR_SUCCESS) {
        env_fail_at(file, line, "libmosquitto does not send that SUBSCRIBE");
    }
    await(client, &client->subscribed, "SUBACK", file, line);
    return client->subscribe_reason;
}

int lib_publish_at(struct lib_client *client, const char *topic, const char *payload, int qos,
                   const char *file, int line)
{
    client->acked = false;
    if (mosquitto_publish(client->mosq, &client->awaited, topic, (int)strlen(payload), payload, qos, false) !=
        MOSQ_ERR_SUCCESS) {
        env_fail_at(file, line, "libmosquitto does not send that PUBLISH");
    }
    await(client, &client->acked, "the acknowledgement", file, line);
    return client->publish_reason;
}

void lib_expect_message_at(struct lib_client *client, const char *topic, const char *payload,
                           const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (client->received == client->taken) {
        if (env_left_ms(deadline) == 0 || mosquitto_loop(client->mosq, 100, 1) != MOSQ_ERR_SUCCESS) {
            env_fail_at(file, line, "the message to %s did not come", topic);
        }
    }
    size_t next = client->taken++;
    if (strcmp(client->messages[next].topic, topic) != 0 ||
        strcmp(client->messages[next].payload, payload) != 0) {
        env_fail_at(file, line, "expected %s: %s, got %s: %s", topic, payload, client->messages[next].topic,
                    client->messages[next].payload);
    }
}

void lib_disconnect_at(struct lib_client *client, const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    mosquitto_disconnect(client->mosq);
    while (!client->ended) {
        if (env_left_ms(deadline) == 0) {
            env_fail_at(file, line, "the connection did not end");
        }
        mosquitto_loop(client->mosq, 100, 1);
    }
}
