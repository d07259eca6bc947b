/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/schedule.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void bednet_schedule_start(struct bednet_schedule *schedule, int64_t now_ms)
{
    *schedule = (struct bednet_schedule){.due_ms = now_ms};
}

void bednet_schedule_begin(struct bednet_schedule *schedule, int64_t now_ms)
{
    schedule->begun_ms = now_ms;
    schedule->has_begun = true;
    schedule->asked = false;
}

/* What was asked while the fetch ran may have come too late for it. */
static void hurry(struct bednet_schedule *schedule, const struct bednet_schedule_limits *limits,
                  int64_t now_ms)
{
    if (!schedule->asked)
        return;
    int64_t soonest = schedule->has_begun ? most(now_ms, schedule->begun_ms + limits->ask_ms) : now_ms;
    schedule->due_ms = least(schedule->due_ms, soonest);
}

void bednet_schedule_succeed(struct bednet_schedule *schedule, const struct bednet_schedule_limits *limits,
                             int64_t now_ms, int64_t life_ms, uint32_t chance)
{
    int64_t early = chance % (life_ms > 10 ? least(life_ms / 10, INT32_MAX) : 1);
    schedule->failures = 0;
    schedule->due_ms = now_ms + most(life_ms - early, limits->least_ms);
    hurry(schedule, limits, now_ms);
}

void bednet_schedule_fail(struct bednet_schedule *schedule, const struct bednet_schedule_limits *limits,
                          int64_t now_ms, uint32_t chance)
{
    int64_t pause = limits->retry_first_ms;
    for (unsigned i = 0; i < schedule->failures && pause < limits->retry_most_ms; i++)
        pause *= 2;
    pause = least(pause, limits->retry_most_ms);
    if (schedule->failures < UINT32_MAX)
        schedule->failures++;
    schedule->due_ms = now_ms + pause - chance % (pause / 2 + 1);
    hurry(schedule, limits, now_ms);
}

void bednet_schedule_ask(struct bednet_schedule *schedule, const struct bednet_schedule_limits *limits,
                         int64_t now_ms)
{
    schedule->asked = true;
    hurry(schedule, limits, now_ms);
}
