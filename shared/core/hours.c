/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hours.h"

#include "core/civil.h"

#include <string.h>

enum { DAY_S = 86400, DAY_BYTES = 3 };

bool bednet_hours_hold(const struct bednet_hours *hours, int64_t now_s)
{
    int64_t local_s = now_s + bednet_zone_offset(hours->zone, now_s);
    int64_t day = bednet_floor_div(local_s, DAY_S);
    unsigned minute = (unsigned)(local_s - day * DAY_S) / 60;
    unsigned weekday = bednet_weekday_of_day(day);
    bool begins_today = (hours->days >> weekday & 1) != 0;
    bool began_yesterday = (hours->days >> (weekday + 6) % 7 & 1) != 0;

    if (hours->from_minute < hours->until_minute) {
        return begins_today && minute >= hours->from_minute && minute < hours->until_minute;
    }
    return (begins_today && minute >= hours->from_minute) ||
           (began_yesterday && minute < hours->until_minute);
}

/* The number of the day that the text begins with; 7 where there is none. */
static unsigned day_named(const char *text)
{
    static const char names[] = "montuewedthufrisatsun";
    unsigned day = 0;

    while (day < 7 && memcmp(names + (size_t)day * DAY_BYTES, text, DAY_BYTES) != 0) {
        day++;
    }
    return day;
}

bool bednet_days_parse(struct bednet_text text, uint8_t *days)
{
    unsigned first, last;

    if (text.ptr == NULL || (text.len != DAY_BYTES && text.len != 2 * DAY_BYTES + 1)) {
        return false;
    }
    first = day_named(text.ptr);
    last = text.len == DAY_BYTES ? first : day_named(text.ptr + DAY_BYTES + 1);
    if (first > 6 || last > 6 || (text.len != DAY_BYTES && text.ptr[DAY_BYTES] != '-')) {
        return false;
    }
    *days = 0;
    for (unsigned day = first;; day = (day + 1) % 7) {
        *days |= (uint8_t)(1u << day);
        if (day == last) {
            return true;
        }
    }
}

/* `hh:mm`, up to 24:00. */
static bool parse_minute(const char *text, unsigned *out)
{
    unsigned hour, minute;

    for (size_t i = 0; i < 5; i++) {
        if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    hour = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    minute = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
    *out = hour * 60 + minute;
    return minute < 60 && *out <= BEDNET_MINUTES_OF_DAY;
}

bool bednet_hours_parse(struct bednet_text text, struct bednet_hours *hours)
{
    unsigned from, until;

    if (text.ptr == NULL || text.len != 11 || text.ptr[5] != '-' || !parse_minute(text.ptr, &from) ||
        !parse_minute(text.ptr + 6, &until) || from == until || from == BEDNET_MINUTES_OF_DAY || until == 0) {
        return false;
    }
    hours->from_minute = (uint16_t)from;
    hours->until_minute = (uint16_t)until;
    return true;
}
