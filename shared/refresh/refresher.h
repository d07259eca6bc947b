/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from outside and changes while the broker runs: key sets behind URLs, and the file of
 * revocations. A thread of its own fetches, reads, checks and builds; the broker's thread only ever exchanges
 * a pointer. All functions on the broker's thread unless said otherwise, and none of them waits for anything
 * but stop(), which waits for the thread to notice.
 */
#ifndef BEDNET_REFRESH_REFRESHER_H
#define BEDNET_REFRESH_REFRESHER_H

#include "policy/policy.h"
#include "policy/revocations.h"

struct bednet_refresher;

/* The thread itself is started by the first policy that has something to fetch. BEDNET_NOMEM where that
 * cannot be. */
enum bednet_status bednet_refresher_start(struct bednet_refresher **out);

/* Breaks off what is under way, joins the thread and frees everything that was handed out. NULL is allowed.
 */
void bednet_refresher_stop(struct bednet_refresher *refresher);

/*
 * Takes over what a policy asks for: the sources of `jwt`, same index as its issuers (those of
 * BEDNET_KEYS_FILE are not its business), key cache and file of revocations. Everything is copied. Sets of
 * sources that stay the same stay in use; new ones are read from the key cache and then fetched. The first
 * one, or the first file of revocations, starts the thread, with all signals blocked. On BEDNET_NOMEM, also
 * for want of a thread, all stays as it was.
 */
enum bednet_status bednet_refresher_configure(struct bednet_refresher *refresher,
                                              const struct bednet_jwt_policy *jwt);

/* Takes what the thread has ready; true when something changed. An atomic load where nothing has. */
bool bednet_refresher_take(struct bednet_refresher *refresher);

/*
 * The keys of issuer `index`; NULL while there are none, or none that are fresh enough. Valid until the next
 * configure, take or stop.
 */
const struct bednet_keyring *bednet_refresher_keys(const struct bednet_refresher *refresher, size_t index);

/*
 * The revocations that were read last, if the file changed since the policy was loaded; NULL before that: the
 * policy's own are then in force. Valid as above.
 */
const struct bednet_revocations *bednet_refresher_revocations(const struct bednet_refresher *refresher);

/*
 * A token came with a key id that nobody has: there may be new keys. Asked any number of times this leads to
 * one fetch per source in BEDNET_REFRESH_ASK_S seconds.
 */
#define BEDNET_REFRESH_ASK_S 30
void bednet_refresher_ask(struct bednet_refresher *refresher);

/* Hands over what the thread has to say for the log, oldest first; bounded, escaped, without secrets. */
void bednet_refresher_drain(struct bednet_refresher *refresher,
                            void (*log)(enum bednet_severity severity, const char *line));

#endif
