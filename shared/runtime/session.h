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

/*
 * The same for the first packet of an enhanced authentication, which may take several: until it is known to
 * have succeeded the client is nobody, and stays nobody where it leaves before.
 */
enum bednet_status bednet_session_login_enhanced(const struct bednet_chain *chain,
                                                 const struct bednet_client *client);

/* What an identity remembers of a password: a hash under the process's secret. */
uint64_t bednet_session_credential(struct bednet_text password);

/* A plugin of the chain granted the login. See bednet_identities_admit for errors: the caller then denies. */
enum bednet_status bednet_session_identify(const struct bednet_identity_spec *spec);

/*
 * A client that is logged in showed a new credential (MQTT 5 section 4.12.1): identity, expiry and
 * permissions of the living session are replaced. BEDNET_INVALID where it is another's (the chain, client id,
 * user name or method differ) or the session has ended. Whatever fails, the session stays what it was, and
 * the caller denies, which ends it.
 */
enum bednet_status bednet_session_renew(const struct bednet_identity_spec *spec);

/* True when somebody is connected under this handle, whoever let them in. */
bool bednet_session_is_there(const struct bednet_chain *chain, const struct bednet_client *client);

/* True when somebody is logged in under this handle by a plugin of the chain, so that a login renews. */
bool bednet_session_is_live(const struct bednet_chain *chain, const struct bednet_client *client);

/*
 * A login under this handle was refused, so that the broker closes the connection: where the session had
 * ended before, whoever comes to the handle next is somebody new.
 */
void bednet_session_give_up(const void *handle);

/* What ends a connection: the broker's way to do it. Only where no callback of that client is under way. */
typedef void (*bednet_session_kick)(const char *client_id, bool with_will);

/*
 * Ends the sessions whose time has come, and closes the connections of those that ended, at most
 * BEDNET_SESSION_KICKS_MAX at a call, by kick(). With NULL they may only do nothing more, and a later call
 * closes them. Each is kicked once: where that has no effect, for the broker does not know the client id, the
 * session stays ended until the broker tells its end. Call at every tick.
 *
 * The wall clock decides: a step forward ends sessions at once, a step back lets those that have not ended
 * live on. What expired keeps its subscriptions, and its will and its offline deliveries are judged as
 * before, as if the client had left by itself; what was revoked loses all, unless its will is to be sent.
 */
#define BEDNET_SESSION_KICKS_MAX 256
void bednet_session_expire(int64_t now_s, bednet_session_kick kick);

/* True where bednet_session_expire has something to end by now: a cheap question. */
bool bednet_session_is_due(int64_t now_s);

/*
 * Looks at the sessions of a chain, living and offline, whoever let them in, some thousands at a call, from
 * where the last call for this plugin ended, and ends those for which is_over(context, identity); kick() as
 * above. Returns false when all were seen since bednet_session_review_restart: those that come meanwhile may
 * or may not be.
 */
#define BEDNET_SESSION_REVIEW_MAX 4096
void bednet_session_review_restart(struct bednet_chain *chain, enum bednet_plugin plugin);
bool bednet_session_review(struct bednet_chain *chain, enum bednet_plugin plugin,
                           bool (*is_over)(const void *context, const struct bednet_identity *identity),
                           const void *context, bool with_will, bednet_session_kick kick);

/*
 * The policy changed, and this session, which is live and has not ended, ends by it. Its connection is closed
 * by the next bednet_session_expire.
 */
void bednet_session_end_by_policy(struct bednet_identity *identity, bool with_will);

/* The broker accepted this client. */
void bednet_session_confirm(const struct bednet_chain *chain, const void *handle);

/* A turn of the broker's loop passed (see bednet_session_turn), in which it could refuse the logins before
 * it.
 */
void bednet_session_confirm_all(void);

/* The broker accepted a client that it never asked plugins to authenticate. */
void bednet_session_accept(const struct bednet_chain *chain, const struct bednet_client *client);

/*
 * An unproven client did what only one can do that is logged in: it is another method's from now on, under
 * the names that it has. NULL without memory: it then has no identity, and must be denied.
 */
struct bednet_identity *bednet_session_prove(const struct bednet_chain *chain,
                                             const struct bednet_client *client);

/*
 * True where the client's session has ended, or it never was let in, so that it may do nothing any more; the
 * broker's address of it must be filled in. An unproven client proves itself by asking.
 */
bool bednet_session_has_ended(const struct bednet_chain *chain, const struct bednet_client *client);

/*
 * A client that the broker let in without asking was refused: it is there and has ended, so that nothing is
 * allowed and its connection is closed at the next opportunity. On failure (as of bednet_identities_admit)
 * nothing is remembered and the caller must deny.
 */
enum bednet_status bednet_session_reject(const struct bednet_chain *chain,
                                         const struct bednet_client *client);

/* The client authenticates anew while it is connected, and may come out of it under another name. */
void bednet_session_doubt(const void *handle);

/* The login was refused before it came to anything. Does nothing where somebody is or was logged in. */
void bednet_session_abandon(const void *handle);

/*
 * Where the policy names a store: notes there who was just let in or refused under this handle, if the
 * session outlives its connection (`persists`), and otherwise that there is nothing to be known.
 */
void bednet_session_keep(const struct bednet_chain *chain, const void *handle, bool persists);

/* The connection is about to end, and with `over` the session, too, as far as the broker says so. */
void bednet_session_part(const struct bednet_chain *chain, const void *handle, bool over);

/* The connection ended; told any number of times. */
void bednet_session_end(const void *handle);

/*
 * True where the end of this connection was the last that was told, and no turn has passed since: what is
 * asked about it is its will, and not somebody new under the same pointer. A turn is one of the broker's loop
 * or, where plugins are not told of those, a second or so.
 */
bool bednet_session_is_leaving(const void *handle);
void bednet_session_turn(void);

/*
 * 2.0 does not tell plugins of clients that it knows by their certificate alone: such a client may be given
 * the address of one who left, and choose that one's client id and user name. What tells them apart is the
 * certificate, as a number (0: none) that is remembered from the login: the first bytes of its fingerprint,
 * as in the mark of an identity that has one.
 */
uint64_t bednet_session_certificate_number(const unsigned char *fingerprint);
void bednet_session_set_certificate(const void *handle, uint64_t certificate);

/* The number that is remembered; 0 where there is none. */
uint64_t bednet_session_certificate(const void *handle);

/* True where somebody of whom plugins were told stands under this handle and has left. */
bool bednet_session_has_left(const void *handle);

/* A client with this certificate, not 0, is there now. Who left with another one is forgotten. */
void bednet_session_follow(const void *handle, uint64_t certificate);

/* The login was granted here but cannot be carried out. */
void bednet_session_refuse(const void *handle);

#endif
