/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of clients and networks that they may be in. Pure, allocates nothing; any thread. */
#ifndef BEDNET_CORE_ADDRESS_H
#define BEDNET_CORE_ADDRESS_H

#include "core/text.h"
#include <stdbool.h>
#include <stdint.h>

/* IPv4 as IPv6 maps it (RFC 4291 section 2.5.5.2): one form for both, and an address that was mapped is IPv4.
 */
struct bednet_address {
    uint8_t bytes[16];
};

struct bednet_network {
    struct bednet_address address; /* no bit is set behind the prefix */
    uint8_t prefix;                /* bits; of IPv4 counted from the mapped form: 96 to 128 */
};

/* False for what is no literal IPv4 or IPv6 address; `%zone` behind one of IPv6 is passed over. */
bool bednet_address_parse(const char *text, struct bednet_address *out);

/*
 * `10.0.0.0/8`, `2001:db8::/32`, or an address alone. False where it is none; *error then says what was
 * expected (constant string).
 */
bool bednet_network_parse(struct bednet_text text, struct bednet_network *out, const char **error);

/* A network of IPv6 holds no address of IPv4, not even `::/0`. */
bool bednet_network_holds(const struct bednet_network *network, const struct bednet_address *address);

#endif
