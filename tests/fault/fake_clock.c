/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wall clock that steps, and a coarse one on which a second has passed at each tick since the one before,
 * so that none comes too early to do its work. Stands before the C library's for the executable, the modules
 * and their libraries.
 */
#include "fault/fake_broker.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_llong step_s;
static atomic_llong ticks; /* 0 outside of one */

void fake_clock_step(long long seconds)
{
    atomic_store(&step_s, seconds);
}

void fake_clock_tick(long long count)
{
    atomic_store(&ticks, count);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int code = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += (time_t)atomic_load(&step_s);
    if (clock == CLOCK_MONOTONIC_COARSE)
        now->tv_sec += (time_t)atomic_load(&ticks);
    return code;
}
