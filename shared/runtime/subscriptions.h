/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each MQTT session is subscribed to, as far as the plugins saw it. A session is its chain and its
 * client id: it outlives connections, and with them the broker's pointers. What a session subscribed to
 * before this process began is not known. Bounded: a session that departed makes room first, the one that
 * departed first of all. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_SUBSCRIPTIONS_H
#define BEDNET_RUNTIME_SUBSCRIPTIONS_H

#include "core/filter_set.h"
#include "core/hash.h"
#include "runtime/event.h"

/* A longer client id cannot be kept. */
#define BEDNET_SUBSCRIPTIONS_CLIENT_ID_BYTES_MAX 1024

struct bednet_subscriptions;

/* What is known of one session. */
struct bednet_subscribed {
    const void *handle; /* the client that came or subscribed last; only compared, for it may be gone */
    bool departed;      /* its connection ended; the broker may have kept the session */
    bool overflowed;    /* there is more than could be kept */
    uint32_t count;     /* of filters */
    uint32_t shared;    /* how many of them are shared subscriptions */
};

/* Where a walker stands. All zero until it is watched. */
struct bednet_subscriptions_cursor {
    struct bednet_subscriptions_cursor *prev;
    struct bednet_subscriptions_cursor *next;
    void *at;
    uint32_t place;
};

/* One filter of a walk. Texts are borrowed until the table changes, and a NUL follows each of them. */
struct bednet_subscription {
    const void *chain;
    const void *handle;    /* as above */
    const void *successor; /* who logged in last under this name, as far as it was told; or NULL */
    bool departed;
    struct bednet_text client_id;
    struct bednet_text filter;
};

/* `sessions` at most, in `bytes` of memory at most, allocator's overhead apart. NULL without memory. */
struct bednet_subscriptions *bednet_subscriptions_new(const struct bednet_hash_key *key, size_t sessions,
                                                      size_t bytes);
void bednet_subscriptions_free(struct bednet_subscriptions *table);

/*
 * This client is subscribed to `filter` from now on; it is the one that its session is with, and no longer
 * departed. BEDNET_OK also where the filter was there. BEDNET_LIMIT beyond what is kept of one session, which
 * is then marked as overflowed, and for a client id that is too long. BEDNET_NOMEM without memory, or where
 * those who are connected need all that is given to the table: nothing is kept that was not there before.
 */
enum bednet_status bednet_subscriptions_add(struct bednet_subscriptions *table, const void *chain,
                                            const struct bednet_client *client, struct bednet_text filter);

/*
 * False where that was not known. The last filter takes the session with it, unless it overflowed. Both texts
 * may be those of a walk. Cannot fail.
 */
bool bednet_subscriptions_remove(struct bednet_subscriptions *table, const void *chain,
                                 struct bednet_text client_id, struct bednet_text filter);

bool bednet_subscriptions_has(struct bednet_subscriptions *table, const void *chain,
                              struct bednet_text client_id, struct bednet_text filter);

/* How many filters are known of the session; 0 where it is not there. */
size_t bednet_subscriptions_count(struct bednet_subscriptions *table, const void *chain,
                                  struct bednet_text client_id);

/* False, and *subscribed all zero, where nothing is known of the session. */
bool bednet_subscriptions_look(struct bednet_subscriptions *table, const void *chain,
                               struct bednet_text client_id, struct bednet_subscribed *subscribed);

/* Whether bednet_subscriptions_add of this filter would find the room for it, that of others apart. */
bool bednet_subscriptions_has_room(struct bednet_subscriptions *table, const void *chain,
                                   struct bednet_text client_id, struct bednet_text filter);

/* The session, if it is known, is with this client from now on. */
void bednet_subscriptions_arrive(struct bednet_subscriptions *table, const void *chain,
                                 const struct bednet_client *client);

/*
 * Somebody logs in under that name, and may be about to go on with the session. True where that was awaited;
 * then it is no longer.
 */
bool bednet_subscriptions_succeed(struct bednet_subscriptions *table, const void *chain,
                                  const struct bednet_client *client);

/* The next login under that name matters, if the session is known. */
void bednet_subscriptions_await(struct bednet_subscriptions *table, const void *chain,
                                struct bednet_text client_id);

/*
 * The connection of the client ended, and the broker may keep its session. Nothing where the session is with
 * another client by now.
 */
void bednet_subscriptions_depart(struct bednet_subscriptions *table, const void *chain,
                                 const struct bednet_client *client);

/* The session is gone. `client_id` may be that of a walk. Cannot fail. */
void bednet_subscriptions_forget(struct bednet_subscriptions *table, const void *chain,
                                 struct bednet_text client_id);

/* All sessions of the chain are. */
void bednet_subscriptions_forget_chain(struct bednet_subscriptions *table, const void *chain);

/*
 * A walk over all filters of all sessions: what is there from bednet_subscriptions_rewind to the end is seen
 * once, session by session; what comes or goes meanwhile, the filter that was just seen or its session too,
 * does not disturb it. Watched until unwatched.
 */
void bednet_subscriptions_watch(struct bednet_subscriptions *table,
                                struct bednet_subscriptions_cursor *cursor);
void bednet_subscriptions_unwatch(struct bednet_subscriptions *table,
                                  struct bednet_subscriptions_cursor *cursor);
void bednet_subscriptions_rewind(const struct bednet_subscriptions *table,
                                 struct bednet_subscriptions_cursor *cursor);
/* False at the end. */
bool bednet_subscriptions_next(struct bednet_subscriptions_cursor *cursor,
                               struct bednet_subscription *subscription);

/* In all: sessions, filters, and bytes as they are bounded. */
size_t bednet_subscriptions_sessions(const struct bednet_subscriptions *table);
size_t bednet_subscriptions_filters(const struct bednet_subscriptions *table);
size_t bednet_subscriptions_bytes(const struct bednet_subscriptions *table);

#endif
