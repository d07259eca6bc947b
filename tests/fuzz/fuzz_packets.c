/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a broker sends to the load generator: the first byte says which version was spoken, the rest comes as
 * from a socket. A packet lies within what was read, and is the same however it was cut on its way.
 */
#include "fuzz/must.h"
#include "mqtt.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Memory of exactly `length` bytes: a sanitizer sees who reads beyond. */
static enum bednet_mqtt_got take(const uint8_t *bytes, size_t length, int version,
                                 struct bednet_mqtt_packet *packet, size_t *used)
{
    uint8_t *copy = malloc(length + (length == 0));
    enum bednet_mqtt_got got;

    MUST(copy != NULL);
    memcpy(copy, bytes, length);
    got = bednet_mqtt_take(copy, length, version, packet, used);
    if (got == BEDNET_MQTT_PACKET) {
        MUST(packet->topic.len == 0 ||
             ((const uint8_t *)packet->topic.ptr >= copy &&
              (const uint8_t *)packet->topic.ptr + packet->topic.len <= copy + *used));
        MUST(packet->payload_bytes == 0 || packet->payload + packet->payload_bytes <= copy + *used);
        MUST(packet->payload_bytes == 0 || packet->payload >= copy);
    }
    free(copy);
    return got;
}

static void check_packet(const struct bednet_mqtt_packet *packet, int version)
{
    MUST(packet->qos <= 2 && packet->receive_maximum >= 1 && packet->receive_maximum <= UINT16_MAX);
    MUST(packet->keepalive_s >= -1 && packet->keepalive_s <= UINT16_MAX);
    MUST(packet->qos == 0 || packet->packet_id != 0);
    MUST(packet->reason <= UINT8_MAX);
    switch (packet->type) {
    case BEDNET_MQTT_DISCONNECT:
        MUST(version == BEDNET_MQTT_5);
        break;
    case BEDNET_MQTT_CONNACK:
    case BEDNET_MQTT_PUBLISH:
    case BEDNET_MQTT_PUBACK:
    case BEDNET_MQTT_PUBREC:
    case BEDNET_MQTT_PUBREL:
    case BEDNET_MQTT_PUBCOMP:
    case BEDNET_MQTT_SUBACK:
    case BEDNET_MQTT_PINGRESP:
        break;
    default:
        MUST(false); /* nothing that a broker says */
    }
}

/* Until it is whole a packet is waited for: what began well is not malformed, nor a shorter packet. */
static void check_cuts(const uint8_t *bytes, size_t used, int version)
{
    static const size_t ends[] = {0, 1, 2, 3, 4, 5, 6, 8, 16, 64};
    struct bednet_mqtt_packet packet;
    size_t ignored;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && ends[i] < used; i++) {
        MUST(take(bytes, ends[i], version, &packet, &ignored) == BEDNET_MQTT_MORE);
    }
    MUST(take(bytes, used - 1, version, &packet, &ignored) == BEDNET_MQTT_MORE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 1;
    int version = size > 0 && (data[0] & 1) != 0 ? BEDNET_MQTT_5 : BEDNET_MQTT_311;

    while (at < size) {
        struct bednet_mqtt_packet packet, alone;
        size_t used = 0, again = 0;

        if (take(data + at, size - at, version, &packet, &used) != BEDNET_MQTT_PACKET) {
            break;
        }
        MUST(used >= 2 && used <= size - at);
        check_packet(&packet, version);
        MUST(take(data + at, used, version, &alone, &again) == BEDNET_MQTT_PACKET && again == used);
        MUST(alone.type == packet.type && alone.packet_id == packet.packet_id &&
             alone.payload_bytes == packet.payload_bytes && alone.reason == packet.reason);
        check_cuts(data + at, used, version);
        at += used;
    }
    for (unsigned code = 0; size > 0 && code < 2; code++) {
        const char *words = bednet_mqtt_reason(version, data[size - 1] + code * 256u);

        MUST(words == NULL || words[0] != '\0');
    }
    return 0;
}
