/* SPDX-License-Identifier: Apache-2.0 */
/* The time of day of brokers that start after clock_take, as the test wants it. Intervals stay real. */
#ifndef BEDNET_TESTS_BROKER_CLOCK_H
#define BEDNET_TESTS_BROKER_CLOCK_H

#include "harness/env.h"

/* Skips the test where the clock cannot be had. It runs with the system's until something else is said. */
void clock_take(struct env *env);

/* It goes on so many seconds from the system's. */
void clock_shift(struct env *env, long long seconds);

/*
 * It stands at that second since 1970, and so does what plugins do in turns, their log of denials for one:
 * the kernel's coarse clock is taken for one of the day.
 */
void clock_stand(struct env *env, long long second);

/* The system's, in whole seconds, never behind what a broker reads: time() is, by up to a tick of the kernel.
 */
long long clock_now(void);

#endif
