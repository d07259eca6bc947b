/* SPDX-License-Identifier: Apache-2.0 */
/* See device.h. A connection's end, whoever wants it, goes through `end`, and from there to the play. */
#include "device.h"
#include "command.h"
#include "swarm.h"
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { FILTERS_AT_ONCE = 16 }; /* SUBSCRIBE packets that wait for their answers */

void bednet_device_init(struct bednet_device *device)
{
    *device = (struct bednet_device){.deadline_ns = BEDNET_ALARM_NEVER, .due_ns = BEDNET_ALARM_NEVER};
    bednet_wire_init(&device->wire);
}

void bednet_device_free(struct bednet_device *device)
{
    bednet_wire_free(&device->wire);
    bednet_credential_free(&device->credential);
}

static bool is_logging_in(const struct bednet_device *device)
{
    return device->state >= BEDNET_DEVICE_CONNECTING && device->state <= BEDNET_DEVICE_SUBSCRIBING;
}

static void set_alarm(struct bednet_swarm *swarm, struct bednet_device *device)
{
    bednet_alarms_set(&swarm->alarms, &device->alarm,
                      device->deadline_ns < device->due_ns ? device->deadline_ns : device->due_ns);
}

static void set_deadline(struct bednet_swarm *swarm, struct bednet_device *device, int64_t deadline_ns)
{
    device->deadline_ns = deadline_ns;
    set_alarm(swarm, device);
}

void bednet_device_set_due(struct bednet_swarm *swarm, struct bednet_device *device, int64_t due_ns)
{
    device->due_ns = due_ns;
    set_alarm(swarm, device);
}

static void end(struct bednet_swarm *swarm, struct bednet_device *device, bool reset)
{
    if (is_logging_in(device))
        swarm->logging_in--;
    if (device->state == BEDNET_DEVICE_READY)
        swarm->ready--;
    if (device->state != BEDNET_DEVICE_OFF)
        swarm->present--;
    bednet_wire_close(&device->wire, reset);
    device->state = BEDNET_DEVICE_OFF;
    device->life++;
    device->pinged_ns = 0;
    set_deadline(swarm, device, BEDNET_ALARM_NEVER);
}

/* The connection failed. That of a device that is leaving, or whose end is awaited, has just ended. */
static void lose(struct bednet_swarm *swarm, struct bednet_device *device, enum bednet_cause cause)
{
    bool was_leaving = device->state == BEDNET_DEVICE_LEAVING,
         was_ready = device->state == BEDNET_DEVICE_READY;
    if (is_logging_in(device))
        swarm->tally.logins_failed[cause]++;
    else if (was_ready && !swarm->expects_drops)
        swarm->tally.drops[cause]++;
    if (!was_leaving && cause != BEDNET_CAUSE_CLOSED)
        bednet_tally_explain(&swarm->tally, "%s: %s", device->credential.id, bednet_cause_name(cause));
    end(swarm, device, cause == BEDNET_CAUSE_MALFORMED);
    swarm->play->gone(swarm, device, !was_leaving);
}

/* Says more than the name of the cause, where more is known. */
static void lose_by(struct bednet_swarm *swarm, struct bednet_device *device, enum bednet_wire_state state)
{
    if (state == BEDNET_WIRE_UNREACHABLE) {
        bednet_tally_explain(&swarm->tally, "%s: %s", device->credential.id, strerror(errno));
        lose(swarm, device, BEDNET_CAUSE_UNREACHABLE);
    } else if (state == BEDNET_WIRE_NO_TLS) {
        const char *why = ERR_reason_error_string(ERR_peek_last_error());
        bednet_tally_explain(&swarm->tally, "%s: TLS: %s", device->credential.id,
                             why != NULL ? why : "failed");
        lose(swarm, device, BEDNET_CAUSE_TLS);
    } else
        lose(swarm, device, BEDNET_CAUSE_CLOSED);
}

void bednet_device_ask(struct bednet_swarm *swarm, struct bednet_device *device, int64_t asked_ns)
{
    device->asked_ns = asked_ns;
    device->state = BEDNET_DEVICE_QUEUED;
    swarm->present++;
    bednet_swarm_enqueue(swarm, device);
}

void bednet_device_open(struct bednet_swarm *swarm, struct bednet_device *device)
{
    SSL *ssl = NULL;
    device->state = BEDNET_DEVICE_CONNECTING;
    device->opened_ns = swarm->now_ns;
    device->filters_open = device->filters_due = 0;
    swarm->logging_in++;
    swarm->tally.logins_begun++;
    if (swarm->tls != NULL &&
        (ssl = bednet_tls_new(swarm->tls, swarm->order, &swarm->place, &device->credential)) == NULL) {
        lose(swarm, device, BEDNET_CAUSE_MEMORY);
        return;
    }
    enum bednet_wire_state state = bednet_wire_open(&device->wire, &swarm->place, ssl);
    if (state != BEDNET_WIRE_GOOD)
        lose_by(swarm, device, state);
    else if (!bednet_swarm_watch(swarm, device, true))
        lose(swarm, device, BEDNET_CAUSE_MEMORY);
    else
        set_deadline(swarm, device, swarm->now_ns + swarm->order->timeout_ns);
}

bool bednet_device_flush(struct bednet_swarm *swarm, struct bednet_device *device)
{
    enum bednet_wire_state state = bednet_wire_flush(&device->wire);
    device->written_ns = swarm->now_ns;
    if (state != BEDNET_WIRE_GOOD && state != BEDNET_WIRE_AGAIN) {
        lose_by(swarm, device, state);
        return false;
    }
    if ((state == BEDNET_WIRE_AGAIN) != device->wire.is_watched_for_room &&
        !bednet_swarm_watch(swarm, device, false)) {
        lose(swarm, device, BEDNET_CAUSE_MEMORY);
        return false;
    }
    return true;
}

/* Room in the wire; NULL: the broker reads too slowly, or there is no memory, and that was the end. */
static unsigned char *reserve(struct bednet_swarm *swarm, struct bednet_device *device, size_t bytes)
{
    unsigned char *out = bednet_wire_reserve(&device->wire, bytes);
    if (out == NULL)
        lose(swarm, device, BEDNET_CAUSE_MEMORY);
    return out;
}

static bool put_bare(struct bednet_swarm *swarm, struct bednet_device *device, enum bednet_mqtt_type type)
{
    unsigned char *out = reserve(swarm, device, 2);
    if (out == NULL)
        return false;
    bednet_mqtt_put_bare(out, type);
    bednet_wire_commit(&device->wire, 2);
    return true;
}

static bool put_answer(struct bednet_swarm *swarm, struct bednet_device *device, enum bednet_mqtt_type type,
                       uint16_t packet_id)
{
    unsigned char *out = reserve(swarm, device, 4);
    if (out == NULL)
        return false;
    bednet_mqtt_put_answer(out, type, packet_id);
    bednet_wire_commit(&device->wire, 4);
    return true;
}

void bednet_device_leave(struct bednet_swarm *swarm, struct bednet_device *device)
{
    swarm->ready--;
    device->state = BEDNET_DEVICE_LEAVING;
    set_deadline(swarm, device, swarm->now_ns + swarm->order->timeout_ns);
    if (put_bare(swarm, device, BEDNET_MQTT_DISCONNECT))
        bednet_device_flush(swarm, device);
}

void bednet_device_drop(struct bednet_swarm *swarm, struct bednet_device *device, bool reset)
{
    end(swarm, device, reset);
    swarm->play->gone(swarm, device, false);
}

/* TCP is there, and TLS where it is wanted: CONNECT. */
static void log_in(struct bednet_swarm *swarm, struct bednet_device *device)
{
    const struct bednet_credential *credential = &device->credential;
    const struct bednet_mqtt_login login = {.version = swarm->order->version,
                                            .keepalive_s = swarm->order->keepalive_s,
                                            .id = bednet_text(credential->id),
                                            .username = bednet_text(credential->username),
                                            .password = bednet_text(credential->password)};
    size_t bytes = bednet_mqtt_put_connect(NULL, 0, &login);
    unsigned char *out = reserve(swarm, device, bytes);
    if (out == NULL)
        return;
    device->state = BEDNET_DEVICE_LOGGING_IN;
    bednet_mqtt_put_connect(out, bytes, &login);
    bednet_wire_commit(&device->wire, bytes);
    bednet_device_flush(swarm, device);
}

static void shake(struct bednet_swarm *swarm, struct bednet_device *device)
{
    enum bednet_wire_state state = bednet_wire_shake(&device->wire);
    if (state == BEDNET_WIRE_AGAIN) {
        bool wants_room = SSL_want_write(device->wire.ssl);
        if (wants_room != device->wire.is_watched_for_room && !bednet_swarm_watch(swarm, device, false))
            lose(swarm, device, BEDNET_CAUSE_MEMORY);
        return;
    }
    if (state != BEDNET_WIRE_GOOD) {
        lose_by(swarm, device, state == BEDNET_WIRE_ENDED ? BEDNET_WIRE_ENDED : BEDNET_WIRE_NO_TLS);
        return;
    }
    if (device->wire.ssl != NULL)
        bednet_swarm_note(swarm, BEDNET_DURATION_HANDSHAKE, device->connected_ns);
    log_in(swarm, device);
}

static void get_connected(struct bednet_swarm *swarm, struct bednet_device *device)
{
    enum bednet_wire_state state = bednet_wire_connect(&device->wire);
    if (state == BEDNET_WIRE_AGAIN)
        return;
    if (state != BEDNET_WIRE_GOOD) {
        lose_by(swarm, device, state);
        return;
    }
    bednet_swarm_note(swarm, BEDNET_DURATION_CONNECT, device->opened_ns);
    device->connected_ns = swarm->now_ns;
    device->state = BEDNET_DEVICE_SHAKING;
    shake(swarm, device);
}

/* Every client asks to be answered in time, and is itself heard of as often as it promised. */
static int64_t ping_after(const struct bednet_swarm *swarm, const struct bednet_device *device)
{
    int64_t promised_ns = (int64_t)device->keepalive_s * 900000000;
    int64_t wanted_ns = swarm->order->ping_ns;
    if (promised_ns == 0)
        return wanted_ns != 0 ? wanted_ns : BEDNET_ALARM_NEVER;
    return wanted_ns != 0 && wanted_ns < promised_ns ? wanted_ns : promised_ns;
}

static void get_ready(struct bednet_swarm *swarm, struct bednet_device *device)
{
    int64_t after_ns = ping_after(swarm, device);
    swarm->logging_in--;
    swarm->ready++;
    swarm->tally.total.logins++;
    device->state = BEDNET_DEVICE_READY;
    set_deadline(swarm, device,
                 after_ns != BEDNET_ALARM_NEVER ? swarm->now_ns + after_ns : BEDNET_ALARM_NEVER);
    swarm->play->ready(swarm, device);
}

static bool subscribe(struct bednet_swarm *swarm, struct bednet_device *device)
{
    while (device->filters_due > 0 && device->filters_open < FILTERS_AT_ONCE) {
        const char *filter = swarm->play->filter(swarm, device, device->filters_due - 1);
        const int version = swarm->order->version;
        struct bednet_text text = bednet_text(filter);
        device->last_packet_id++;
        uint16_t id = device->last_packet_id != 0 ? device->last_packet_id : ++device->last_packet_id;
        size_t bytes = bednet_mqtt_put_subscribe(NULL, 0, version, id, text, swarm->order->qos);
        unsigned char *out = reserve(swarm, device, bytes);
        if (out == NULL)
            return false;
        bednet_mqtt_put_subscribe(out, bytes, version, id, text, swarm->order->qos);
        bednet_wire_commit(&device->wire, bytes);
        device->filters_due--;
        device->filters_open++;
    }
    return bednet_device_flush(swarm, device);
}

/* The play has said how many filters there are by the number of those that have a name. */
static uint32_t count_filters(struct bednet_swarm *swarm, struct bednet_device *device)
{
    uint32_t count = 0;
    while (device->is_subscriber && swarm->play->filter(swarm, device, count) != NULL)
        count++;
    return count;
}

static void take_connack(struct bednet_swarm *swarm, struct bednet_device *device,
                         const struct bednet_mqtt_packet *packet)
{
    if (packet->reason != 0) {
        const char *words = bednet_mqtt_reason(swarm->order->version, packet->reason);
        swarm->tally.logins_refused[packet->reason]++;
        bednet_tally_explain(&swarm->tally, "%s: login refused: %u (%s)", device->credential.id,
                             packet->reason, words != NULL ? words : "unknown reason");
        end(swarm, device, false);
        swarm->play->gone(swarm, device, true);
        return;
    }
    bednet_swarm_note(swarm, BEDNET_DURATION_LOGIN, device->asked_ns);
    size_t window = swarm->order->window;
    device->keepalive_s =
        packet->keepalive_s >= 0 ? (unsigned)packet->keepalive_s : swarm->order->keepalive_s;
    device->receive_maximum = packet->receive_maximum < window ? packet->receive_maximum : (unsigned)window;
    device->filters_due = count_filters(swarm, device);
    if (device->filters_due == 0) {
        get_ready(swarm, device);
        return;
    }
    device->state = BEDNET_DEVICE_SUBSCRIBING;
    subscribe(swarm, device);
}

static void take_suback(struct bednet_swarm *swarm, struct bednet_device *device,
                        const struct bednet_mqtt_packet *packet)
{
    if (packet->reason >= 0x80) {
        const char *words = bednet_mqtt_reason(swarm->order->version, packet->reason);
        swarm->tally.filters_refused[packet->reason]++;
        bednet_tally_explain(&swarm->tally, "%s: subscription refused: %u (%s)", device->credential.id,
                             packet->reason, words != NULL ? words : "unknown reason");
    }
    device->filters_open--;
    if (device->filters_due > 0)
        subscribe(swarm, device);
    else if (device->filters_open == 0)
        get_ready(swarm, device);
}

/* The broker's word that it ends the connection; MQTT 5 only. */
static void take_disconnect(struct bednet_swarm *swarm, struct bednet_device *device,
                            const struct bednet_mqtt_packet *packet)
{
    const char *words = bednet_mqtt_reason(swarm->order->version, packet->reason);
    if (device->state == BEDNET_DEVICE_READY && !swarm->expects_drops)
        swarm->tally.drops_by_reason[packet->reason & 255]++;
    bednet_tally_explain(&swarm->tally, "%s: disconnected: %u (%s)", device->credential.id, packet->reason,
                         words != NULL ? words : "unknown reason");
    lose(swarm, device, BEDNET_CAUSE_DISCONNECTED);
}

static void take_pingresp(struct bednet_swarm *swarm, struct bednet_device *device)
{
    int64_t after_ns = ping_after(swarm, device);
    if (device->pinged_ns == 0) {
        lose(swarm, device, BEDNET_CAUSE_MALFORMED);
        return;
    }
    bednet_swarm_note(swarm, BEDNET_DURATION_PING, device->pinged_ns);
    swarm->tally.total.pings++;
    set_deadline(swarm, device, device->pinged_ns + after_ns);
    device->pinged_ns = 0;
}

static void take_publish(struct bednet_swarm *swarm, struct bednet_device *device,
                         const struct bednet_mqtt_packet *packet)
{
    enum bednet_mqtt_type answer = packet->qos == 1 ? BEDNET_MQTT_PUBACK : BEDNET_MQTT_PUBREC;
    if (packet->qos > 0 && !put_answer(swarm, device, answer, packet->packet_id))
        return;
    swarm->play->message(swarm, device, packet);
}

/* Of one who is logged in. */
static void take_other(struct bednet_swarm *swarm, struct bednet_device *device,
                       const struct bednet_mqtt_packet *packet)
{
    switch (packet->type) {
    case BEDNET_MQTT_PUBLISH:
        if (device->is_subscriber) {
            take_publish(swarm, device, packet);
            return;
        }
        break;
    case BEDNET_MQTT_SUBACK:
        if (device->state == BEDNET_DEVICE_SUBSCRIBING && device->filters_open > 0) {
            take_suback(swarm, device, packet);
            return;
        }
        break;
    case BEDNET_MQTT_PUBREL:
        put_answer(swarm, device, BEDNET_MQTT_PUBCOMP, packet->packet_id);
        return;
    case BEDNET_MQTT_PUBACK:
    case BEDNET_MQTT_PUBREC:
    case BEDNET_MQTT_PUBCOMP:
        if (!device->is_subscriber && swarm->play->answered != NULL) {
            swarm->play->answered(swarm, device, packet);
            return;
        }
        break;
    case BEDNET_MQTT_PINGRESP:
        take_pingresp(swarm, device);
        return;
    case BEDNET_MQTT_DISCONNECT:
        take_disconnect(swarm, device, packet);
        return;
    default:
        break;
    }
    lose(swarm, device, BEDNET_CAUSE_MALFORMED);
}

static void take_packet(struct bednet_swarm *swarm, struct bednet_device *device,
                        const struct bednet_mqtt_packet *packet)
{
    bool is_connack = packet->type == BEDNET_MQTT_CONNACK;
    if (is_connack != (device->state == BEDNET_DEVICE_LOGGING_IN))
        lose(swarm, device, BEDNET_CAUSE_MALFORMED);
    else if (is_connack)
        take_connack(swarm, device, packet);
    else
        take_other(swarm, device, packet);
}

/* Takes whole packets from the front of `bytes`; *used is what they were. False: this connection has ended.
 */
static bool take_packets(struct bednet_swarm *swarm, struct bednet_device *device, const unsigned char *bytes,
                         size_t length, size_t *used)
{
    const unsigned life = device->life;
    struct bednet_mqtt_packet packet;
    size_t step;
    for (*used = 0; *used < length; *used += step) {
        enum bednet_mqtt_got got =
            bednet_mqtt_take(bytes + *used, length - *used, swarm->order->version, &packet, &step);
        if (got == BEDNET_MQTT_MORE)
            return true;
        if (got == BEDNET_MQTT_MALFORMED)
            lose(swarm, device, BEDNET_CAUSE_MALFORMED);
        else if (device->state != BEDNET_DEVICE_LEAVING) /* who leaves listens no more */
            take_packet(swarm, device, &packet);
        if (device->life != life)
            return false;
    }
    return true;
}

static bool digest(struct bednet_swarm *swarm, struct bednet_device *device, const unsigned char *bytes,
                   size_t length)
{
    struct bednet_wire *wire = &device->wire;
    const unsigned life = device->life;
    size_t used;
    if (wire->in_bytes == 0) {
        if (!take_packets(swarm, device, bytes, length, &used))
            return false;
        if (used < length && !bednet_wire_keep(wire, bytes + used, length - used))
            lose(swarm, device, BEDNET_CAUSE_MEMORY);
        return device->life == life;
    }
    if (!bednet_wire_keep(wire, bytes, length)) {
        lose(swarm, device, BEDNET_CAUSE_MEMORY);
        return false;
    }
    if (!take_packets(swarm, device, wire->in, wire->in_bytes, &used))
        return false;
    bednet_wire_consume(wire, used);
    return true;
}

static void listen_to(struct bednet_swarm *swarm, struct bednet_device *device)
{
    enum { TURNS_MAX = 16 }; /* then others are heard, too; TLS has at most one record left by then */
    for (int turn = 0; turn < TURNS_MAX || device->wire.ssl != NULL; turn++) {
        size_t got = 0;
        enum bednet_wire_state state =
            bednet_wire_read(&device->wire, swarm->scratch, BEDNET_SCRATCH_BYTES, &got);
        if (state == BEDNET_WIRE_AGAIN)
            break;
        if (state != BEDNET_WIRE_GOOD) {
            lose_by(swarm, device, state);
            return;
        }
        swarm->heard_ns = swarm->now_ns;
        if (!digest(swarm, device, swarm->scratch, got))
            return;
        if (device->wire.ssl == NULL && got < BEDNET_SCRATCH_BYTES)
            break;
    }
    if (bednet_wire_waiting(&device->wire) > 0)
        bednet_device_flush(swarm, device);
}

void bednet_device_serve(struct bednet_swarm *swarm, struct bednet_device *device, unsigned events)
{
    const unsigned life = device->life;
    if (device->wire.fd < 0)
        return; /* ended by what happened to another */
    if (device->state == BEDNET_DEVICE_CONNECTING)
        get_connected(swarm, device);
    else if (device->state == BEDNET_DEVICE_SHAKING)
        shake(swarm, device);
    else if ((events & EPOLLOUT) != 0 && bednet_device_flush(swarm, device) &&
             bednet_wire_waiting(&device->wire) == 0 && device->state == BEDNET_DEVICE_READY &&
             swarm->play->room != NULL)
        swarm->play->room(swarm, device);
    /* The handshake may have brought more than itself. */
    if (device->life == life && device->state >= BEDNET_DEVICE_LOGGING_IN)
        listen_to(swarm, device);
}

/* The time of a ping has come, unless something else was written meanwhile: that keeps alive as well. */
static void ping(struct bednet_swarm *swarm, struct bednet_device *device)
{
    int64_t after_ns = ping_after(swarm, device);
    if (swarm->order->ping_ns == 0 && device->written_ns + after_ns > swarm->now_ns) {
        set_deadline(swarm, device, device->written_ns + after_ns);
        return;
    }
    if (!put_bare(swarm, device, BEDNET_MQTT_PINGREQ))
        return;
    device->pinged_ns = swarm->now_ns;
    set_deadline(swarm, device, swarm->now_ns + swarm->order->timeout_ns);
    bednet_device_flush(swarm, device);
}

void bednet_device_wake(struct bednet_swarm *swarm, struct bednet_device *device)
{
    const unsigned life = device->life;
    if (device->deadline_ns <= swarm->now_ns) {
        if (device->state == BEDNET_DEVICE_READY && device->pinged_ns == 0)
            ping(swarm, device);
        else
            lose(swarm, device, BEDNET_CAUSE_TIMEOUT);
    }
    if (device->due_ns <= swarm->now_ns && device->life == life) {
        device->due_ns = BEDNET_ALARM_NEVER;
        swarm->play->wake(swarm, device);
    }
    set_alarm(swarm, device);
}
