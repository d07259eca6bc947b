/* SPDX-License-Identifier: Apache-2.0 */
/* See packet.h. */
#include "harness/packet.h"
#include <stdlib.h>
#include <string.h>

/* Properties of MQTT 5 that are put or looked for. */
enum { AUTHENTICATION_METHOD = 0x15, AUTHENTICATION_DATA = 0x16 };

const char *packet_name(enum packet_type type)
{
    static const char *const names[] = {"the end of the connection",
                                        "CONNECT",
                                        "CONNACK",
                                        "PUBLISH",
                                        "PUBACK",
                                        "PUBREC",
                                        "PUBREL",
                                        "PUBCOMP",
                                        "SUBSCRIBE",
                                        "SUBACK",
                                        "UNSUBSCRIBE",
                                        "UNSUBACK",
                                        "PINGREQ",
                                        "PINGRESP",
                                        "DISCONNECT",
                                        "AUTH"};
    return names[type];
}

void packet_begin(struct packet_out *out, struct env *env)
{
    *out = (struct packet_out){.env = env};
}

void packet_put_bytes(struct packet_out *out, const void *bytes, size_t length)
{
    if (out->capacity - out->length < length) {
        size_t capacity = 2 * (out->length + length) + 64;
        uint8_t *more = env_alloc(out->env, capacity);
        if (out->length > 0) {
            memcpy(more, out->bytes, out->length);
        }
        out->bytes = more;
        out->capacity = capacity;
    }
    if (length > 0) {
        memcpy(out->bytes + out->length, bytes, length);
        out->length += length;
    }
}

void packet_put_u8(struct packet_out *out, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    packet_put_bytes(out, &byte, 1);
}

void packet_put_u16(struct packet_out *out, unsigned value)
{
    packet_put_u8(out, value >> 8);
    packet_put_u8(out, value & 0xff);
}

void packet_put_u32(struct packet_out *out, uint32_t value)
{
    packet_put_u16(out, value >> 16);
    packet_put_u16(out, value & 0xffff);
}

void packet_put_varint(struct packet_out *out, size_t value)
{
    do {
        unsigned byte = value & 0x7f;
        value >>= 7;
        packet_put_u8(out, byte | (value > 0 ? 0x80 : 0));
    } while (value > 0);
}

void packet_put_blob(struct packet_out *out, const void *bytes, size_t length)
{
    packet_put_u16(out, (unsigned)length);
    packet_put_bytes(out, bytes, length);
}

void packet_put_text(struct packet_out *out, const char *text)
{
    packet_put_blob(out, text, strlen(text));
}

void packet_frame(struct packet_out *out, unsigned first)
{
    struct packet_out whole;

    packet_begin(&whole, out->env);
    packet_put_u8(&whole, first);
    packet_put_varint(&whole, out->length);
    packet_put_bytes(&whole, out->bytes, out->length);
    *out = whole;
}

static void put_properties(struct packet_out *out, const struct packet_out *properties)
{
    packet_put_varint(out, properties->length);
    packet_put_bytes(out, properties->bytes, properties->length);
}

static void put_authentication(struct packet_out *properties, const char *method, const void *data,
                               size_t data_bytes)
{
    if (method) {
        packet_put_u8(properties, AUTHENTICATION_METHOD);
        packet_put_text(properties, method);
    }
    if (data) {
        packet_put_u8(properties, AUTHENTICATION_DATA);
        packet_put_blob(properties, data, data_bytes ? data_bytes : strlen(data));
    }
}

static void put_connect_properties(struct packet_out *out, const struct connect_options *options)
{
    struct packet_out properties;

    packet_begin(&properties, out->env);
    if (options->session_expiry) {
        packet_put_u8(&properties, 0x11);
        packet_put_u32(&properties, options->session_expiry);
    }
    put_authentication(&properties, options->auth_method, options->auth_data, options->auth_data_bytes);
    put_properties(out, &properties);
}

static void put_will(struct packet_out *out, const struct connect_options *options)
{
    if (options->protocol >= 5) {
        struct packet_out properties;
        packet_begin(&properties, out->env);
        if (options->will_delay) {
            packet_put_u8(&properties, 0x18);
            packet_put_u32(&properties, options->will_delay);
        }
        put_properties(out, &properties);
    }
    packet_put_text(out, options->will_topic);
    packet_put_text(out, options->will_payload ? options->will_payload : "");
}

static unsigned connect_flags(const struct connect_options *options)
{
    unsigned flags = options->resume ? 0 : 0x02;

    if (options->will_topic) {
        flags |= 0x04 | options->will_qos << 3 | (options->will_retain ? 0x20 : 0);
    }
    return flags | (options->password ? 0x40 : 0) | (options->username ? 0x80 : 0);
}

void packet_connect(struct packet_out *out, struct env *env, const struct connect_options *options)
{
    unsigned protocol = options->protocol ? (unsigned)options->protocol : 4;

    packet_begin(out, env);
    packet_put_text(out, protocol == 3 ? "MQIsdp" : "MQTT");
    packet_put_u8(out, protocol);
    packet_put_u8(out, connect_flags(options));
    packet_put_u16(out, options->no_keepalive ? 0 : options->keepalive ? options->keepalive : 600);
    if (protocol >= 5) {
        put_connect_properties(out, options);
    }
    packet_put_text(out, options->client_id ? options->client_id : "");
    if (options->will_topic) {
        put_will(out, options);
    }
    if (options->username) {
        packet_put_text(out, options->username);
    }
    if (options->password) {
        packet_put_blob(out, options->password,
                        options->password_bytes ? options->password_bytes : strlen(options->password));
    }
    packet_frame(out, CONNECT << 4);
}

void packet_auth(struct packet_out *out, struct env *env, unsigned reason, const char *method,
                 const void *data, size_t data_bytes)
{
    struct packet_out properties;

    packet_begin(&properties, env);
    put_authentication(&properties, method, data, data_bytes);
    packet_begin(out, env);
    packet_put_u8(out, reason);
    put_properties(out, &properties);
    packet_frame(out, AUTH << 4);
}

/* Reading position in a packet; `failed` once it ran over the end. */
struct reader {
    const uint8_t *next;
    size_t left;
    bool failed;
};

static const uint8_t *take(struct reader *reader, size_t length)
{
    const uint8_t *bytes = reader->next;

    if (reader->left < length) {
        reader->failed = true;
        return NULL;
    }
    reader->next += length;
    reader->left -= length;
    return bytes;
}

static unsigned take_u8(struct reader *reader)
{
    const uint8_t *byte = take(reader, 1);
    return byte ? *byte : 0;
}

static unsigned take_u16(struct reader *reader)
{
    unsigned high = take_u8(reader);
    return high << 8 | take_u8(reader);
}

static size_t take_varint(struct reader *reader)
{
    size_t value = 0;

    for (unsigned shift = 0; shift < 28; shift += 7) {
        unsigned byte = take_u8(reader);
        value |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            return value;
        }
    }
    reader->failed = true;
    return 0;
}

static const char *take_text(struct reader *reader, struct env *env, size_t length)
{
    const uint8_t *bytes = take(reader, length);
    char *text = env_alloc(env, length + 1);

    if (bytes && length > 0) {
        memcpy(text, bytes, length);
    }
    return text;
}

static void skip_properties(struct reader *reader, int protocol)
{
    if (protocol >= 5) {
        take(reader, take_varint(reader));
    }
}

/* How many bytes a property's value has by its identifier; -1: a text or binary data, -2: a pair of texts. */
static int value_size(unsigned identifier)
{
    switch (identifier) {
    case 0x01: /* payload format */
    case 0x17: /* request problem information */
    case 0x19: /* request response information */
    case 0x24: /* maximum QoS */
    case 0x25: /* retain available */
    case 0x28: /* wildcards, ... */
    case 0x29: /* ... subscription identifiers, ... */
    case 0x2a: /* ... and shared subscriptions available */
        return 1;
    case 0x13: /* server keep alive */
    case 0x21: /* receive maximum */
    case 0x22: /* topic alias maximum */
    case 0x23: /* topic alias */
        return 2;
    case 0x02: /* message expiry */
    case 0x11: /* session expiry */
    case 0x18: /* will delay */
    case 0x27: /* maximum packet size */
        return 4;
    case 0x26: /* user property */
        return -2;
    default:
        return -1;
    }
}

/* Looks for the authentication method among the properties. */
static void parse_properties(struct reader *reader, struct env *env, int protocol, struct packet_in *in)
{
    size_t length = protocol >= 5 ? take_varint(reader) : 0;
    struct reader properties = {take(reader, length), length, false};

    while (!reader->failed && !properties.failed && properties.left > 0) {
        unsigned identifier = take_u8(&properties);
        int size = value_size(identifier);
        if (identifier == AUTHENTICATION_METHOD) {
            in->auth_method = take_text(&properties, env, take_u16(&properties));
            continue;
        }
        for (; size < 0; size++) {
            take(&properties, take_u16(&properties));
        }
        take(&properties, (size_t)size);
    }
    reader->failed = reader->failed || properties.failed;
}

static void parse_publish(struct reader *reader, struct env *env, int protocol, struct packet_in *in)
{
    in->topic = take_text(reader, env, take_u16(reader));
    if (in->flags & 0x06) {
        in->id = take_u16(reader);
    }
    skip_properties(reader, protocol);
    in->payload_bytes = reader->left;
    in->payload = take_text(reader, env, reader->left);
}

static void parse_codes(struct reader *reader, struct env *env, int protocol, struct packet_in *in)
{
    in->id = take_u16(reader);
    skip_properties(reader, protocol);
    in->codes = reader->left;
    if (in->codes > 0) {
        in->code = take_text(reader, env, reader->left);
        in->reason = (uint8_t)in->code[0];
    }
}

/* MQTT 5 lets the reason and the properties be left out. */
static void parse_reason(struct reader *reader, struct env *env, int protocol, struct packet_in *in)
{
    if (reader->left > 0) {
        in->reason = take_u8(reader);
    }
    if (reader->left > 0) {
        parse_properties(reader, env, protocol, in);
    }
}

static void parse_body(struct reader *reader, struct env *env, int protocol, struct packet_in *in)
{
    switch (in->type) {
    case CONNACK:
        in->session_present = take_u8(reader) & 1;
        in->reason = take_u8(reader);
        /* A server refuses a protocol it does not speak in the words of 3.1.1. */
        if (reader->left > 0) {
            parse_properties(reader, env, protocol, in);
        }
        break;
    case PUBLISH:
        parse_publish(reader, env, protocol, in);
        break;
    case SUBACK:
    case UNSUBACK:
        parse_codes(reader, env, protocol, in);
        break;
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
        in->id = take_u16(reader);
        parse_reason(reader, env, protocol, in);
        break;
    case DISCONNECT:
    case AUTH:
        parse_reason(reader, env, protocol, in);
        break;
    default:
        break;
    }
}

bool packet_parse(struct env *env, int protocol, const uint8_t *bytes, size_t length, struct packet_in *in)
{
    struct reader reader = {bytes, length, false};
    unsigned first = take_u8(&reader);

    *in = (struct packet_in){.type = (enum packet_type)(first >> 4), .flags = first & 0x0f};
    size_t body = take_varint(&reader);
    if (reader.failed || body != reader.left) {
        return false;
    }
    parse_body(&reader, env, protocol, in);
    return !reader.failed && reader.left == 0;
}

size_t packet_length(const uint8_t *bytes, size_t length)
{
    struct reader reader = {bytes, length, false};

    take_u8(&reader);
    size_t body = take_varint(&reader);
    return reader.failed ? 0 : (size_t)(reader.next - bytes) + body;
}
