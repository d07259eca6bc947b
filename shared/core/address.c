/* SPDX-License-Identifier: Apache-2.0 */
/* Reading is left to inet_pton, which knows neither names nor the historic forms with fewer than four parts.
 */
#include "core/address.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

enum { MAPPED_BITS = 96 };

static bool is_ipv4(const struct bednet_address *address)
{
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static bool parse(const char *text, struct bednet_address *out)
{
    struct bednet_address address;

    memcpy(address.bytes, mapped, sizeof(mapped));
    if (inet_pton(AF_INET, text, address.bytes + sizeof(mapped)) != 1 &&
        inet_pton(AF_INET6, text, address.bytes) != 1) {
        return false;
    }
    *out = address;
    return true;
}

bool bednet_address_parse(const char *text, struct bednet_address *out)
{
    char literal[INET6_ADDRSTRLEN];
    size_t length;

    if (text == NULL) {
        return false;
    }
    length = strcspn(text, "%");
    if (length >= sizeof(literal)) {
        return false;
    }
    memcpy(literal, text, length);
    literal[length] = '\0';
    return (text[length] == '\0' || strchr(literal, ':') != NULL) && parse(literal, out);
}

/* One to three digits, no leading zero. */
static bool parse_prefix(struct bednet_text text, unsigned *out)
{
    unsigned value = 0;

    if (text.len < 1 || text.len > 3 || (text.len > 1 && text.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

static bool is_clear_behind(const struct bednet_address *address, unsigned prefix)
{
    for (unsigned bit = prefix; bit < 128; bit++) {
        if ((address->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

bool bednet_network_parse(struct bednet_text text, struct bednet_network *out, const char **error)
{
    char literal[INET6_ADDRSTRLEN];
    const char *slash = text.ptr != NULL ? memchr(text.ptr, '/', text.len) : NULL;
    size_t length = slash != NULL ? (size_t)(slash - text.ptr) : text.len;
    struct bednet_network network;
    unsigned first, prefix = 128;

    *error = "expected a network such as 10.0.0.0/8 or 2001:db8::/32, or one address";
    if (text.ptr == NULL || length >= sizeof(literal) || memchr(text.ptr, '\0', text.len) != NULL) {
        return false;
    }
    memcpy(literal, text.ptr, length);
    literal[length] = '\0';
    if (!parse(literal, &network.address)) {
        return false;
    }
    /* Of a mapped address in the form of IPv6 the bits are counted from the beginning. */
    first = is_ipv4(&network.address) && strchr(literal, ':') == NULL ? MAPPED_BITS : 0;
    if (slash != NULL) {
        if (!parse_prefix((struct bednet_text){slash + 1, text.len - length - 1}, &prefix) ||
            prefix > 128 - first) {
            *error = "expected at most 32 bits behind the slash for IPv4, and 128 for IPv6";
            return false;
        }
        prefix += first;
    }
    if (!is_clear_behind(&network.address, prefix)) {
        *error = "expected no bit of the address to be set behind those of the network";
        return false;
    }
    network.prefix = (uint8_t)prefix;
    *out = network;
    return true;
}

bool bednet_network_holds(const struct bednet_network *network, const struct bednet_address *address)
{
    unsigned whole = network->prefix / 8;
    unsigned rest = network->prefix % 8;

    if (network->prefix < MAPPED_BITS && is_ipv4(address)) {
        return false;
    }
    return memcmp(network->address.bytes, address->bytes, whole) == 0 &&
           (rest == 0 || (network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0);
}
