/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/identity.h"

#include "runtime/identity_entry.h"

#include <stdint.h>

/* Finds most clients again without the table: every message asks for two of them. */
#define FRONT_BITS 12

struct bednet_identities {
    struct bednet_hash_key key;
    size_t capacity;
    uint64_t evictions;
    uint64_t serials; /* given out so far */
    struct bednet_identity_entry *handles;
    struct bednet_identity_entry *names;
    struct bednet_identity_entry *pending;
    struct bednet_identity_entry *retired;  /* the one that retired first is at the head */
    struct bednet_identity_entry *unproven; /* pending or retired; the oldest is at the head */
    size_t unproven_count;
    struct bednet_identity_entry *closing;
    struct bednet_expiry expiry; /* of those who live and have not ended */
    struct bednet_identities_cursor *cursors;
    struct bednet_identity_entry *front[1 << FRONT_BITS]; /* each NULL or in the table */
};

/* One part in so many of the capacity is for clients that have not proved to be anybody. */
#define UNPROVEN_SHARE 4

/* Addresses are the allocator's choice, not a client's: mixing them is enough. The upper bits are the good
 * ones. */
static inline uint64_t mix_handle(const void *handle)
{
    return (uintptr_t)handle * UINT64_C(0x9E3779B97F4A7C15);
}

static unsigned hash_handle(const void *handle)
{
    return (unsigned)(mix_handle(handle) >> 32);
}

static inline struct bednet_identity_entry **front_of(struct bednet_identities *identities,
                                                      const void *handle)
{
    return &identities->front[mix_handle(handle) >> (64 - FRONT_BITS)];
}

static unsigned hash_name(const struct bednet_identities *identities, const char *key, size_t bytes)
{
    return bednet_hash_keyed(&identities->key, (struct bednet_text){key, bytes});
}

struct bednet_identities *bednet_identities_new(const struct bednet_hash_key *key, size_t capacity)
{
    struct bednet_identities *identities = calloc(1, sizeof *identities);
    if (identities != NULL) {
        identities->key = *key;
        identities->capacity = capacity;
    }
    return identities;
}

/* The list that an entry is in by its state; NULL where it is in none. */
static struct bednet_identity_entry **list_of(struct bednet_identities *identities,
                                              const struct bednet_identity_entry *entry)
{
    if (entry->closing)
        return &identities->closing;
    if (entry->identity.unproven)
        return &identities->unproven;
    if (entry->identity.state == BEDNET_IDENTITY_PENDING)
        return &identities->pending;
    return entry->identity.state == BEDNET_IDENTITY_RETIRED ? &identities->retired : NULL;
}

static void unlist(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    struct bednet_identity_entry **list = list_of(identities, entry);
    if (list != NULL)
        DL_DELETE(*list, entry);
    identities->unproven_count -= entry->identity.unproven;
    bednet_expiry_remove(&identities->expiry, &entry->expiry);
}

/* Room in the heap was reserved when the entry was made. */
static void enlist(struct bednet_identities *identities, struct bednet_identity_entry *entry,
                   enum bednet_identity_state state)
{
    entry->identity.state = state;
    entry->known = false;
    struct bednet_identity_entry **list = list_of(identities, entry);
    if (list != NULL)
        DL_APPEND(*list, entry);
    identities->unproven_count += entry->identity.unproven;
    if (state == BEDNET_IDENTITY_LIVE && entry->identity.ends_s != 0 && !entry->identity.ended)
        bednet_expiry_add(&identities->expiry, &entry->expiry);
}

static void forget_name(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    if (entry->indexed)
        HASH_DELETE(by_name, identities->names, entry);
    entry->indexed = false;
}

static void step_aside(struct bednet_identities *identities, const struct bednet_identity_entry *entry)
{
    struct bednet_identities_cursor *cursor;
    DL_FOREACH(identities->cursors, cursor)
    {
        if (cursor->at == entry)
            cursor->at = entry->by_handle.next;
    }
}

/* Out of all tables, but not freed. */
static void detach(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    unlist(identities, entry);
    forget_name(identities, entry);
    step_aside(identities, entry);
    struct bednet_identity_entry **front = front_of(identities, entry->handle);
    if (*front == entry)
        *front = NULL;
    HASH_DELETE(by_handle, identities->handles, entry);
}

static void forget(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    detach(identities, entry);
    free(entry);
}

void bednet_identities_free(struct bednet_identities *identities)
{
    if (identities == NULL)
        return;
    struct bednet_identity_entry *entry, *next;
    HASH_ITER(by_handle, identities->handles, entry, next)
    {
        forget(identities, entry);
    }
    bednet_expiry_clear(&identities->expiry);
    free(identities);
}

static __attribute__((noinline)) struct bednet_identity_entry *look_up(struct bednet_identities *identities,
                                                                       const void *handle)
{
    struct bednet_identity_entry *entry;
    HASH_FIND_BYHASHVALUE(by_handle, identities->handles, &handle, sizeof handle, hash_handle(handle), entry);
    if (entry != NULL)
        *front_of(identities, handle) = entry;
    return entry;
}

static inline struct bednet_identity_entry *entry_at(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = *front_of(identities, handle);
    return entry != NULL && entry->handle == handle ? entry : look_up(identities, handle);
}

/* Whoever has not proved to be anybody makes room before those who have. */
static bool make_room(struct bednet_identities *identities)
{
    if (HASH_CNT(by_handle, identities->handles) < identities->capacity)
        return true;
    struct bednet_identity_entry *oldest =
        identities->unproven != NULL ? identities->unproven : identities->retired;
    if (oldest == NULL)
        return false;
    identities->evictions++;
    forget(identities, oldest);
    return true;
}

static struct bednet_identity_entry *entry_named(struct bednet_identities *identities, const char *key,
                                                 size_t bytes)
{
    struct bednet_identity_entry *entry;
    HASH_FIND_BYHASHVALUE(by_name, identities->names, key, bytes, hash_name(identities, key, bytes), entry);
    return entry;
}

/*
 * Of several sessions with the same names the latest answers. The older one leaves only then: a table that is
 * left by its last entry would have to be made again, for which there may be no memory.
 */
static bool index_name(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    bool table_oom = false;
    struct bednet_identity_entry *older = entry_named(identities, entry->name_key, entry->name_key_bytes);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_name, identities->names, entry->name_key, entry->name_key_bytes,
                                hash_name(identities, entry->name_key, entry->name_key_bytes), entry);
    entry->indexed = !table_oom;
    if (entry->indexed && older != NULL)
        forget_name(identities, older);
    return entry->indexed;
}

static bool add(struct bednet_identities *identities, struct bednet_identity_entry *entry,
                enum bednet_identity_state state)
{
    bool table_oom = false;
    HASH_ADD_KEYPTR_BYHASHVALUE(by_handle, identities->handles, &entry->handle, sizeof entry->handle,
                                hash_handle(entry->handle), entry);
    if (table_oom)
        return false;
    entry->identity.serial = ++identities->serials;
    enlist(identities, entry, state);
    if (entry->identity.method == BEDNET_METHOD_OTHER || index_name(identities, entry))
        return true;
    detach(identities, entry);
    return false;
}

/* An entry that add() has room for in the heap, for nothing may fail when it comes to life. */
static struct bednet_identity_entry *new_entry_with_room(struct bednet_identities *identities,
                                                         const struct bednet_identity_spec *spec)
{
    size_t count = HASH_CNT(by_handle, identities->handles);
    if (spec->ends_s != 0 && bednet_expiry_reserve(&identities->expiry, count + 1) != BEDNET_OK)
        return NULL;
    return bednet_identity_new_entry(spec);
}

static enum bednet_status admit(struct bednet_identities *identities, const struct bednet_identity_spec *spec,
                                enum bednet_identity_state state, bool unproven)
{
    bednet_identities_remove(identities, spec->handle);
    if (!bednet_identity_fits(spec) || !make_room(identities))
        return BEDNET_LIMIT;
    struct bednet_identity_entry *entry = new_entry_with_room(identities, spec);
    if (entry == NULL)
        return BEDNET_NOMEM;
    entry->identity.unproven = unproven;
    if (add(identities, entry, state))
        return BEDNET_OK;
    free(entry);
    return BEDNET_NOMEM;
}

enum bednet_status bednet_identities_admit(struct bednet_identities *identities,
                                           const struct bednet_identity_spec *spec,
                                           enum bednet_identity_state state)
{
    return admit(identities, spec, state, false);
}

/* Its own address is nobody else's as long as it is there. */
enum bednet_status bednet_identities_restore(struct bednet_identities *identities,
                                             const struct bednet_identity_spec *spec, bool revoked,
                                             uint64_t kept)
{
    if (!bednet_identity_fits(spec) || !make_room(identities))
        return BEDNET_LIMIT;
    struct bednet_identity_entry *entry = new_entry_with_room(identities, spec);
    if (entry == NULL)
        return BEDNET_NOMEM;
    entry->handle = entry;
    entry->identity.ended = revoked;
    entry->identity.kept = kept;
    entry->over = revoked;
    if (add(identities, entry, BEDNET_IDENTITY_RETIRED) && (entry->indexed || index_name(identities, entry)))
        return BEDNET_OK;
    if (entry_at(identities, entry) == entry)
        detach(identities, entry);
    free(entry);
    return BEDNET_NOMEM;
}

enum bednet_status bednet_identities_admit_unproven(struct bednet_identities *identities,
                                                    const struct bednet_identity_spec *spec)
{
    if (identities->unproven_count > 0 &&
        identities->unproven_count >= identities->capacity / UNPROVEN_SHARE) {
        identities->evictions++;
        forget(identities, identities->unproven);
    }
    return admit(identities, spec, BEDNET_IDENTITY_PENDING, true);
}

static bool is_renewed_by(const struct bednet_identity_entry *entry, const struct bednet_identity_spec *spec)
{
    const struct bednet_identity *identity = &entry->identity;
    return identity->state == BEDNET_IDENTITY_LIVE && !identity->ended && entry->chain == spec->chain &&
           identity->method == spec->method &&
           bednet_identity_same_name(identity->subject.client_id, spec->subject.client_id) &&
           bednet_identity_same_name(identity->subject.username, spec->subject.username);
}

enum bednet_status bednet_identities_renew(struct bednet_identities *identities,
                                           const struct bednet_identity_spec *spec)
{
    struct bednet_identity_entry *old = entry_at(identities, spec->handle);
    if (old == NULL || !is_renewed_by(old, spec))
        return BEDNET_INVALID;
    if (!bednet_identity_fits(spec))
        return BEDNET_LIMIT;
    struct bednet_identity_entry *entry = new_entry_with_room(identities, spec);
    if (entry == NULL)
        return BEDNET_NOMEM;
    /* For a moment both are there, so that the old one stays where the new one cannot come. */
    if (!add(identities, entry, BEDNET_IDENTITY_LIVE)) {
        free(entry);
        return BEDNET_NOMEM;
    }
    forget(identities, old);
    return BEDNET_OK;
}

struct bednet_identity *bednet_identities_at(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    return entry != NULL ? &entry->identity : NULL;
}

bool bednet_identities_is_live(struct bednet_identities *identities, const void *chain,
                               const struct bednet_client *client)
{
    const struct bednet_identity_entry *entry = entry_at(identities, client->handle);
    return entry != NULL && entry->chain == chain && entry->identity.state == BEDNET_IDENTITY_LIVE &&
           bednet_identity_same_name(entry->identity.subject.client_id, client->client_id);
}

struct bednet_identity *bednet_identities_find(struct bednet_identities *identities, const void *chain,
                                               const struct bednet_client *client)
{
    struct bednet_identity_entry *entry = entry_at(identities, client->handle);
    if (entry != NULL && entry->chain == chain &&
        bednet_identity_same_name(entry->identity.subject.client_id, client->client_id) &&
        (entry->identity.unproven ||
         bednet_identity_same_name(entry->identity.subject.username, client->username))) {
        entry->known = entry->identity.state == BEDNET_IDENTITY_LIVE && !entry->identity.ended;
        return &entry->identity;
    }
    if (client->address != NULL || !bednet_identity_names_fit(client->client_id, client->username))
        return NULL;

    char key[BEDNET_IDENTITY_KEY_BYTES_MAX];
    entry = entry_named(identities, key,
                        bednet_identity_write_key(key, chain, client->client_id, client->username));
    return entry != NULL ? &entry->identity : NULL;
}

struct bednet_identity *bednet_identities_known(struct bednet_identities *identities, const void *chain,
                                                const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    return entry != NULL && entry->known && entry->chain == chain ? &entry->identity : NULL;
}

void bednet_identities_doubt(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry != NULL)
        entry->known = false;
}

static void revive(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    unlist(identities, entry);
    enlist(identities, entry, BEDNET_IDENTITY_LIVE);
}

/* Whoever was let in by other means under these names no longer speaks with an earlier token's rights. */
static void confirm(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    struct bednet_identity_entry *older = entry_named(identities, entry->name_key, entry->name_key_bytes);
    if (older != NULL && older != entry)
        forget_name(identities, older);
    revive(identities, entry);
}

bool bednet_identities_confirm(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry == NULL || entry->identity.state != BEDNET_IDENTITY_PENDING || entry->identity.unproven)
        return false;
    confirm(identities, entry);
    return true;
}

static bool has_names(const struct bednet_identity_entry *entry, const struct bednet_client *client)
{
    return bednet_identity_same_name(entry->identity.subject.client_id, client->client_id) &&
           bednet_identity_same_name(entry->identity.subject.username, client->username);
}

struct bednet_identity *bednet_identities_prove(struct bednet_identities *identities, const void *chain,
                                                const struct bednet_client *client)
{
    struct bednet_identity_entry *entry = entry_at(identities, client->handle);
    if (entry == NULL || !entry->identity.unproven || entry->chain != chain || !has_names(entry, client)) {
        struct bednet_identity_spec spec = {
            .chain = chain,
            .handle = client->handle,
            .method = BEDNET_METHOD_OTHER,
            .subject = {.client_id = client->client_id, .username = client->username},
        };
        if (admit(identities, &spec, BEDNET_IDENTITY_PENDING, false) != BEDNET_OK)
            return NULL;
        entry = entry_at(identities, client->handle);
    }
    unlist(identities, entry);
    entry->identity.unproven = false;
    entry->identity.ended = false;
    enlist(identities, entry, BEDNET_IDENTITY_PENDING);
    confirm(identities, entry);
    return &entry->identity;
}

void bednet_identities_abandon(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry != NULL && entry->identity.state == BEDNET_IDENTITY_PENDING)
        forget(identities, entry);
}

size_t bednet_identities_confirm_all(struct bednet_identities *identities)
{
    size_t count = 0;
    struct bednet_identity_entry *entry, *next;
    if (identities->pending == NULL)
        return 0;
    DL_FOREACH_SAFE(identities->pending, entry, next)
    {
        if (entry->waited) {
            revive(identities, entry);
            count++;
        }
        entry->waited = true;
    }
    return count;
}

bool bednet_identities_retire(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry == NULL || entry->identity.state == BEDNET_IDENTITY_RETIRED)
        return false;
    bool was_live = entry->identity.state == BEDNET_IDENTITY_LIVE;
    if (!was_live && !entry->identity.unproven) {
        forget(identities, entry);
        return false;
    }
    unlist(identities, entry);
    entry->closing = false;
    entry->identity.ended = entry->over || entry->identity.unproven;
    enlist(identities, entry, BEDNET_IDENTITY_RETIRED);
    return was_live;
}

static struct bednet_identity_entry *entry_of(struct bednet_identity *identity)
{
    return (struct bednet_identity_entry *)((char *)identity -
                                            offsetof(struct bednet_identity_entry, identity));
}

void bednet_identities_end(struct bednet_identities *identities, struct bednet_identity *identity,
                           enum bednet_end why, bool with_will)
{
    struct bednet_identity_entry *entry = entry_of(identity);
    if (identity->state == BEDNET_IDENTITY_RETIRED) {
        identity->ended = entry->over = true;
        identity->serial = ++identities->serials;
        return;
    }
    unlist(identities, entry);
    identity->ended = true;
    identity->ends_with_will = with_will;
    identity->serial = ++identities->serials;
    entry->over = why == BEDNET_END_REVOKED && !with_will;
    entry->closing = true;
    enlist(identities, entry, BEDNET_IDENTITY_LIVE);
}

bool bednet_identities_is_due(const struct bednet_identities *identities, int64_t now_s)
{
    const struct bednet_expiry_item *first = bednet_expiry_first(&identities->expiry);
    return first != NULL && first->ends_s <= now_s;
}

size_t bednet_identities_expire(struct bednet_identities *identities, int64_t now_s)
{
    size_t count = 0;
    for (; count < BEDNET_IDENTITIES_ENDED_MAX && bednet_identities_is_due(identities, now_s); count++) {
        char *item = (char *)bednet_expiry_first(&identities->expiry);
        struct bednet_identity_entry *entry =
            (struct bednet_identity_entry *)(item - offsetof(struct bednet_identity_entry, expiry));
        bednet_identities_end(identities, &entry->identity, BEDNET_END_EXPIRED,
                              entry->identity.ends_with_will);
    }
    return count;
}

struct bednet_identity *bednet_identities_next_to_close(struct bednet_identities *identities)
{
    struct bednet_identity_entry *entry = identities->closing;
    if (entry == NULL)
        return NULL;
    DL_DELETE(identities->closing, entry);
    entry->closing = false;
    return &entry->identity;
}

const void *bednet_identities_begin_close(struct bednet_identity *identity)
{
    struct bednet_identity_entry *entry = entry_of(identity);
    identity->ended = entry->over;
    return entry->handle;
}

void bednet_identities_finish_close(struct bednet_identities *identities, const void *handle, uint64_t serial)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry == NULL || entry->identity.serial != serial || entry->identity.state != BEDNET_IDENTITY_LIVE)
        return;
    entry->identity.ended = true;
    entry->identity.serial = ++identities->serials;
    entry->known = false;
}

size_t bednet_identities_ending(const struct bednet_identities *identities)
{
    return identities->expiry.count;
}

void bednet_identities_watch(struct bednet_identities *identities, struct bednet_identities_cursor *cursor)
{
    cursor->at = NULL;
    DL_APPEND(identities->cursors, cursor);
}

void bednet_identities_unwatch(struct bednet_identities *identities, struct bednet_identities_cursor *cursor)
{
    DL_DELETE(identities->cursors, cursor);
}

void bednet_identities_rewind(struct bednet_identities *identities, struct bednet_identities_cursor *cursor)
{
    cursor->at = identities->handles;
}

struct bednet_identity *bednet_identities_next(struct bednet_identities_cursor *cursor, const void **chain)
{
    struct bednet_identity_entry *entry = cursor->at;
    if (entry == NULL)
        return NULL;
    cursor->at = entry->by_handle.next;
    *chain = entry->chain;
    return &entry->identity;
}

void bednet_identities_remove(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry != NULL)
        forget(identities, entry);
}

size_t bednet_identities_remove_chain(struct bednet_identities *identities, const void *chain)
{
    size_t live = 0;
    struct bednet_identity_entry *entry, *next;
    HASH_ITER(by_handle, identities->handles, entry, next)
    {
        if (entry->chain != chain)
            continue;
        live += entry->identity.state == BEDNET_IDENTITY_LIVE;
        forget(identities, entry);
    }
    return live;
}

size_t bednet_identities_count(const struct bednet_identities *identities)
{
    return HASH_CNT(by_handle, identities->handles);
}

uint64_t bednet_identities_evictions(const struct bednet_identities *identities)
{
    return identities->evictions;
}
