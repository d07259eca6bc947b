/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that no client may send, by name. Each must end the connection. */
#ifndef BEDNET_TESTS_BROKER_MALFORMED_H
#define BEDNET_TESTS_BROKER_MALFORMED_H

#include <stddef.h>

struct malformed {
    const char *what;
    const char *bytes;
    size_t length;
};

/* Before CONNECT; the broker may send a CONNACK that refuses first. */
extern const struct malformed malformed_strangers[];
extern const size_t malformed_strangers_count;

/* After a CONNECT of MQTT 3.1.1. */
extern const struct malformed malformed_members[];
extern const size_t malformed_members_count;

#endif
