/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/identity.h"

#include "runtime/table.h"

#include <stdint.h>

/* One allocation: the entry, its arrays, then the bytes that all texts point into. */
struct entry {
    struct bednet_identity identity;
    const void *handle;
    const void *chain;
    bool indexed;
    bool waited; /* it was pending when bednet_identities_confirm_all came by */
    bool known;  /* alive, and its names were compared since */
    size_t name_key_bytes;
    const char *name_key; /* chain, client id, NUL, and where there is a user name its bytes and NUL */
    UT_hash_handle by_handle;
    UT_hash_handle by_name;
    struct entry *prev; /* in the list of its state: pending or retired */
    struct entry *next;
};

struct bednet_identities {
    struct bednet_hash_key key;
    size_t capacity;
    uint64_t evictions;
    uint64_t serials; /* given out so far */
    struct entry *handles;
    struct entry *names;
    struct entry *pending;
    struct entry *retired; /* the one that retired first is at the head */
};

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

static void unlist(struct bednet_identities *identities, struct entry *entry)
{
    if (entry->identity.state == BEDNET_IDENTITY_PENDING)
        DL_DELETE(identities->pending, entry);
    else if (entry->identity.state == BEDNET_IDENTITY_RETIRED)
        DL_DELETE(identities->retired, entry);
}

static void enlist(struct bednet_identities *identities, struct entry *entry,
                   enum bednet_identity_state state)
{
    entry->identity.state = state;
    entry->known = false;
    if (state == BEDNET_IDENTITY_PENDING)
        DL_APPEND(identities->pending, entry);
    else if (state == BEDNET_IDENTITY_RETIRED)
        DL_APPEND(identities->retired, entry);
}

static void forget_name(struct bednet_identities *identities, struct entry *entry)
{
    if (entry->indexed)
        HASH_DELETE(by_name, identities->names, entry);
    entry->indexed = false;
}

static void forget(struct bednet_identities *identities, struct entry *entry)
{
    unlist(identities, entry);
    forget_name(identities, entry);
    HASH_DELETE(by_handle, identities->handles, entry);
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

static size_t data_bytes(const struct bednet_identity_spec *spec)
{
    size_t bytes = 0;
    for (size_t i = 0; i < spec->subject.attribute_count; i++)
        bytes += spec->subject.attributes[i].name.len + spec->subject.attributes[i].value.len + 2;
    for (size_t i = 0; i < spec->role_name_count; i++)
        bytes += spec->role_names[i].len + 1;
    return bytes;
}

static bool spec_fits(const struct bednet_identity_spec *spec)
{
    return names_fit(spec->subject.client_id, spec->subject.username) &&
           spec->subject.attribute_count <= BEDNET_IDENTITY_ATTRIBUTES_MAX &&
           spec->role_name_count <= BEDNET_ROLES_PER_CLIENT_MAX &&
           data_bytes(spec) <= BEDNET_IDENTITY_DATA_BYTES_MAX;
}

static void fill_entry(struct entry *entry, struct bednet_attribute *attributes, struct bednet_text *roles,
                       char *cursor, const struct bednet_identity_spec *spec)
{
    const struct bednet_subject *from = &spec->subject;
    struct bednet_subject *to = &entry->identity.subject;

    entry->handle = spec->handle;
    entry->chain = spec->chain;
    entry->identity.method = spec->method;
    entry->identity.client_id_is_vouched = spec->client_id_is_vouched;
    entry->identity.credential = spec->credential;
    entry->name_key = cursor;
    entry->name_key_bytes = write_name_key(cursor, spec->chain, from->client_id, from->username);
    cursor += entry->name_key_bytes;

    to->client_id = (struct bednet_text){entry->name_key + sizeof spec->chain, from->client_id.len};
    if (from->username.ptr != NULL)
        to->username = (struct bednet_text){to->client_id.ptr + from->client_id.len + 1, from->username.len};
    for (size_t i = 0; i < from->attribute_count; i++) {
        attributes[i].name = put_text(&cursor, from->attributes[i].name);
        attributes[i].value = put_text(&cursor, from->attributes[i].value);
    }
    to->attributes = attributes;
    to->attribute_count = from->attribute_count;
    for (size_t i = 0; i < spec->role_name_count; i++)
        roles[i] = put_text(&cursor, spec->role_names[i]);
    entry->identity.role_names = roles;
    entry->identity.role_name_count = spec->role_name_count;
}

static struct entry *new_entry(const struct bednet_identity_spec *spec)
{
    size_t attribute_bytes = spec->subject.attribute_count * sizeof(struct bednet_attribute);
    size_t role_bytes = spec->role_name_count * sizeof(struct bednet_text);
    size_t name_bytes = sizeof spec->chain + spec->subject.client_id.len + spec->subject.username.len + 2;
    struct entry *entry =
        calloc(1, sizeof *entry + attribute_bytes + role_bytes + name_bytes + data_bytes(spec));
    if (entry == NULL)
        return NULL;
    struct bednet_attribute *attributes = (struct bednet_attribute *)(entry + 1);
    struct bednet_text *roles = (struct bednet_text *)(attributes + spec->subject.attribute_count);
    fill_entry(entry, attributes, roles, (char *)(roles + spec->role_name_count), spec);
    return entry;
}

static bool make_room(struct bednet_identities *identities)
{
    if (HASH_CNT(by_handle, identities->handles) < identities->capacity)
        return true;
    if (identities->retired == NULL)
        return false;
    identities->evictions++;
    forget(identities, identities->retired);
    return true;
}

static struct entry *entry_named(struct bednet_identities *identities, const char *key, size_t bytes)
{
    struct entry *entry;
    HASH_FIND_BYHASHVALUE(by_name, identities->names, key, bytes, hash_name(identities, key, bytes), entry);
    return entry;
}

/* Of several sessions with the same names the latest answers; where memory is short, none does. */
static bool index_name(struct bednet_identities *identities, struct entry *entry)
{
    bool table_oom = false;
    struct entry *older = entry_named(identities, entry->name_key, entry->name_key_bytes);
    if (older != NULL)
        forget_name(identities, older);
    HASH_ADD_KEYPTR_BYHASHVALUE(by_name, identities->names, entry->name_key, entry->name_key_bytes,
                                hash_name(identities, entry->name_key, entry->name_key_bytes), entry);
    entry->indexed = !table_oom;
    return entry->indexed;
}

enum bednet_status bednet_identities_admit(struct bednet_identities *identities,
                                           const struct bednet_identity_spec *spec,
                                           enum bednet_identity_state state)
{
    bednet_identities_remove(identities, spec->handle);
    if (!spec_fits(spec) || !make_room(identities))
        return BEDNET_LIMIT;
    struct entry *entry = new_entry(spec);
    if (entry == NULL)
        return BEDNET_NOMEM;

    bool table_oom = false;
    HASH_ADD_KEYPTR_BYHASHVALUE(by_handle, identities->handles, &entry->handle, sizeof entry->handle,
                                hash_handle(entry->handle), entry);
    if (table_oom) {
        free(entry);
        return BEDNET_NOMEM;
    }
    entry->identity.serial = ++identities->serials;
    enlist(identities, entry, state);
    if (spec->method != BEDNET_METHOD_OTHER && !index_name(identities, entry)) {
        forget(identities, entry);
        return BEDNET_NOMEM;
    }
    return BEDNET_OK;
}

struct bednet_identity *bednet_identities_at(struct bednet_identities *identities, const void *handle)
{
    struct entry *entry = entry_at(identities, handle);
    return entry != NULL ? &entry->identity : NULL;
}

struct bednet_identity *bednet_identities_find(struct bednet_identities *identities, const void *chain,
                                               const struct bednet_client *client)
{
    struct entry *entry = entry_at(identities, client->handle);
    if (entry != NULL && entry->chain == chain &&
        same_name(entry->identity.subject.client_id, client->client_id) &&
        same_name(entry->identity.subject.username, client->username)) {
        entry->known = entry->identity.state == BEDNET_IDENTITY_LIVE;
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
    if (entry == NULL || entry->identity.state != BEDNET_IDENTITY_PENDING)
        return false;
    confirm(identities, entry);
    return true;
}

size_t bednet_identities_confirm_all(struct bednet_identities *identities)
{
    size_t count = 0;
    struct entry *entry, *next;
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
    if (entry->identity.state == BEDNET_IDENTITY_PENDING) {
        forget(identities, entry);
        return false;
    }
    enlist(identities, entry, BEDNET_IDENTITY_RETIRED);
    return true;
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
