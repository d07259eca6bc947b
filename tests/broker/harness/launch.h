/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which broker this program tests, and the words that start it. The version comes from $BEDNET_BROKER; the
 * broker from the cache that ci/brokers.sh fills, or from the system where that is the version asked for.
 * Without $BEDNET_BROKER it is the system's, whatever it is.
 */
#ifndef BEDNET_TESTS_BROKER_LAUNCH_H
#define BEDNET_TESTS_BROKER_LAUNCH_H

#include <stdbool.h>

/* Finds the broker, once per program. False, with a message, when it is not there. */
bool launch_find(void);
void launch_forget(void);

/*
 * True when a missing broker is a failure: $BEDNET_REQUIRE_BROKERS is 1, or names the version (a list with
 * commas).
 */
bool launch_is_required(void);

/* What the broker calls itself, such as "2.0.11". */
const char *launch_version(void);

/* True for 2.1 and later. */
bool launch_is_modern(void);

/* True for what Debian calls 2.0.11, whose quirks later 2.0 releases mended. */
bool launch_is_oldest(void);

/*
 * Brokers that start from now on take the time of day from that file, which libfaketime reads; NULL: from the
 * system. Where that cannot be, the reason is given.
 */
const char *launch_fake_clock(const char *file);

/* In a child process: becomes the broker with that configuration file. Only returns on failure. */
void launch_exec(const char *config);

#endif
