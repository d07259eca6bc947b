/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/metrics/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Scrapers that wait while all connections are busy. */
#define BACKLOG 64

static bool has_section(const struct bednet_policy *policy)
{
    return policy->section[BEDNET_PLUGIN_METRICS].line != 0;
}

/* `host` must hold a literal of either family. */
static bool parse(const char *host, uint16_t port, struct bednet_metrics_address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, host, &address->socket.v4.sin_addr) == 1) {
        address->socket.v4.sin_family = AF_INET;
        address->socket.v4.sin_port = htons(port);
        address->socket_bytes = sizeof address->socket.v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &address->socket.v6.sin6_addr) == 1) {
        address->socket.v6.sin6_family = AF_INET6;
        address->socket.v6.sin6_port = htons(port);
        address->socket_bytes = sizeof address->socket.v6;
        return true;
    }
    return false;
}

static void describe(struct bednet_metrics_address *address)
{
    char host[INET6_ADDRSTRLEN] = "?";
    bool v6 = address->socket.any.sa_family == AF_INET6;
    inet_ntop(address->socket.any.sa_family,
              v6 ? (const void *)&address->socket.v6.sin6_addr : (const void *)&address->socket.v4.sin_addr,
              host, sizeof host);
    snprintf(address->text, sizeof address->text, v6 ? "[%s]:%u" : "%s:%u", host,
             (unsigned)bednet_metrics_address_port(address));
}

bool bednet_metrics_address(const struct bednet_policy *policy, struct bednet_diag *diag,
                            struct bednet_metrics_address *address)
{
    char host[INET6_ADDRSTRLEN] = BEDNET_METRICS_DEFAULT_HOST;
    uint16_t port = BEDNET_METRICS_DEFAULT_PORT;
    bool valid = true;
    if (has_section(policy)) {
        struct bednet_text named = policy->metrics.host;
        valid = named.ptr != NULL && named.len < sizeof host && memchr(named.ptr, '\0', named.len) == NULL;
        if (valid) {
            memcpy(host, named.ptr, named.len);
            host[named.len] = '\0';
            port = policy->metrics.port;
        }
    }
    if (!valid || !parse(host, port, address)) {
        bednet_diag_add(diag, BEDNET_ERROR, policy->path.ptr, policy->metrics.source,
                        "the host to listen on is no address (expected IPv4 or IPv6, no name)");
        return false;
    }
    describe(address);
    return true;
}

bool bednet_metrics_address_equal(const struct bednet_metrics_address *a,
                                  const struct bednet_metrics_address *b)
{
    return a->socket_bytes == b->socket_bytes && memcmp(&a->socket, &b->socket, a->socket_bytes) == 0;
}

uint16_t bednet_metrics_address_port(const struct bednet_metrics_address *address)
{
    return ntohs(address->socket.any.sa_family == AF_INET6 ? address->socket.v6.sin6_port
                                                           : address->socket.v4.sin_port);
}

static bool is_loopback(const struct bednet_metrics_address *address)
{
    if (address->socket.any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
    return ntohl(address->socket.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* -1 with errno. */
static int open_socket(struct bednet_metrics_address *address, bool share)
{
    int fd = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int on = 1;
    socklen_t bytes = sizeof address->socket;
    /* A broker that restarts must not wait for the scrapes of its predecessor to be forgotten. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (!share || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
        bind(fd, &address->socket.any, address->socket_bytes) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, &address->socket.any, &bytes) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int bednet_metrics_listen(struct bednet_metrics_address *address, bool share,
                          const struct bednet_policy *policy, struct bednet_diag *diag)
{
    struct bednet_source source = policy->metrics.source;
    int fd = open_socket(address, share);
    if (fd < 0) {
        char text[128];
        bednet_diag_add(diag, BEDNET_ERROR, policy->path.ptr, source, "cannot serve metrics on %s: %s",
                        address->text, strerror_r(errno, text, sizeof text));
        return -1;
    }
    describe(address);
    if (!is_loopback(address))
        bednet_diag_add(diag, BEDNET_WARNING, policy->path.ptr, source,
                        "metrics on %s can be read by everyone who reaches it (nothing is encrypted or "
                        "asks for a password; expected 127.0.0.1 or [::1])",
                        address->text);
    return fd;
}

void bednet_metrics_listener_share(int fd)
{
    int on = 1;
    /* Where this fails, the bind that needs it fails as well, and says so. */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
}
