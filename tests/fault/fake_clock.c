/* SPDX-License-Identifier: Apache-2.0 */
/* A wall clock that steps: stands before the C library's for the executable, the modules and their libraries.
 */
#include "fault/fake_broker.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_llong step_s;

void fake_clock_step(long long seconds)
{
    atomic_store(&step_s, seconds);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int code = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += (time_t)atomic_load(&step_s);
    return code;
}
