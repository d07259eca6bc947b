/* SPDX-License-Identifier: Apache-2.0 */
/* What sanitizers wrote into a broker's log. */
#ifndef BEDNET_TESTS_BROKER_LEAKS_H
#define BEDNET_TESTS_BROKER_LEAKS_H

/*
 * NULL, or what is wrong. Any error of AddressSanitizer or UndefinedBehaviorSanitizer is; a leak, or a race
 * that ThreadSanitizer saw, only when Bednet's code is in its stack, for Mosquitto has some of its own.
 */
const char *leaks_found(const char *log);

#endif
