/* SPDX-License-Identifier: Apache-2.0 */
/* See alarm.h. */
#include "alarm.h"

#include <stdlib.h>

bool bednet_alarms_init(struct bednet_alarms *alarms, size_t capacity)
{
    *alarms = (struct bednet_alarms){.heap = calloc(capacity + 1, sizeof(struct bednet_alarm *)),
                                     .capacity = capacity};
    return alarms->heap != NULL;
}

void bednet_alarms_free(struct bednet_alarms *alarms)
{
    free(alarms->heap);
    *alarms = (struct bednet_alarms){0};
}

static void put(struct bednet_alarms *alarms, size_t place, struct bednet_alarm *alarm)
{
    alarms->heap[place] = alarm;
    alarm->place = place;
}

static void rise(struct bednet_alarms *alarms, struct bednet_alarm *alarm)
{
    size_t place = alarm->place;
    while (place > 1 && alarms->heap[place / 2]->due_ns > alarm->due_ns) {
        put(alarms, place, alarms->heap[place / 2]);
        place /= 2;
    }
    put(alarms, place, alarm);
}

static void sink(struct bednet_alarms *alarms, struct bednet_alarm *alarm)
{
    size_t place = alarm->place;
    for (size_t child = 2 * place; child <= alarms->count; child = 2 * place) {
        if (child < alarms->count && alarms->heap[child + 1]->due_ns < alarms->heap[child]->due_ns)
            child++;
        if (alarms->heap[child]->due_ns >= alarm->due_ns)
            break;
        put(alarms, place, alarms->heap[child]);
        place = child;
    }
    put(alarms, place, alarm);
}

static void take_out(struct bednet_alarms *alarms, struct bednet_alarm *alarm)
{
    struct bednet_alarm *last = alarms->heap[alarms->count--];
    if (last != alarm) {
        put(alarms, alarm->place, last);
        sink(alarms, last);
        rise(alarms, last);
    }
    alarm->place = 0;
}

void bednet_alarms_set(struct bednet_alarms *alarms, struct bednet_alarm *alarm, int64_t due_ns)
{
    if (alarm->place != 0 && due_ns == alarm->due_ns)
        return;
    if (due_ns == BEDNET_ALARM_NEVER) {
        if (alarm->place != 0)
            take_out(alarms, alarm);
        return;
    }
    if (alarm->place == 0) {
        if (alarms->count == alarms->capacity)
            return; /* more sleepers than there are devices: cannot be */
        put(alarms, ++alarms->count, alarm);
    }
    alarm->due_ns = due_ns;
    sink(alarms, alarm);
    rise(alarms, alarm);
}

int64_t bednet_alarms_next(const struct bednet_alarms *alarms)
{
    return alarms->count > 0 ? alarms->heap[1]->due_ns : BEDNET_ALARM_NEVER;
}

struct bednet_alarm *bednet_alarms_take(struct bednet_alarms *alarms, int64_t now_ns)
{
    if (bednet_alarms_next(alarms) > now_ns)
        return NULL;
    struct bednet_alarm *alarm = alarms->heap[1];
    take_out(alarms, alarm);
    return alarm;
}
