/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Denials, and what else plugins do to clients, on their way to the broker's log. A callback only copies what
 * a line needs into a ring; the lines are written later, between callbacks. Limited in rate per client, so
 * that one noisy client does not hide the rest, and in all; what is left out is counted and said. Broker
 * thread only.
 */
#ifndef BEDNET_RUNTIME_DENIAL_LOG_H
#define BEDNET_RUNTIME_DENIAL_LOG_H

#include "core/hash.h"
#include "core/verdict.h"
#include "runtime/event.h"

#define BEDNET_DENIAL_LINE_BYTES 2048

struct bednet_denial {
    const char *plugin; /* a constant string */
    enum bednet_action action;
    enum bednet_reason reason;
    const char *verb; /* a constant string: "deny", "would deny", ... */
    struct bednet_client client;
    struct bednet_text topic;       /* absent for a login */
    struct bednet_text policy_path; /* with `rule`; copied */
    struct bednet_source rule;
};

struct bednet_denial_log;

/* NULL without memory. */
struct bednet_denial_log *bednet_denial_log_new(const struct bednet_hash_key *key);
void bednet_denial_log_free(struct bednet_denial_log *log);

/* Copies a denial into the ring, or only counts it where the rate or the ring is exhausted. */
void bednet_denial_log_push(struct bednet_denial_log *log, const struct bednet_denial *denial,
                            uint64_t now_ns);

bool bednet_denial_log_is_empty(const struct bednet_denial_log *log);

/*
 * Writes everything that waits, line by line, and, at most once per second, how many were left out. `line` is
 * valid during the call of `write`, which may push: a broker that publishes its log asks plugins about it.
 * Called from within `write` it does nothing.
 */
void bednet_denial_log_drain(struct bednet_denial_log *log, uint64_t now_ns, void (*write)(const char *line));

#endif
