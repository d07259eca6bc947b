/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people read and write them. */
#ifndef BEDNET_TOOLS_MOMENT_H
#define BEDNET_TOOLS_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define BEDNET_MOMENT_BYTES 40

/* `2026-11-22 15:46:40 UTC`, or that it is too far away to be said so. */
void bednet_moment_utc(int64_t at_s, char out[BEDNET_MOMENT_BYTES]);

/* `in 3 h`, `2 d ago`, `now`. */
void bednet_moment_distance(int64_t at_s, int64_t now_s, char out[BEDNET_MOMENT_BYTES]);

/* Seconds since 1970, or `2026-11-22T12:00:00Z`, as a policy writes times; false for anything else. */
bool bednet_moment_parse(const char *text, int64_t *at_s);

/* `30s`, `5m`, `2h`, `7d`; false for anything else, and for more than can be added to a time. */
bool bednet_moment_parse_duration(const char *text, int64_t *seconds);

#endif
