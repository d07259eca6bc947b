/* SPDX-License-Identifier: Apache-2.0 */
/* The client's end of a websocket (RFC 6455) over whatever carries bytes: MQTT in binary frames. */
#ifndef BEDNET_TESTS_BROKER_WEBSOCKET_H
#define BEDNET_TESTS_BROKER_WEBSOCKET_H

#include "harness/env.h"
#include <sys/types.h>

/* What is below; as wire_send and wire_receive. */
struct websocket_carrier {
    void *thing;
    void (*send)(void *thing, const void *bytes, size_t length);
    ssize_t (*receive)(void *thing, void *bytes, size_t size, int64_t deadline_ms);
};

struct websocket;

/* Asks for the subprotocol ("mqtt"). NULL where the other end does not agree. */
struct websocket *websocket_open(const struct websocket_carrier *carrier, const char *subprotocol);
void websocket_close(struct websocket *websocket);

/* As wire_send and wire_receive; a frame that closes is the end. */
void websocket_send(struct websocket *websocket, const void *bytes, size_t length);
ssize_t websocket_receive(struct websocket *websocket, void *bytes, size_t size, int64_t deadline_ms);

#endif
