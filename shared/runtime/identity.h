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

#include "certificate/mark.h"
#include "core/hash.h"
#include "core/permissions.h"
#include "core/rules.h"
#include "core/status.h"
#include "runtime/event.h"
#include "runtime/expiry.h"
#include "runtime/index.h"
#include "runtime/layouts.h"
#include "runtime/role_sets.h"
#include "runtime/shapes.h"

/* Client id and user name together; longer names cannot have an identity. */
#define BEDNET_IDENTITY_NAME_BYTES_MAX 1024
/* Names and values of kept attributes and role names together. */
#define BEDNET_IDENTITY_DATA_BYTES_MAX 4096
#define BEDNET_IDENTITY_ATTRIBUTES_MAX 64

enum bednet_method {
    BEDNET_METHOD_OTHER, /* somebody else's: a password file, another plugin, none at all */
    BEDNET_METHOD_JWT,
    BEDNET_METHOD_CERT
};

enum bednet_identity_state {
    BEDNET_IDENTITY_PENDING, /* the login was seen, its outcome was not */
    BEDNET_IDENTITY_LIVE,
    BEDNET_IDENTITY_RETIRED /* the connection ended; kept until room is needed */
};

/* Why a session was ended while its connection lived: its credential is over, or the policy changed. */
enum bednet_end { BEDNET_END_EXPIRED, BEDNET_END_REVOKED, BEDNET_END_POLICY, BEDNET_ENDS };

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
    /* The certificate that let the client in, or helped to. NULL: none did. */
    const struct bednet_certificate_mark *mark;
};

struct bednet_identity_entry;

/*
 * Of the table alone: the list of its state, where it is in one. Whoever is in a list does not end by itself,
 * so that this lies where the links of that are, and `ends_s` behind it.
 */
struct bednet_identity_listed {
    struct bednet_identity_entry *prev;
    struct bednet_identity_entry *next;
};
_Static_assert(sizeof(struct bednet_identity_listed) <= offsetof(struct bednet_expiry_item, ends_s),
               "a list leaves the time alone");

/* Written by the modules of the table and of the session alone, except where a member says otherwise. */
struct bednet_identity {
    uint64_t serial;         /* from 1 on; no two identities ever have the same */
    struct bednet_pack pack; /* names, attributes and names of roles; see the functions below */
    uint64_t credential;
    uint64_t certificate; /* see bednet_session_set_certificate */
    uint64_t kept;        /* the number of its record in the store; see keeper.h. 0: there is none */
    union {
        struct bednet_expiry_item expiry; /* its links are of the table alone, and in use while `ending` */
        struct bednet_identity_listed listed;
    };
    /* Resolved against the policy of this generation; see standing.h and bednet_identities_note_roles. */
    const struct bednet_roles *roles;
    uint32_t generation;
    enum bednet_method method : 2;
    enum bednet_identity_state state : 2;
    bool client_id_is_vouched : 1;
    bool ended : 1; /* expired or revoked: nothing is allowed from then on, and the connection is about to go
                     */
    bool ends_with_will : 1;
    bool given_up : 1;  /* it ended, and its connection surely did */
    bool unproven : 1;  /* of MQTT 5's enhanced authentication, which has not succeeded as far as is known */
    bool had_roles : 1; /* under some policy, since the login */
    bool has_permissions : 1;
    bool has_mark : 1;

    /* Of the table alone. */
    bool indexed : 1;
    bool ending : 1;  /* it is among those that end by themselves */
    bool waited : 1;  /* it was pending when bednet_identities_confirm_all came by */
    bool known : 1;   /* alive, and its names were compared since */
    bool closing : 1; /* it ended, and its connection is still to be closed */
    bool over : 1;    /* it ended, and for good: its session has no right left either */
};

/*
 * What an identity says of its client. Texts and all the rest are the identity's, and are there as long as it
 * is. A NUL follows the client id and the user name, which may be absent.
 */
static inline struct bednet_subject bednet_identity_subject(const struct bednet_identity *identity)
{
    return bednet_pack_subject(&identity->pack);
}

static inline struct bednet_text bednet_identity_client_id(const struct bednet_identity *identity)
{
    return bednet_pack_client_id(&identity->pack);
}

static inline struct bednet_text bednet_identity_username(const struct bednet_identity *identity)
{
    return bednet_pack_username(&identity->pack);
}

/* How many there are. */
size_t bednet_identity_role_names(const struct bednet_identity *identity,
                                  struct bednet_text names[BEDNET_ROLES_PER_CLIENT_MAX]);

/* As of struct bednet_identity_spec. */
const struct bednet_permissions *bednet_identity_permissions(const struct bednet_identity *identity);
const struct bednet_certificate_mark *bednet_identity_mark(const struct bednet_identity *identity);

/* Whether names and data are short enough to be kept; see the bounds above. */
bool bednet_identity_fits(const struct bednet_identity_spec *spec);

struct bednet_identities;

/* Where somebody stands who looks at all identities, a few at a time; see bednet_identities_next. */
struct bednet_identities_cursor {
    struct bednet_index_place place;
    bool walks;
};

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

/*
 * Brings an identity back that was known before the broker was restarted, retired, under a handle that is no
 * client's: it is found by its names alone. With `revoked` it has ended. `spec->handle` is not looked at;
 * `kept` as in struct bednet_identity. Room is made, and errors are, as for admit.
 */
enum bednet_status bednet_identities_restore(struct bednet_identities *identities,
                                             const struct bednet_identity_spec *spec, bool revoked,
                                             uint64_t kept);

/*
 * Replaces a live identity of the same chain, handle, method, client id and user name, which may not have
 * ended; BEDNET_INVALID where that is not what stands there. On failure (as of admit) what stood there stays.
 */
enum bednet_status bednet_identities_renew(struct bednet_identities *identities,
                                           const struct bednet_identity_spec *spec);

/*
 * Admits a client that is in the middle of an enhanced authentication as nobody: whatever it is called, it
 * has no right and answers for nobody. What it does while it is connected proves that it was let in (see
 * prove); its will, which the broker may send although it was not, proves nothing. At most a quarter of the
 * capacity is given to such clients, and the oldest of them make room.
 */
enum bednet_status bednet_identities_admit_unproven(struct bednet_identities *identities,
                                                    const struct bednet_identity_spec *spec);

/*
 * An unproven client turned out to be logged in, under the names that it now has: it becomes an identity of
 * another method, live. NULL without memory; then nothing remains under the handle.
 */
struct bednet_identity *bednet_identities_prove(struct bednet_identities *identities, const void *chain,
                                                const struct bednet_client *client);

/* The login under this handle was refused: where it was pending nothing of it remains. */
void bednet_identities_abandon(struct bednet_identities *identities, const void *handle);

/* The identity under a handle, whoever it belongs to; NULL where there is none. */
struct bednet_identity *bednet_identities_at(struct bednet_identities *identities, const void *handle);

/* True where a live identity of this chain and client id stands under the client's handle. */
bool bednet_identities_is_live(struct bednet_identities *identities, const void *chain,
                               const struct bednet_client *client);

/*
 * The identity of a client of this chain, by handle and names; for one without an address, which is an object
 * of the broker's own making, else by names alone. NULL where there is none. Whoever is connected is never
 * known by names: on 2.0 a client that no plugin was asked about may call itself as it likes. An unproven one
 * is found by handle and client id alone, for whoever authenticates it may rename it.
 */
struct bednet_identity *bednet_identities_find(struct bednet_identities *identities, const void *chain,
                                               const struct bednet_client *client);

/*
 * This chain's identity under a handle, where its names were found to fit since it came to life, and it has
 * not ended; else NULL, and the names have to be looked at. The broker tells the end of every connection that
 * plugins authenticated, and until then the pointer is this client's.
 */
struct bednet_identity *bednet_identities_known(struct bednet_identities *identities, const void *chain,
                                                const void *handle);

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
 * The connection under this handle ended. A pending login is forgotten, a live identity retired; an unproven
 * client is retired as nobody, for its will may be asked about. Returns true where it was live, so that a
 * repeated end counts once.
 */
bool bednet_identities_retire(struct bednet_identities *identities, const void *handle);

/*
 * Marks live identities as ended that had to end by `now_s`, some thousands at a call; returns how many. They
 * have new serials, and are not known, so that nothing that was remembered of them holds any longer.
 */
#define BEDNET_IDENTITIES_ENDED_MAX 8192
size_t bednet_identities_expire(struct bednet_identities *identities, int64_t now_s);

/* True where some live identity has to end by `now_s`. */
bool bednet_identities_is_due(const struct bednet_identities *identities, int64_t now_s);

/* The same for one identity, which is live or retired and has not ended; a retired one has no will to wait
 * for. */
void bednet_identities_end(struct bednet_identities *identities, struct bednet_identity *identity,
                           enum bednet_end why, bool with_will);

/* One whose connection must be closed, told once for each that ended; NULL where there is none. */
struct bednet_identity *bednet_identities_next_to_close(struct bednet_identities *identities);

/*
 * While the broker closes the connection of one that expired, and after it, actions are judged as before:
 * the broker asks about the session's subscriptions and its will, and both may outlive the connection. The
 * same holds where the policy changed. One that was revoked has no right left, unless its will is to be sent.
 * Afterwards one that is still connected counts as ended again. begin returns the handle for finish, for the
 * identity may be gone by then.
 */
const void *bednet_identities_begin_close(struct bednet_identity *identity);
void bednet_identities_finish_close(struct bednet_identities *identities, const void *handle,
                                    uint64_t serial);

/* How many live identities end by themselves. */
size_t bednet_identities_ending(const struct bednet_identities *identities);

/*
 * A walk over all identities, in any state: whoever is there from bednet_identities_rewind to the end is seen
 * once; who comes or goes meanwhile does not disturb it. A cursor that is all zero is at the end.
 */
void bednet_identities_rewind(struct bednet_identities_cursor *cursor);
/* NULL at the end, and from then on. *chain is whose it is. */
struct bednet_identity *bednet_identities_next(const struct bednet_identities *identities,
                                               struct bednet_identities_cursor *cursor, const void **chain);

/*
 * What the policy of this generation makes of an identity. False without memory: then what was noted before
 * stays.
 */
bool bednet_identities_note_roles(struct bednet_identities *identities, struct bednet_identity *identity,
                                  const struct bednet_roles *roles, uint32_t generation);

/* Forgets what stands under the handle. */
void bednet_identities_remove(struct bednet_identities *identities, const void *handle);

/* A chain goes: forgets all of its identities; returns how many of them were live. */
size_t bednet_identities_remove_chain(struct bednet_identities *identities, const void *chain);

size_t bednet_identities_count(const struct bednet_identities *identities);

/* How many were forgotten to make room, ever. */
uint64_t bednet_identities_evictions(const struct bednet_identities *identities);

#endif
