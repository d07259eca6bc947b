/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones as compiled by zic (TZif, RFC 9636), read once and then only looked at: glibc's own are global
 * to a process, and a plugin must not change what time it is for the broker. See docs/decisions/0006.
 */
#ifndef BEDNET_CORE_ZONE_H
#define BEDNET_CORE_ZONE_H

#include "core/arena.h"
#include "core/status.h"
#include "core/text.h"
#include <stdbool.h>
#include <stdint.h>

#define BEDNET_ZONE_BYTES_MAX (64 * 1024)

/* A day of each year on which clocks change, and when on it. */
struct bednet_zone_change {
    enum { BEDNET_CHANGE_WEEKDAY, BEDNET_CHANGE_DAY, BEDNET_CHANGE_DAY_WITHOUT_LEAP } kind;
    uint8_t month;   /* 1 to 12; of BEDNET_CHANGE_WEEKDAY, as the next two */
    uint8_t week;    /* 1 to 5, 5 being the last */
    uint8_t weekday; /* 0 is Sunday */
    uint16_t day;    /* from 0, and without leap days from 1 */
    int32_t time_s;  /* of local time */
};

/* What holds from the last transition on. */
struct bednet_zone_rule {
    bool saves; /* there is a time for summer */
    int32_t standard_s, saving_s;
    struct bednet_zone_change begins, ends;
};

/* All zero is UTC. */
struct bednet_zone {
    const int64_t *transitions; /* ascending */
    const int32_t *offsets;     /* seconds east of Greenwich from each of them on */
    size_t count;
    int32_t first_s; /* before any of them */
    struct bednet_zone_rule rule;
    bool has_rule; /* else the last offset goes on for ever */
};

/* From the bytes of a file; arrays go to the arena. BEDNET_INVALID where they are none: *error says why. */
enum bednet_status bednet_zone_parse(struct bednet_arena *arena, struct bednet_text bytes,
                                     struct bednet_zone *out, const char **error);

/* Local time is so many seconds ahead of UTC at that time. Allocates nothing; any thread. */
int32_t bednet_zone_offset(const struct bednet_zone *zone, int64_t now_s);

/* `CET-1CEST,M3.5.0,M10.5.0/3`: the form of POSIX, with the extensions of RFC 9636. False where it is not. */
bool bednet_zone_rule_parse(struct bednet_text text, struct bednet_zone_rule *out);
int32_t bednet_zone_rule_offset(const struct bednet_zone_rule *rule, int64_t now_s);

#endif
