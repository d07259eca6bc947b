/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishers and subscribers. Each of the larger group is tied to one of the smaller: with as many of both
 * they are pairs. A tie is a flow, in which every message is looked for.
 */
#include "flow.h"
#include "stencil.h"
#include "swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BURST_MAX = 256 }; /* messages of one publisher before others have their turn */

/* Nobody gets further ahead of a broker that does not read. */
#define BEHIND_BYTES_MAX (64u * 1024)

enum slot_state { SLOT_FREE, SLOT_SENT, SLOT_RECEIVED /* QoS 2: PUBREL went out */ };

/* A message above QoS 0 until it is answered. */
struct slot {
    int64_t sent_ns;
    uint32_t number;
    uint16_t packet_id;
    uint8_t state;
};

struct publisher {
    struct bednet_device *device;
    char *topic;        /* owned; NULL where it changes with every message */
    struct slot *slots; /* owned; above QoS 0 */
    uint32_t ties;      /* subscribers that hear it */
    uint32_t sent;      /* the number of the next message */
    uint32_t limit;     /* where it ends; 0: nowhere */
    uint32_t answered, refused;
    uint32_t reach;    /* the number after the last that should come: above QoS 0, that the broker took */
    uint64_t heard;    /* the sum of how far its subscribers are */
    int64_t due_ns;    /* at a rate: when the next message should go */
    int64_t period_ns; /* 0: no rate */
    bool has_ceased;
};

struct stage {
    struct publisher *publishers;
    struct bednet_flow *flows;
    char **filters; /* of each publisher */
    unsigned char *filler;
    size_t flow_count;
    bool is_playing;
};

static struct stage *stage_of(struct bednet_swarm *swarm)
{
    return swarm->stage;
}

/* Which flow leads from that publisher to that subscriber; false: none does. */
static bool find_flow(const struct bednet_swarm *swarm, uint32_t publisher, uint32_t subscriber, size_t *flow)
{
    size_t publishers = swarm->order->clients, subscribers = swarm->order->subscribers;
    if (subscribers >= publishers) {
        *flow = subscriber;
        return subscriber % publishers == publisher;
    }
    *flow = publisher;
    return publisher % subscribers == subscriber;
}

static uint32_t count_ties(const struct bednet_order *order, size_t publisher)
{
    if (order->subscribers < order->clients)
        return order->subscribers > 0 ? 1 : 0;
    return (uint32_t)((order->subscribers - publisher + order->clients - 1) / order->clients);
}

static bool write_name(const char *template, const struct bednet_stencil *filling, char **out)
{
    static char text[BEDNET_STENCIL_BYTES_MAX + 1];
    *out = bednet_stencil_put(template, filling, text, sizeof text) ? strdup(text) : NULL;
    return *out != NULL;
}

static bool prepare_publisher(struct bednet_swarm *swarm, size_t i, const char *filter)
{
    const struct bednet_order *order = swarm->order;
    struct publisher *publisher = &stage_of(swarm)->publishers[i];
    publisher->device = &swarm->devices[i];
    publisher->ties = count_ties(order, i);
    struct bednet_stencil filling = {.number = i, .id = publisher->device->credential.id};
    if (order->has_rate)
        publisher->period_ns = (int64_t)(1e9 / order->rate);
    if (order->qos > 0 && (publisher->slots = calloc(order->window, sizeof *publisher->slots)) == NULL)
        return false;
    if (!bednet_stencil_has(order->topic, 't') && !write_name(order->topic, &filling, &publisher->topic))
        return false;
    return write_name(filter, &filling, &stage_of(swarm)->filters[i]);
}

static bool prepare(struct bednet_swarm *swarm)
{
    const struct bednet_order *order = swarm->order;
    struct stage *stage = swarm->stage = calloc(1, sizeof *stage);
    if (stage == NULL)
        return false;
    stage->flow_count = order->subscribers == 0               ? 0
                        : order->subscribers > order->clients ? order->subscribers
                                                              : order->clients;
    stage->publishers = calloc(order->clients, sizeof *stage->publishers);
    stage->flows = calloc(stage->flow_count + 1, sizeof *stage->flows);
    stage->filters = calloc(order->clients, sizeof *stage->filters);
    stage->filler = malloc(order->payload_bytes);
    char *derived = order->filter == NULL ? bednet_stencil_filter(order->topic) : strdup(order->filter);
    bool good = stage->publishers != NULL && stage->flows != NULL && stage->filters != NULL &&
                stage->filler != NULL && derived != NULL;
    for (size_t i = 0; good && i < order->clients; i++)
        good = prepare_publisher(swarm, i, derived);
    for (size_t i = 0; good && i < order->payload_bytes; i++)
        stage->filler[i] = (unsigned char)('a' + i % 26);
    free(derived);
    return good;
}

static void release(struct bednet_swarm *swarm)
{
    struct stage *stage = swarm->stage;
    for (size_t i = 0; stage != NULL && i < swarm->order->clients; i++) {
        if (stage->publishers != NULL) {
            free(stage->publishers[i].topic);
            free(stage->publishers[i].slots);
        }
        if (stage->filters != NULL)
            free(stage->filters[i]);
    }
    if (stage != NULL) {
        free(stage->publishers);
        free(stage->flows);
        free(stage->filters);
        free(stage->filler);
    }
    free(stage);
}

/* The filters of all whom a subscriber hears; neighbours that share one have it once. */
static const char *get_filter(struct bednet_swarm *swarm, struct bednet_device *device, uint32_t index)
{
    struct stage *stage = stage_of(swarm);
    size_t publishers = swarm->order->clients, subscribers = swarm->order->subscribers;
    uint32_t found = 0;
    const char *last = NULL;
    for (size_t i = device->number % publishers; i < publishers; i += subscribers) {
        const char *filter = stage->filters[i];
        if (last == NULL || strcmp(last, filter) != 0) {
            if (found++ == index)
                return filter;
            last = filter;
        }
    }
    return NULL;
}

/* Whether a message may go: not further ahead of the answers, and of those who hear them, than was asked for.
 */
static bool has_window(const struct bednet_swarm *swarm, const struct publisher *publisher)
{
    const struct bednet_order *order = swarm->order;
    const struct slot *slot = order->qos > 0 ? &publisher->slots[publisher->sent % order->window] : NULL;
    if (slot != NULL && slot->state != SLOT_FREE)
        return false;
    /* MQTT 5: a broker says how many it will have at once. */
    if (order->qos > 0 && publisher->sent - publisher->answered >= publisher->device->receive_maximum)
        return false;
    if (order->has_rate)
        return true; /* the rate alone counts; answers are waited for where MQTT wants it */
    return publisher->ties == 0 || (uint64_t)publisher->reach * publisher->ties <
                                       publisher->heard + (uint64_t)order->window * publisher->ties;
}

/* Identifiers go round from 1 to 65535; slots are found by the same arithmetic. */
static uint16_t packet_id_of(const struct bednet_order *order, uint32_t number)
{
    uint32_t rounds =
        65535 / (uint32_t)order->window; /* whole windows only: an id always has the same slot */
    return (uint16_t)(number % (rounds * (uint32_t)order->window) + 1);
}

static struct slot *find_slot(const struct bednet_order *order, struct publisher *publisher,
                              uint16_t packet_id)
{
    struct slot *slot = &publisher->slots[(uint32_t)(packet_id - 1) % order->window];
    return packet_id != 0 && slot->state != SLOT_FREE && slot->packet_id == packet_id ? slot : NULL;
}

static bool name_topic(const struct bednet_swarm *swarm, const struct publisher *publisher,
                       struct bednet_text *out)
{
    static char text[BEDNET_STENCIL_BYTES_MAX + 1];
    const struct bednet_stencil filling = {.number = publisher->device->number,
                                           .id = publisher->device->credential.id,
                                           .turn = publisher->sent % swarm->order->topics};
    if (publisher->topic == NULL && !bednet_stencil_put(swarm->order->topic, &filling, text, sizeof text))
        return false;
    *out = bednet_text(publisher->topic != NULL ? publisher->topic : text);
    return true;
}

/* Puts the next message into the wire; false: there is no room. */
static bool put_message(struct bednet_swarm *swarm, struct publisher *publisher, int64_t stamp_ns)
{
    const struct bednet_order *order = swarm->order;
    struct bednet_wire *wire = &publisher->device->wire;
    struct bednet_mqtt_message message = {
        .version = order->version, .qos = order->qos, .payload_bytes = order->payload_bytes};
    const struct bednet_stamp stamp = {swarm->run, publisher->device->number, publisher->sent, stamp_ns};
    if (order->qos > 0)
        message.packet_id = packet_id_of(order, publisher->sent);
    if (!name_topic(swarm, publisher, &message.topic))
        return false;
    size_t bytes = bednet_mqtt_put_publish(NULL, 0, &message);
    unsigned char *out = bytes > 0 ? bednet_wire_reserve(wire, bytes) : NULL;
    if (out == NULL)
        return false;
    bednet_mqtt_put_publish(out, bytes, &message);
    unsigned char *payload = out + bytes - order->payload_bytes;
    memcpy(payload, stage_of(swarm)->filler, order->payload_bytes);
    bednet_stamp_put(&stamp, payload);
    bednet_wire_commit(wire, bytes);
    if (order->qos > 0)
        publisher->slots[publisher->sent % order->window] =
            (struct slot){stamp_ns, publisher->sent, message.packet_id, SLOT_SENT};
    publisher->sent++;
    if (order->qos == 0)
        publisher->reach = publisher->sent;
    swarm->tally.total.sent++;
    return true;
}

/* Whether there is a message to send now; *stamp_ns is when it should be sent. */
static bool has_message(struct bednet_swarm *swarm, const struct publisher *publisher, int64_t *stamp_ns)
{
    if (publisher->has_ceased || (publisher->limit != 0 && publisher->sent >= publisher->limit))
        return false;
    *stamp_ns = publisher->period_ns != 0 ? publisher->due_ns : swarm->now_ns;
    return *stamp_ns <= swarm->now_ns;
}

/* Sends what may be sent, and sees to it that the rest will be. */
static void pump(struct bednet_swarm *swarm, struct publisher *publisher)
{
    struct bednet_device *device = publisher->device;
    unsigned burst = 0;
    int64_t stamp_ns;
    if (device->state != BEDNET_DEVICE_READY || !stage_of(swarm)->is_playing)
        return;
    while (burst < BURST_MAX && has_message(swarm, publisher, &stamp_ns) && has_window(swarm, publisher) &&
           bednet_wire_waiting(&device->wire) < BEHIND_BYTES_MAX && put_message(swarm, publisher, stamp_ns)) {
        publisher->due_ns += publisher->period_ns;
        burst++;
    }
    if (burst > 0 && !bednet_device_flush(swarm, device))
        return;
    if (burst == BURST_MAX)
        bednet_device_set_due(swarm, device, swarm->now_ns + 1);
    else if (publisher->period_ns != 0 && !publisher->has_ceased && publisher->due_ns > swarm->now_ns)
        bednet_device_set_due(swarm, device, publisher->due_ns);
}

static void begin(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    stage->is_playing = true;
    for (size_t i = 0; i < swarm->order->clients; i++) {
        struct publisher *publisher = &stage->publishers[i];
        /* Spread over one period, as clients that were not started by one hand are. */
        publisher->due_ns = swarm->now_ns + (int64_t)(erand48(swarm->random) * (double)publisher->period_ns);
        bednet_device_set_due(swarm, publisher->device,
                              publisher->period_ns != 0 ? publisher->due_ns : swarm->now_ns);
    }
}

/* What was sent to warm up does not count towards --messages. */
static void measure(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    for (size_t i = 0; swarm->order->count != 0 && i < swarm->order->clients; i++)
        stage->publishers[i].limit = stage->publishers[i].sent + (uint32_t)swarm->order->count;
}

static bool is_heard(const struct bednet_swarm *swarm, const struct publisher *publisher)
{
    bool is_answered = swarm->order->qos == 0 || publisher->answered == publisher->sent;
    return is_answered && publisher->heard >= (uint64_t)publisher->reach * publisher->ties;
}

/* Nothing comes although something should: the window will never open again. */
static bool is_stuck(const struct bednet_swarm *swarm)
{
    return swarm->now_ns - swarm->heard_ns >= swarm->order->timeout_ns;
}

static bool is_done(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    bool is_done = swarm->order->count != 0, is_open = false;
    for (size_t i = 0; i < swarm->order->clients; i++) {
        const struct publisher *publisher = &stage->publishers[i];
        is_done = is_done && publisher->sent >= publisher->limit;
        is_open = is_open || has_window(swarm, publisher);
    }
    if (!is_done && !is_open && is_stuck(swarm))
        swarm->is_stalled = true;
    return is_done || swarm->is_stalled || swarm->ready < swarm->count;
}

static void cease(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    for (size_t i = 0; i < swarm->order->clients; i++) {
        struct publisher *publisher = &stage->publishers[i];
        for (int64_t due_ns = publisher->due_ns;
             publisher->period_ns != 0 && swarm->order->count == 0 && due_ns < swarm->now_ns;
             due_ns += publisher->period_ns)
            swarm->tally.unsent++;
        publisher->has_ceased = true;
        bednet_device_set_due(swarm, publisher->device, BEDNET_ALARM_NEVER);
    }
}

static bool is_settled(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    bool has_publisher = false;
    for (size_t i = 0; i < swarm->order->clients; i++)
        if (stage->publishers[i].device->state == BEDNET_DEVICE_READY) {
            has_publisher = true;
            if (!is_heard(swarm, &stage->publishers[i]))
                return false;
        }
    return has_publisher || swarm->ready == 0;
}

/* Each message that was sent and not refused should have come once to everybody who is tied to its publisher.
 */
static void conclude(struct bednet_swarm *swarm)
{
    struct stage *stage = stage_of(swarm);
    struct bednet_tally *tally = &swarm->tally;
    uint64_t wanted = 0, unique = 0, unanswered = 0;
    for (size_t i = 0; i < swarm->order->clients; i++) {
        const struct publisher *publisher = &stage->publishers[i];
        wanted += (uint64_t)(publisher->sent - publisher->refused) * publisher->ties;
        unanswered += publisher->sent - publisher->answered;
    }
    for (size_t i = 0; i < stage->flow_count; i++) {
        unique += stage->flows[i].unique;
        tally->copies += stage->flows[i].copies;
        tally->belated += stage->flows[i].belated;
    }
    /* Where nobody listens, the answers are all there is to look at. */
    if (swarm->order->subscribers == 0)
        tally->lost = swarm->order->qos > 0 ? unanswered : 0;
    else
        tally->lost = wanted > unique ? wanted - unique : 0;
}

static void gone(struct bednet_swarm *swarm, struct bednet_device *device, bool failed)
{
    (void)swarm, (void)device, (void)failed;
}

static void wake(struct bednet_swarm *swarm, struct bednet_device *device)
{
    pump(swarm, &stage_of(swarm)->publishers[device->number]);
}

static void message(struct bednet_swarm *swarm, struct bednet_device *device,
                    const struct bednet_mqtt_packet *packet)
{
    struct stage *stage = stage_of(swarm);
    struct bednet_stamp stamp;
    size_t place;
    if (!bednet_stamp_get(packet->payload, packet->payload_bytes, &stamp) || stamp.run != swarm->run) {
        swarm->tally.messages_foreign++;
        return;
    }
    if (stamp.publisher >= swarm->order->clients ||
        !find_flow(swarm, stamp.publisher, device->number, &place) ||
        stamp.number >= stage->publishers[stamp.publisher].sent) {
        swarm->tally.messages_unexpected++;
        return;
    }
    struct publisher *publisher = &stage->publishers[stamp.publisher];
    struct bednet_flow *flow = &stage->flows[place];
    uint32_t before = flow->next;
    if (bednet_flow_take(flow, stamp.number) == BEDNET_FLOW_COPY)
        return;
    swarm->tally.total.delivered++;
    bednet_swarm_note(swarm, BEDNET_DURATION_LATENCY, stamp.sent_ns);
    publisher->heard += flow->next - before;
    if (!swarm->order->has_rate && has_window(swarm, publisher))
        pump(swarm, publisher);
}

static void free_slot(struct bednet_swarm *swarm, struct publisher *publisher, struct slot *slot,
                      unsigned reason)
{
    bednet_swarm_note(swarm, BEDNET_DURATION_ANSWER, slot->sent_ns);
    slot->state = SLOT_FREE;
    publisher->answered++;
    swarm->tally.total.answered++;
    if (reason >= 0x80) {
        const char *words = bednet_mqtt_reason(swarm->order->version, reason);
        publisher->refused++;
        swarm->tally.messages_refused[reason & 255]++;
        bednet_tally_explain(&swarm->tally, "%s: message refused: %u (%s)", publisher->device->credential.id,
                             reason, words != NULL ? words : "unknown reason");
    } else if (slot->number >= publisher->reach)
        publisher->reach = slot->number + 1;
    pump(swarm, publisher);
}

static void release_message(struct publisher *publisher, struct slot *slot)
{
    unsigned char *out = bednet_wire_reserve(&publisher->device->wire, 4);
    if (out == NULL)
        return; /* the message stays unanswered, and is counted so */
    bednet_mqtt_put_answer(out, BEDNET_MQTT_PUBREL, slot->packet_id);
    bednet_wire_commit(&publisher->device->wire, 4);
    slot->state = SLOT_RECEIVED;
}

static void answered(struct bednet_swarm *swarm, struct bednet_device *device,
                     const struct bednet_mqtt_packet *packet)
{
    struct publisher *publisher = &stage_of(swarm)->publishers[device->number];
    struct slot *slot = swarm->order->qos > 0 ? find_slot(swarm->order, publisher, packet->packet_id) : NULL;
    bool is_first = slot != NULL && slot->state == SLOT_SENT;
    if (is_first && packet->type == BEDNET_MQTT_PUBREC && swarm->order->qos == 2 && packet->reason < 0x80)
        release_message(publisher, slot);
    else if ((is_first &&
              packet->type == (swarm->order->qos == 1 ? BEDNET_MQTT_PUBACK : BEDNET_MQTT_PUBREC)) ||
             (slot != NULL && !is_first && packet->type == BEDNET_MQTT_PUBCOMP))
        free_slot(swarm, publisher, slot, packet->reason);
    else
        swarm->tally.messages_unexpected++; /* an answer to nothing that was said */
}

static void room(struct bednet_swarm *swarm, struct bednet_device *device)
{
    if (!device->is_subscriber)
        pump(swarm, &stage_of(swarm)->publishers[device->number]);
}

static void ready(struct bednet_swarm *swarm, struct bednet_device *device)
{
    (void)swarm, (void)device;
}

#define MESSAGES_PLAY                                                                                        \
    .prepare = prepare, .begin = begin, .measure = measure, .is_done = is_done, .cease = cease,              \
    .is_settled = is_settled, .conclude = conclude, .release = release, .filter = get_filter,                \
    .ready = ready, .gone = gone, .wake = wake, .message = message, .answered = answered, .room = room,      \
    .gathers = true, .has_messages = true

const struct bednet_play bednet_play_publish = {.word = "publish", MESSAGES_PLAY};
const struct bednet_play bednet_play_fanout = {.word = "fanout", MESSAGES_PLAY};
