/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/identity.h"

#include "runtime/identity_entry.h"

#include <stdint.h>

struct bednet_identities {
    struct bednet_hash_key key;
    size_t capacity;
    uint64_t evictions;
    uint64_t serials;            /* given out so far */
    struct bednet_index handles; /* all, by what mix() makes of their handles */
    struct bednet_index names;   /* those who answer for their names */
    struct bednet_commons role_sets;
    struct bednet_shapes shapes;
    struct bednet_commons layouts;
    struct bednet_identity_entry *pending;
    struct bednet_identity_entry *retired;  /* the one that retired first is at the head */
    struct bednet_identity_entry *unproven; /* pending or retired; the oldest is at the head */
    size_t unproven_count;
    struct bednet_identity_entry *closing;
    struct bednet_expiry expiry; /* of those who live and have not ended */
};

/* One part in so many of the capacity is for clients that have not proved to be anybody. */
#define UNPROVEN_SHARE 4

/*
 * Addresses are the allocator's choice, not a client's: mixing them is enough. Nothing is lost by it, so that
 * what is mixed tells the handle.
 */
#define MIXER   UINT64_C(0x9E3779B97F4A7C15)
#define UNMIXER UINT64_C(0xF1DE83E19937733D)
_Static_assert(MIXER *UNMIXER == 1, "one undoes what the other does");

static inline uint64_t mix(const void *handle)
{
    return (uintptr_t)handle * MIXER;
}

static const void *handle_of(const struct bednet_identity_entry *entry)
{
    return (const void *)(uintptr_t)(entry->by_handle.hash * UNMIXER);
}

static uint64_t hash_names(const struct bednet_identities *identities, const void *chain,
                           struct bednet_text client_id, struct bednet_text username)
{
    char key[BEDNET_IDENTITY_KEY_BYTES_MAX];
    size_t bytes = bednet_identity_write_key(key, chain, client_id, username);
    return bednet_hash_keyed_wide(&identities->key, (struct bednet_text){key, bytes});
}

struct bednet_identities *bednet_identities_new(const struct bednet_hash_key *key, size_t capacity)
{
    struct bednet_identities *identities = calloc(1, sizeof *identities);
    if (identities != NULL) {
        identities->key = *key;
        identities->capacity = capacity;
        bednet_index_open(&identities->handles);
        bednet_index_open(&identities->names);
        bednet_commons_open(&identities->role_sets, key);
        bednet_shapes_open(&identities->shapes, key);
        bednet_commons_open(&identities->layouts, key);
    }
    return identities;
}

/* The list that an entry is in by its state; NULL where it is in none. */
static struct bednet_identity_entry **list_of(struct bednet_identities *identities,
                                              const struct bednet_identity_entry *entry)
{
    if (entry->identity.closing)
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
        DL_DELETE2(*list, entry, identity.listed.prev, identity.listed.next);
    identities->unproven_count -= entry->identity.unproven;
    if (entry->identity.ending)
        bednet_expiry_remove(&identities->expiry, &entry->identity.expiry);
    entry->identity.ending = false;
}

static void enlist(struct bednet_identities *identities, struct bednet_identity_entry *entry,
                   enum bednet_identity_state state)
{
    entry->identity.state = state;
    entry->identity.known = false;
    struct bednet_identity_entry **list = list_of(identities, entry);
    if (list != NULL)
        DL_APPEND2(*list, entry, identity.listed.prev, identity.listed.next);
    identities->unproven_count += entry->identity.unproven;
    entry->identity.ending = list == NULL && entry->identity.expiry.ends_s != 0 && !entry->identity.ended;
    if (entry->identity.ending)
        bednet_expiry_add(&identities->expiry, &entry->identity.expiry);
}

static void forget_name(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    if (entry->identity.indexed)
        bednet_index_remove(&identities->names, &entry->by_name);
    entry->identity.indexed = false;
}

static void forget(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    unlist(identities, entry);
    forget_name(identities, entry);
    bednet_index_remove(&identities->handles, &entry->by_handle);
    bednet_role_sets_release(&identities->role_sets, entry->identity.roles);
    bednet_identity_free_entry(entry, &identities->shapes, &identities->layouts);
}

static struct bednet_identity_entry *by_handle(struct bednet_index_link *link)
{
    return BEDNET_INDEX_RECORD(link, struct bednet_identity_entry, by_handle);
}

static struct bednet_identity_entry *by_name(struct bednet_index_link *link)
{
    return BEDNET_INDEX_RECORD(link, struct bednet_identity_entry, by_name);
}

void bednet_identities_free(struct bednet_identities *identities)
{
    if (identities == NULL)
        return;
    struct bednet_index_place place = {0};
    struct bednet_identity_entry *entry;
    while ((entry = by_handle(bednet_index_next(&identities->handles, &place))) != NULL)
        forget(identities, entry);
    bednet_index_close(&identities->handles);
    bednet_index_close(&identities->names);
    bednet_commons_close(&identities->role_sets);
    bednet_shapes_close(&identities->shapes);
    bednet_commons_close(&identities->layouts);
    free(identities);
}

static inline struct bednet_identity_entry *entry_at(const struct bednet_identities *identities,
                                                     const void *handle)
{
    return by_handle(bednet_index_find(&identities->handles, mix(handle)));
}

/* Whoever has not proved to be anybody makes room before those who have. */
static bool make_room(struct bednet_identities *identities)
{
    if (identities->handles.count < identities->capacity)
        return true;
    struct bednet_identity_entry *oldest =
        identities->unproven != NULL ? identities->unproven : identities->retired;
    if (oldest == NULL)
        return false;
    identities->evictions++;
    forget(identities, oldest);
    return true;
}

static bool has_names(const struct bednet_identity_entry *entry, struct bednet_text client_id,
                      struct bednet_text username)
{
    return bednet_identity_same_name(bednet_identity_client_id(&entry->identity), client_id) &&
           bednet_identity_same_name(bednet_identity_username(&entry->identity), username);
}

static struct bednet_identity_entry *entry_named(const struct bednet_identities *identities,
                                                 const void *chain, struct bednet_text client_id,
                                                 struct bednet_text username)
{
    struct bednet_index_link *link =
        bednet_index_find(&identities->names, hash_names(identities, chain, client_id, username));
    for (; link != NULL; link = bednet_index_find_next(link)) {
        struct bednet_identity_entry *entry = by_name(link);
        if (entry->chain == chain && has_names(entry, client_id, username))
            return entry;
    }
    return NULL;
}

/* Who answers for the names of this one now. */
static struct bednet_identity_entry *namesake(const struct bednet_identities *identities,
                                              const struct bednet_identity_entry *entry)
{
    return entry_named(identities, entry->chain, bednet_identity_client_id(&entry->identity),
                       bednet_identity_username(&entry->identity));
}

/* Of several sessions with the same names the latest answers. */
static void index_name(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    struct bednet_identity_entry *older = namesake(identities, entry);
    if (older != NULL)
        forget_name(identities, older);
    bednet_index_add(&identities->names, &entry->by_name,
                     hash_names(identities, entry->chain, bednet_identity_client_id(&entry->identity),
                                bednet_identity_username(&entry->identity)));
    entry->identity.indexed = true;
}

static void add(struct bednet_identities *identities, struct bednet_identity_entry *entry, const void *handle,
                enum bednet_identity_state state)
{
    bednet_index_add(&identities->handles, &entry->by_handle, mix(handle));
    entry->identity.serial = ++identities->serials;
    enlist(identities, entry, state);
    if (entry->identity.method != BEDNET_METHOD_OTHER)
        index_name(identities, entry);
}

static enum bednet_status admit(struct bednet_identities *identities, const struct bednet_identity_spec *spec,
                                enum bednet_identity_state state, bool unproven)
{
    bednet_identities_remove(identities, spec->handle);
    if (!bednet_identity_fits(spec) || !make_room(identities))
        return BEDNET_LIMIT;
    struct bednet_identity_entry *entry =
        bednet_identity_new_entry(spec, &identities->shapes, &identities->layouts);
    if (entry == NULL)
        return BEDNET_NOMEM;
    entry->identity.unproven = unproven;
    add(identities, entry, spec->handle, state);
    return BEDNET_OK;
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
    struct bednet_identity_entry *entry =
        bednet_identity_new_entry(spec, &identities->shapes, &identities->layouts);
    if (entry == NULL)
        return BEDNET_NOMEM;
    entry->identity.ended = revoked;
    entry->identity.kept = kept;
    entry->identity.over = revoked;
    add(identities, entry, entry, BEDNET_IDENTITY_RETIRED);
    if (!entry->identity.indexed)
        index_name(identities, entry);
    return BEDNET_OK;
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
           has_names(entry, spec->subject.client_id, spec->subject.username);
}

enum bednet_status bednet_identities_renew(struct bednet_identities *identities,
                                           const struct bednet_identity_spec *spec)
{
    struct bednet_identity_entry *old = entry_at(identities, spec->handle);
    if (old == NULL || !is_renewed_by(old, spec))
        return BEDNET_INVALID;
    if (!bednet_identity_fits(spec))
        return BEDNET_LIMIT;
    struct bednet_identity_entry *entry =
        bednet_identity_new_entry(spec, &identities->shapes, &identities->layouts);
    if (entry == NULL)
        return BEDNET_NOMEM;
    forget(identities, old);
    add(identities, entry, spec->handle, BEDNET_IDENTITY_LIVE);
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
           bednet_identity_same_name(bednet_identity_client_id(&entry->identity), client->client_id);
}

struct bednet_identity *bednet_identities_find(struct bednet_identities *identities, const void *chain,
                                               const struct bednet_client *client)
{
    struct bednet_identity_entry *entry = entry_at(identities, client->handle);
    if (entry != NULL && entry->chain == chain &&
        bednet_identity_same_name(bednet_identity_client_id(&entry->identity), client->client_id) &&
        (entry->identity.unproven ||
         bednet_identity_same_name(bednet_identity_username(&entry->identity), client->username))) {
        entry->identity.known = entry->identity.state == BEDNET_IDENTITY_LIVE && !entry->identity.ended;
        return &entry->identity;
    }
    if (client->address != NULL || !bednet_identity_names_fit(client->client_id, client->username))
        return NULL;

    entry = entry_named(identities, chain, client->client_id, client->username);
    return entry != NULL ? &entry->identity : NULL;
}

struct bednet_identity *bednet_identities_known(struct bednet_identities *identities, const void *chain,
                                                const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    return entry != NULL && entry->identity.known && entry->chain == chain ? &entry->identity : NULL;
}

void bednet_identities_doubt(struct bednet_identities *identities, const void *handle)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry != NULL)
        entry->identity.known = false;
}

static void revive(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    unlist(identities, entry);
    enlist(identities, entry, BEDNET_IDENTITY_LIVE);
}

/* Whoever was let in by other means under these names no longer speaks with an earlier token's rights. */
static void confirm(struct bednet_identities *identities, struct bednet_identity_entry *entry)
{
    struct bednet_identity_entry *older = namesake(identities, entry);
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

struct bednet_identity *bednet_identities_prove(struct bednet_identities *identities, const void *chain,
                                                const struct bednet_client *client)
{
    struct bednet_identity_entry *entry = entry_at(identities, client->handle);
    if (entry == NULL || !entry->identity.unproven || entry->chain != chain ||
        !has_names(entry, client->client_id, client->username)) {
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
    struct bednet_identity_entry *next;
    for (struct bednet_identity_entry *entry = identities->pending; entry != NULL; entry = next) {
        next = entry->identity.listed.next;
        if (entry->identity.waited) {
            revive(identities, entry);
            count++;
        }
        entry->identity.waited = true;
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
    entry->identity.closing = false;
    entry->identity.ended = entry->identity.over || entry->identity.unproven;
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
        identity->ended = entry->identity.over = true;
        identity->serial = ++identities->serials;
        return;
    }
    unlist(identities, entry);
    identity->ended = true;
    identity->ends_with_will = with_will;
    identity->serial = ++identities->serials;
    entry->identity.over = why == BEDNET_END_REVOKED && !with_will;
    entry->identity.closing = true;
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
        struct bednet_identity *identity =
            (struct bednet_identity *)(item - offsetof(struct bednet_identity, expiry));
        bednet_identities_end(identities, identity, BEDNET_END_EXPIRED, identity->ends_with_will);
    }
    return count;
}

struct bednet_identity *bednet_identities_next_to_close(struct bednet_identities *identities)
{
    struct bednet_identity_entry *entry = identities->closing;
    if (entry == NULL)
        return NULL;
    DL_DELETE2(identities->closing, entry, identity.listed.prev, identity.listed.next);
    entry->identity.closing = false;
    return &entry->identity;
}

const void *bednet_identities_begin_close(struct bednet_identity *identity)
{
    struct bednet_identity_entry *entry = entry_of(identity);
    identity->ended = entry->identity.over;
    return handle_of(entry);
}

void bednet_identities_finish_close(struct bednet_identities *identities, const void *handle, uint64_t serial)
{
    struct bednet_identity_entry *entry = entry_at(identities, handle);
    if (entry == NULL || entry->identity.serial != serial || entry->identity.state != BEDNET_IDENTITY_LIVE)
        return;
    entry->identity.ended = true;
    entry->identity.serial = ++identities->serials;
    entry->identity.known = false;
}

size_t bednet_identities_ending(const struct bednet_identities *identities)
{
    return identities->expiry.count;
}

void bednet_identities_rewind(struct bednet_identities_cursor *cursor)
{
    *cursor = (struct bednet_identities_cursor){.walks = true};
}

struct bednet_identity *bednet_identities_next(const struct bednet_identities *identities,
                                               struct bednet_identities_cursor *cursor, const void **chain)
{
    struct bednet_identity_entry *entry = NULL;
    if (cursor->walks)
        entry = by_handle(bednet_index_next(&identities->handles, &cursor->place));
    cursor->walks = entry != NULL;
    if (entry == NULL)
        return NULL;
    *chain = entry->chain;
    return &entry->identity;
}

bool bednet_identities_note_roles(struct bednet_identities *identities, struct bednet_identity *identity,
                                  const struct bednet_roles *roles, uint32_t generation)
{
    const struct bednet_roles *kept = bednet_role_sets_hold(&identities->role_sets, roles);
    if (kept == NULL)
        return false;
    bednet_role_sets_release(&identities->role_sets, identity->roles);
    identity->roles = kept;
    identity->generation = generation;
    return true;
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
    struct bednet_index_place place = {0};
    struct bednet_identity_entry *entry;
    while ((entry = by_handle(bednet_index_next(&identities->handles, &place))) != NULL) {
        if (entry->chain != chain)
            continue;
        live += entry->identity.state == BEDNET_IDENTITY_LIVE;
        forget(identities, entry);
    }
    return live;
}

size_t bednet_identities_count(const struct bednet_identities *identities)
{
    return identities->handles.count;
}

uint64_t bednet_identities_evictions(const struct bednet_identities *identities)
{
    return identities->evictions;
}
