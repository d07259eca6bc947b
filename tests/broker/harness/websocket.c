/* SPDX-License-Identifier: Apache-2.0 */
/* See websocket.h. Masks are all zero, which the protocol allows and nobody minds on loopback. */
#include "harness/websocket.h"
#include "harness/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTINUATION, TEXT, BINARY, CLOSE = 8, PING, PONG };

#define FRAME_MOST (128 * 1024)

struct websocket {
    struct websocket_carrier carrier;
    uint8_t bytes[FRAME_MOST]; /* received, not yet taken */
    size_t length;
    size_t header, payload; /* of the frame in front, once its header is there */
    bool ended;
};

/* False at the end, or at the deadline: *late tells. */
static bool fill(struct websocket *websocket, int64_t deadline_ms, bool *late)
{
    ssize_t got = 0;

    if (websocket->length < FRAME_MOST) {
        got = websocket->carrier.receive(websocket->carrier.thing, websocket->bytes + websocket->length,
                                         FRAME_MOST - websocket->length, deadline_ms);
    }
    *late = got < 0;
    websocket->length += got > 0 ? (size_t)got : 0;
    return got > 0;
}

static void drop(struct websocket *websocket, size_t count)
{
    websocket->length -= count;
    memmove(websocket->bytes, websocket->bytes + count, websocket->length);
}

static bool shake_hands(struct websocket *websocket, const char *subprotocol)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    char request[512];
    bool late;
    const uint8_t *end;

    int length = snprintf(request, sizeof(request),
                          "GET /mqtt HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Protocol: %s\r\n\r\n",
                          env_host(), subprotocol);
    websocket->carrier.send(websocket->carrier.thing, request, (size_t)length);
    while (!(end = memmem(websocket->bytes, websocket->length, "\r\n\r\n", 4))) {
        if (!fill(websocket, deadline, &late)) {
            return false;
        }
    }
    bool agreed = memcmp(websocket->bytes, "HTTP/1.1 101", 12) == 0;
    drop(websocket, (size_t)(end - websocket->bytes) + 4);
    return agreed;
}

struct websocket *websocket_open(const struct websocket_carrier *carrier, const char *subprotocol)
{
    struct websocket *websocket = calloc(1, sizeof(*websocket));

    if (websocket) {
        websocket->carrier = *carrier;
        if (!shake_hands(websocket, subprotocol)) {
            websocket_close(websocket);
            return NULL;
        }
    }
    return websocket;
}

void websocket_close(struct websocket *websocket)
{
    free(websocket);
}

static void send_frame(struct websocket *websocket, unsigned opcode, const uint8_t *bytes, size_t length)
{
    uint8_t header[14] = {(uint8_t)(0x80 | opcode)};
    size_t used = 2;

    if (length < 126) {
        header[1] = (uint8_t)(0x80 | length);
    } else {
        bool small = length < 65536;
        header[1] = small ? 0x80 | 126 : 0x80 | 127;
        for (int shift = small ? 8 : 56; shift >= 0; shift -= 8) {
            header[used++] = (uint8_t)((uint64_t)length >> shift);
        }
    }
    websocket->carrier.send(websocket->carrier.thing, header, used + 4);
    websocket->carrier.send(websocket->carrier.thing, bytes, length);
}

void websocket_send(struct websocket *websocket, const void *bytes, size_t length)
{
    send_frame(websocket, BINARY, bytes, length);
}

/* True once the header of the frame in front is there. A server's frames are not masked. */
static bool parse(struct websocket *websocket)
{
    const uint8_t *bytes = websocket->bytes;
    size_t more = websocket->length < 2 ? 0 : bytes[1] == 126 ? 2 : bytes[1] == 127 ? 8 : 0;

    if (websocket->length < 2 + more) {
        return false;
    }
    websocket->header = 2 + more;
    websocket->payload = more ? 0 : bytes[1] & 0x7f;
    for (size_t i = 0; i < more; i++) {
        websocket->payload = websocket->payload << 8 | bytes[2 + i];
    }
    return true;
}

ssize_t websocket_receive(struct websocket *websocket, void *bytes, size_t size, int64_t deadline_ms)
{
    bool late;

    while (!websocket->ended) {
        if (!parse(websocket) || websocket->length < websocket->header + websocket->payload) {
            if (!fill(websocket, deadline_ms, &late)) {
                return late ? -1 : 0;
            }
            continue;
        }
        unsigned opcode = websocket->bytes[0] & 0x0f;
        size_t length = websocket->payload < size ? websocket->payload : size;
        websocket->ended = opcode == CLOSE;
        if (opcode == PING) {
            send_frame(websocket, PONG, websocket->bytes + websocket->header, websocket->payload);
        }
        if (opcode > BINARY || websocket->payload == 0) {
            drop(websocket, websocket->header + websocket->payload);
            continue;
        }
        memcpy(bytes, websocket->bytes + websocket->header, length);
        /* What did not fit is the payload of the same frame still. */
        if (length < websocket->payload) {
            env_fail("a frame of %zu bytes, for which there is no room", websocket->payload);
        }
        drop(websocket, websocket->header + websocket->payload);
        return (ssize_t)length;
    }
    return 0;
}
