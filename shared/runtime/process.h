/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process-wide state of the suite, there as long as any chain is: one identity table, one table of
 * subscriptions, one denial log, one secret for keyed hashes. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_PROCESS_H
#define BEDNET_RUNTIME_PROCESS_H

#include "runtime/denial_log.h"
#include "runtime/identity.h"
#include "runtime/subscriptions.h"

/* Offline sessions count; the one that retired first makes room. */
#define BEDNET_IDENTITIES_MAX 200000
/* The sessions of all identities may be subscribed to something; see runtime/subscriptions.h. */
#define BEDNET_SUBSCRIPTIONS_BYTES_MAX (256 * 1024 * 1024)

struct bednet_process {
    struct bednet_hash_key key;
    struct bednet_identities *identities;
    struct bednet_subscriptions *subscriptions;
    struct bednet_denial_log *denials;
    const void *leaving; /* see bednet_session_is_leaving; only compared */
    unsigned leaving_turns;
    bool closing; /* the broker closes a connection, for a plugin told it to; see bednet_instance_kick */
};

/* Takes a reference, making the state if it is the first; NULL without memory or randomness. */
struct bednet_process *bednet_process_acquire(void);

/* Gives a reference back; the last one frees the state. */
void bednet_process_release(void);

/* Borrowed; only while a reference is held. */
struct bednet_process *bednet_process(void);

#endif
