/* SPDX-License-Identifier: Apache-2.0 */
/* UTC only: what a token says means the same everywhere. */
#include "moment.h"
#include "policy/scalar.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* The years 1 to 9999, which have four digits at most. */
#define FIRST_S INT64_C(-62135596800)
#define LAST_S  INT64_C(253402300799)

void bednet_moment_utc(int64_t at_s, char out[BEDNET_MOMENT_BYTES])
{
    time_t time = (time_t)at_s;
    struct tm parts;
    if (at_s < FIRST_S || at_s > LAST_S || gmtime_r(&time, &parts) == NULL)
        snprintf(out, BEDNET_MOMENT_BYTES, "%s", at_s > 0 ? "after the year 9999" : "before the year 1");
    else
        strftime(out, BEDNET_MOMENT_BYTES, "%Y-%m-%d %H:%M:%S UTC", &parts);
}

void bednet_moment_distance(int64_t at_s, int64_t now_s, char out[BEDNET_MOMENT_BYTES])
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = {{31557600, "y"}, {86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    uint64_t distance = at_s > now_s ? (uint64_t)at_s - (uint64_t)now_s : (uint64_t)now_s - (uint64_t)at_s;
    size_t unit = 0;
    while (units[unit].seconds > 1 && distance < 2 * units[unit].seconds)
        unit++;
    if (distance == 0)
        snprintf(out, BEDNET_MOMENT_BYTES, "now");
    else
        snprintf(out, BEDNET_MOMENT_BYTES, at_s > now_s ? "in %" PRIu64 " %s" : "%" PRIu64 " %s ago",
                 distance / units[unit].seconds, units[unit].name);
}

bool bednet_moment_parse(const char *text, int64_t *at_s)
{
    return bednet_scalar_time(bednet_text(text), at_s) == BEDNET_OK;
}

bool bednet_moment_parse_duration(const char *text, int64_t *seconds)
{
    uint64_t parsed;
    if (bednet_scalar_duration(bednet_text(text), &parsed) != BEDNET_OK || parsed > (uint64_t)LAST_S)
        return false;
    *seconds = (int64_t)parsed;
    return true;
}
