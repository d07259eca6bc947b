/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of load does with its devices. All is called on the one thread, by swarm.c and device.c. */
#ifndef BEDNET_LOAD_PLAY_H
#define BEDNET_LOAD_PLAY_H

#include "device.h"

#include <jansson.h>

struct bednet_play {
    const char *word;
    /* NULL where there is nothing to do. */
    bool (*prepare)(struct bednet_swarm *swarm); /* false without memory */
    void (*begin)(struct bednet_swarm *swarm);   /* all are there, or need not be */
    void (*measure)(struct bednet_swarm *swarm); /* the warm-up is over */
    bool (*is_done)(struct bednet_swarm *swarm); /* before the time is over */
    void (*cease)(struct bednet_swarm *swarm);   /* nothing new from here on */
    bool (*is_settled)(struct bednet_swarm *swarm);
    void (*conclude)(struct bednet_swarm *swarm); /* counts what can be counted at the end */
    void (*release)(struct bednet_swarm *swarm);

    const char *(*filter)(struct bednet_swarm *swarm, struct bednet_device *device, uint32_t index);
    void (*ready)(struct bednet_swarm *swarm, struct bednet_device *device);
    /* `failed`: it should not have ended. */
    void (*gone)(struct bednet_swarm *swarm, struct bednet_device *device, bool failed);
    void (*wake)(struct bednet_swarm *swarm, struct bednet_device *device);
    void (*beat)(struct bednet_swarm *swarm); /* swarm->metronome is due */
    void (*message)(struct bednet_swarm *swarm, struct bednet_device *device,
                    const struct bednet_mqtt_packet *packet);
    void (*answered)(struct bednet_swarm *swarm, struct bednet_device *device,
                     const struct bednet_mqtt_packet *packet);
    void (*room)(struct bednet_swarm *swarm, struct bednet_device *device); /* all was written */

    bool gathers; /* everybody logs in first, and any failure before that is done is the end */
    bool has_messages;
};

extern const struct bednet_play bednet_play_publish, bednet_play_fanout, bednet_play_connect,
    bednet_play_reconnect, bednet_play_idle;

#endif
