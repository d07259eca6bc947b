/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is behind a session. The plugin that authenticates writes an identity, the others read it.
 *
 * Keyed by the broker's client pointer, because a takeover reports the end of the old session after the login
 * of the new one under the same client id. The broker reuses addresses, so client id and user name must fit
 * as well. An identity outlives its connection: the will, queued messages and retained messages are judged
 * after DISCONNECT. Where the broker asks with a client object of its own making (retained messages), the
 * second index by chain, client id and user name answers. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_IDENTITY_H
#define BEDNET_RUNTIME_IDENTITY_H

#include "core/hash.h"
#include "core/permissions.h"
#include "core/rules.h"
#include "core/status.h"
#include "runtime/event.h"

/* Client id and user name together; longer names cannot have an identity. */
#define BEDNET_IDENTITY_NAME_BYTES_MAX 1024
/* Names and values of kept attributes and role names together. */
#define BEDNET_IDENTITY_DATA_BYTES_MAX 4096
#define BEDNET_IDENTITY_ATTRIBUTES_MAX 64

enum bednet_method {
    BEDNET_METHOD_OTHER, /* somebody else's: a password file, another plugin, none at all */
    BEDNET_METHOD_JWT
};

enum bednet_identity_state {
    BEDNET_IDENTITY_PENDING, /* the login was seen, its outcome was not */
    BEDNET_IDENTITY_LIVE,
    BEDNET_IDENTITY_RETIRED /* the connection ended; kept until room is needed */
};

/* What to keep. Everything is copied. */
struct bednet_identity_spec {
    const void *chain; /* only compared */
    const void *handle;
    enum bednet_method method;
    bool client_id_is_vouched; /* the credential names the client id; otherwise the client chose it */
    uint64_t credential;       /* a keyed hash of it, to know it again */
    struct bednet_subject subject;
    const struct bednet_text *role_names;
    size_t role_name_count;
    int64_t ends_s;      /* wall clock: the session ends then; 0: it does not end by itself */
    bool ends_with_will; /* whether the broker then sends the client's will */
    /* Texts are copied with them. NULL: the credential says nothing of topics. */
    const struct bednet_permissions *permissions;
};

struct bednet_identity {
    uint64_t serial; /* from 1 on; no two identities ever have the same */
    struct bednet_subject subject;
    const struct bednet_text *role_names;
    size_t role_name_count;
    enum bednet_method method;
    enum bednet_identity_state state;
    bool client_id_is_vouched;
    bool ended; /* expired or revoked: nothing is allowed from then on, and the connection is about to go */
    bool ends_with_will;
    int64_t ends_s;
    const struct bednet_permissions *permissions;
    uint64_t credential;
    /* Resolved against the policy of this generation; see standing.h. */
    uint32_t generation;
    bool too_many_roles;
    uint8_t role_count;
    unsigned exemptions;
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
};

struct bednet_identities;

/* `capacity` identities at most, offline ones included. NULL without memory. */
struct bednet_identities *bednet_identities_new(const struct bednet_hash_key *key, size_t capacity);
void bednet_identities_free(struct bednet_identities *identities);

/*
 * Remembers an identity in the given state, in place of whatever stood under the same handle. When the table
 * is full the identity that was retired first is forgotten. BEDNET_LIMIT when names or data are too long or
 * nothing can be forgotten, BEDNET_NOMEM; on failure nothing remains under the handle.
 */
enum bednet_status bednet_identities_admit(struct bednet_identities *identities,
                                           const struct bednet_identity_spec *spec,
                                           enum bednet_identity_state state);

/* The identity under a handle, whoever it belongs to; NULL where there is none. */
struct bednet_identity *bednet_identities_at(struct bednet_identities *identities, const void *handle);

/*
 * The identity of a client of this chain, by handle and names; for one without an address, which is an object
 * of the broker's own making, else by names alone. NULL where there is none. Whoever is connected is never
 * known by names: on 2.0 a client that no plugin was asked about may call itself as it likes.
 */
struct bednet_identity *bednet_identities_find(struct bednet_identities *identities, const void *chain,
                                               const struct bednet_client *client);

/*
 * The serial of this chain's identity under a handle, where its names were found to fit since it came to
 * life; else 0, and the names have to be looked at. The broker tells the end of every connection that plugins
 * authenticated, and until then the pointer is this client's.
 */
uint64_t bednet_identities_known(struct bednet_identities *identities, const void *chain, const void *handle);

/* Another plugin may be about to rename this client: its names have to be looked at again. */
void bednet_identities_doubt(struct bednet_identities *identities, const void *handle);

/* A pending login turned out to be accepted. Returns false where nothing was pending under the handle. */
bool bednet_identities_confirm(struct bednet_identities *identities, const void *handle);

/*
 * Time has passed: whatever was pending at the call before this one and still is, was accepted; returns how
 * many. A broker may tell the end of a refused login one turn of its loop late. That is a guess, so it takes
 * nothing from anybody else: earlier sessions of the same names keep what they have.
 */
size_t bednet_identities_confirm_all(struct bednet_identities *identities);

/*
 * The connection under this handle ended. A pending login is forgotten, a live identity retired. Returns true
 * where it was live, so that a repeated end counts once.
 */
bool bednet_identities_retire(struct bednet_identities *identities, const void *handle);

/* Forgets what stands under the handle. */
void bednet_identities_remove(struct bednet_identities *identities, const void *handle);

/* A chain goes: forgets all of its identities; returns how many of them were live. */
size_t bednet_identities_remove_chain(struct bednet_identities *identities, const void *chain);

size_t bednet_identities_count(const struct bednet_identities *identities);

/* How many were forgotten to make room, ever. */
uint64_t bednet_identities_evictions(const struct bednet_identities *identities);

#endif
