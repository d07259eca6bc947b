/* SPDX-License-Identifier: Apache-2.0 */
#include "store/changes.h"

#include <stdlib.h>

/* As in runtime/table.h: without memory nothing is added, and the program goes on. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((void)(table_oom = true))
#include <uthash.h>

struct entry {
    struct bednet_pending pending;
    const char *client_id; /* of whichever change made the entry; a copy */
    size_t client_id_bytes;
    UT_hash_handle hh;
};

struct bednet_changes {
    struct bednet_hash_key key;
    struct entry *entries;
};

struct bednet_change *bednet_change_new(enum bednet_change_kind kind, struct bednet_text client_id,
                                        uint64_t number, int64_t at_s, struct bednet_text record)
{
    struct bednet_change *change = malloc(sizeof *change + client_id.len + record.len);
    if (change == NULL)
        return NULL;
    char *bytes = (char *)(change + 1);
    *change = (struct bednet_change){.kind = kind, .number = number, .at_s = at_s};
    memcpy(bytes, client_id.ptr, client_id.len);
    change->client_id = (struct bednet_text){bytes, client_id.len};
    if (record.len > 0)
        memcpy(bytes + client_id.len, record.ptr, record.len);
    change->record = (struct bednet_text){bytes + client_id.len, record.len};
    return change;
}

size_t bednet_change_bytes(const struct bednet_change *change)
{
    return sizeof *change + change->client_id.len + change->record.len;
}

/*
 * One thread puts and the other takes all at once, so that no address is mistaken for an older one. What was
 * put is the other's, and may be gone by the next line.
 */
bool bednet_change_list_push(struct bednet_change_list *list, struct bednet_change *change)
{
    struct bednet_change *before = atomic_load_explicit(&list->latest, memory_order_relaxed);
    do
        change->next = before;
    while (!atomic_compare_exchange_weak_explicit(&list->latest, &before, change, memory_order_release,
                                                  memory_order_relaxed));
    return before == NULL;
}

struct bednet_change *bednet_change_list_take(struct bednet_change_list *list)
{
    struct bednet_change *latest = atomic_exchange_explicit(&list->latest, NULL, memory_order_acquire);
    struct bednet_change *first = NULL;
    while (latest != NULL) {
        struct bednet_change *next = latest->next;
        latest->next = first;
        first = latest;
        latest = next;
    }
    return first;
}

struct bednet_changes *bednet_changes_new(const struct bednet_hash_key *key)
{
    struct bednet_changes *changes = calloc(1, sizeof *changes);
    if (changes != NULL)
        changes->key = *key;
    return changes;
}

static size_t drop(struct bednet_change **slot)
{
    size_t bytes = *slot != NULL ? bednet_change_bytes(*slot) : 0;
    free(*slot);
    *slot = NULL;
    return bytes;
}

static size_t drop_all(struct bednet_pending *pending)
{
    return drop(&pending->forget) + drop(&pending->put) + drop(&pending->leave);
}

size_t bednet_changes_clear(struct bednet_changes *changes)
{
    size_t bytes = 0;
    struct entry *entry, *next;
    HASH_ITER(hh, changes->entries, entry, next)
    {
        bytes += drop_all(&entry->pending);
        HASH_DELETE(hh, changes->entries, entry);
        free(entry);
    }
    return bytes;
}

void bednet_changes_free(struct bednet_changes *changes)
{
    if (changes == NULL)
        return;
    bednet_changes_clear(changes);
    free(changes);
}

static struct entry *add_entry(struct bednet_changes *changes, struct bednet_text client_id, unsigned hash)
{
    bool table_oom = false;
    struct entry *entry = calloc(1, sizeof *entry + client_id.len);
    if (entry == NULL)
        return NULL;
    char *copy = (char *)(entry + 1);
    memcpy(copy, client_id.ptr, client_id.len);
    entry->client_id = copy;
    entry->client_id_bytes = client_id.len;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, changes->entries, entry->client_id, entry->client_id_bytes, hash, entry);
    if (!table_oom)
        return entry;
    free(entry);
    return NULL;
}

static struct entry *entry_of(struct bednet_changes *changes, struct bednet_text client_id)
{
    struct entry *entry;
    unsigned hash = bednet_hash_keyed(&changes->key, client_id);
    HASH_FIND_BYHASHVALUE(hh, changes->entries, client_id.ptr, client_id.len, hash, entry);
    return entry != NULL ? entry : add_entry(changes, client_id, hash);
}

/* A record that is put takes the place of any other, so nothing else need happen to that. */
static size_t put(struct bednet_pending *pending, struct bednet_change *change)
{
    size_t freed = drop_all(pending);
    pending->put = change;
    return freed;
}

static size_t leave(struct bednet_pending *pending, struct bednet_change *change)
{
    if ((pending->put != NULL && pending->put->number != change->number) ||
        (pending->leave != NULL && pending->leave->number > change->number))
        return drop(&change);
    size_t freed = drop(&pending->leave);
    pending->leave = change;
    return freed;
}

static size_t forget(struct bednet_pending *pending, struct bednet_change *change)
{
    if ((pending->put != NULL && pending->put->number > change->number) ||
        (pending->forget != NULL && pending->forget->number >= change->number))
        return drop(&change);
    size_t freed = drop(&pending->put) + drop(&pending->forget);
    if (pending->leave != NULL && pending->leave->number <= change->number)
        freed += drop(&pending->leave);
    pending->forget = change;
    return freed;
}

bool bednet_changes_add(struct bednet_changes *changes, struct bednet_change *change, size_t *freed_bytes)
{
    struct entry *entry = entry_of(changes, change->client_id);
    if (entry == NULL)
        return false;
    switch (change->kind) {
    case BEDNET_CHANGE_PUT:
        *freed_bytes = put(&entry->pending, change);
        break;
    case BEDNET_CHANGE_LEAVE:
        *freed_bytes = leave(&entry->pending, change);
        break;
    case BEDNET_CHANGE_FORGET:
        *freed_bytes = forget(&entry->pending, change);
        break;
    }
    return true;
}

size_t bednet_changes_count(const struct bednet_changes *changes)
{
    return HASH_COUNT(changes->entries);
}

bool bednet_changes_visit(const struct bednet_changes *changes,
                          bool (*visit)(void *context, const struct bednet_pending *pending), void *context)
{
    for (const struct entry *entry = changes->entries; entry != NULL; entry = entry->hh.next)
        if (!visit(context, &entry->pending))
            return false;
    return true;
}
