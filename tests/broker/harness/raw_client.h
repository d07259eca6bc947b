/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that sends and expects packets one by one. Nothing happens behind the test's back: no keepalive,
 * no reconnect; only raw_expect_publish and raw_take acknowledge what they take. "Nothing arrives" is
 * asserted by a ping: MQTT answers in order on one connection, so what does not come before PINGRESP does not
 * come.
 */
#ifndef BEDNET_TESTS_BROKER_RAW_CLIENT_H
#define BEDNET_TESTS_BROKER_RAW_CLIENT_H

#include "harness/broker.h"
#include "harness/packet.h"

/* What PUBACK and PUBREC of MQTT 5 say where a message was taken but nobody had subscribed to it. */
enum { NOBODY_LISTENS = 0x10 };

struct raw_client;

/* Connects the socket; ends with the test, without DISCONNECT. `port` 0 is the broker's own listener. */
#define raw_open(broker, port) raw_open_at(broker, port, __FILE__, __LINE__)
struct raw_client *raw_open_at(struct broker *broker, int port, const char *file, int line);

/*
 * How far somebody comes by MQTT 5 over TLS: the code of CONNACK, or -1 where TLS already refuses him (in 1.3
 * that shows only after the handshake).
 */
#define raw_try(broker, port, id, identity) raw_try_at(broker, port, id, identity, __FILE__, __LINE__)
int raw_try_at(struct broker *broker, int port, const char *id, const struct tls_identity *identity,
               const char *file, int line);
#define raw_shakes_hands(broker, port, identity) (raw_try(broker, port, "handshake", identity) >= 0)

/* Opens, sends CONNECT and leaves the answer to the test. */
#define raw_connect(broker, ...)                                                                             \
    raw_connect_at(broker, 0, &(const struct connect_options){__VA_ARGS__}, __FILE__, __LINE__)
#define raw_connect_port(broker, port, ...)                                                                  \
    raw_connect_at(broker, port, &(const struct connect_options){__VA_ARGS__}, __FILE__, __LINE__)
struct raw_client *raw_connect_at(struct broker *broker, int port, const struct connect_options *options,
                                  const char *file, int line);

/* The same, and expects to be accepted. */
#define raw_login(broker, ...)                                                                               \
    raw_login_at(broker, 0, &(const struct connect_options){__VA_ARGS__}, __FILE__, __LINE__)
#define raw_login_port(broker, port, ...)                                                                    \
    raw_login_at(broker, port, &(const struct connect_options){__VA_ARGS__}, __FILE__, __LINE__)
struct raw_client *raw_login_at(struct broker *broker, int port, const struct connect_options *options,
                                const char *file, int line);

/* The same, and expects the CONNACK that says "not authorised" in the protocol's own words, and the end. */
#define raw_login_refused(broker, ...)                                                                       \
    raw_login_refused_at(broker, 0, &(const struct connect_options){__VA_ARGS__}, __FILE__, __LINE__)
#define raw_login_refused_port(broker, port, ...)                                                            \
    raw_login_refused_at(broker, port, &(const struct connect_options){__VA_ARGS__}, __FILE__, __LINE__)
void raw_login_refused_at(struct broker *broker, int port, const struct connect_options *options,
                          const char *file, int line);

void raw_send(struct raw_client *client, const void *bytes, size_t length);
void raw_send_packet(struct raw_client *client, const struct packet_out *packet);

/* The next packet, or the end of the connection. Fails when neither comes. */
#define raw_receive(client) raw_receive_at(client, __FILE__, __LINE__)
struct packet_in raw_receive_at(struct raw_client *client, const char *file, int line);

/* The next packet must be of that type (0: the end). */
#define raw_expect(client, type) raw_expect_at(client, type, __FILE__, __LINE__)
struct packet_in raw_expect_at(struct raw_client *client, enum packet_type type, const char *file, int line);

/* The next packet must be of that type and carry that code. */
#define raw_expect_reason(client, type, reason) raw_expect_reason_at(client, type, reason, __FILE__, __LINE__)
struct packet_in raw_expect_reason_at(struct raw_client *client, enum packet_type type, unsigned reason,
                                      const char *file, int line);

/* The connection must end now; MQTT 5 may say why first. */
#define raw_expect_end(client) raw_expect_end_at(client, __FILE__, __LINE__)
void raw_expect_end_at(struct raw_client *client, const char *file, int line);

/* Sends a ping; its answer must be the next packet. Also: all that was sent before has been dealt with. */
#define raw_expect_silence(client) raw_expect_silence_at(client, __FILE__, __LINE__)
void raw_expect_silence_at(struct raw_client *client, const char *file, int line);

/* Sends SUBSCRIBE (or UNSUBSCRIBE) for one filter; gives the code of the answer, which must come next. */
#define raw_subscribe(client, filter, qos) raw_subscribe_at(client, filter, qos, __FILE__, __LINE__)
unsigned raw_subscribe_at(struct raw_client *client, const char *filter, unsigned qos, const char *file,
                          int line);
#define raw_unsubscribe(client, filter) raw_unsubscribe_at(client, filter, __FILE__, __LINE__)
unsigned raw_unsubscribe_at(struct raw_client *client, const char *filter, const char *file, int line);

/* Sends PUBLISH only; gives the packet id (0 at QoS 0). */
unsigned raw_publish(struct raw_client *client, const char *topic, const char *payload, unsigned qos,
                     bool retain);
/* Sends PUBLISH at QoS 1; gives the code of its PUBACK, which must come next. */
#define raw_publish_acked(client, topic, payload)                                                            \
    raw_publish_acked_at(client, topic, payload, __FILE__, __LINE__)
unsigned raw_publish_acked_at(struct raw_client *client, const char *topic, const char *payload,
                              const char *file, int line);

/* The next packet must be that message; it is acknowledged as its QoS demands. */
#define raw_expect_publish(client, topic, payload)                                                           \
    raw_expect_publish_at(client, topic, payload, __FILE__, __LINE__)
struct packet_in raw_expect_publish_at(struct raw_client *client, const char *topic, const char *payload,
                                       const char *file, int line);

/* Sends PUBLISH and sees it through to its end. Gives the code of the first answer, 0 at QoS 0. */
#define raw_publish_whole(client, topic, payload, qos, retain)                                               \
    raw_publish_whole_at(client, topic, payload, qos, retain, __FILE__, __LINE__)
unsigned raw_publish_whole_at(struct raw_client *client, const char *topic, const char *payload, unsigned qos,
                              bool retain, const char *file, int line);

/* Sends PUBREL for a message that PUBREC answered, and waits for PUBCOMP. */
#define raw_release(client, id) raw_release_at(client, id, __FILE__, __LINE__)
void raw_release_at(struct raw_client *client, unsigned id, const char *file, int line);

/*
 * Pings, and takes and acknowledges all that comes before the answer. Gives how many messages there were: all
 * must be of that topic (NULL: of any).
 */
#define raw_take(client, topic) raw_take_at(client, topic, __FILE__, __LINE__)
int raw_take_at(struct raw_client *client, const char *topic, const char *file, int line);

/* Says DISCONNECT and waits for the end. */
#define raw_disconnect(client) raw_disconnect_at(client, __FILE__, __LINE__)
void raw_disconnect_at(struct raw_client *client, const char *file, int line);

/* Just goes away, as a device does that loses its power: the will is due. */
void raw_drop(struct raw_client *client);

/* Sends no more, takes whatever comes, and waits for the end. */
#define raw_finish(client) raw_finish_at(client, __FILE__, __LINE__)
void raw_finish_at(struct raw_client *client, const char *file, int line);

/* Sends AUTH that asks to authenticate anew (MQTT 5 section 4.12.1); the answer is left to the test. */
void raw_reauthenticate(struct raw_client *client, const char *method, const void *data, size_t data_bytes);

/* That was refused: an answer that says so, in whatever packets this broker has for it, and the end. */
#define raw_expect_reauth_refused(client) raw_expect_reauth_refused_at(client, __FILE__, __LINE__)
void raw_expect_reauth_refused_at(struct raw_client *client, const char *file, int line);

/* What the protocol of this client calls "not authorised" in an answer to CONNECT, SUBSCRIBE and PUBLISH. */
unsigned raw_refused_login(const struct raw_client *client);
unsigned raw_refused_subscribe(const struct raw_client *client);
unsigned raw_refused_publish(const struct raw_client *client);

#endif
