/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client by libmosquitto, as most of the world's devices are: with its own keepalive, reconnects off, its
 * loop turned by whoever waits for something.
 */
#ifndef BEDNET_TESTS_BROKER_LIB_CLIENT_H
#define BEDNET_TESTS_BROKER_LIB_CLIENT_H

#include "harness/broker.h"

struct lib_client;

/* `protocol` 3, 4 or 5. *reason gets the CONNACK's code. Names and password may be NULL. */
#define lib_connect(broker, protocol, id, username, password, reason)                                        \
    lib_connect_at(broker, protocol, id, username, password, reason, __FILE__, __LINE__)
struct lib_client *lib_connect_at(struct broker *broker, int protocol, const char *id, const char *username,
                                  const char *password, int *reason, const char *file, int line);

/* Gives the code of SUBACK. */
#define lib_subscribe(client, filter, qos) lib_subscribe_at(client, filter, qos, __FILE__, __LINE__)
int lib_subscribe_at(struct lib_client *client, const char *filter, int qos, const char *file, int line);

/* Waits until the exchange of that QoS is over; gives its reason code. */
#define lib_publish(client, topic, payload, qos)                                                             \
    lib_publish_at(client, topic, payload, qos, __FILE__, __LINE__)
int lib_publish_at(struct lib_client *client, const char *topic, const char *payload, int qos,
                   const char *file, int line);

/* Waits for the next message, which must be that one. */
#define lib_expect_message(client, topic, payload)                                                           \
    lib_expect_message_at(client, topic, payload, __FILE__, __LINE__)
void lib_expect_message_at(struct lib_client *client, const char *topic, const char *payload,
                           const char *file, int line);

#define lib_disconnect(client) lib_disconnect_at(client, __FILE__, __LINE__)
void lib_disconnect_at(struct lib_client *client, const char *file, int line);

#endif
