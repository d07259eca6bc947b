/* SPDX-License-Identifier: Apache-2.0 */
/* See raw_client.h. */
#include "harness/raw_client.h"
#include "harness/tls.h"
#include "harness/websocket.h"
#include "harness/wire.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct raw_client {
    struct broker *broker;
    int fd;
    struct tls_wire *tls;        /* NULL: plain */
    struct websocket *websocket; /* NULL: none */
    int protocol;
    unsigned last_id;
    bool ended;
    uint8_t *bytes; /* received, not yet taken */
    size_t length;
    size_t capacity;
};

static struct env *env_of(const struct raw_client *client)
{
    return broker_env(client->broker);
}

static int release(void *thing, bool passed)
{
    struct raw_client *client = thing;

    (void)passed;
    raw_drop(client);
    free(client->bytes);
    free(client);
    return 0;
}

void raw_drop(struct raw_client *client)
{
    websocket_close(client->websocket);
    client->websocket = NULL;
    tls_close(client->tls);
    client->tls = NULL;
    if (client->fd >= 0) {
        close(client->fd);
        client->fd = -1;
    }
}

struct raw_client *raw_open_at(struct broker *broker, int port, const char *file, int line)
{
    struct raw_client *client = calloc(1, sizeof(*client));

    if (!client) {
        env_fail_at(file, line, "out of memory");
    }
    client->broker = broker;
    client->protocol = 4;
    client->fd = wire_connect(env_host(), port ? port : broker_port(broker));
    env_defer(broker_env(broker), release, client);
    if (client->fd < 0) {
        env_fail_at(file, line, "the broker does not take connections");
    }
    return client;
}

static void carrier_send(void *thing, const void *bytes, size_t length)
{
    struct raw_client *client = thing;

    if (client->tls) {
        tls_send(client->tls, bytes, length);
    } else {
        wire_send(client->fd, bytes, length);
    }
}

static ssize_t carrier_receive(void *thing, void *bytes, size_t size, int64_t deadline)
{
    struct raw_client *client = thing;

    return client->tls ? tls_receive(client->tls, bytes, size, deadline)
                       : wire_receive(client->fd, bytes, size, deadline);
}

struct raw_client *raw_connect_at(struct broker *broker, int port, const struct connect_options *options,
                                  const char *file, int line)
{
    struct raw_client *client = raw_open_at(broker, port, file, line);
    struct packet_out packet;

    client->protocol = options->protocol ? options->protocol : 4;
    if (options->tls) {
        client->tls = tls_open(client->fd, options->tls);
        if (!client->tls) {
            env_fail_at(file, line, "the broker does not shake hands");
        }
    }
    if (options->websocket) {
        const struct websocket_carrier carrier = {client, carrier_send, carrier_receive};
        client->websocket = websocket_open(&carrier, client->protocol == 3 ? "mqttv3.1" : "mqtt");
        if (!client->websocket) {
            env_fail_at(file, line, "the broker does not agree to a websocket");
        }
    }
    packet_connect(&packet, broker_env(broker), options);
    raw_send_packet(client, &packet);
    return client;
}

int raw_try_at(struct broker *broker, int port, const char *id, const struct tls_identity *identity,
               const char *file, int line)
{
    struct raw_client *client = raw_open_at(broker, port, file, line);
    const struct connect_options options = {.protocol = 5, .client_id = id};
    struct packet_out packet;
    struct packet_in in = {0};

    client->protocol = options.protocol;
    client->tls = tls_open(client->fd, identity);
    if (client->tls) {
        packet_connect(&packet, broker_env(broker), &options);
        raw_send_packet(client, &packet);
        in = raw_receive_at(client, file, line);
    }
    raw_drop(client);
    return in.type == CONNACK ? (int)in.reason : -1;
}

struct raw_client *raw_login_at(struct broker *broker, int port, const struct connect_options *options,
                                const char *file, int line)
{
    struct raw_client *client = raw_connect_at(broker, port, options, file, line);

    raw_expect_reason_at(client, CONNACK, 0, file, line);
    return client;
}

void raw_login_refused_at(struct broker *broker, int port, const struct connect_options *options,
                          const char *file, int line)
{
    struct raw_client *client = raw_connect_at(broker, port, options, file, line);

    raw_expect_reason_at(client, CONNACK, raw_refused_login(client), file, line);
    raw_expect_end_at(client, file, line);
    raw_drop(client);
}

void raw_send(struct raw_client *client, const void *bytes, size_t length)
{
    if (client->websocket) {
        websocket_send(client->websocket, bytes, length);
    } else {
        carrier_send(client, bytes, length);
    }
}

void raw_send_packet(struct raw_client *client, const struct packet_out *packet)
{
    raw_send(client, packet->bytes, packet->length);
}

static ssize_t receive(struct raw_client *client, void *bytes, size_t size, int64_t deadline)
{
    return client->websocket ? websocket_receive(client->websocket, bytes, size, deadline)
                             : carrier_receive(client, bytes, size, deadline);
}

/* Reads more; false at the end of the connection. */
static bool fill(struct raw_client *client, int64_t deadline, const char *file, int line)
{
    if (client->capacity - client->length < 4096) {
        size_t capacity = 2 * client->capacity + 8192;
        uint8_t *more = realloc(client->bytes, capacity);
        if (!more) {
            env_fail_at(file, line, "out of memory");
        }
        client->bytes = more;
        client->capacity = capacity;
    }
    ssize_t got =
        receive(client, client->bytes + client->length, client->capacity - client->length, deadline);
    if (got < 0) {
        env_fail_at(file, line, "neither a packet nor the end of the connection came");
    }
    client->length += (size_t)got;
    return got > 0;
}

struct packet_in raw_receive_at(struct raw_client *client, const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    struct packet_in in = {0};
    size_t length;

    if (client->fd < 0) {
        env_fail_at(file, line, "this client was closed by the test");
    }
    while (!(length = packet_length(client->bytes, client->length)) || client->length < length) {
        if (client->ended || !fill(client, deadline, file, line)) {
            client->ended = true;
            return in;
        }
    }
    if (!packet_parse(env_of(client), client->protocol, client->bytes, length, &in)) {
        env_fail_at(file, line, "the broker sent a malformed %s of %zu bytes", packet_name(in.type), length);
    }
    client->length -= length;
    memmove(client->bytes, client->bytes + length, client->length);
    return in;
}

struct packet_in raw_expect_at(struct raw_client *client, enum packet_type type, const char *file, int line)
{
    struct packet_in in = raw_receive_at(client, file, line);

    if (in.type != type) {
        env_fail_at(file, line, "expected %s, got %s (code 0x%02x, topic %s)", packet_name(type),
                    packet_name(in.type), in.reason, in.topic ? in.topic : "none");
    }
    return in;
}

struct packet_in raw_expect_reason_at(struct raw_client *client, enum packet_type type, unsigned reason,
                                      const char *file, int line)
{
    struct packet_in in = raw_expect_at(client, type, file, line);

    if (in.reason != reason) {
        env_fail_at(file, line, "expected %s with code 0x%02x, got 0x%02x", packet_name(type), reason,
                    in.reason);
    }
    return in;
}

void raw_expect_end_at(struct raw_client *client, const char *file, int line)
{
    struct packet_in in = raw_receive_at(client, file, line);

    if (in.type == DISCONNECT && client->protocol == 5) {
        in = raw_receive_at(client, file, line);
    }
    if (in.type != 0) {
        env_fail_at(file, line, "expected the end of the connection, got %s (code 0x%02x)",
                    packet_name(in.type), in.reason);
    }
}

void raw_expect_silence_at(struct raw_client *client, const char *file, int line)
{
    static const uint8_t pingreq[] = {PINGREQ << 4, 0};

    raw_send(client, pingreq, sizeof(pingreq));
    raw_expect_at(client, PINGRESP, file, line);
}

static unsigned next_id(struct raw_client *client)
{
    client->last_id = client->last_id % 65535 + 1;
    return client->last_id;
}

static void begin_with_id(struct raw_client *client, struct packet_out *packet, unsigned id)
{
    packet_begin(packet, env_of(client));
    packet_put_u16(packet, id);
    if (client->protocol == 5) {
        packet_put_varint(packet, 0);
    }
}

static unsigned expect_code(struct raw_client *client, enum packet_type type, unsigned id, const char *file,
                            int line)
{
    struct packet_in in = raw_expect_at(client, type, file, line);

    if (in.id != id) {
        env_fail_at(file, line, "expected %s for packet %u, got it for %u", packet_name(type), id, in.id);
    }
    return in.reason;
}

unsigned raw_subscribe_at(struct raw_client *client, const char *filter, unsigned qos, const char *file,
                          int line)
{
    struct packet_out packet;
    unsigned id = next_id(client);

    begin_with_id(client, &packet, id);
    packet_put_text(&packet, filter);
    packet_put_u8(&packet, qos);
    packet_frame(&packet, SUBSCRIBE << 4 | 2);
    raw_send_packet(client, &packet);
    return expect_code(client, SUBACK, id, file, line);
}

unsigned raw_unsubscribe_at(struct raw_client *client, const char *filter, const char *file, int line)
{
    struct packet_out packet;
    unsigned id = next_id(client);

    begin_with_id(client, &packet, id);
    packet_put_text(&packet, filter);
    packet_frame(&packet, UNSUBSCRIBE << 4 | 2);
    raw_send_packet(client, &packet);
    return expect_code(client, UNSUBACK, id, file, line);
}

unsigned raw_publish(struct raw_client *client, const char *topic, const char *payload, unsigned qos,
                     bool retain)
{
    struct packet_out packet;
    unsigned id = qos ? next_id(client) : 0;

    packet_begin(&packet, env_of(client));
    packet_put_text(&packet, topic);
    if (qos) {
        packet_put_u16(&packet, id);
    }
    if (client->protocol == 5) {
        packet_put_varint(&packet, 0);
    }
    packet_put_bytes(&packet, payload, strlen(payload));
    packet_frame(&packet, PUBLISH << 4 | qos << 1 | (retain ? 1 : 0));
    raw_send_packet(client, &packet);
    return id;
}

unsigned raw_publish_acked_at(struct raw_client *client, const char *topic, const char *payload,
                              const char *file, int line)
{
    unsigned id = raw_publish(client, topic, payload, 1, false);
    return expect_code(client, PUBACK, id, file, line);
}

static void acknowledge(struct raw_client *client, enum packet_type type, unsigned id)
{
    struct packet_out packet;

    packet_begin(&packet, env_of(client));
    packet_put_u16(&packet, id);
    packet_frame(&packet, type << 4 | (type == PUBREL ? 2 : 0));
    raw_send_packet(client, &packet);
}

void raw_release_at(struct raw_client *client, unsigned id, const char *file, int line)
{
    acknowledge(client, PUBREL, id);
    expect_code(client, PUBCOMP, id, file, line);
}

unsigned raw_publish_whole_at(struct raw_client *client, const char *topic, const char *payload, unsigned qos,
                              bool retain, const char *file, int line)
{
    unsigned id = raw_publish(client, topic, payload, qos, retain);

    if (qos == 0) {
        raw_expect_silence_at(client, file, line);
        return 0;
    }
    unsigned code = expect_code(client, qos == 1 ? PUBACK : PUBREC, id, file, line);
    if (qos == 2 && code < 0x80) {
        raw_release_at(client, id, file, line);
    }
    return code;
}

int raw_take_at(struct raw_client *client, const char *topic, const char *file, int line)
{
    static const uint8_t pingreq[] = {PINGREQ << 4, 0};
    int messages = 0;

    raw_send(client, pingreq, sizeof(pingreq));
    for (;;) {
        struct packet_in in = raw_receive_at(client, file, line);
        if (in.type == PINGRESP) {
            return messages;
        }
        if (in.type == PUBREL) {
            acknowledge(client, PUBCOMP, in.id);
        } else if (in.type != PUBLISH || (topic && strcmp(in.topic, topic) != 0)) {
            env_fail_at(file, line, "expected %s or nothing, got %s (code 0x%02x, topic %s)",
                        topic ? topic : "messages", packet_name(in.type), in.reason,
                        in.topic ? in.topic : "none");
        } else {
            unsigned qos = in.flags >> 1 & 3;
            messages++;
            if (qos > 0) {
                acknowledge(client, qos == 1 ? PUBACK : PUBREC, in.id);
            }
        }
    }
}

struct packet_in raw_expect_publish_at(struct raw_client *client, const char *topic, const char *payload,
                                       const char *file, int line)
{
    struct packet_in in = raw_expect_at(client, PUBLISH, file, line);

    if (strcmp(in.topic, topic) != 0 || strcmp(in.payload, payload) != 0) {
        env_fail_at(file, line, "expected %s: %s, got %s: %s", topic, payload, in.topic, in.payload);
    }
    if ((in.flags >> 1 & 3) == 1) {
        acknowledge(client, PUBACK, in.id);
    } else if ((in.flags >> 1 & 3) == 2) {
        acknowledge(client, PUBREC, in.id);
        expect_code(client, PUBREL, in.id, file, line);
        acknowledge(client, PUBCOMP, in.id);
    }
    return in;
}

void raw_disconnect_at(struct raw_client *client, const char *file, int line)
{
    static const uint8_t disconnect[] = {DISCONNECT << 4, 0};

    raw_send(client, disconnect, sizeof(disconnect));
    raw_expect_end_at(client, file, line);
    raw_drop(client);
}

void raw_finish_at(struct raw_client *client, const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    uint8_t bytes[4096];
    ssize_t got;

    shutdown(client->fd, SHUT_WR);
    while ((got = receive(client, bytes, sizeof(bytes), deadline)) > 0) {
    }
    if (got < 0) {
        env_fail_at(file, line, "the connection does not end");
    }
    raw_drop(client);
}

void raw_reauthenticate(struct raw_client *client, const char *method, const void *data, size_t data_bytes)
{
    struct packet_out packet;

    packet_auth(&packet, env_of(client), 0x19, method, data, data_bytes);
    raw_send_packet(client, &packet);
}

void raw_expect_reauth_refused_at(struct raw_client *client, const char *file, int line)
{
    struct packet_in in;

    /* 2.0.11 answers with CONNACK, later brokers with two DISCONNECTs. */
    while ((in = raw_receive_at(client, file, line)).type != 0) {
        if ((in.type != DISCONNECT && in.type != CONNACK) || in.reason < 0x80) {
            env_fail_at(file, line, "expected a refusal, got %s (code 0x%02x)", packet_name(in.type),
                        in.reason);
        }
    }
    raw_drop(client);
}

unsigned raw_refused_login(const struct raw_client *client)
{
    return client->protocol == 5 ? 0x87 : 5;
}

unsigned raw_refused_subscribe(const struct raw_client *client)
{
    return client->protocol == 5 ? 0x87 : 0x80;
}

unsigned raw_refused_publish(const struct raw_client *client)
{
    return client->protocol == 5 ? 0x87 : 0;
}
