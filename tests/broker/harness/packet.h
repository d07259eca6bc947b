/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT control packets, built by hand: 3.1 (protocol 3), 3.1.1 (4) and 5 (5), valid or not. */
#ifndef BEDNET_TESTS_BROKER_PACKET_H
#define BEDNET_TESTS_BROKER_PACKET_H

#include "harness/env.h"

enum packet_type {
    CONNECT = 1,
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    SUBACK,
    UNSUBSCRIBE,
    UNSUBACK,
    PINGREQ,
    PINGRESP,
    DISCONNECT,
    AUTH
};

/* A packet under construction. It lives as long as the test. */
struct packet_out {
    struct env *env;
    uint8_t *bytes;
    size_t length;
    size_t capacity;
};

void packet_begin(struct packet_out *out, struct env *env);
void packet_put_bytes(struct packet_out *out, const void *bytes, size_t length);
void packet_put_u8(struct packet_out *out, unsigned value);
void packet_put_u16(struct packet_out *out, unsigned value);
void packet_put_u32(struct packet_out *out, uint32_t value);
void packet_put_varint(struct packet_out *out, size_t value);
/* With its length in front, as MQTT's strings and binary data are. */
void packet_put_blob(struct packet_out *out, const void *bytes, size_t length);
void packet_put_text(struct packet_out *out, const char *text);
/* Puts the fixed header (`first`: type and flags) in front of what is there. */
void packet_frame(struct packet_out *out, unsigned first);

struct connect_options {
    int protocol; /* 3, 4 or 5 (above: as 5); 0 stands for 4 */
    const char *client_id;
    const char *username;  /* NULL: none */
    const char *password;  /* NULL: none */
    size_t password_bytes; /* 0: up to the NUL */
    bool resume;           /* no clean session or start */
    unsigned keepalive;    /* 0 stands for 600: no test waits that long */
    bool no_keepalive;
    uint32_t session_expiry; /* MQTT 5 */
    const char *will_topic;  /* NULL: none */
    const char *will_payload;
    unsigned will_qos;
    bool will_retain;
    uint32_t will_delay;     /* MQTT 5 */
    const char *auth_method; /* MQTT 5; NULL: none */
    const void *auth_data;   /* MQTT 5; NULL: none */
    size_t auth_data_bytes;  /* 0: up to the NUL */
    /* How to speak TLS; NULL: not at all. Only raw_connect and what is built on it look at this. */
    const struct tls_identity *tls;
    bool websocket; /* in its frames; also only raw_connect's */
};

void packet_connect(struct packet_out *out, struct env *env, const struct connect_options *options);

/* AUTH with a reason (0x19: authenticate anew), a method and data; NULL leaves a property out. */
void packet_auth(struct packet_out *out, struct env *env, unsigned reason, const char *method,
                 const void *data, size_t data_bytes);

/* A packet that was received, taken apart. Texts are NUL-terminated and live as long as the test. */
struct packet_in {
    enum packet_type type; /* 0: the connection has ended */
    unsigned flags;
    unsigned id; /* where the type has one */
    unsigned
        reason; /* return or reason code; the first one of SUBACK and UNSUBACK; 0 where it was left out */
    bool session_present;
    size_t codes;            /* how many codes SUBACK or UNSUBACK has */
    const char *code;        /* they are; NULL where there are none */
    const char *auth_method; /* of CONNACK and AUTH; NULL where there is none */
    const char *topic;
    const char *payload;
    size_t payload_bytes;
};

/*
 * Takes a whole packet (fixed header included) apart. False when it is malformed: what a broker sends is
 * under test, too.
 */
bool packet_parse(struct env *env, int protocol, const uint8_t *bytes, size_t length, struct packet_in *in);

/* Length of the packet that `bytes` begin with; 0 while there are too few to tell. */
size_t packet_length(const uint8_t *bytes, size_t length);

const char *packet_name(enum packet_type type);

#endif
