/* SPDX-License-Identifier: Apache-2.0 */
/* See swarm.h. One thread, one epoll; time comes from one timer, set to whoever is to be woken first. */
#include "swarm.h"
#include "command.h"
#include "tls.h"

#include <errno.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, TURN_MS = 20 };

#define SECOND_NS INT64_C(1000000000)
/* Brokers close connections at once when they are told; nobody waits for one that does not. */
#define LEAVE_NS (2 * SECOND_NS)

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

void bednet_swarm_note(struct bednet_swarm *swarm, enum bednet_duration duration, int64_t since_ns)
{
    bool is_of_login = duration <= BEDNET_DURATION_LOGIN;
    int64_t lasted_ns = swarm->now_ns - since_ns;
    if ((is_of_login && swarm->play->gathers) || (swarm->measured_ns != 0 && since_ns >= swarm->measured_ns))
        bednet_histogram_add(swarm->tally.durations[duration], lasted_ns);
    if (duration == BEDNET_DURATION_LOGIN || duration == BEDNET_DURATION_LATENCY ||
        duration == BEDNET_DURATION_PING)
        bednet_histogram_add(swarm->tally.recent, lasted_ns);
}

void bednet_swarm_enqueue(struct bednet_swarm *swarm, struct bednet_device *device)
{
    device->next = NULL;
    *swarm->waiting_end = device;
    swarm->waiting_end = &device->next;
}

bool bednet_swarm_watch(struct bednet_swarm *swarm, struct bednet_device *device, bool is_new)
{
    bool wants_room = is_new || !device->wire.is_watched_for_room;
    struct epoll_event event = {.events = EPOLLIN | (wants_room ? EPOLLOUT : 0), .data.ptr = device};
    device->wire.is_watched_for_room = wants_room;
    return epoll_ctl(swarm->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, device->wire.fd, &event) == 0;
}

/* Lets in who waits, as many as may log in at once; no more in one turn, for some fail at once. */
static void admit(struct bednet_swarm *swarm)
{
    for (size_t i = swarm->order->in_flight; i > 0 && swarm->waiting != NULL; i--) {
        struct bednet_device *device = swarm->waiting;
        if (swarm->logging_in >= swarm->order->in_flight)
            return;
        swarm->waiting = device->next;
        if (swarm->waiting == NULL)
            swarm->waiting_end = &swarm->waiting;
        bednet_device_open(swarm, device);
    }
}

/* Nobody else gets in. */
static void dismiss(struct bednet_swarm *swarm)
{
    for (struct bednet_device *device = swarm->waiting; device != NULL; device = device->next) {
        device->state = BEDNET_DEVICE_OFF;
        swarm->present--;
    }
    swarm->waiting = NULL;
    swarm->waiting_end = &swarm->waiting;
}

static void look(struct bednet_swarm *swarm, enum bednet_moment moment)
{
    bednet_gauge_read(getpid(), &swarm->own[moment]);
    if (swarm->order->broker_pid != 0)
        swarm->has_gauge = bednet_gauge_read(swarm->order->broker_pid, &swarm->gauges[moment]) &&
                           (moment == BEDNET_MOMENT_BEFORE || swarm->has_gauge);
}

static void enter(struct bednet_swarm *swarm, enum bednet_phase phase)
{
    swarm->phase = phase;
    swarm->phase_ns = swarm->heard_ns = swarm->now_ns;
}

static void start_measuring(struct bednet_swarm *swarm)
{
    enter(swarm, BEDNET_PHASE_MEASURE);
    look(swarm, BEDNET_MOMENT_MEASURE);
    swarm->measured_ns = swarm->now_ns;
    swarm->at_measure = swarm->tally.total;
    if (swarm->play->measure != NULL)
        swarm->play->measure(swarm);
}

static void begin(struct bednet_swarm *swarm)
{
    enter(swarm, BEDNET_PHASE_WARM_UP);
    swarm->started_ns = swarm->now_ns;
    if (swarm->order->warm_up_ns == 0)
        start_measuring(swarm);
    swarm->play->begin(swarm);
}

static void count_second(struct bednet_swarm *swarm)
{
    uint64_t logins = swarm->tally.total.logins - swarm->at_second.logins;
    if (swarm->measured_ns != 0 && logins > swarm->tally.most_logins_a_second)
        swarm->tally.most_logins_a_second = logins;
}

static void settle(struct bednet_swarm *swarm)
{
    count_second(swarm);
    if (swarm->phase == BEDNET_PHASE_WARM_UP)
        start_measuring(swarm); /* interrupted: of nothing */
    swarm->ended_ns = swarm->now_ns;
    swarm->at_end = swarm->tally.total;
    enter(swarm, BEDNET_PHASE_SETTLE);
    if (swarm->play->cease != NULL)
        swarm->play->cease(swarm);
}

static void leave(struct bednet_swarm *swarm)
{
    look(swarm, BEDNET_MOMENT_SETTLED);
    enter(swarm, BEDNET_PHASE_LEAVE);
    dismiss(swarm);
    for (size_t i = 0; i < swarm->count; i++) {
        struct bednet_device *device = &swarm->devices[i];
        bednet_device_set_due(swarm, device, BEDNET_ALARM_NEVER);
        if (device->state == BEDNET_DEVICE_READY)
            bednet_device_leave(swarm, device);
        else if (device->state != BEDNET_DEVICE_OFF && device->state != BEDNET_DEVICE_LEAVING)
            bednet_device_drop(swarm, device, false);
    }
}

static bool has_failed(const struct bednet_swarm *swarm)
{
    const struct bednet_tally *tally = &swarm->tally;
    return bednet_tally_sum(tally->logins_failed, BEDNET_CAUSES) > 0 ||
           bednet_tally_sum(tally->logins_refused, 256) > 0 ||
           bednet_tally_sum(tally->drops, BEDNET_CAUSES) > 0 ||
           bednet_tally_sum(tally->filters_refused, 256) > 0;
}

/* All who were asked for have come, or cannot. */
static void gather(struct bednet_swarm *swarm)
{
    if (swarm->play->gathers && (has_failed(swarm) || swarm->is_interrupted)) {
        swarm->has_failed_to_gather = !swarm->is_interrupted;
        leave(swarm);
    } else if (!swarm->play->gathers || swarm->ready == swarm->count)
        begin(swarm);
}

/* Where one connection was cut, others are about to be: they are waited for, to be counted as what they are.
 */
static bool has_settled(struct bednet_swarm *swarm)
{
    bool was_cut = bednet_tally_sum(swarm->tally.drops, BEDNET_CAUSES) > 0;
    if (was_cut && swarm->ready > 0 && swarm->now_ns - swarm->phase_ns < SECOND_NS / 2)
        return false;
    return swarm->is_stalled || swarm->play->is_settled(swarm) ||
           swarm->now_ns - swarm->heard_ns >= swarm->order->timeout_ns;
}

/* Goes to the next phase where it is time. */
static void proceed(struct bednet_swarm *swarm)
{
    const struct bednet_order *order = swarm->order;
    int64_t lasted_ns = swarm->now_ns - swarm->phase_ns;
    bool wants_end = swarm->is_interrupted || swarm->is_stalled || swarm->gave_up;
    switch (swarm->phase) {
    case BEDNET_PHASE_GATHER:
        gather(swarm);
        break;
    case BEDNET_PHASE_WARM_UP:
        if (wants_end)
            settle(swarm);
        else if (lasted_ns >= order->warm_up_ns)
            start_measuring(swarm);
        break;
    case BEDNET_PHASE_MEASURE:
        if (wants_end || (order->duration_ns != 0 && lasted_ns >= order->duration_ns) ||
            swarm->play->is_done(swarm))
            settle(swarm);
        break;
    case BEDNET_PHASE_SETTLE:
        if (has_settled(swarm))
            leave(swarm);
        break;
    case BEDNET_PHASE_LEAVE:
        if (swarm->present == 0 || lasted_ns >= LEAVE_NS)
            enter(swarm, BEDNET_PHASE_OVER);
        break;
    case BEDNET_PHASE_OVER:
        break;
    }
}

static void turn_second(struct bednet_swarm *swarm)
{
    if (swarm->now_ns < swarm->second_ns)
        return;
    count_second(swarm);
    if (swarm->order->progress && swarm->phase < BEDNET_PHASE_LEAVE)
        bednet_progress_print(swarm);
    bednet_histogram_clear(swarm->tally.recent);
    swarm->at_second = swarm->tally.total;
    swarm->second_ns = swarm->now_ns + SECOND_NS;
}

/* Wakes everybody whose time has come. */
static void ring(struct bednet_swarm *swarm)
{
    struct bednet_alarm *alarm;
    while ((alarm = bednet_alarms_take(&swarm->alarms, swarm->now_ns)) != NULL)
        if (alarm == &swarm->metronome)
            swarm->play->beat(swarm);
        else
            bednet_device_wake(swarm, (struct bednet_device *)alarm);
}

static bool set_clock(struct bednet_swarm *swarm)
{
    int64_t next_ns = bednet_alarms_next(&swarm->alarms);
    if (next_ns == swarm->clock_set_ns)
        return true;
    swarm->clock_set_ns = next_ns;
    if (next_ns == BEDNET_ALARM_NEVER)
        next_ns = 0; /* disarmed */
    const struct itimerspec when = {
        .it_value = {.tv_sec = next_ns / SECOND_NS, .tv_nsec = next_ns % SECOND_NS}};
    return timerfd_settime(swarm->clock, TFD_TIMER_ABSTIME, &when, NULL) == 0;
}

/* Something that is no device has happened: it is taken away, or it would go on happening. */
static void hear(struct bednet_swarm *swarm, const int *source)
{
    struct signalfd_siginfo signal;
    uint64_t times;
    if (source == &swarm->clock) {
        if (read(swarm->clock, &times, sizeof times) > 0)
            swarm->clock_set_ns = 0;
    } else if (read(swarm->signals, &signal, sizeof signal) > 0)
        swarm->is_interrupted = true;
}

int bednet_swarm_run(struct bednet_swarm *swarm)
{
    static struct epoll_event events[EVENTS_AT_ONCE];
    swarm->now_ns = swarm->heard_ns = swarm->phase_ns = clock_ns();
    swarm->second_ns = swarm->now_ns + SECOND_NS;
    look(swarm, BEDNET_MOMENT_BEFORE);
    for (size_t i = 0; swarm->play->gathers && i < swarm->count; i++)
        bednet_device_ask(swarm, &swarm->devices[i], swarm->now_ns);
    while (swarm->phase != BEDNET_PHASE_OVER) {
        proceed(swarm);
        admit(swarm);
        if (!set_clock(swarm))
            return BEDNET_EXIT_IO;
        int count = epoll_wait(swarm->epoll, events, EVENTS_AT_ONCE, TURN_MS);
        if (count < 0 && errno != EINTR) {
            perror("bednet-load: epoll");
            return BEDNET_EXIT_IO;
        }
        for (int i = 0; i < count; i++) {
            swarm->now_ns = clock_ns();
            if (events[i].data.ptr == &swarm->clock || events[i].data.ptr == &swarm->signals)
                hear(swarm, events[i].data.ptr);
            else
                bednet_device_serve(swarm, events[i].data.ptr, events[i].events);
        }
        swarm->now_ns = clock_ns();
        ring(swarm);
        turn_second(swarm);
    }
    if (swarm->play->conclude != NULL)
        swarm->play->conclude(swarm);
    return BEDNET_EXIT_OK;
}

static bool listen_for(struct bednet_swarm *swarm, int *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    return *source >= 0 && epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, *source, &event) == 0;
}

static bool open_files(struct bednet_swarm *swarm)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    signal(SIGPIPE, SIG_IGN);
    swarm->epoll = epoll_create1(EPOLL_CLOEXEC);
    swarm->clock = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    swarm->signals = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
    if (swarm->epoll >= 0 && listen_for(swarm, &swarm->clock) && listen_for(swarm, &swarm->signals))
        return true;
    perror("bednet-load");
    return false;
}

static bool make_devices(struct bednet_swarm *swarm)
{
    const struct bednet_order *order = swarm->order;
    swarm->count = order->clients + order->subscribers;
    swarm->devices = calloc(swarm->count, sizeof *swarm->devices);
    swarm->scratch = malloc(BEDNET_SCRATCH_BYTES);
    if (swarm->devices == NULL || swarm->scratch == NULL ||
        !bednet_alarms_init(&swarm->alarms, swarm->count + 1) || !bednet_tally_init(&swarm->tally))
        return false;
    for (size_t i = 0; i < swarm->count; i++) {
        struct bednet_device *device = &swarm->devices[i];
        bednet_device_init(device);
        device->is_subscriber = i >= order->clients;
        device->number = (uint32_t)(device->is_subscriber ? i - order->clients : i);
    }
    return true;
}

static int give_credentials(struct bednet_swarm *swarm)
{
    const struct bednet_order *order = swarm->order;
    int code = bednet_credential_issue(order, swarm->devices, order->clients, false);
    if (code == BEDNET_EXIT_OK && order->subscribers > 0)
        code = bednet_credential_issue(order, swarm->devices + order->clients, order->subscribers, true);
    return code;
}

int bednet_swarm_init(struct bednet_swarm *swarm, const struct bednet_order *order)
{
    *swarm =
        (struct bednet_swarm){.order = order, .play = order->play, .epoll = -1, .clock = -1, .signals = -1};
    swarm->waiting_end = &swarm->waiting;
    swarm->random[0] = (unsigned short)order->seed;
    swarm->random[1] = (unsigned short)(order->seed >> 16);
    unsigned port = order->port != 0 ? order->port : order->tls ? 8883 : 1883;
    int code = bednet_place_find(order->host, port, order->is_remote_allowed, &swarm->place);
    if (code == BEDNET_EXIT_OK)
        code = bednet_tls_prepare(order, &swarm->tls);
    if (code == BEDNET_EXIT_OK)
        code = bednet_place_make_room(order->clients + order->subscribers);
    if (code != BEDNET_EXIT_OK)
        return code;
    if (!make_devices(swarm) || RAND_bytes((unsigned char *)&swarm->run, sizeof swarm->run) != 1)
        return bednet_command_nomem();
    code = give_credentials(swarm);
    if (code == BEDNET_EXIT_OK && swarm->play->prepare != NULL && !swarm->play->prepare(swarm))
        code = bednet_command_nomem();
    if (code == BEDNET_EXIT_OK && !open_files(swarm))
        code = BEDNET_EXIT_IO;
    return code;
}

static void close_file(int fd)
{
    if (fd >= 0)
        close(fd);
}

void bednet_swarm_free(struct bednet_swarm *swarm)
{
    for (size_t i = 0; swarm->devices != NULL && i < swarm->count; i++)
        bednet_device_free(&swarm->devices[i]);
    if (swarm->play != NULL && swarm->play->release != NULL)
        swarm->play->release(swarm);
    free(swarm->devices);
    free(swarm->scratch);
    bednet_alarms_free(&swarm->alarms);
    bednet_tally_free(&swarm->tally);
    SSL_CTX_free(swarm->tls);
    close_file(swarm->epoll);
    close_file(swarm->clock);
    close_file(swarm->signals);
}
