/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/subscriptions.h"

#include "runtime/counters.h"
#include "runtime/table.h"

#include <stdlib.h>

struct session {
    UT_hash_handle hh;
    const void *handle;
    const void *successor;
    struct session *prev; /* among those that departed */
    struct session *next;
    struct bednet_filter_set filters;
    bool departed;
    bool overflowed;
    bool awaited;
    char key[]; /* chain, client id, NUL */
};

struct bednet_subscriptions {
    struct bednet_hash_key key;
    size_t sessions_max;
    size_t bytes_max;
    size_t bytes;
    size_t filters;
    struct session *sessions;
    struct session *departed; /* the one that departed first is at the head */
    struct bednet_subscriptions_cursor *cursors;
};

#define KEY_BYTES_MAX (sizeof(void *) + BEDNET_SUBSCRIPTIONS_CLIENT_ID_BYTES_MAX)

struct bednet_subscriptions *bednet_subscriptions_new(const struct bednet_hash_key *key, size_t sessions,
                                                      size_t bytes)
{
    struct bednet_subscriptions *table = calloc(1, sizeof *table);
    if (table != NULL) {
        table->key = *key;
        table->sessions_max = sessions;
        table->bytes_max = bytes;
    }
    return table;
}

static void show(const struct bednet_subscriptions *table)
{
    bednet_gauge_set(BEDNET_GAUGE_SUBSCRIPTIONS, (int64_t)table->filters);
    bednet_gauge_set(BEDNET_GAUGE_SUBSCRIPTION_BYTES, (int64_t)table->bytes);
}

static size_t fixed_bytes(size_t key_bytes)
{
    return sizeof(struct session) + key_bytes + 1;
}

static struct bednet_text client_id_of(const struct session *session)
{
    return (struct bednet_text){session->key + sizeof(void *), session->hh.keylen - sizeof(void *)};
}

static const void *chain_of(const struct session *session)
{
    const void *chain;
    memcpy(&chain, session->key, sizeof chain);
    return chain;
}

static unsigned hash(const struct bednet_subscriptions *table, const char *key, size_t bytes)
{
    return bednet_hash_keyed(&table->key, (struct bednet_text){key, bytes});
}

/* 0 where the client id is too long. */
static size_t write_key(char *key, const void *chain, struct bednet_text client_id)
{
    if (client_id.ptr == NULL || client_id.len > BEDNET_SUBSCRIPTIONS_CLIENT_ID_BYTES_MAX)
        return 0;
    memcpy(key, &chain, sizeof chain);
    memcpy(key + sizeof chain, client_id.ptr, client_id.len);
    return sizeof chain + client_id.len;
}

static struct session *find_key(const struct bednet_subscriptions *table, const char *key, size_t bytes)
{
    struct session *session;
    HASH_FIND_BYHASHVALUE(hh, table->sessions, key, bytes, hash(table, key, bytes), session);
    return session;
}

static struct session *find(const struct bednet_subscriptions *table, const void *chain,
                            struct bednet_text client_id)
{
    char key[KEY_BYTES_MAX];
    size_t bytes = write_key(key, chain, client_id);
    return bytes > 0 && table->sessions != NULL ? find_key(table, key, bytes) : NULL;
}

static void step_aside(struct bednet_subscriptions *table, const struct session *session)
{
    struct bednet_subscriptions_cursor *cursor;
    DL_FOREACH(table->cursors, cursor)
    {
        if (cursor->at == session) {
            cursor->at = session->hh.next;
            cursor->place = 0;
        }
    }
}

static void leave_departed(struct bednet_subscriptions *table, struct session *session)
{
    if (session->departed)
        DL_DELETE(table->departed, session);
    session->departed = false;
}

static void drop(struct bednet_subscriptions *table, struct session *session)
{
    leave_departed(table, session);
    step_aside(table, session);
    HASH_DELETE(hh, table->sessions, session);
    table->bytes -= fixed_bytes(session->hh.keylen) + session->filters.capacity;
    table->filters -= session->filters.count;
    bednet_filter_set_clear(&session->filters);
    free(session);
}

static void drop_all(struct bednet_subscriptions *table, const void *chain)
{
    struct session *session, *next;
    HASH_ITER(hh, table->sessions, session, next)
    {
        if (chain == NULL || chain_of(session) == chain)
            drop(table, session);
    }
    show(table);
}

void bednet_subscriptions_free(struct bednet_subscriptions *table)
{
    if (table == NULL)
        return;
    drop_all(table, NULL);
    free(table);
}

/* False where whoever is connected needs all the room there is. */
static bool make_room(struct bednet_subscriptions *table, size_t sessions, size_t bytes)
{
    while (HASH_COUNT(table->sessions) + sessions > table->sessions_max ||
           table->bytes + bytes > table->bytes_max) {
        if (table->departed == NULL)
            return false;
        bednet_count(BEDNET_COUNTER_SUBSCRIPTION_EVICTIONS);
        drop(table, table->departed);
    }
    return true;
}

static enum bednet_status open_session(struct bednet_subscriptions *table, const void *chain,
                                       struct bednet_text client_id, struct session **opened)
{
    char key[KEY_BYTES_MAX];
    bool table_oom = false;
    size_t bytes = write_key(key, chain, client_id);
    if (bytes == 0)
        return BEDNET_LIMIT;
    *opened = find_key(table, key, bytes);
    if (*opened != NULL)
        return BEDNET_OK;
    if (!make_room(table, 1, fixed_bytes(bytes)))
        return BEDNET_NOMEM;
    struct session *session = calloc(1, fixed_bytes(bytes));
    if (session == NULL)
        return BEDNET_NOMEM;
    memcpy(session->key, key, bytes);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, table->sessions, session->key, bytes, hash(table, key, bytes), session);
    if (table_oom) {
        free(session);
        return BEDNET_NOMEM;
    }
    table->bytes += fixed_bytes(bytes);
    *opened = session;
    return BEDNET_OK;
}

static void arrive(struct bednet_subscriptions *table, struct session *session,
                   const struct bednet_client *client)
{
    leave_departed(table, session);
    session->handle = client->handle;
}

static enum bednet_status put(struct bednet_subscriptions *table, struct session *session,
                              struct bednet_text filter)
{
    uint32_t capacity = session->filters.capacity;
    uint32_t count = session->filters.count;
    if (!make_room(table, 0, bednet_filter_set_growth(&session->filters, filter)))
        return BEDNET_NOMEM;
    enum bednet_status status = bednet_filter_set_add(&session->filters, filter);
    table->bytes += session->filters.capacity - capacity;
    table->filters += session->filters.count - count;
    return status;
}

enum bednet_status bednet_subscriptions_add(struct bednet_subscriptions *table, const void *chain,
                                            const struct bednet_client *client, struct bednet_text filter)
{
    struct session *session;
    enum bednet_status status = open_session(table, chain, client->client_id, &session);
    if (status == BEDNET_OK) {
        arrive(table, session, client);
        status = put(table, session, filter);
        session->overflowed = session->overflowed || status == BEDNET_LIMIT;
        if (session->filters.count == 0 && !session->overflowed)
            drop(table, session);
    }
    show(table);
    return status;
}

static void adjust_cursors(struct bednet_subscriptions *table, const struct session *session, uint32_t at,
                           uint32_t bytes)
{
    struct bednet_subscriptions_cursor *cursor;
    DL_FOREACH(table->cursors, cursor)
    {
        if (cursor->at == session && cursor->place > at)
            cursor->place -= bytes;
    }
}

bool bednet_subscriptions_remove(struct bednet_subscriptions *table, const void *chain,
                                 struct bednet_text client_id, struct bednet_text filter)
{
    struct session *session = find(table, chain, client_id);
    if (session == NULL)
        return false;
    uint32_t capacity = session->filters.capacity;
    uint32_t at, bytes;
    if (!bednet_filter_set_remove(&session->filters, filter, &at, &bytes))
        return false;
    table->bytes -= capacity - session->filters.capacity;
    table->filters--;
    adjust_cursors(table, session, at, bytes);
    if (session->filters.count == 0 && !session->overflowed)
        drop(table, session);
    show(table);
    return true;
}

bool bednet_subscriptions_has(struct bednet_subscriptions *table, const void *chain,
                              struct bednet_text client_id, struct bednet_text filter)
{
    const struct session *session = find(table, chain, client_id);
    return session != NULL && bednet_filter_set_has(&session->filters, filter);
}

bool bednet_subscriptions_look(struct bednet_subscriptions *table, const void *chain,
                               struct bednet_text client_id, struct bednet_subscribed *subscribed)
{
    const struct session *session = find(table, chain, client_id);
    *subscribed = (struct bednet_subscribed){0};
    if (session == NULL)
        return false;
    *subscribed = (struct bednet_subscribed){
        .handle = session->handle,
        .departed = session->departed,
        .overflowed = session->overflowed,
        .count = session->filters.count,
        .shared = session->filters.shared,
    };
    return true;
}

size_t bednet_subscriptions_count(struct bednet_subscriptions *table, const void *chain,
                                  struct bednet_text client_id)
{
    struct bednet_subscribed subscribed;
    bednet_subscriptions_look(table, chain, client_id, &subscribed);
    return subscribed.count;
}

bool bednet_subscriptions_has_room(struct bednet_subscriptions *table, const void *chain,
                                   struct bednet_text client_id, struct bednet_text filter)
{
    static const struct bednet_filter_set none;
    const struct session *session = find(table, chain, client_id);
    return client_id.len <= BEDNET_SUBSCRIPTIONS_CLIENT_ID_BYTES_MAX &&
           bednet_filter_set_has_room(session != NULL ? &session->filters : &none, filter.len);
}

void bednet_subscriptions_arrive(struct bednet_subscriptions *table, const void *chain,
                                 const struct bednet_client *client)
{
    struct session *session = find(table, chain, client->client_id);
    if (session != NULL)
        arrive(table, session, client);
}

void bednet_subscriptions_await(struct bednet_subscriptions *table, const void *chain,
                                struct bednet_text client_id)
{
    struct session *session = find(table, chain, client_id);
    if (session != NULL)
        session->awaited = true;
}

bool bednet_subscriptions_succeed(struct bednet_subscriptions *table, const void *chain,
                                  const struct bednet_client *client)
{
    struct session *session = find(table, chain, client->client_id);
    if (session == NULL)
        return false;
    bool awaited = session->awaited;
    session->successor = client->handle;
    session->awaited = false;
    return awaited;
}

void bednet_subscriptions_depart(struct bednet_subscriptions *table, const void *chain,
                                 const struct bednet_client *client)
{
    struct session *session = find(table, chain, client->client_id);
    if (session == NULL || session->departed || session->handle != client->handle)
        return;
    session->departed = true;
    DL_APPEND(table->departed, session);
}

void bednet_subscriptions_forget(struct bednet_subscriptions *table, const void *chain,
                                 struct bednet_text client_id)
{
    struct session *session = find(table, chain, client_id);
    if (session == NULL)
        return;
    drop(table, session);
    show(table);
}

void bednet_subscriptions_forget_chain(struct bednet_subscriptions *table, const void *chain)
{
    drop_all(table, chain);
}

void bednet_subscriptions_watch(struct bednet_subscriptions *table,
                                struct bednet_subscriptions_cursor *cursor)
{
    cursor->at = NULL;
    DL_APPEND(table->cursors, cursor);
}

void bednet_subscriptions_unwatch(struct bednet_subscriptions *table,
                                  struct bednet_subscriptions_cursor *cursor)
{
    DL_DELETE(table->cursors, cursor);
}

void bednet_subscriptions_rewind(const struct bednet_subscriptions *table,
                                 struct bednet_subscriptions_cursor *cursor)
{
    cursor->at = table->sessions;
    cursor->place = 0;
}

bool bednet_subscriptions_next(struct bednet_subscriptions_cursor *cursor,
                               struct bednet_subscription *subscription)
{
    struct session *session = cursor->at;
    while (session != NULL &&
           !bednet_filter_set_next(&session->filters, &cursor->place, &subscription->filter)) {
        session = session->hh.next;
        cursor->at = session;
        cursor->place = 0;
    }
    if (session == NULL)
        return false;
    subscription->chain = chain_of(session);
    subscription->handle = session->handle;
    subscription->successor = session->successor;
    subscription->departed = session->departed;
    subscription->client_id = client_id_of(session);
    return true;
}

size_t bednet_subscriptions_sessions(const struct bednet_subscriptions *table)
{
    return HASH_COUNT(table->sessions);
}

size_t bednet_subscriptions_filters(const struct bednet_subscriptions *table)
{
    return table->filters;
}

size_t bednet_subscriptions_bytes(const struct bednet_subscriptions *table)
{
    return table->bytes;
}
