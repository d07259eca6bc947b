/* SPDX-License-Identifier: Apache-2.0 */
/* Hours of days of the week, by the clock on the wall of some place. Pure, allocates nothing; any thread. */
#ifndef BEDNET_CORE_HOURS_H
#define BEDNET_CORE_HOURS_H

#include "core/zone.h"

#define BEDNET_MINUTES_OF_DAY 1440

struct bednet_hours {
    uint8_t days;          /* mask of 1 << day, 0 being Monday: those on which the hours begin */
    uint16_t from_minute;  /* 0 to 1439 */
    uint16_t until_minute; /* 1 to 1440, exclusive; not above `from` where they go on after midnight */
    const struct bednet_zone *zone;
};

bool bednet_hours_hold(const struct bednet_hours *hours, int64_t now_s);

/* `mon`, or `mon-fri`, or across the end of the week `fri-mon`. False where it is none. */
bool bednet_days_parse(struct bednet_text text, uint8_t *days);

/* `07:00-19:00`, `22:00-06:00`, `00:00-24:00`. False where it is not, or takes no time at all. */
bool bednet_hours_parse(struct bednet_text text, struct bednet_hours *hours);

#endif
