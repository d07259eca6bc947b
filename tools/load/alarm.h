/* SPDX-License-Identifier: Apache-2.0 */
/* Who is to be woken when: a binary heap in which each sleeper stands once. */
#ifndef BEDNET_LOAD_ALARM_H
#define BEDNET_LOAD_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEDNET_ALARM_NEVER INT64_MAX

/* Part of whoever is to be woken; all zero where it sleeps without an alarm. */
struct bednet_alarm {
    int64_t due_ns;
    size_t place; /* in the heap, from 1 on; 0: not there */
};

struct bednet_alarms {
    struct bednet_alarm **heap; /* owned; the first one is at 1 */
    size_t count, capacity;
};

/* Room for `capacity` sleepers; false without memory. */
bool bednet_alarms_init(struct bednet_alarms *alarms, size_t capacity);
void bednet_alarms_free(struct bednet_alarms *alarms);

/* Sets or moves it; BEDNET_ALARM_NEVER takes it out. */
void bednet_alarms_set(struct bednet_alarms *alarms, struct bednet_alarm *alarm, int64_t due_ns);

/* When the first is due, BEDNET_ALARM_NEVER where none is set. */
int64_t bednet_alarms_next(const struct bednet_alarms *alarms);

/* Takes the first one out that is due by `now_ns`; NULL where none is. */
struct bednet_alarm *bednet_alarms_take(struct bednet_alarms *alarms, int64_t now_ns);

#endif
