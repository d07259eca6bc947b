/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be written. A change is made by one thread, waits in a list without a lock, and is then gathered
 * by the other, where later changes of one client id take the place of earlier ones. Internal to this folder.
 */
#ifndef BEDNET_STORE_CHANGES_H
#define BEDNET_STORE_CHANGES_H

#include "core/hash.h"
#include "core/text.h"
#include <stdatomic.h>

enum bednet_change_kind { BEDNET_CHANGE_PUT, BEDNET_CHANGE_LEAVE, BEDNET_CHANGE_FORGET };

/* One allocation: the bytes of client id and record are behind it. */
struct bednet_change {
    struct bednet_change *next;
    enum bednet_change_kind kind;
    uint64_t number; /* of the record that is put or left; forgotten is up to it */
    int64_t at_s;    /* wall clock */
    struct bednet_text client_id;
    struct bednet_text record;
};

/* NULL without memory. */
struct bednet_change *bednet_change_new(enum bednet_change_kind kind, struct bednet_text client_id,
                                        uint64_t number, int64_t at_s, struct bednet_text record);
size_t bednet_change_bytes(const struct bednet_change *change);

/* From one thread to the other. Zeroed is empty. */
struct bednet_change_list {
    _Atomic(struct bednet_change *) latest;
};

/* The list owns it from now on. True where the list was empty. */
bool bednet_change_list_push(struct bednet_change_list *list, struct bednet_change *change);

/* All of it, the oldest first; the caller's. */
struct bednet_change *bednet_change_list_take(struct bednet_change_list *list);

/* What is to become of one client id: first forgotten, then put, then left. */
struct bednet_pending {
    struct bednet_change *forget; /* NULL: nothing is to be forgotten */
    struct bednet_change *put;
    struct bednet_change *leave;
};

struct bednet_changes;

struct bednet_changes *bednet_changes_new(const struct bednet_hash_key *key);
void bednet_changes_free(struct bednet_changes *changes);

/*
 * Takes a change over, and frees what it makes superfluous. Returns the bytes of what was freed. False, and
 * the change stays the caller's, without memory.
 */
bool bednet_changes_add(struct bednet_changes *changes, struct bednet_change *change, size_t *freed_bytes);

size_t bednet_changes_count(const struct bednet_changes *changes);

/* visit() false ends the walk, and is returned. */
bool bednet_changes_visit(const struct bednet_changes *changes,
                          bool (*visit)(void *context, const struct bednet_pending *pending), void *context);

/* All of them were written. Returns the bytes of what was freed. */
size_t bednet_changes_clear(struct bednet_changes *changes);

#endif
