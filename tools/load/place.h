/* SPDX-License-Identifier: Apache-2.0 */
/* Where the broker is, and that it is on this machine unless the user says otherwise. */
#ifndef BEDNET_LOAD_PLACE_H
#define BEDNET_LOAD_PLACE_H

#include <stdbool.h>
#include <sys/socket.h>

struct bednet_place {
    struct sockaddr_storage address;
    socklen_t length;
    bool is_name; /* not an address: goes into SNI */
};

/* An exit code; what is wrong was printed. */
int bednet_place_find(const char *host, unsigned port, bool is_remote_allowed, struct bednet_place *out);

/*
 * Raises the limit of open files as far as it may be raised. An exit code: where `connections` do not fit it
 * was printed what is needed.
 */
int bednet_place_make_room(size_t connections);

#endif
