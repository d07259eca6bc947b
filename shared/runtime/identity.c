/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/identity.h"

#include "runtime/expiry.h"
#include "runtime/table.h"

#include <stdint.h>

/* One allocation: the entry, its arrays, then the bytes that all texts point into. */
struct entry {
    struct bednet_identity identity;
    const void *handle;
    const void *chain;
    bool indexed;
    bool waited;  /* it was pending when bednet_identities_confirm_all came by */
    bool known;   /* alive, and its names were compared since */
    bool closing; /* it ended, and its connection is still to be closed */
    bool over;    /* it ended, and for good: its session has no right left either */
    size_t name_key_bytes;
    const char *name_key; /* chain, client id, NUL, and where there is a user name its bytes and NUL */
    UT_hash_handle by_handle;
    UT_hash_handle by_name;
    struct entry *prev; /* in the list of its state: pending, retired, unproven or closing */
    struct entry *next;
    struct bednet_expiry_item expiry;
};

struct bednet_identities {
    struct bednet_hash_key key;
    size_t capacity;
    uint64_t evictions;
    uint64_t serials; /* given out so far */
    struct entry *handles;
    struct entry *names;
    struct entry *pending;
    struct entry *retired;  /* the one that retired first is at the head */
    struct entry *unproven; /* pending or retired; the oldest is at the head */
    size_t unproven_count;
    struct entry *closing;
    struct bednet_expiry expiry; /* of those who live and have not ended */
    struct bednet_identities_cursor *cursors;
};

/* One part in so many of the capacity is for clients that have not proved to be anybody. */
#define UNPROVEN_SHARE 4

#define NAME_KEY_BYTES_MAX (sizeof(void *) + BEDNET_IDENTITY_NAME_BYTES_MAX + 2)

/* Addresses are the allocator's choice, not a client's: mixing them is enough. */
static unsigned hash_handle(const void *handle)
{
    return (unsigned)(((uintptr_t)handle * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

static unsigned hash_name(const struct bednet_identities *identities, const char *key, size_t bytes)
{
    return bednet_hash_keyed(&identities->key, (struct bednet_text){key, bytes});
}

/* MQTT strings hold no NUL, so the separator keeps the parts apart, and absent differs from empty. */
static size_t write_name_key(char *out, const void *chain, struct bednet_text client_id,
                             struct bednet_text username)
{
    size_t used = sizeof chain;
    memcpy(out, &chain, sizeof chain);
    memcpy(out + used, client_id.ptr, client_id.len);
    used += client_id.len;
    out[used++] = '\0';
    if (username.ptr != NULL) {
        memcpy(out + used, username.ptr, username.len);
        used += username.len;
        out[used++] = '\0';
    }
    return used;
}

static bool names_fit(struct bednet_text client_id, struct bednet_text username)
{
    return client_id.ptr != NULL && client_id.len <= BEDNET_IDENTITY_NAME_BYTES_MAX &&
           username.len <= BEDNET_IDENTITY_NAME_BYTES_MAX - client_id.len;
}

static bool same_name(struct bednet_text a, struct bednet_text b)
{
    return a.len == b.len && (a.ptr == NULL) == (b.ptr == NULL) &&
           (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
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
static struct entry **list_of(struct bednet_identities *identities, const struct entry *entry)
{
    if (entry->closing)
        return &identities->closing;
    if (entry->identity.unproven)
        return &identities->unproven;
    if (entry->identity.state == BEDNET_IDENTITY_PENDING)
        return &identities->pending;
    return entry->identity.state == BEDNET_IDENTITY_RETIRED ? &identities->retired : NULL;
}

static void unlist(struct bednet_identities *identities, struct entry *entry)
{
    struct entry **list = list_of(identities, entry);
    if (list != NULL)
        DL_DELETE(*list, entry);
    identities->unproven_count -= entry->identity.unproven;
    bednet_expiry_remove(&identities->expiry, &entry->expiry);
}

/* Room in the heap was reserved when the entry was made. */
static void enlist(struct bednet_identities *identities, struct entry *entry,
                   enum bednet_identity_state state)
{
    entry->identity.state = state;
    entry->known = false;
    struct entry **list = list_of(identities, entry);
    if (list != NULL)
        DL_APPEND(*list, entry);
    identities->unproven_count += entry->identity.unproven;
    if (state == BEDNET_IDENTITY_LIVE && entry->identity.ends_s != 0 && !entry->identity.ended)
        bednet_expiry_add(&identities->expiry, &entry->expiry);
}

static void forget_name(struct bednet_identities *identities, struct entry *entry)
{
    if (entry->indexed)
        HASH_DELETE(by_name, identities->names, entry);
    entry->indexed = false;
}

static void step_aside(struct bednet_identities *identities, const struct entry *entry)
{
    struct bednet_identities_cursor *cursor;
    DL_FOREACH(identities->cursors, cursor)
    {
        if (cursor->at == entry)
            cursor->at = entry->by_handle.next;
    }
}

/* Out of all tables, but not freed. */
static void detach(struct bednet_identities *identities, struct entry *entry)
{
    unlist(identities, entry);
    forget_name(identities, entry);
    step_aside(identities, entry);
    HASH_DELETE(by_handle, identities->handles, entry);
}

static void forget(struct bednet_identities *identities, struct entry *entry)
{
    detach(identities, entry);
    free(entry);
}

void bednet_identities_free(struct bednet_identities *identities)
{
    if (identities == NULL)
        return;
    struct entry *entry, *next;
    HASH_ITER(by_handle, identities->handles, entry, next)
    {
        forget(identities, entry);
    }
    bednet_expiry_clear(&identities->expiry);
    free(identities);
}

static inline struct entry *entry_at(struct bednet_identities *identities, const void *handle)
{
    struct entry *entry;
    HASH_FIND_BYHASHVALUE(by_handle, identities->handles, &handle, sizeof handle, hash_handle(handle), entry);
    return entry;
}

static struct bednet_text put_text(char **cursor, struct bednet_text text)
{
    if (text.ptr == NULL)
        return text;
    struct bednet_text copy = {*cursor, text.len};
    memcpy(*cursor, text.ptr, text.len);
    (*cursor)[text.len] = '\0';
    *cursor += text.len + 1;
    return copy;
}

static size_t filter_bytes(const struct bednet_permissions *permissions)
{
    size_t bytes = 0;
    for (size_t i = 0; permissions != NULL && i < permissions->count; i++)
        bytes += permissions->entries[i].filter.len + 1;
    return bytes;
}

static size_t data_bytes(const struct bednet_identity_spec *spec)
{
    size_t bytes = 0;
    for (size_t i = 0; i < spec->subject.attribute_count; i++)
        bytes += spec->subject.attributes[i].name.len + spec->subject.attributes[i].value.len + 2;
    for (size_t i = 0; i < spec->role_name_count; i++)
        bytes += spec->role_names[i].len + 1;
    return bytes;
}

bool bednet_identity_fits(const struct bednet_identity_spec *spec)
{
    return names_fit(spec->subject.client_id, spec->subject.username) &&
           spec->subject.attribute_count <= BEDNET_IDENTITY_ATTRIBUTES_MAX &&
           spec->role_name_count <= BEDNET_ROLES_PER_CLIENT_MAX &&
           data_bytes(spec) <= BEDNET_IDENTITY_DATA_BYTES_MAX &&
           (spec->permissions == NULL ||
            (spec->permissions->count <= BEDNET_PERMISSIONS_MAX &&
             filter_bytes(spec->permissions) - spec->permissions->count <= BEDNET_PERMISSIONS_BYTES_MAX));
}

/* Where the parts of an entry that vary in number lie, in this order, behind it. */
struct parts {
    struct bednet_attribute *attributes;
    struct bednet_text *roles;
    struct bednet_permissions *permissions;
    struct bednet_permission *filters;
    struct bednet_certificate_mark *mark;
    char *bytes;
};

static char *put_names(struct entry *entry, char *cursor, const struct bednet_identity_spec *spec)
{
    const struct bednet_subject *from = &spec->subject;
    struct bednet_subject *to = &entry->identity.subject;
    entry->name_key = cursor;
    entry->name_key_bytes = write_name_key(cursor, spec->chain, from->client_id, from->username);
    to->client_id = (struct bednet_text){entry->name_key + sizeof spec->chain, from->client_id.len};
    if (from->username.ptr != NULL)
        to->username = (struct bednet_text){to->client_id.ptr + from->client_id.len + 1, from->username.len};
    return cursor + entry->name_key_bytes;
}

static void put_permissions(struct entry *entry, const struct parts *parts, char *cursor,
                            const struct bednet_permissions *from)
{
    if (from == NULL)
        return;
    *parts->permissions = *from;
    parts->permissions->entries = parts->filters;
    for (size_t i = 0; i < from->count; i++) {
        parts->filters[i] = from->entries[i];
        parts->filters[i].filter = put_text(&cursor, from->entries[i].filter);
    }
    entry->identity.permissions = parts->permissions;
}

static void fill_entry(struct entry *entry, const struct parts *parts,
                       const struct bednet_identity_spec *spec)
{
    const struct bednet_subject *from = &spec->subject;
    struct bednet_identity *identity = &entry->identity;

    entry->handle = spec->handle;
    entry->chain = spec->chain;
    entry->expiry.ends_s = spec->ends_s;
    identity->method = spec->method;
    identity->client_id_is_vouched = spec->client_id_is_vouched;
    identity->credential = spec->credential;
    identity->ends_s = spec->ends_s;
    identity->ends_with_will = spec->ends_with_will;
    if (spec->mark != NULL) {
        *parts->mark = *spec->mark;
        identity->mark = parts->mark;
    }
    char *cursor = put_names(entry, parts->bytes, spec);
    for (size_t i = 0; i < from->attribute_count; i++) {
        parts->attributes[i].name = put_text(&cursor, from->attributes[i].name);
        parts->attributes[i].value = put_text(&cursor, from->attributes[i].value);
    }
    identity->subject.attributes = parts->attributes;
    identity->subject.attribute_count = from->attribute_count;
    for (size_t i = 0; i < spec->role_name_count; i++)
        parts->roles[i] = put_text(&cursor, spec->role_names[i]);
    identity->role_names = parts->roles;
    identity->role_name_count = spec->role_name_count;
    put_permissions(entry, parts, cursor, spec->permissions);
}

static struct entry *new_entry(const struct bednet_identity_spec *spec)
{
    bool permits = spec->permissions != NULL, is_marked = spec->mark != NULL;
    size_t filter_count = permits ? spec->permissions->count : 0;
    size_t bytes = sizeof spec->chain + spec->subject.client_id.len + spec->subject.username.len + 2 +
                   data_bytes(spec) + filter_bytes(spec->permissions);
    struct entry *entry = calloc(
        1, sizeof *entry + spec->subject.attribute_count * sizeof(struct bednet_attribute) +
               spec->role_name_count * sizeof(struct bednet_text) +
               permits * sizeof(struct bednet_permissions) + filter_count * sizeof(struct bednet_permission) +
               is_marked * sizeof(struct bednet_certificate_mark) + bytes);
    if (entry == NULL)
        return NULL;
    struct parts parts = {.attributes = (struct bednet_attribute *)(entry + 1)};
    parts.roles = (struct bednet_text *)(parts.attributes + spec->subject.attribute_count);
    parts.permissions = (struct bednet_permissions *)(parts.roles + spec->role_name_count);
    parts.filters = (struct bednet_permission *)(parts.permissions + permits);
    parts.mark = (struct bednet_certificate_mark *)(parts.filters + filter_count);
    parts.bytes = (char *)(parts.mark + is_marked);
    fill_entry(entry, &parts, spec);
    return entry;
}

/* Whoever has not proved to be anybody makes room before those who have. */
static bool make_room(struct bednet_identities *identities)
{
    if (HASH_CNT(by_handle, identities->handles) < identities->capacity)
        return true;
    struct entry *oldest = identities->unproven != NULL ? identities->unproven : identities->retired;
    if (oldest == NULL)
        return false;
    identities->evictions++;
    forget(identities, oldest);
    return true;
}

static struct entry *entry_named(struct bednet_identities *identities, const char *key, size_t bytes)
{
    struct entry *entry;
    HASH_FIND_BYHASHVALUE(by_name, identities->names, key, bytes, hash_name(identities, key, bytes), entry);
    return entry;
}

/*
 * Of several sessions with the same names the latest answers. The older one leaves only then: a table that is
 * left by its last entry would have to be made again, for which there may be no memory.
 */
static bool index_name(struct bednet_identities *identities, struct entry *entry)
{
    bool table_oom = false;
    struct entry *older = entry_named(identities, entry->name_key, entry->name_key_bytes);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_name, identities->names, entry->name_key, entry->name_key_bytes,
                                hash_name(identities, entry->name_key, entry->name_key_bytes), entry);
    entry->indexed = !table_oom;
    if (entry->indexed && older != NULL)
        forget_name(identities, older);
    return entry->indexed;
}

static bool add(struct bednet_identities *identities, struct entry *entry, enum bednet_identity_state state)
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
static struct entry *new_entry_with_room(struct bednet_identities *identities,
                                         const struct bednet_identity_spec *spec)
{
    size_t count = HASH_CNT(by_handle, identities->handles);
    if (spec->ends_s != 0 && bednet_expiry_reserve(&identities->expiry, count + 1) != BEDNET_OK)
        return NULL;
    return new_entry(spec);
}

static enum bednet_status admit(struct bednet_identities *identities, const struct bednet_identity_spec *spec,
                                enum bednet_identity_state state, bool unproven)
{
    bednet_identities_remove(identities, spec->handle);
    if (!bednet_identity_fits(spec) || !make_room(identities))
        return BEDNET_LIMIT;
    struct entry *entry = new_entry_with_room(identities, spec);
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

static bool is_renewed_by(const struct entry *entry, const struct bednet_identity_spec *spec)
{
    const struct bednet_identity *identity = &entry->identity;
    return identity->state == BEDNET_IDENTITY_LIVE && !identity->ended && entry->chain == spec->chain &&
           identity->method == spec->method &&
           same_name(identity->subject.client_id, spec->subject.client_id) &&
           same_name(identity->subject.username, spec->subject.username);
}

enum bednet_status bednet_identities_renew(struct bednet_identities *identities,
                                           const struct bednet_identity_spec *spec)
{
    struct entry *old = entry_at(identities, spec->handle);
    if (old == NULL || !is_renewed_by(old, spec))
        return BEDNET_INVALID;
    if (!bednet_identity_fits(spec))
        return BEDNET_LIMIT;
    struct entry *entry = new_entry_with_room(identities, spec);
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
    struct entry *entry = entry_at(identities, handle);
    return entry != NULL ? &entry->identity : NULL;
}

bool bednet_identities_is_live(struct bednet_identities *identities, const void *chain,
                               const struct bednet_client *client)
{
    const struct entry *entry = entry_at(identities, client->handle);
    return entry != NULL && entry->chain == chain && entry->identity.state == BEDNET_IDENTITY_LIVE &&
           same_name(entry->identity.subject.client_id, client->client_id);
}

struct bednet_identity *bednet_identities_find(struct bednet_identities *identities, const void *chain,
                                               const struct bednet_client *client)
{
    struct entry *entry = entry_at(identities, client->handle);
    if (entry != NULL && entry->chain == chain &&
        same_name(entry->identity.subject.client_id, client->client_id) &&
        (entry->identity.unproven || same_name(entry->identity.subject.username, client->username))) {
        entry->known = entry->identity.state == BEDNET_IDENTITY_LIVE && !entry->identity.ended;
        return &entry->identity;
    }
    if (client->address != NULL || !names_fit(client->client_id, client->username))
        return NULL;

    char key[NAME_KEY_BYTES_MAX];
    entry = entry_named(identities, key, write_name_key(key, chain, client->client_id, client->username));
    return entry != NULL ? &entry->identity : NULL;
}

uint64_t bednet_identities_known(struct bednet_identities *identities, const void *chain, const void *handle)
{
    const struct entry *entry = entry_at(identities, handle);
    return entry != NULL && entry->known && entry->chain == chain ? entry->identity.serial : 0;
}

void bednet_identities_doubt(struct bednet_identities *identities, const void *handle)
{
    struct entry *entry = entry_at(identities, handle);
    if (entry != NULL)
        entry->known = false;
}

static void revive(struct bednet_identities *identities, struct entry *entry)
{
    unlist(identities, entry);
    enlist(identities, entry, BEDNET_IDENTITY_LIVE);
}

/* Whoever was let in by other means under these names no longer speaks with an earlier token's rights. */
static void confirm(struct bednet_identities *identities, struct entry *entry)
{
    struct entry *older = entry_named(identities, entry->name_key, entry->name_key_bytes);
    if (older != NULL && older != entry)
        forget_name(identities, older);
    revive(identities, entry);
}

bool bednet_identities_confirm(struct bednet_identities *identities, const void *handle)
{
    struct entry *entry = entry_at(identities, handle);
    if (entry == NULL || entry->identity.state != BEDNET_IDENTITY_PENDING || entry->identity.unproven)
        return false;
    confirm(identities, entry);
    return true;
}

static bool has_names(const struct entry *entry, const struct bednet_client *client)
{
    return same_name(entry->identity.subject.client_id, client->client_id) &&
           same_name(entry->identity.subject.username, client->username);
}

struct bednet_identity *bednet_identities_prove(struct bednet_identities *identities, const void *chain,
                                                const struct bednet_client *client)
{
    struct entry *entry = entry_at(identities, client->handle);
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
    struct entry *entry = entry_at(identities, handle);
    if (entry != NULL && entry->identity.state == BEDNET_IDENTITY_PENDING)
        forget(identities, entry);
}

size_t bednet_identities_confirm_all(struct bednet_identities *identities)
{
    size_t count = 0;
    struct entry *entry, *next;
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
    struct entry *entry = entry_at(identities, handle);
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

static struct entry *entry_of(struct bednet_identity *identity)
{
    return (struct entry *)((char *)identity - offsetof(struct entry, identity));
}

void bednet_identities_end(struct bednet_identities *identities, struct bednet_identity *identity,
                           enum bednet_end why, bool with_will)
{
    struct entry *entry = entry_of(identity);
    unlist(identities, entry);
    identity->ended = true;
    identity->ends_with_will = with_will;
    identity->serial = ++identities->serials;
    entry->over = why != BEDNET_END_EXPIRED && !with_will;
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
        struct entry *entry = (struct entry *)(item - offsetof(struct entry, expiry));
        bednet_identities_end(identities, &entry->identity, BEDNET_END_EXPIRED,
                              entry->identity.ends_with_will);
    }
    return count;
}

struct bednet_identity *bednet_identities_next_to_close(struct bednet_identities *identities)
{
    struct entry *entry = identities->closing;
    if (entry == NULL)
        return NULL;
    DL_DELETE(identities->closing, entry);
    entry->closing = false;
    return &entry->identity;
}

const void *bednet_identities_begin_close(struct bednet_identity *identity)
{
    struct entry *entry = entry_of(identity);
    identity->ended = entry->over;
    return entry->handle;
}

void bednet_identities_finish_close(struct bednet_identities *identities, const void *handle, uint64_t serial)
{
    struct entry *entry = entry_at(identities, handle);
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
    struct entry *entry = cursor->at;
    if (entry == NULL)
        return NULL;
    cursor->at = entry->by_handle.next;
    *chain = entry->chain;
    return &entry->identity;
}

void bednet_identities_remove(struct bednet_identities *identities, const void *handle)
{
    struct entry *entry = entry_at(identities, handle);
    if (entry != NULL)
        forget(identities, entry);
}

size_t bednet_identities_remove_chain(struct bednet_identities *identities, const void *chain)
{
    size_t live = 0;
    struct entry *entry, *next;
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
