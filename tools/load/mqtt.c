/* SPDX-License-Identifier: Apache-2.0 */
/* See mqtt.h. Lengths are known before anything is written: each packet goes straight to its place. */
#include "mqtt.h"

/* Bytes of a string or of binary data with its length in front. */
static size_t blob_bytes(struct bednet_text text)
{
    return 2 + text.len;
}

static size_t varint_bytes(size_t value)
{
    return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}

static unsigned char *put_u16(unsigned char *out, size_t value)
{
    out[0] = (unsigned char)(value >> 8);
    out[1] = (unsigned char)value;
    return out + 2;
}

static unsigned char *put_blob(unsigned char *out, struct bednet_text text)
{
    out = put_u16(out, text.len);
    if (text.len > 0)
        memcpy(out, text.ptr, text.len);
    return out + text.len;
}

static unsigned char *put_varint(unsigned char *out, size_t value)
{
    do {
        unsigned char byte = value & 0x7f;
        value >>= 7;
        *out++ = byte | (value > 0 ? 0x80 : 0);
    } while (value > 0);
    return out;
}

/* Of a packet with that remaining length; 0 where it is longer than is written here. */
static size_t whole(size_t remaining)
{
    size_t bytes = 1 + varint_bytes(remaining) + remaining;
    return bytes <= BEDNET_MQTT_BYTES_MAX ? bytes : 0;
}

static unsigned char *put_header(unsigned char *out, unsigned first, size_t remaining)
{
    *out = (unsigned char)first;
    return put_varint(out + 1, remaining);
}

static bool is_string(struct bednet_text text)
{
    return text.len <= UINT16_MAX;
}

size_t bednet_mqtt_put_connect(unsigned char *out, size_t size, const struct bednet_mqtt_login *login)
{
    const bool has_username = login->username.ptr != NULL, has_password = login->password.ptr != NULL;
    const bool has_properties = login->version >= BEDNET_MQTT_5;
    if (!is_string(login->id) || !is_string(login->username) || !is_string(login->password))
        return 0;
    size_t remaining = 10 + (has_properties ? 1 : 0) + blob_bytes(login->id) +
                       (has_username ? blob_bytes(login->username) : 0) +
                       (has_password ? blob_bytes(login->password) : 0);
    size_t bytes = whole(remaining);
    if (bytes > size)
        return bytes;
    out = put_header(out, BEDNET_MQTT_CONNECT << 4, remaining);
    out = put_blob(out, BEDNET_TEXT_LITERAL("MQTT"));
    *out++ = (unsigned char)login->version;
    *out++ = 0x02 | (has_password ? 0x40 : 0) | (has_username ? 0x80 : 0);
    out = put_u16(out, login->keepalive_s);
    if (has_properties)
        *out++ = 0;
    out = put_blob(out, login->id);
    if (has_username)
        out = put_blob(out, login->username);
    if (has_password)
        put_blob(out, login->password);
    return bytes;
}

size_t bednet_mqtt_put_subscribe(unsigned char *out, size_t size, int version, uint16_t packet_id,
                                 struct bednet_text filter, unsigned qos)
{
    size_t remaining = 2 + (version >= BEDNET_MQTT_5 ? 1 : 0) + blob_bytes(filter) + 1;
    size_t bytes = is_string(filter) ? whole(remaining) : 0;
    if (bytes == 0 || bytes > size)
        return bytes;
    out = put_header(out, BEDNET_MQTT_SUBSCRIBE << 4 | 2, remaining);
    out = put_u16(out, packet_id);
    if (version >= BEDNET_MQTT_5)
        *out++ = 0;
    out = put_blob(out, filter);
    *out = (unsigned char)qos;
    return bytes;
}

size_t bednet_mqtt_put_publish(unsigned char *out, size_t size, const struct bednet_mqtt_message *message)
{
    size_t remaining = blob_bytes(message->topic) + (message->qos > 0 ? 2 : 0) +
                       (message->version >= BEDNET_MQTT_5 ? 1 : 0) + message->payload_bytes;
    size_t bytes = is_string(message->topic) ? whole(remaining) : 0;
    if (bytes == 0 || bytes > size)
        return bytes;
    out =
        put_header(out, BEDNET_MQTT_PUBLISH << 4 | message->qos << 1 | (message->retain ? 1 : 0), remaining);
    out = put_blob(out, message->topic);
    if (message->qos > 0)
        out = put_u16(out, message->packet_id);
    if (message->version >= BEDNET_MQTT_5)
        *out = 0;
    return bytes;
}

void bednet_mqtt_put_answer(unsigned char out[4], enum bednet_mqtt_type type, uint16_t packet_id)
{
    out[0] = (unsigned char)(type << 4 | (type == BEDNET_MQTT_PUBREL ? 2 : 0));
    out[1] = 2;
    put_u16(out + 2, packet_id);
}

void bednet_mqtt_put_bare(unsigned char out[2], enum bednet_mqtt_type type)
{
    out[0] = (unsigned char)(type << 4);
    out[1] = 0;
}

/* Reading position in a packet; `failed` once it ran over the end. */
struct reader {
    const unsigned char *next;
    size_t left;
    bool failed;
};

static const unsigned char *take(struct reader *reader, size_t length)
{
    const unsigned char *bytes = reader->next;
    if (length > reader->left) {
        reader->failed = true;
        return NULL;
    }
    reader->next += length;
    reader->left -= length;
    return bytes;
}

static unsigned take_u8(struct reader *reader)
{
    const unsigned char *byte = take(reader, 1);
    return byte != NULL ? *byte : 0;
}

static unsigned take_u16(struct reader *reader)
{
    const unsigned char *bytes = take(reader, 2);
    return bytes != NULL ? (unsigned)bytes[0] << 8 | bytes[1] : 0;
}

static size_t take_varint(struct reader *reader)
{
    size_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        unsigned byte = take_u8(reader);
        value |= (size_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    reader->failed = true;
    return 0;
}

/* Bytes of a property's value; text and binary data have their length in front, a user property is two texts.
 */
static void skip_value(struct reader *properties, unsigned identifier)
{
    switch (identifier) {
    case 0x01: /* payload format */
    case 0x24: /* maximum QoS */
    case 0x25: /* retain available */
    case 0x28: /* wildcards, ... */
    case 0x29: /* ... subscription identifiers, ... */
    case 0x2a: /* ... and shared subscriptions available */
        take(properties, 1);
        break;
    case 0x13: /* server keep alive */
    case 0x21: /* receive maximum */
    case 0x22: /* topic alias maximum */
    case 0x23: /* topic alias */
        take(properties, 2);
        break;
    case 0x02: /* message expiry */
    case 0x11: /* session expiry */
    case 0x27: /* maximum packet size */
        take(properties, 4);
        break;
    case 0x0b: /* subscription identifier */
        take_varint(properties);
        break;
    case 0x26: /* user property */
        take(properties, take_u16(properties));
        take(properties, take_u16(properties));
        break;
    case 0x03: /* content type */
    case 0x08: /* response topic */
    case 0x09: /* correlation data */
    case 0x12: /* assigned client identifier */
    case 0x15: /* authentication method */
    case 0x16: /* authentication data */
    case 0x1a: /* response information */
    case 0x1c: /* server reference */
    case 0x1f: /* reason string */
        take(properties, take_u16(properties));
        break;
    default:
        properties->failed = true;
    }
}

static void read_properties(struct reader *reader, struct bednet_mqtt_packet *out)
{
    size_t length = take_varint(reader);
    struct reader properties = {take(reader, length), length, reader->failed};
    while (!properties.failed && properties.left > 0) {
        unsigned identifier = take_u8(&properties);
        if (identifier == 0x21 && out->type == BEDNET_MQTT_CONNACK)
            out->receive_maximum = take_u16(&properties);
        else if (identifier == 0x13 && out->type == BEDNET_MQTT_CONNACK)
            out->keepalive_s = (int)take_u16(&properties);
        else
            skip_value(&properties, identifier);
    }
    reader->failed = reader->failed || properties.failed || out->receive_maximum == 0;
}

static void read_connack(struct reader *reader, struct bednet_mqtt_packet *out)
{
    take_u8(reader);
    out->reason = take_u8(reader);
    /* A broker refuses a version that it does not speak in the words of 3.1.1. */
    if (reader->left > 0)
        read_properties(reader, out);
}

static void read_publish(struct reader *reader, unsigned flags, int version, struct bednet_mqtt_packet *out)
{
    out->qos = flags >> 1 & 3;
    out->duplicate = (flags & 8) != 0;
    size_t length = take_u16(reader);
    out->topic = (struct bednet_text){(const char *)take(reader, length), length};
    if (out->qos > 0)
        out->packet_id = (uint16_t)take_u16(reader);
    if (version >= BEDNET_MQTT_5)
        read_properties(reader, out);
    out->payload_bytes = reader->left;
    out->payload = take(reader, reader->left);
    reader->failed = reader->failed || out->qos == 3 || (out->qos > 0 && out->packet_id == 0);
}

static void read_suback(struct reader *reader, int version, struct bednet_mqtt_packet *out)
{
    out->packet_id = (uint16_t)take_u16(reader);
    if (version >= BEDNET_MQTT_5)
        read_properties(reader, out);
    reader->failed = reader->failed || reader->left == 0;
    while (!reader->failed && reader->left > 0) {
        unsigned reason = take_u8(reader);
        out->reason = reason > out->reason ? reason : out->reason;
    }
}

/* MQTT 5 lets the reason and the properties be left out. */
static void read_reason(struct reader *reader, struct bednet_mqtt_packet *out)
{
    if (reader->left > 0)
        out->reason = take_u8(reader);
    if (reader->left > 0)
        read_properties(reader, out);
}

static void read_body(struct reader *reader, unsigned flags, int version, struct bednet_mqtt_packet *out)
{
    switch (out->type) {
    case BEDNET_MQTT_CONNACK:
        read_connack(reader, out);
        break;
    case BEDNET_MQTT_PUBLISH:
        read_publish(reader, flags, version, out);
        break;
    case BEDNET_MQTT_SUBACK:
        read_suback(reader, version, out);
        break;
    case BEDNET_MQTT_PUBACK:
    case BEDNET_MQTT_PUBREC:
    case BEDNET_MQTT_PUBREL:
    case BEDNET_MQTT_PUBCOMP:
        out->packet_id = (uint16_t)take_u16(reader);
        if (version >= BEDNET_MQTT_5)
            read_reason(reader, out);
        break;
    case BEDNET_MQTT_DISCONNECT:
        reader->failed = version < BEDNET_MQTT_5; /* before, only a client says so */
        read_reason(reader, out);
        break;
    case BEDNET_MQTT_PINGRESP:
        break;
    default:
        reader->failed = true; /* nothing that was asked for */
    }
}

enum bednet_mqtt_got bednet_mqtt_take(const unsigned char *bytes, size_t length, int version,
                                      struct bednet_mqtt_packet *out, size_t *used)
{
    struct reader header = {bytes, length, false};
    unsigned first = take_u8(&header);
    size_t remaining = take_varint(&header);
    if (header.failed)
        return length < 5 ? BEDNET_MQTT_MORE : BEDNET_MQTT_MALFORMED;
    if (remaining > BEDNET_MQTT_BYTES_MAX)
        return BEDNET_MQTT_MALFORMED;
    if (remaining > header.left)
        return BEDNET_MQTT_MORE;
    struct reader body = {header.next, remaining, false};
    *out = (struct bednet_mqtt_packet){
        .type = (enum bednet_mqtt_type)(first >> 4), .receive_maximum = UINT16_MAX, .keepalive_s = -1};
    *used = length - header.left + remaining;
    read_body(&body, first & 0x0f, version, out);
    return body.failed || body.left > 0 ? BEDNET_MQTT_MALFORMED : BEDNET_MQTT_PACKET;
}

static const char *old_reason(unsigned code)
{
    static const char *const reasons[] = {
        "accepted",           "unacceptable protocol version", "client identifier rejected",
        "server unavailable", "bad user name or password",     "not authorized"};
    return code < sizeof reasons / sizeof *reasons ? reasons[code] : code == 128 ? "failure" : NULL;
}

const char *bednet_mqtt_reason(int version, unsigned code)
{
    static const struct {
        unsigned code;
        const char *words;
    } reasons[] = {{0, "success"},
                   {128, "unspecified error"},
                   {129, "malformed packet"},
                   {130, "protocol error"},
                   {131, "implementation specific error"},
                   {132, "unsupported protocol version"},
                   {133, "client identifier not valid"},
                   {134, "bad user name or password"},
                   {135, "not authorized"},
                   {136, "server unavailable"},
                   {137, "server busy"},
                   {138, "banned"},
                   {139, "server shutting down"},
                   {140, "bad authentication method"},
                   {141, "keep alive timeout"},
                   {142, "session taken over"},
                   {143, "topic filter invalid"},
                   {144, "topic name invalid"},
                   {147, "receive maximum exceeded"},
                   {149, "packet too large"},
                   {150, "message rate too high"},
                   {151, "quota exceeded"},
                   {152, "administrative action"},
                   {153, "payload format invalid"},
                   {154, "retain not supported"},
                   {155, "QoS not supported"},
                   {156, "use another server"},
                   {157, "server moved"},
                   {158, "shared subscriptions not supported"},
                   {159, "connection rate exceeded"},
                   {160, "maximum connect time"},
                   {162, "wildcard subscriptions not supported"}};
    if (version < BEDNET_MQTT_5)
        return old_reason(code);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].code == code)
            return reasons[i].words;
    return NULL;
}
