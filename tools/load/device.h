/* SPDX-License-Identifier: Apache-2.0 */
/* One client: it logs in, subscribes, answers, pings, and tells the play what becomes of it. */
#ifndef BEDNET_LOAD_DEVICE_H
#define BEDNET_LOAD_DEVICE_H

#include "alarm.h"
#include "credential.h"
#include "mqtt.h"
#include "tally.h"
#include "wire.h"

struct bednet_swarm;

enum bednet_device_state {
    BEDNET_DEVICE_OFF,
    BEDNET_DEVICE_QUEUED, /* until there is room among the logins under way */
    BEDNET_DEVICE_CONNECTING,
    BEDNET_DEVICE_SHAKING,
    BEDNET_DEVICE_LOGGING_IN,
    BEDNET_DEVICE_SUBSCRIBING,
    BEDNET_DEVICE_READY,
    BEDNET_DEVICE_LEAVING
};

struct bednet_device {
    struct bednet_alarm alarm; /* the first member: an alarm is its device */
    struct bednet_wire wire;
    enum bednet_device_state state;
    bool is_subscriber;
    uint32_t number; /* among publishers or among subscribers */
    struct bednet_credential credential;
    struct bednet_device *next; /* in whichever queue it stands */
    unsigned life;              /* counts connections: who holds one across a call sees that it is another */
    unsigned attempt;           /* of the play that tries again */
    uint16_t last_packet_id;
    unsigned receive_maximum;           /* of the broker, at most the window */
    unsigned keepalive_s;               /* as promised, or as the broker wants it */
    uint32_t filters_due, filters_open; /* still to be asked for, asked for and not answered */
    int64_t asked_ns, opened_ns, connected_ns, written_ns, pinged_ns; /* pinged_ns 0: no ping is under way */
    int64_t deadline_ns, due_ns; /* of this file; of the play: BEDNET_ALARM_NEVER where there is none */
};

void bednet_device_init(struct bednet_device *device);
void bednet_device_free(struct bednet_device *device);

/* Wants to log in since `asked_ns`: it will when its turn has come. */
void bednet_device_ask(struct bednet_swarm *swarm, struct bednet_device *device, int64_t asked_ns);

/* Its turn has come. */
void bednet_device_open(struct bednet_swarm *swarm, struct bednet_device *device);

/* DISCONNECT; the broker then closes the connection. */
void bednet_device_leave(struct bednet_swarm *swarm, struct bednet_device *device);

/* Ends its connection, which is no failure. */
void bednet_device_drop(struct bednet_swarm *swarm, struct bednet_device *device, bool reset);

/* Sends what was put into its wire. False: that was the end of the connection. */
bool bednet_device_flush(struct bednet_swarm *swarm, struct bednet_device *device);

/* Something has happened on its connection; its time has come. */
void bednet_device_serve(struct bednet_swarm *swarm, struct bednet_device *device, unsigned events);
void bednet_device_wake(struct bednet_swarm *swarm, struct bednet_device *device);

/* To be woken when the play wants it; BEDNET_ALARM_NEVER: not by the play. */
void bednet_device_set_due(struct bednet_swarm *swarm, struct bednet_device *device, int64_t due_ns);

#endif
