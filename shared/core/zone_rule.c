/* SPDX-License-Identifier: Apache-2.0 */
/* The rule at the end of a zone: which days clocks change on, for ever. */
#include "core/civil.h"
#include "core/zone.h"

#include <string.h>

enum { DAY_S = 86400, OFFSET_HOURS_MAX = 24, TIME_HOURS_MAX = 167 };

/* --- Reading --- */

struct cursor {
    const char *at;
    const char *end;
};

static bool is_next(const struct cursor *cursor, char wanted)
{
    return cursor->at < cursor->end && *cursor->at == wanted;
}

static bool take(struct cursor *cursor, char wanted)
{
    if (!is_next(cursor, wanted)) {
        return false;
    }
    cursor->at++;
    return true;
}

static bool take_number(struct cursor *cursor, int least, int most, int *out)
{
    int value = 0;
    const char *start = cursor->at;

    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' && cursor->at - start < 3) {
        value = value * 10 + (*cursor->at++ - '0');
    }
    *out = value;
    return cursor->at > start && value >= least && value <= most;
}

/* Three letters or more, or anything within `<` and `>`. */
static bool take_name(struct cursor *cursor)
{
    const char *start = cursor->at;

    if (take(cursor, '<')) {
        const char *end = memchr(cursor->at, '>', (size_t)(cursor->end - cursor->at));

        if (end == NULL) {
            return false;
        }
        cursor->at = end + 1;
        return true;
    }
    while (cursor->at < cursor->end &&
           ((*cursor->at >= 'A' && *cursor->at <= 'Z') || (*cursor->at >= 'a' && *cursor->at <= 'z'))) {
        cursor->at++;
    }
    return cursor->at - start >= 3;
}

/* `[+-]hh[:mm[:ss]]` in seconds. */
static bool take_time(struct cursor *cursor, int hours_max, int32_t *out)
{
    bool negative = is_next(cursor, '-');
    int hours, minutes = 0, seconds = 0;

    if (negative || is_next(cursor, '+')) {
        cursor->at++;
    }
    if (!take_number(cursor, 0, hours_max, &hours)) {
        return false;
    }
    if (take(cursor, ':')) {
        if (!take_number(cursor, 0, 59, &minutes) ||
            (take(cursor, ':') && !take_number(cursor, 0, 59, &seconds))) {
            return false;
        }
    }
    *out = (hours * 3600 + minutes * 60 + seconds) * (negative ? -1 : 1);
    return true;
}

static bool take_weekday(struct cursor *cursor, struct bednet_zone_change *out)
{
    int month, week, weekday;

    if (!take_number(cursor, 1, 12, &month) || !take(cursor, '.') || !take_number(cursor, 1, 5, &week) ||
        !take(cursor, '.') || !take_number(cursor, 0, 6, &weekday)) {
        return false;
    }
    out->kind = BEDNET_CHANGE_WEEKDAY;
    out->month = (uint8_t)month;
    out->week = (uint8_t)week;
    out->weekday = (uint8_t)weekday;
    return true;
}

static bool take_day(struct cursor *cursor, struct bednet_zone_change *out)
{
    bool without_leap = take(cursor, 'J');
    int day;

    if (!take_number(cursor, without_leap ? 1 : 0, 365, &day)) {
        return false;
    }
    out->kind = without_leap ? BEDNET_CHANGE_DAY_WITHOUT_LEAP : BEDNET_CHANGE_DAY;
    out->day = (uint16_t)day;
    return true;
}

static bool take_change(struct cursor *cursor, struct bednet_zone_change *out)
{
    out->time_s = 2 * 3600;
    return take(cursor, ',') && (take(cursor, 'M') ? take_weekday(cursor, out) : take_day(cursor, out)) &&
           (!take(cursor, '/') || take_time(cursor, TIME_HOURS_MAX, &out->time_s));
}

/* POSIX counts to the west. */
static bool take_offset(struct cursor *cursor, int32_t *out)
{
    int32_t west;

    if (!take_time(cursor, OFFSET_HOURS_MAX, &west)) {
        return false;
    }
    *out = -west;
    return true;
}

bool bednet_zone_rule_parse(struct bednet_text text, struct bednet_zone_rule *out)
{
    struct cursor cursor = {text.ptr, text.ptr + text.len};
    struct bednet_zone_rule rule = {.saves = false};

    if (!take_name(&cursor) || !take_offset(&cursor, &rule.standard_s)) {
        return false;
    }
    if (cursor.at < cursor.end) {
        rule.saves = true;
        rule.saving_s = rule.standard_s + 3600;
        if (!take_name(&cursor) || (!is_next(&cursor, ',') && !take_offset(&cursor, &rule.saving_s)) ||
            !take_change(&cursor, &rule.begins) || !take_change(&cursor, &rule.ends)) {
            return false;
        }
    }
    *out = rule;
    return cursor.at == cursor.end;
}

/* --- Looking --- */

static int64_t day_of_month(int64_t year, unsigned month)
{
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

    return bednet_day_of_year(year) + before[month - 1] + (month > 2 && bednet_is_leap_year(year) ? 1 : 0);
}

static int64_t day_of_weekday(const struct bednet_zone_change *change, int64_t year)
{
    int64_t first = day_of_month(year, change->month);
    int64_t next =
        change->month == 12 ? bednet_day_of_year(year + 1) : day_of_month(year, change->month + 1u);
    /* Theirs begin with Sunday. */
    unsigned weekday = (bednet_weekday_of_day(first) + 1) % 7;
    int64_t day = first + (change->weekday + 7u - weekday) % 7 + (change->week - 1) * 7;

    return day < next ? day : day - 7;
}

/* In seconds of local time. */
static int64_t moment_of(const struct bednet_zone_change *change, int64_t year)
{
    int64_t day;

    switch (change->kind) {
    case BEDNET_CHANGE_WEEKDAY:
        day = day_of_weekday(change, year);
        break;
    case BEDNET_CHANGE_DAY_WITHOUT_LEAP:
        day = bednet_day_of_year(year) + change->day - 1 +
              (change->day > 59 && bednet_is_leap_year(year) ? 1 : 0);
        break;
    default:
        day = bednet_day_of_year(year) + change->day;
    }
    return day * DAY_S + change->time_s;
}

int32_t bednet_zone_rule_offset(const struct bednet_zone_rule *rule, int64_t now_s)
{
    int64_t year, begins, ends;
    bool saving;

    if (!rule->saves) {
        return rule->standard_s;
    }
    year = bednet_year_of_day(bednet_floor_div(now_s + rule->standard_s, DAY_S));
    begins = moment_of(&rule->begins, year) - rule->standard_s;
    ends = moment_of(&rule->ends, year) - rule->saving_s;
    saving = begins < ends ? now_s >= begins && now_s < ends : now_s >= begins || now_s < ends;
    return saving ? rule->saving_s : rule->standard_s;
}
