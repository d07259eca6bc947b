/* SPDX-License-Identifier: Apache-2.0 */
/* Packets byte by byte: what is written, and everything that a broker may, and must not, answer. */
#include "cmocka_first.h"
#include "mqtt.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(...) (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})

/* Reads out of memory that ends where the bytes end: ASan sees who reads beyond. */
static enum bednet_mqtt_got take(int version, const unsigned char *bytes, size_t length,
                                 struct bednet_mqtt_packet *packet)
{
    unsigned char *copy = malloc(length + (length == 0));
    size_t used = 0;
    memcpy(copy, bytes, length);
    enum bednet_mqtt_got got = bednet_mqtt_take(copy, length, version, packet, &used);
    if (got == BEDNET_MQTT_PACKET)
        assert_int_equal(used, length);
    free(copy);
    return got;
}

static void refuses_what_no_broker_may_say(void **state)
{
    (void)state;
    static const struct {
        int version;
        size_t length;
        unsigned char bytes[16];
    } rows[] = {
        {4, 2, {0x00, 0}},                      /* no type */
        {4, 2, {0x10, 0}},                      /* CONNECT is the client's */
        {4, 2, {0xc0, 0}},                      /* as is PINGREQ */
        {4, 2, {0xe0, 0}},                      /* and before MQTT 5 DISCONNECT */
        {5, 2, {0xf0, 0}},                      /* AUTH, of which nothing was said */
        {4, 5, {0x20, 0xff, 0xff, 0xff, 0xff}}, /* a length of five bytes */
        {4, 5, {0x20, 0xff, 0xff, 0xff, 0x7f}}, /* 256 MiB */
        {4, 2, {0x20, 0}},                      /* CONNACK of nothing */
        {4, 3, {0x20, 1, 0}},                   /* without its code */
        {4, 5, {0x20, 3, 0, 0, 7}},             /* with properties that are none */
        {5, 5, {0x20, 3, 0, 0, 1}},             /* with properties that end too early */
        {5, 6, {0x20, 4, 0, 0, 1, 0x7f}},       /* that are unknown */
        {5, 8, {0x20, 6, 0, 0, 3, 0x21, 0, 0}}, /* a receive maximum of none */
        {5, 7, {0x20, 5, 0, 0, 2, 0x26, 0}},    /* a user property that is cut */
        {4, 4, {0x30, 2, 0, 1}},                /* PUBLISH whose topic is cut */
        {4, 7, {0x36, 5, 0, 1, 'a', 0, 1}},     /* QoS 3 */
        {4, 7, {0x32, 5, 0, 1, 'a', 0, 0}},     /* packet id 0 */
        {4, 5, {0x32, 3, 0, 1, 'a'}},           /* no packet id */
        {4, 3, {0x40, 1, 0}},                   /* PUBACK that is cut */
        {4, 5, {0x40, 3, 0, 1, 0}},             /* or has a reason before MQTT 5 */
        {4, 4, {0x90, 2, 0, 1}},                /* SUBACK without a code */
        {4, 3, {0xd0, 1, 0}},                   /* PINGRESP of something */
    };
    struct bednet_mqtt_packet packet;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(take(rows[i].version, rows[i].bytes, rows[i].length, &packet),
                         BEDNET_MQTT_MALFORMED);
}

static void waits_for_the_rest(void **state)
{
    (void)state;
    const unsigned char publish[] = {0x32, 9, 0, 1, 'a', 0x12, 0x34, 'b', 'o', 'd', 'y'};
    struct bednet_mqtt_packet packet;
    for (size_t length = 0; length < sizeof publish; length++)
        assert_int_equal(take(4, publish, length, &packet), BEDNET_MQTT_MORE);
    assert_int_equal(take(4, publish, sizeof publish, &packet), BEDNET_MQTT_PACKET);
    for (size_t length = 0; length < 5; length++)
        assert_int_equal(take(4, BYTES(0x30, 0xff, 0xff, 0x3f, 0), &packet), BEDNET_MQTT_MORE);
}

static void reads_what_follows_another(void **state)
{
    (void)state;
    const unsigned char two[] = {0xd0, 0, 0x40, 2, 0, 9};
    struct bednet_mqtt_packet packet;
    size_t used;
    assert_int_equal(bednet_mqtt_take(two, sizeof two, 4, &packet, &used), BEDNET_MQTT_PACKET);
    assert_int_equal(used, 2);
    assert_int_equal(packet.type, BEDNET_MQTT_PINGRESP);
    assert_int_equal(bednet_mqtt_take(two + 2, sizeof two - 2, 4, &packet, &used), BEDNET_MQTT_PACKET);
    assert_int_equal(used, 4);
    assert_int_equal(packet.packet_id, 9);
}

static void reads_answers(void **state)
{
    (void)state;
    struct bednet_mqtt_packet packet;
    assert_int_equal(take(4, BYTES(0x20, 2, 1, 5), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.reason, 5);
    assert_int_equal(packet.receive_maximum, 65535);
    assert_int_equal(packet.keepalive_s, -1);
    assert_int_equal(take(5, BYTES(0x20, 6, 0, 0, 3, 0x13, 1, 4), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.keepalive_s, 260);
    /* Topic alias maximum, receive maximum, an assigned id, a user property. */
    assert_int_equal(take(5,
                          BYTES(0x20, 22, 0, 0, 19, 0x22, 0, 10, 0x21, 0, 20, 0x12, 0, 1, 'x', 0x26, 0, 1,
                                'k', 0, 3, 'a', 'b', 'c'),
                          &packet),
                     BEDNET_MQTT_PACKET);
    assert_int_equal(packet.receive_maximum, 20);
    /* A broker that does not speak MQTT 5 refuses it in the words of 3.1.1. */
    assert_int_equal(take(5, BYTES(0x20, 2, 0, 1), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.reason, 1);
    assert_int_equal(take(5, BYTES(0x40, 2, 0, 7), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.reason, 0);
    assert_int_equal(take(5, BYTES(0x40, 3, 0, 7, 0x87), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.reason, 0x87);
    assert_int_equal(take(5, BYTES(0x50, 4, 0, 7, 0x97, 0), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.reason, 0x97);
    assert_int_equal(take(4, BYTES(0x90, 5, 0, 1, 1, 0x80, 2), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.reason, 0x80); /* the worst */
    assert_int_equal(take(5, BYTES(0xe0, 2, 0x8b, 0), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.reason, 0x8b);
    assert_int_equal(take(5, BYTES(0xe0, 0), &packet), BEDNET_MQTT_PACKET);
}

static void reads_messages(void **state)
{
    (void)state;
    struct bednet_mqtt_packet packet;
    size_t used;
    /* Subscription identifier 300, of two bytes. */
    const unsigned char message[] = {0x3c, 12, 0, 1, 'a', 0, 9, 3, 0x0b, 0xac, 0x02, 'x', 'y', 'z'};
    assert_int_equal(bednet_mqtt_take(message, sizeof message, 5, &packet, &used), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.qos, 2);
    assert_true(packet.duplicate);
    assert_int_equal(packet.packet_id, 9);
    assert_int_equal(packet.topic.len, 1);
    assert_int_equal(packet.payload_bytes, 3);
    assert_memory_equal(packet.payload, "xyz", 3);
    assert_int_equal(take(4, BYTES(0x30, 3, 0, 1, 'a'), &packet), BEDNET_MQTT_PACKET);
    assert_int_equal(packet.payload_bytes, 0);
}

/* Gives the packet a buffer that is exactly as long, and then one that is too short, which stays as it is. */
static void expect_connect(const struct bednet_mqtt_login *login, const unsigned char *wanted, size_t bytes)
{
    unsigned char *out = malloc(bytes);
    memset(out, 0x55, bytes);
    assert_int_equal(bednet_mqtt_put_connect(out, bytes - 1, login), bytes);
    assert_int_equal(out[0], 0x55);
    assert_int_equal(bednet_mqtt_put_connect(out, bytes, login), bytes);
    assert_memory_equal(out, wanted, bytes);
    free(out);
}

static void writes_logins(void **state)
{
    (void)state;
    struct bednet_mqtt_login login = {.version = 4, .keepalive_s = 60, .id = BEDNET_TEXT_LITERAL("d")};
    expect_connect(&login, BYTES(0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'd'));
    login.username = BEDNET_TEXT_LITERAL("u");
    login.password = BEDNET_TEXT_LITERAL("");
    expect_connect(&login,
                   BYTES(0x10, 18, 0, 4, 'M', 'Q', 'T', 'T', 4, 0xc2, 0, 60, 0, 1, 'd', 0, 1, 'u', 0, 0));
    login.version = 5;
    login.username = (struct bednet_text){0};
    login.keepalive_s = 65535;
    expect_connect(&login,
                   BYTES(0x10, 16, 0, 4, 'M', 'Q', 'T', 'T', 5, 0x42, 0xff, 0xff, 0, 0, 1, 'd', 0, 0));
    char *huge = malloc(65536);
    memset(huge, 'x', 65536);
    login.password = (struct bednet_text){huge, 65536};
    assert_int_equal(bednet_mqtt_put_connect(NULL, 0, &login), 0);
    login.password.len = 65535;
    assert_int_equal(bednet_mqtt_put_connect(NULL, 0, &login), 1 + 3 + 14 + 2 + 65535);
    free(huge);
}

static void writes_messages_that_it_reads(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 100, 128, 16383, 16384, 1024 * 1024};
    for (int version = 4; version <= 5; version++)
        for (unsigned qos = 0; qos <= 2; qos++)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                const struct bednet_mqtt_message message = {.version = version,
                                                            .qos = qos,
                                                            .packet_id = qos > 0 ? 0xabcd : 0,
                                                            .topic = BEDNET_TEXT_LITERAL("load/1"),
                                                            .payload_bytes = sizes[i]};
                struct bednet_mqtt_packet packet;
                size_t used, bytes = bednet_mqtt_put_publish(NULL, 0, &message);
                unsigned char *out = calloc(1, bytes);
                assert_int_equal(bednet_mqtt_put_publish(out, bytes, &message), bytes);
                memset(out + bytes - sizes[i], 'p', sizes[i]);
                assert_int_equal(bednet_mqtt_take(out, bytes, version, &packet, &used), BEDNET_MQTT_PACKET);
                assert_int_equal(used, bytes);
                assert_int_equal(packet.qos, qos);
                assert_int_equal(packet.packet_id, message.packet_id);
                assert_memory_equal(packet.topic.ptr, "load/1", 6);
                assert_int_equal(packet.payload_bytes, sizes[i]);
                free(out);
            }
    const struct bednet_mqtt_message huge = {.version = 4, .payload_bytes = BEDNET_MQTT_BYTES_MAX};
    assert_int_equal(bednet_mqtt_put_publish(NULL, 0, &huge), 0);
}

static void writes_the_rest(void **state)
{
    (void)state;
    unsigned char out[16];
    struct bednet_text filter = BEDNET_TEXT_LITERAL("a/+");
    assert_int_equal(bednet_mqtt_put_subscribe(out, sizeof out, 4, 258, filter, 1), 10);
    assert_memory_equal(out, ((const unsigned char[]){0x82, 8, 1, 2, 0, 3, 'a', '/', '+', 1}), 10);
    assert_int_equal(bednet_mqtt_put_subscribe(out, sizeof out, 5, 1, filter, 2), 11);
    assert_memory_equal(out, ((const unsigned char[]){0x82, 9, 0, 1, 0, 0, 3, 'a', '/', '+', 2}), 11);
    bednet_mqtt_put_answer(out, BEDNET_MQTT_PUBREL, 0x1234);
    assert_memory_equal(out, ((const unsigned char[]){0x62, 2, 0x12, 0x34}), 4);
    bednet_mqtt_put_answer(out, BEDNET_MQTT_PUBACK, 1);
    assert_memory_equal(out, ((const unsigned char[]){0x40, 2, 0, 1}), 4);
    bednet_mqtt_put_bare(out, BEDNET_MQTT_DISCONNECT);
    assert_memory_equal(out, ((const unsigned char[]){0xe0, 0}), 2);
}

/* Anything may come: it is read, waited for or refused, and nothing beyond it is touched. */
static void survives_anything(void **state)
{
    (void)state;
    unsigned short random[3] = {9, 9, 9};
    struct bednet_mqtt_packet packet;
    unsigned char bytes[32];
    unsigned read = 0;
    for (int round = 0; round < 200000; round++) {
        size_t length = (size_t)nrand48(random) % sizeof bytes, used = 0;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)nrand48(random);
        if (length > 1)
            bytes[1] = (unsigned char)(length - 2); /* or nearly none would be whole */
        if (bednet_mqtt_take(bytes, length, 4 + round % 2, &packet, &used) != BEDNET_MQTT_PACKET)
            continue;
        assert_true(used >= 2 && used <= length);
        assert_true(packet.payload_bytes <= used);
        read++;
    }
    assert_true(read > 1000);
}

static void has_words_for_reasons(void **state)
{
    (void)state;
    assert_string_equal(bednet_mqtt_reason(4, 5), "not authorized");
    assert_string_equal(bednet_mqtt_reason(5, 135), "not authorized");
    assert_null(bednet_mqtt_reason(4, 135));
    assert_null(bednet_mqtt_reason(5, 5));
    assert_null(bednet_mqtt_reason(5, 255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refuses_what_no_broker_may_say),
                                       cmocka_unit_test(waits_for_the_rest),
                                       cmocka_unit_test(reads_what_follows_another),
                                       cmocka_unit_test(reads_answers),
                                       cmocka_unit_test(reads_messages),
                                       cmocka_unit_test(writes_logins),
                                       cmocka_unit_test(writes_messages_that_it_reads),
                                       cmocka_unit_test(writes_the_rest),
                                       cmocka_unit_test(survives_anything),
                                       cmocka_unit_test(has_words_for_reasons)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
