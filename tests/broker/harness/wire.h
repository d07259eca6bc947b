/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets with deadlines. */
#ifndef BEDNET_TESTS_BROKER_WIRE_H
#define BEDNET_TESTS_BROKER_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A connected socket, or -1. */
int wire_connect(const char *host, int port);

/* Sends all of it, as far as the other end lets us; a connection that is gone shows when reading. */
void wire_send(int fd, const void *bytes, size_t length);

/* What there is, as soon as there is something: bytes, 0 at the end of the connection, -1 at the deadline. */
ssize_t wire_receive(int fd, void *bytes, size_t size, int64_t deadline_ms);

#endif
