/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a session as far as the broker lets plugins see it, kept in the identity table and the
 * connection counters at once. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_SESSION_H
#define BEDNET_RUNTIME_SESSION_H

#include "runtime/identity.h"

struct bednet_chain;

/*
 * A login begins. Until somebody identifies it, the session is remembered as another method's, so that an
 * identity that stood under a reused client pointer is gone. On failure (as of bednet_identities_admit)
 * nothing is remembered and the caller must deny: an earlier session of the same names would answer for this
 * one.
 */
enum bednet_status bednet_session_login(const struct bednet_chain *chain, const struct bednet_client *client);

/* What an identity remembers of a password: a hash under the process's secret. */
uint64_t bednet_session_credential(struct bednet_text password);

/* A plugin of the chain granted the login. See bednet_identities_admit for errors: the caller then denies. */
enum bednet_status bednet_session_identify(const struct bednet_identity_spec *spec);

/*
 * A client that is logged in showed a new credential (MQTT 5 section 4.12.1): identity, expiry and
 * permissions of the living session are replaced. BEDNET_INVALID where it is another's: the chain, client id,
 * user name or method differ; nothing changes then and the caller denies, which ends the session. Otherwise
 * as identify.
 */
enum bednet_status bednet_session_renew(const struct bednet_identity_spec *spec);

/* True when somebody is logged in under this handle by a plugin of the chain, so that a login renews. */
bool bednet_session_is_live(const struct bednet_chain *chain, const struct bednet_client *client);

/* What ends a connection: the broker's way to do it. Only where no callback of that client is under way. */
typedef void (*bednet_session_kick)(const char *client_id, bool with_will);

/*
 * Ends the sessions whose time has come, at most BEDNET_SESSION_KICKS_MAX at a call, by kick(); NULL where
 * connections cannot be ended now: then they may only do nothing more. Call at every tick.
 */
#define BEDNET_SESSION_KICKS_MAX 256
void bednet_session_expire(int64_t now_s, bednet_session_kick kick);

/*
 * Looks at the living sessions of a chain that log-in method `method` let in, some thousands a call, from
 * where the last call ended, and ends those for which is_over(context, identity). Returns false when all were
 * seen since bednet_session_review_restart.
 */
void bednet_session_review_restart(const struct bednet_chain *chain);
bool bednet_session_review(const struct bednet_chain *chain, enum bednet_method method,
                           bool (*is_over)(const void *context, const struct bednet_identity *identity),
                           const void *context, bool with_will, bednet_session_kick kick);

/* The broker accepted this client. */
void bednet_session_confirm(const void *handle);

/* A turn of the broker's loop passed, in which it could refuse the logins before it. */
void bednet_session_confirm_all(void);

/* The broker accepted a client that it never asked plugins to authenticate. */
void bednet_session_accept(const struct bednet_chain *chain, const struct bednet_client *client);

/* The client authenticates anew while it is connected, and may come out of it under another name. */
void bednet_session_doubt(const void *handle);

/* The connection ended; told any number of times. */
void bednet_session_end(const void *handle);

/* The login was granted here but cannot be carried out. */
void bednet_session_refuse(const void *handle);

#endif
