/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that are there: idle ones, and ones that all lose their connection at once and come back. */
#include "swarm.h"

#include <stdlib.h>

struct stage {
    int64_t *fell_ns; /* of each device: when its connection ended; 0: it is back */
    size_t away;
    unsigned round; /* from 1 on; 0: nobody has fallen yet */
    bool has_ceased;
};

static struct stage *stage_of(struct bednet_swarm *swarm)
{
    return swarm->stage;
}

static void ignore(struct bednet_swarm *swarm, struct bednet_device *device)
{
    (void)swarm, (void)device;
}

static void message(struct bednet_swarm *swarm, struct bednet_device *device,
                    const struct bednet_mqtt_packet *packet)
{
    (void)device, (void)packet;
    swarm->tally.messages_foreign++;
}

static void begin_idle(struct bednet_swarm *swarm)
{
    (void)swarm; /* they ping by themselves */
}

/* Idle clients that have gone do not come back, and the rest says nothing about all of them. */
static bool is_idle_done(struct bednet_swarm *swarm)
{
    return swarm->ready == 0;
}

static bool is_idle_settled(struct bednet_swarm *swarm)
{
    (void)swarm;
    return true;
}

static void gone_idle(struct bednet_swarm *swarm, struct bednet_device *device, bool failed)
{
    (void)swarm, (void)device, (void)failed;
}

const struct bednet_play bednet_play_idle = {.word = "idle",
                                             .begin = begin_idle,
                                             .is_done = is_idle_done,
                                             .is_settled = is_idle_settled,
                                             .ready = ignore,
                                             .gone = gone_idle,
                                             .wake = ignore,
                                             .message = message,
                                             .gathers = true};

static bool prepare(struct bednet_swarm *swarm)
{
    struct stage *stage = swarm->stage = calloc(1, sizeof *stage);
    return stage != NULL && (stage->fell_ns = calloc(swarm->count, sizeof *stage->fell_ns)) != NULL;
}

static void release(struct bednet_swarm *swarm)
{
    struct stage *stage = swarm->stage;
    if (stage != NULL)
        free(stage->fell_ns);
    free(stage);
}

static int64_t *fell_ns_of(struct bednet_swarm *swarm, const struct bednet_device *device)
{
    return &stage_of(swarm)->fell_ns[device - swarm->devices];
}

/* Tries again after a delay that grows and is drawn by lot. */
static void try_later(struct bednet_swarm *swarm, struct bednet_device *device)
{
    int64_t delay_ns = bednet_backoff_delay(&swarm->order->backoff, device->attempt++, swarm->random);
    bednet_device_set_due(swarm, device, swarm->now_ns + delay_ns);
}

static void fall(struct bednet_swarm *swarm, struct bednet_device *device)
{
    *fell_ns_of(swarm, device) = swarm->now_ns;
    device->attempt = 0;
    stage_of(swarm)->away++;
    try_later(swarm, device);
}

/* All fall at once, or whoever has the broker in hand sees to it. */
static void start_round(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    stage->round++;
    for (size_t i = 0; swarm->order->drop != BEDNET_DROP_AWAIT && i < swarm->count; i++) {
        struct bednet_device *device = &swarm->devices[i];
        if (device->state != BEDNET_DEVICE_READY)
            continue;
        if (swarm->order->drop == BEDNET_DROP_RESET)
            bednet_device_drop(swarm, device, true);
        else
            bednet_device_leave(swarm, device);
    }
}

static void begin(struct bednet_swarm *swarm)
{
    swarm->expects_drops = true;
    bednet_histogram_clear(swarm->tally.durations[BEDNET_DURATION_CONNECT]);
    bednet_histogram_clear(swarm->tally.durations[BEDNET_DURATION_HANDSHAKE]);
    bednet_histogram_clear(swarm->tally.durations[BEDNET_DURATION_LOGIN]);
    start_round(swarm);
}

/* Who has come back too late for one round is missing in the next, so all are waited for. */
static bool is_done(struct bednet_swarm *swarm)
{
    const struct stage *stage = stage_of(swarm);
    uint64_t recovered = swarm->tally.durations[BEDNET_DURATION_RECOVERY]->count;
    if (stage->away > 0 || recovered < (uint64_t)stage->round * swarm->count)
        return false;
    if (stage->round >= swarm->order->rounds)
        return true;
    start_round(swarm);
    return false;
}

static void cease(struct bednet_swarm *swarm)
{
    stage_of(swarm)->has_ceased = true;
    swarm->tally.lost = stage_of(swarm)->away;
    if (swarm->order->drop == BEDNET_DROP_AWAIT &&
        swarm->tally.durations[BEDNET_DURATION_RECOVERY]->count < swarm->count)
        bednet_tally_explain(&swarm->tally, "the broker did not end all connections in time");
}

static void ready(struct bednet_swarm *swarm, struct bednet_device *device)
{
    int64_t *fell_ns = fell_ns_of(swarm, device);
    if (*fell_ns == 0)
        return; /* it has come for the first time */
    bednet_swarm_note(swarm, BEDNET_DURATION_RECOVERY, *fell_ns);
    *fell_ns = 0;
    stage_of(swarm)->away--;
}

static void gone(struct bednet_swarm *swarm, struct bednet_device *device, bool failed)
{
    (void)failed;
    if (swarm->phase >= BEDNET_PHASE_SETTLE || stage_of(swarm)->has_ceased || stage_of(swarm)->round == 0)
        return;
    if (*fell_ns_of(swarm, device) == 0)
        fall(swarm, device);
    else
        try_later(swarm, device);
}

static void wake(struct bednet_swarm *swarm, struct bednet_device *device)
{
    if (device->state == BEDNET_DEVICE_OFF && !stage_of(swarm)->has_ceased)
        bednet_device_ask(swarm, device, swarm->now_ns);
}

const struct bednet_play bednet_play_reconnect = {.word = "reconnect",
                                                  .prepare = prepare,
                                                  .begin = begin,
                                                  .is_done = is_done,
                                                  .cease = cease,
                                                  .is_settled = is_idle_settled,
                                                  .release = release,
                                                  .ready = ready,
                                                  .gone = gone,
                                                  .wake = wake,
                                                  .message = message,
                                                  .gathers = true};
