/* SPDX-License-Identifier: Apache-2.0 */
/* See tally.h. */
#include "tally.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bednet_tally_init(struct bednet_tally *tally)
{
    memset(tally, 0, sizeof *tally);
    tally->recent = bednet_histogram_new();
    bool good = tally->recent != NULL;
    for (unsigned i = 0; i < BEDNET_DURATIONS; i++) {
        tally->durations[i] = bednet_histogram_new();
        good = good && tally->durations[i] != NULL;
    }
    return good;
}

void bednet_tally_free(struct bednet_tally *tally)
{
    free(tally->recent);
    for (unsigned i = 0; i < BEDNET_DURATIONS; i++)
        free(tally->durations[i]);
    memset(tally, 0, sizeof *tally);
}

uint64_t bednet_tally_sum(const uint64_t *counts, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += counts[i];
    return sum;
}

void bednet_tally_explain(struct bednet_tally *tally, const char *format, ...)
{
    va_list args;
    if (tally->example[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(tally->example, sizeof tally->example, format, args);
    va_end(args);
}

const char *bednet_cause_name(enum bednet_cause cause)
{
    static const char *const names[BEDNET_CAUSES] = {
        [BEDNET_CAUSE_UNREACHABLE] = "unreachable", [BEDNET_CAUSE_TLS] = "tls",
        [BEDNET_CAUSE_CLOSED] = "closed",           [BEDNET_CAUSE_DISCONNECTED] = "disconnected",
        [BEDNET_CAUSE_TIMEOUT] = "timed_out",       [BEDNET_CAUSE_MALFORMED] = "malformed",
        [BEDNET_CAUSE_MEMORY] = "out_of_memory"};
    return names[cause];
}

const char *bednet_duration_name(enum bednet_duration duration)
{
    static const char *const names[BEDNET_DURATIONS] = {
        [BEDNET_DURATION_CONNECT] = "connect",  [BEDNET_DURATION_HANDSHAKE] = "handshake",
        [BEDNET_DURATION_LOGIN] = "login",      [BEDNET_DURATION_LATENCY] = "latency",
        [BEDNET_DURATION_ANSWER] = "answer",    [BEDNET_DURATION_PING] = "ping",
        [BEDNET_DURATION_RECOVERY] = "recovery"};
    return names[duration];
}
