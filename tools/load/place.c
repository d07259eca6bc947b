/* SPDX-License-Identifier: Apache-2.0 */
/* See place.h. */
#include "place.h"
#include "command.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { FILES_BESIDE = 32 }; /* that are open besides connections */

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

static bool is_address(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

int bednet_place_find(const char *host, unsigned port, bool is_remote_allowed, struct bednet_place *out)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    char service[16];
    snprintf(service, sizeof service, "%u", port);
    int fault = getaddrinfo(host, service, &hints, &found);
    if (fault != 0) {
        fprintf(stderr, "bednet-load: --host %s: %s\n", host, gai_strerror(fault));
        return BEDNET_EXIT_USAGE;
    }
    *out = (struct bednet_place){.length = found->ai_addrlen, .is_name = !is_address(host)};
    memcpy(&out->address, found->ai_addr, found->ai_addrlen);
    bool is_here = is_loopback(found->ai_addr);
    freeaddrinfo(found);
    if (is_here || is_remote_allowed)
        return BEDNET_EXIT_OK;
    fprintf(stderr,
            "bednet-load: %s is not this machine; a load test can take a broker, and the network on the way "
            "to it, "
            "out of service. Say --remote if they are yours to load\n",
            host);
    return BEDNET_EXIT_USAGE;
}

int bednet_place_make_room(size_t connections)
{
    struct rlimit files;
    rlim_t needed = (rlim_t)connections + FILES_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed)
        return BEDNET_EXIT_OK;
    files.rlim_cur = files.rlim_max < needed ? files.rlim_max : needed;
    if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= needed)
        return BEDNET_EXIT_OK;
    fprintf(stderr,
            "bednet-load: %zu connections need %llu open files, and %llu are allowed; raise the hard limit "
            "(ulimit -Hn, or LimitNOFILE= of a service), and the broker's too\n",
            connections, (unsigned long long)needed, (unsigned long long)files.rlim_max);
    return BEDNET_EXIT_IO;
}
