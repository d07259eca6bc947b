/* SPDX-License-Identifier: Apache-2.0 */
/* See clock.h. */
#include "harness/clock.h"
#include "harness/launch.h"
#include <time.h>

static const char name[] = "clock";

static int release(void *thing, bool passed)
{
    (void)thing;
    (void)passed;
    launch_fake_clock(NULL);
    return 0;
}

void clock_take(struct env *env)
{
    const char *why = launch_fake_clock(env_write(env, name, "+0\n"));

    if (why) {
        env_skip(env, why);
    }
    env_defer(env, release, env);
}

void clock_shift(struct env *env, long long seconds)
{
    env_write(env, name, env_format(env, "%+lld\n", seconds));
}

void clock_stand(struct env *env, long long second)
{
    time_t when = (time_t)second;
    struct tm parts;
    char text[32];

    gmtime_r(&when, &parts);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S\n", &parts);
    env_write(env, name, text);
}

long long clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}
