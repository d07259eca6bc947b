/* SPDX-License-Identifier: Apache-2.0 */
/* Names with the role that each leads to: gathered in any order, then sorted and looked up. */
#ifndef BEDNET_POLICY_NAMES_H
#define BEDNET_POLICY_NAMES_H

#include "core/arena.h"
#include <stdint.h>

struct bednet_name {
    struct bednet_text name;
    struct bednet_text value; /* of a claim; absent elsewhere */
    uint16_t role;
};

/* Grows on the heap; texts are borrowed. All zero is empty. */
struct bednet_name_list {
    struct bednet_name *items;
    size_t count;
    size_t capacity;
};

/* Sorted by name, value, role, without repetitions; read only. */
struct bednet_name_index {
    const struct bednet_name *items;
    size_t count;
};

/* False without memory. */
bool bednet_name_list_add(struct bednet_name_list *list, struct bednet_name name);
void bednet_name_list_free(struct bednet_name_list *list);

/* Sorts the list in place and drops repetitions; the index borrows it. */
struct bednet_name_index bednet_name_list_sort(struct bednet_name_list *list);

/* Copies index and texts into the arena. False without memory. */
bool bednet_name_index_keep(struct bednet_arena *arena, struct bednet_name_index index,
                            struct bednet_name_index *out);

/*
 * The entries with this name and value (absent matches absent): *count of them from the returned one on.
 * Allocates nothing.
 */
const struct bednet_name *bednet_name_index_find(struct bednet_name_index index, struct bednet_text name,
                                                 struct bednet_text value, size_t *count);

#endif
