/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a source is fetched next: after the life of what was fetched, after a growing pause where that failed,
 * and earlier, but not too early, where somebody asks. Pure: the time (milliseconds that never go back) and
 * the chance come from the caller.
 */
#ifndef BEDNET_REFRESH_SCHEDULE_H
#define BEDNET_REFRESH_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* All above zero. */
struct bednet_schedule_limits {
    int64_t ask_ms;         /* between the beginnings of two fetches that somebody asked for */
    int64_t least_ms;       /* between a success and the next fetch, whatever the server says */
    int64_t retry_first_ms; /* the pause after the first failure; it doubles with each further one */
    int64_t retry_most_ms;  /* up to this */
};

struct bednet_schedule {
    int64_t due_ms;
    int64_t begun_ms;  /* when the last fetch began */
    bool has_begun;    /* there was one */
    bool asked;        /* somebody asked since then */
    unsigned failures; /* in a row */
};

/* A source that is due at once. */
void bednet_schedule_start(struct bednet_schedule *schedule, int64_t now_ms);

void bednet_schedule_begin(struct bednet_schedule *schedule, int64_t now_ms);

/*
 * The end of a fetch. What was fetched is good for life_ms; the next fetch is up to a tenth of that earlier,
 * by `chance`, for not all brokers of a fleet to come at once.
 */
void bednet_schedule_succeed(struct bednet_schedule *schedule, const struct bednet_schedule_limits *limits,
                             int64_t now_ms, int64_t life_ms, uint32_t chance);
void bednet_schedule_fail(struct bednet_schedule *schedule, const struct bednet_schedule_limits *limits,
                          int64_t now_ms, uint32_t chance);

/* Never later than it is due anyway, and never sooner than ask_ms after the last beginning. */
void bednet_schedule_ask(struct bednet_schedule *schedule, const struct bednet_schedule_limits *limits,
                         int64_t now_ms);

#endif
