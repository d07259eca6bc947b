/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of MQTT 3.1.1 and 5 that a client writes, into memory that the caller has, and reads, where
 * they lie: no allocation on either way.
 */
#ifndef BEDNET_LOAD_MQTT_H
#define BEDNET_LOAD_MQTT_H

#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bednet_mqtt_type {
    BEDNET_MQTT_CONNECT = 1,
    BEDNET_MQTT_CONNACK,
    BEDNET_MQTT_PUBLISH,
    BEDNET_MQTT_PUBACK,
    BEDNET_MQTT_PUBREC,
    BEDNET_MQTT_PUBREL,
    BEDNET_MQTT_PUBCOMP,
    BEDNET_MQTT_SUBSCRIBE,
    BEDNET_MQTT_SUBACK,
    BEDNET_MQTT_UNSUBSCRIBE,
    BEDNET_MQTT_UNSUBACK,
    BEDNET_MQTT_PINGREQ,
    BEDNET_MQTT_PINGRESP,
    BEDNET_MQTT_DISCONNECT,
    BEDNET_MQTT_AUTH
};

enum { BEDNET_MQTT_311 = 4, BEDNET_MQTT_5 = 5 };

/* The longest packet that is written or read. */
#define BEDNET_MQTT_BYTES_MAX (1024u * 1024 + 128 * 1024)

struct bednet_mqtt_login {
    int version;
    unsigned keepalive_s;
    struct bednet_text id, username, password; /* the last two may be absent */
};

struct bednet_mqtt_message {
    int version;
    unsigned qos;
    bool retain;
    uint16_t packet_id; /* above QoS 0 */
    struct bednet_text topic;
    size_t payload_bytes;
};

/*
 * Each gives the bytes that the packet has, and writes it where `size` is enough. 0: a string is too long for
 * MQTT, or the packet for us.
 */
size_t bednet_mqtt_put_connect(unsigned char *out, size_t size, const struct bednet_mqtt_login *login);
size_t bednet_mqtt_put_subscribe(unsigned char *out, size_t size, int version, uint16_t packet_id,
                                 struct bednet_text filter, unsigned qos);
/* All but the payload, which comes last: the caller writes the last payload_bytes of what this gives. */
size_t bednet_mqtt_put_publish(unsigned char *out, size_t size, const struct bednet_mqtt_message *message);
/* PUBACK, PUBREC, PUBREL or PUBCOMP: four bytes. */
void bednet_mqtt_put_answer(unsigned char out[4], enum bednet_mqtt_type type, uint16_t packet_id);
/* PINGREQ or DISCONNECT: two bytes. */
void bednet_mqtt_put_bare(unsigned char out[2], enum bednet_mqtt_type type);

/* A packet that came; the payload lies in the bytes that it was read from. */
struct bednet_mqtt_packet {
    enum bednet_mqtt_type type;
    unsigned qos; /* of PUBLISH, as are the next two */
    bool duplicate;
    struct bednet_text topic;
    const unsigned char *payload;
    size_t payload_bytes;
    uint16_t packet_id;
    unsigned reason; /* return code or reason code; the worst one of SUBACK; 0 where it was left out */
    unsigned receive_maximum; /* of CONNACK; 65535 where it says none */
    int keepalive_s;          /* of CONNACK; -1 where the client may have its own */
};

enum bednet_mqtt_got { BEDNET_MQTT_MORE, BEDNET_MQTT_PACKET, BEDNET_MQTT_MALFORMED };

/* Reads the packet that `bytes` begin with; *used is its length. */
enum bednet_mqtt_got bednet_mqtt_take(const unsigned char *bytes, size_t length, int version,
                                      struct bednet_mqtt_packet *out, size_t *used);

/* What a CONNACK of that version says with a code, or MQTT 5 with any reason: `not authorized`. NULL:
 * unknown. */
const char *bednet_mqtt_reason(int version, unsigned code);

#endif
