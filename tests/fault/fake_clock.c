/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wall clock that steps, and a coarse one on which a second passes from one look to the next, so that no
 * tick comes too early to do its work. Stands before the C library's for the executable, the modules and
 * their libraries.
 */
#include "fault/fake_broker.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_llong step_s;
static atomic_llong looks;

void fake_clock_step(long long seconds)
{
    atomic_store(&step_s, seconds);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int code = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += (time_t)atomic_load(&step_s);
    if (clock == CLOCK_MONOTONIC_COARSE)
        now->tv_sec += (time_t)atomic_fetch_add(&looks, 1);
    return code;
}
