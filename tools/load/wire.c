/* SPDX-License-Identifier: Apache-2.0 */
/* See wire.h. */
#include "wire.h"
#include "mqtt.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than one packet of the longest kind; whoever has that much to write must wait. */
#define WAITING_BYTES_MAX (2u * BEDNET_MQTT_BYTES_MAX)
/* What is kept for the next packet although nothing is in it. */
#define KEPT_BYTES_MAX 4096u

void bednet_wire_init(struct bednet_wire *wire)
{
    *wire = (struct bednet_wire){.fd = -1};
}

enum bednet_wire_state bednet_wire_open(struct bednet_wire *wire, const struct bednet_place *place, SSL *ssl)
{
    const int on = 1;
    wire->ssl = ssl;
    wire->fd = socket(place->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (wire->fd < 0)
        return BEDNET_WIRE_UNREACHABLE;
    if (setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (ssl != NULL && SSL_set_fd(ssl, wire->fd) != 1))
        return BEDNET_WIRE_UNREACHABLE;
    if (connect(wire->fd, (const struct sockaddr *)&place->address, place->length) != 0 &&
        errno != EINPROGRESS)
        return BEDNET_WIRE_UNREACHABLE;
    return BEDNET_WIRE_GOOD;
}

enum bednet_wire_state bednet_wire_connect(struct bednet_wire *wire)
{
    struct sockaddr_storage peer;
    int fault = 0;
    socklen_t length = sizeof fault;
    if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &fault, &length) != 0)
        return BEDNET_WIRE_UNREACHABLE;
    if (fault != 0) {
        errno = fault;
        return BEDNET_WIRE_UNREACHABLE;
    }
    length = sizeof peer;
    if (getpeername(wire->fd, (struct sockaddr *)&peer, &length) != 0)
        return errno == ENOTCONN ? BEDNET_WIRE_AGAIN : BEDNET_WIRE_UNREACHABLE;
    wire->is_connected = true;
    return BEDNET_WIRE_GOOD;
}

/* What an operation of OpenSSL that gave `result` means. */
static enum bednet_wire_state judge(const struct bednet_wire *wire, int result)
{
    switch (SSL_get_error(wire->ssl, result)) {
    case SSL_ERROR_NONE:
        return BEDNET_WIRE_GOOD;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return BEDNET_WIRE_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL:
        return BEDNET_WIRE_ENDED;
    default:
        return BEDNET_WIRE_NO_TLS;
    }
}

enum bednet_wire_state bednet_wire_shake(struct bednet_wire *wire)
{
    if (wire->ssl == NULL)
        return BEDNET_WIRE_GOOD;
    ERR_clear_error();
    return judge(wire, SSL_connect(wire->ssl));
}

size_t bednet_wire_waiting(const struct bednet_wire *wire)
{
    return wire->out_end - wire->out_start;
}

/* Makes *bytes hold `wanted`; false without memory. */
static bool grow(unsigned char **bytes, size_t *size, size_t wanted)
{
    if (wanted <= *size)
        return true;
    size_t more = 2 * *size > wanted ? 2 * *size : wanted;
    unsigned char *grown = realloc(*bytes, more);
    if (grown == NULL)
        return false;
    *bytes = grown;
    *size = more;
    return true;
}

unsigned char *bednet_wire_reserve(struct bednet_wire *wire, size_t bytes)
{
    size_t waiting = bednet_wire_waiting(wire);
    if (waiting + bytes > WAITING_BYTES_MAX)
        return NULL;
    if (wire->out_start > 0 && wire->out_end + bytes > wire->out_size) {
        memmove(wire->out, wire->out + wire->out_start, waiting);
        wire->out_start = 0;
        wire->out_end = waiting;
    }
    return grow(&wire->out, &wire->out_size, wire->out_end + bytes) ? wire->out + wire->out_end : NULL;
}

void bednet_wire_commit(struct bednet_wire *wire, size_t bytes)
{
    wire->out_end += bytes;
}

/* An idle connection needs next to no memory. */
static void shrink(unsigned char **bytes, size_t *size)
{
    if (*size > KEPT_BYTES_MAX) {
        free(*bytes);
        *bytes = NULL;
        *size = 0;
    }
}

static enum bednet_wire_state write_some(struct bednet_wire *wire, size_t *written)
{
    const unsigned char *bytes = wire->out + wire->out_start;
    if (wire->ssl != NULL) {
        ERR_clear_error();
        return judge(wire, SSL_write_ex(wire->ssl, bytes, bednet_wire_waiting(wire), written));
    }
    ssize_t sent = send(wire->fd, bytes, bednet_wire_waiting(wire), MSG_NOSIGNAL);
    *written = sent > 0 ? (size_t)sent : 0;
    if (sent >= 0)
        return BEDNET_WIRE_GOOD;
    return errno == EAGAIN || errno == EINTR ? BEDNET_WIRE_AGAIN : BEDNET_WIRE_ENDED;
}

enum bednet_wire_state bednet_wire_flush(struct bednet_wire *wire)
{
    while (bednet_wire_waiting(wire) > 0) {
        size_t written = 0;
        enum bednet_wire_state state = write_some(wire, &written);
        wire->out_start += written;
        if (state != BEDNET_WIRE_GOOD)
            return state;
    }
    wire->out_start = wire->out_end = 0;
    shrink(&wire->out, &wire->out_size);
    return BEDNET_WIRE_GOOD;
}

enum bednet_wire_state bednet_wire_read(struct bednet_wire *wire, unsigned char *out, size_t size,
                                        size_t *got)
{
    if (wire->ssl != NULL) {
        ERR_clear_error();
        return judge(wire, SSL_read_ex(wire->ssl, out, size, got));
    }
    ssize_t count = recv(wire->fd, out, size, 0);
    *got = count > 0 ? (size_t)count : 0;
    if (count > 0)
        return BEDNET_WIRE_GOOD;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? BEDNET_WIRE_AGAIN : BEDNET_WIRE_ENDED;
}

bool bednet_wire_keep(struct bednet_wire *wire, const unsigned char *bytes, size_t count)
{
    if (!grow(&wire->in, &wire->in_size, wire->in_bytes + count))
        return false;
    memcpy(wire->in + wire->in_bytes, bytes, count);
    wire->in_bytes += count;
    return true;
}

void bednet_wire_consume(struct bednet_wire *wire, size_t count)
{
    wire->in_bytes -= count;
    if (wire->in_bytes > 0)
        memmove(wire->in, wire->in + count, wire->in_bytes);
    else
        shrink(&wire->in, &wire->in_size);
}

void bednet_wire_close(struct bednet_wire *wire, bool reset)
{
    const struct linger at_once = {.l_onoff = 1};
    SSL_free(wire->ssl);
    if (wire->fd >= 0) {
        if (reset)
            setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(wire->fd);
    }
    wire->fd = -1;
    wire->ssl = NULL;
    wire->is_connected = wire->is_watched_for_room = false;
    wire->out_start = wire->out_end = wire->in_bytes = 0;
    shrink(&wire->out, &wire->out_size);
    shrink(&wire->in, &wire->in_size);
}

void bednet_wire_free(struct bednet_wire *wire)
{
    bednet_wire_close(wire, false);
    free(wire->out);
    free(wire->in);
    bednet_wire_init(wire);
}
