/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the Gregorian calendar, counted from 1970-01-01, for any year that 64 bits of seconds reach. */
#ifndef BEDNET_CORE_CIVIL_H
#define BEDNET_CORE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/* Rounds down, also below 0. */
static inline int64_t bednet_floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

static inline bool bednet_is_leap_year(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The day on which a year begins. */
static inline int64_t bednet_day_of_year(int64_t year)
{
    int64_t before = year - 1;

    return before * 365 + bednet_floor_div(before, 4) - bednet_floor_div(before, 100) +
           bednet_floor_div(before, 400) - 719162;
}

static inline int64_t bednet_year_of_day(int64_t day)
{
    /* 146,097 days are 400 years, so the guess is off by a year at most. */
    int64_t year = 1970 + bednet_floor_div(day * 400, 146097);

    while (bednet_day_of_year(year) > day) {
        year--;
    }
    while (bednet_day_of_year(year + 1) <= day) {
        year++;
    }
    return year;
}

/* 0 is Monday. */
static inline unsigned bednet_weekday_of_day(int64_t day)
{
    return (unsigned)(day + 3 - bednet_floor_div(day + 3, 7) * 7);
}

#endif
