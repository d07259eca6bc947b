/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker's life in random order: logins, takeovers, checks, messages, ends of connections (told twice,
 * without an id, or before their time), reloads and ticks, client objects used again at the same address;
 * enhanced authentication by tokens and by others, renewals, and a clock that passes the end of all tokens.
 * After each event Bednet's answer is compared with that of a model.
 */
#ifndef BEDNET_TESTS_FAULT_EVENTS_H
#define BEDNET_TESTS_FAULT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where choices come from: `bytes` until they are used up, then the generator, which 0 ends. */
struct chooser {
    const uint8_t *bytes;
    size_t count;
    uint64_t generator;
};

/* How often what happened, so that a test can see that it tested something. */
struct event_counts {
    size_t logins, logins_refused, checks_allowed, checks_denied, messages, messages_dropped, reloads,
        reloads_refused, takeovers, kept, enhanced, enhanced_refused, renewals, renewals_refused, left_early,
        ends;
};

/* Once before and once after all runs. */
void events_open(void);
void events_close(void);

/* At most `count` events on a broker of their own. False, with a story on stderr, where answers differ. */
bool events_run(struct chooser *chooser, size_t count, struct event_counts *counts);

#endif
