/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is counted. */
#ifndef BEDNET_LOAD_TALLY_H
#define BEDNET_LOAD_TALLY_H

#include "histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a connection failed or ended that should not have. */
enum bednet_cause {
    BEDNET_CAUSE_UNREACHABLE,  /* no TCP connection */
    BEDNET_CAUSE_TLS,          /* no handshake */
    BEDNET_CAUSE_CLOSED,       /* the broker closed it without a word */
    BEDNET_CAUSE_DISCONNECTED, /* the broker said why: MQTT 5 */
    BEDNET_CAUSE_TIMEOUT,      /* the broker did not answer */
    BEDNET_CAUSE_MALFORMED,    /* the broker said what it must not */
    BEDNET_CAUSE_MEMORY,       /* there is too little here */
    BEDNET_CAUSES
};

enum bednet_duration {
    BEDNET_DURATION_CONNECT,   /* until the TCP connection is there */
    BEDNET_DURATION_HANDSHAKE, /* from there until TLS is */
    BEDNET_DURATION_LOGIN,     /* from when the login should have begun until it is accepted */
    BEDNET_DURATION_LATENCY,   /* from publisher to subscriber */
    BEDNET_DURATION_ANSWER,    /* from PUBLISH to PUBACK or PUBCOMP */
    BEDNET_DURATION_PING,
    BEDNET_DURATION_RECOVERY, /* from the end of a connection until the next one is accepted */
    BEDNET_DURATIONS
};

struct bednet_counts {
    uint64_t logins; /* accepted */
    uint64_t sent;   /* messages */
    uint64_t answered;
    uint64_t delivered; /* each once */
    uint64_t pings;     /* answered */
};

struct bednet_tally {
    struct bednet_counts total;
    uint64_t logins_begun;
    uint64_t logins_failed[BEDNET_CAUSES], logins_refused[256];
    uint64_t drops[BEDNET_CAUSES], drops_by_reason[256]; /* of clients that were logged in */
    uint64_t filters_refused[256];
    uint64_t messages_refused[256];
    uint64_t messages_unexpected; /* of this run, for somebody else or of no publisher */
    uint64_t messages_foreign;    /* not of this run */
    uint64_t unsent;              /* that the rate asked for and the window did not let out */
    uint64_t lost, copies, belated;
    uint64_t most_logins_a_second;
    struct bednet_histogram *durations[BEDNET_DURATIONS]; /* owned */
    struct bednet_histogram *recent; /* of the last second: what there is to see while it runs; owned */
    char example[200];               /* what the first failure said; empty: nothing */
};

bool bednet_tally_init(struct bednet_tally *tally);
void bednet_tally_free(struct bednet_tally *tally);

uint64_t bednet_tally_sum(const uint64_t *counts, size_t count);

/* Keeps the first text that comes. */
__attribute__((format(printf, 2, 3))) void bednet_tally_explain(struct bednet_tally *tally,
                                                                const char *format, ...);

/* `timed_out`, as it stands in JSON. */
const char *bednet_cause_name(enum bednet_cause cause);
const char *bednet_duration_name(enum bednet_duration duration);

#endif
