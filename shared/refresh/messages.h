/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for the log, from the worker's thread to the broker's: a ring of fixed size, without a lock. What
 * finds no room is counted and told of later.
 */
#ifndef BEDNET_REFRESH_MESSAGES_H
#define BEDNET_REFRESH_MESSAGES_H

#include "core/diag.h"
#include <stdatomic.h>

#define BEDNET_MESSAGES           64
#define BEDNET_REFRESH_LINE_BYTES 256

struct bednet_refresh_line {
    enum bednet_severity severity;
    char text[BEDNET_REFRESH_LINE_BYTES];
};

/* Zeroed is empty. */
struct bednet_messages {
    struct bednet_refresh_line ring[BEDNET_MESSAGES];
    atomic_uint posted; /* by the worker; all three only ever grow */
    atomic_uint read;   /* by the broker */
    unsigned added;     /* the worker's own, as is the next */
    unsigned lost;
};

/* The worker's thread. The text is escaped, and cut where it does not fit. The broker hears it once posted.
 */
void bednet_messages_add(struct bednet_messages *messages, enum bednet_severity severity, const char *format,
                         ...) __attribute__((format(printf, 3, 4)));

/*
 * The worker's thread. Comes after what the lines tell of was handed over: whoever reads that keys are in use
 * may rely on it.
 */
void bednet_messages_post(struct bednet_messages *messages);

/* The broker's thread. Oldest first. */
void bednet_messages_drain(struct bednet_messages *messages,
                           void (*log)(enum bednet_severity severity, const char *line));

#endif
