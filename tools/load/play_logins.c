/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logins: clients that come, are let in and go again, each in its turn. At a rate, a login is late from the
 * moment that it should have begun, whoever was to blame.
 */
#include "swarm.h"

#include <stdlib.h>

struct stage {
    struct bednet_device *idle, **idle_end; /* the one that went first comes first */
    uint64_t begun, ended, measured_from;
    uint64_t limit;            /* 0: none */
    uint64_t refused_in_a_row; /* connections that could not even be made */
    int64_t due_ns, period_ns; /* at a rate: of the next login */
    bool has_ceased;
};

static struct stage *stage_of(struct bednet_swarm *swarm)
{
    return swarm->stage;
}

static bool prepare(struct bednet_swarm *swarm)
{
    struct stage *stage = swarm->stage = calloc(1, sizeof *stage);
    if (stage == NULL)
        return false;
    stage->idle_end = &stage->idle;
    if (swarm->order->has_rate)
        stage->period_ns = (int64_t)(1e9 / swarm->order->rate);
    return true;
}

static void release(struct bednet_swarm *swarm)
{
    free(swarm->stage);
}

static void rest(struct stage *stage, struct bednet_device *device)
{
    device->next = NULL;
    *stage->idle_end = device;
    stage->idle_end = &device->next;
}

static bool may_begin(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    return !stage->has_ceased && stage->idle != NULL && (stage->limit == 0 || stage->begun < stage->limit) &&
           stage->begun - stage->ended < swarm->order->in_flight;
}

/* Begins the logins whose time has come. */
static void pump(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    while (may_begin(swarm) && (stage->period_ns == 0 || stage->due_ns <= swarm->now_ns)) {
        struct bednet_device *device = stage->idle;
        stage->idle = device->next;
        if (stage->idle == NULL)
            stage->idle_end = &stage->idle;
        stage->begun++;
        bednet_device_ask(swarm, device, stage->period_ns != 0 ? stage->due_ns : swarm->now_ns);
        stage->due_ns += stage->period_ns;
    }
    if (stage->period_ns != 0 && !stage->has_ceased && stage->due_ns > swarm->now_ns)
        bednet_alarms_set(&swarm->alarms, &swarm->metronome, stage->due_ns);
}

static void begin(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    for (size_t i = 0; i < swarm->count; i++)
        rest(stage, &swarm->devices[i]);
    stage->due_ns = swarm->now_ns;
    pump(swarm);
}

static void measure(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    if (swarm->order->count != 0)
        stage->limit = stage->begun + swarm->order->count;
}

static bool is_done(struct bednet_swarm *swarm)
{
    const struct stage *stage = stage_of(swarm);
    return stage->limit != 0 && stage->begun >= stage->limit && stage->ended == stage->begun;
}

static void cease(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    for (int64_t due_ns = stage->due_ns; stage->period_ns != 0 && stage->limit == 0 && due_ns < swarm->now_ns;
         due_ns += stage->period_ns)
        swarm->tally.unsent++;
    stage->has_ceased = true;
    bednet_alarms_set(&swarm->alarms, &swarm->metronome, BEDNET_ALARM_NEVER);
}

static bool is_settled(struct bednet_swarm *swarm)
{
    const struct stage *stage = stage_of(swarm);
    return stage->begun == stage->ended;
}

static void ready(struct bednet_swarm *swarm, struct bednet_device *device)
{
    stage_of(swarm)->refused_in_a_row = 0;
    bednet_device_leave(swarm, device);
}

/* A broker that is not there is not tried for as long as it was to be loaded. */
static void gone(struct bednet_swarm *swarm, struct bednet_device *device, bool failed)
{
    enum { PATIENCE = 100 };
    struct stage *stage = stage_of(swarm);
    stage->ended++;
    rest(stage, device);
    if (failed && device->connected_ns < device->opened_ns && ++stage->refused_in_a_row >= PATIENCE)
        swarm->gave_up = true;
    pump(swarm);
}

static void wake(struct bednet_swarm *swarm, struct bednet_device *device)
{
    (void)swarm, (void)device;
}

static void message(struct bednet_swarm *swarm, struct bednet_device *device,
                    const struct bednet_mqtt_packet *packet)
{
    (void)device, (void)packet;
    swarm->tally.messages_foreign++;
}

const struct bednet_play bednet_play_connect = {.word = "connect",
                                                .prepare = prepare,
                                                .begin = begin,
                                                .measure = measure,
                                                .is_done = is_done,
                                                .cease = cease,
                                                .is_settled = is_settled,
                                                .release = release,
                                                .ready = ready,
                                                .gone = gone,
                                                .wake = wake,
                                                .beat = pump,
                                                .message = message};
