/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identities that outlive the broker: what became of whom goes to the store that the policy names, and comes
 * back before the broker serves. Whoever comes back is like one who is offline: found by client id and user
 * name, for somebody without a connection only, until the client itself logs in again. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_KEEPER_H
#define BEDNET_RUNTIME_KEEPER_H

#include "core/diag.h"
#include "policy/policy.h"
#include "runtime/identity.h"

struct bednet_chain;
struct bednet_keeper;

/*
 * Opens the store that the policy of a new chain names, and brings the chain's identities back. Chains whose
 * policies name the same file share it. *out is NULL where the policy names none. On failure an error is in
 * `diag`; see bednet_store_open.
 */
enum bednet_status bednet_keeper_acquire(const struct bednet_policy *policy, const struct bednet_chain *chain,
                                         const char *chain_name, struct bednet_diag *diag,
                                         struct bednet_keeper **out);

/* The last chain out has everything written, and closes the file. NULL is allowed. */
void bednet_keeper_release(struct bednet_keeper *keeper, const struct bednet_chain *chain);

/* Refuses, with an error in `diag`, a policy that names another store than the one in use (NULL: none). */
void bednet_keeper_prepare(const struct bednet_keeper *keeper, const struct bednet_policy *next,
                           struct bednet_diag *diag);

/* Takes over what the policy may change: how long identities are kept. NULL is allowed. */
void bednet_keeper_configure(struct bednet_keeper *keeper, const struct bednet_policy *policy);

/*
 * The identity that was just admitted or renewed, of a session that outlives its connection (`persists`) or
 * does not; one that ended is kept as such. Does nothing where a password or another plugin let the client
 * in. NULL is allowed for the keeper, as below.
 */
void bednet_keeper_note(struct bednet_keeper *keeper, struct bednet_text chain_name,
                        struct bednet_identity *identity, bool persists);

/* A login by other means began: see bednet_keeper_confirm. */
void bednet_keeper_begin(const struct bednet_keeper *keeper, struct bednet_identity *identity);

/* The client was let in by other means than ours: what was kept of this client id is no longer true. */
void bednet_keeper_confirm(struct bednet_keeper *keeper, struct bednet_identity *identity);

/* The connection ended, and with `over` the session, too. */
void bednet_keeper_leave(struct bednet_keeper *keeper, struct bednet_identity *identity, bool over);

/* Tells of trouble with the disk, once when it begins and once when it is over, and sets the metrics. */
void bednet_keepers_report(void (*log)(enum bednet_severity severity, const char *line));

#endif
