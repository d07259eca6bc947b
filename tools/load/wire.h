/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that never blocks: TCP, or TLS over it, with what waits to be written and what is half read.
 */
#ifndef BEDNET_LOAD_WIRE_H
#define BEDNET_LOAD_WIRE_H

#include "place.h"

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

struct bednet_wire {
    int fd;   /* -1: none */
    SSL *ssl; /* NULL: not encrypted */
    bool is_connected;
    bool is_watched_for_room;
    unsigned char *out; /* from out_start to out_end waits to be written */
    size_t out_start, out_end, out_size;
    unsigned char *in; /* the beginning of a packet */
    size_t in_bytes, in_size;
};

enum bednet_wire_state {
    BEDNET_WIRE_GOOD,
    BEDNET_WIRE_AGAIN,       /* nothing more for now */
    BEDNET_WIRE_ENDED,       /* by the other end */
    BEDNET_WIRE_UNREACHABLE, /* errno says why */
    BEDNET_WIRE_NO_TLS       /* OpenSSL's queue of errors says why */
};

void bednet_wire_init(struct bednet_wire *wire);

/* Begins to connect; `ssl`, which may be NULL, becomes the wire's in any case. GOOD, or UNREACHABLE. */
enum bednet_wire_state bednet_wire_open(struct bednet_wire *wire, const struct bednet_place *place, SSL *ssl);

/* Goes on connecting. GOOD: the TCP connection is there. */
enum bednet_wire_state bednet_wire_connect(struct bednet_wire *wire);

/* Goes on shaking hands. GOOD: that is done. */
enum bednet_wire_state bednet_wire_shake(struct bednet_wire *wire);

/* Room for `bytes` bytes behind what waits to be written; NULL where that would be too much. */
unsigned char *bednet_wire_reserve(struct bednet_wire *wire, size_t bytes);
void bednet_wire_commit(struct bednet_wire *wire, size_t bytes);
size_t bednet_wire_waiting(const struct bednet_wire *wire);

/* Writes what the kernel takes. GOOD: all of it, AGAIN: not all. */
enum bednet_wire_state bednet_wire_flush(struct bednet_wire *wire);

/* GOOD: *got bytes are in `out`. */
enum bednet_wire_state bednet_wire_read(struct bednet_wire *wire, unsigned char *out, size_t size,
                                        size_t *got);

/* Puts bytes behind what is half read; false without memory. */
bool bednet_wire_keep(struct bednet_wire *wire, const unsigned char *bytes, size_t count);
/* Forgets the first bytes of it. */
void bednet_wire_consume(struct bednet_wire *wire, size_t count);

/* Ends it without a word; `reset`: so that the other end sees an error. Keeps memory for the next time. */
void bednet_wire_close(struct bednet_wire *wire, bool reset);
void bednet_wire_free(struct bednet_wire *wire);

#endif
