/* SPDX-License-Identifier: Apache-2.0 */
/* The address that the policy names, and a socket that listens there. Broker thread only. */
#ifndef BEDNET_METRICS_LISTENER_H
#define BEDNET_METRICS_LISTENER_H

#include "policy/policy.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define BEDNET_METRICS_DEFAULT_HOST "127.0.0.1"
#define BEDNET_METRICS_DEFAULT_PORT 9234

struct bednet_metrics_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t socket_bytes;
    char text[INET6_ADDRSTRLEN + 8]; /* as one writes it: 127.0.0.1:9234, [::1]:9234 */
};

/* Where a policy wants its metrics; the default where it has no such section. False, with an error in `diag`,
 * when the host is no IPv4 or IPv6 literal. */
bool bednet_metrics_address(const struct bednet_policy *policy, struct bednet_diag *diag,
                            struct bednet_metrics_address *address);

bool bednet_metrics_address_equal(const struct bednet_metrics_address *a,
                                  const struct bednet_metrics_address *b);

/* In host byte order. */
uint16_t bednet_metrics_address_port(const struct bednet_metrics_address *address);

/*
 * A listening, non-blocking socket, owned by the caller; -1, with an error in `diag`, when that fails. Warns
 * when others than this machine can reach it. Port 0 takes any that is free; *address then tells which.
 * `share` lets it stand beside a listener of this process that shares the port, too.
 */
int bednet_metrics_listen(struct bednet_metrics_address *address, bool share,
                          const struct bednet_policy *policy, struct bednet_diag *diag);

/*
 * From now on another listener that asks for it may have the same port as `fd`. Only processes of the same
 * user can ask, and a broker that starts does not.
 */
void bednet_metrics_listener_share(int fd);

#endif
