/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/role_sets.h"

#include <stdlib.h>

struct set {
    struct bednet_index_link link;
    struct bednet_roles roles;
    size_t holders;
    uint16_t ids[];
};

void bednet_role_sets_open(struct bednet_role_sets *sets, const struct bednet_hash_key *key)
{
    sets->key = *key;
    bednet_index_open(&sets->index);
}

void bednet_role_sets_close(struct bednet_role_sets *sets)
{
    bednet_index_close(&sets->index);
}

static size_t id_bytes(const struct bednet_roles *roles)
{
    return roles->count * sizeof *roles->ids;
}

static uint64_t hash(const struct bednet_role_sets *sets, const struct bednet_roles *roles)
{
    uint64_t rest = (uint64_t)roles->exemptions << 16 | (uint64_t)roles->excepted << 8 | roles->too_many;
    return bednet_hash_keyed_wide(&sets->key,
                                  (struct bednet_text){(const char *)roles->ids, id_bytes(roles)}) +
           rest * UINT64_C(0x9E3779B97F4A7C15);
}

static bool is_same(const struct bednet_roles *a, const struct bednet_roles *b)
{
    return a->count == b->count && a->exemptions == b->exemptions && a->excepted == b->excepted &&
           a->too_many == b->too_many && (a->count == 0 || memcmp(a->ids, b->ids, id_bytes(a)) == 0);
}

static struct set *find(const struct bednet_role_sets *sets, const struct bednet_roles *roles, uint64_t hash)
{
    for (struct bednet_index_link *link = bednet_index_find(&sets->index, hash); link != NULL;
         link = bednet_index_find_next(link)) {
        struct set *set = BEDNET_INDEX_RECORD(link, struct set, link);
        if (is_same(&set->roles, roles))
            return set;
    }
    return NULL;
}

static struct set *add(struct bednet_role_sets *sets, const struct bednet_roles *roles, uint64_t hash)
{
    struct set *set = malloc(sizeof *set + id_bytes(roles));
    if (set == NULL)
        return NULL;
    if (roles->count > 0)
        memcpy(set->ids, roles->ids, id_bytes(roles));
    set->roles = *roles;
    set->roles.ids = set->ids;
    set->holders = 0;
    bednet_index_add(&sets->index, &set->link, hash);
    return set;
}

const struct bednet_roles *bednet_role_sets_hold(struct bednet_role_sets *sets,
                                                 const struct bednet_roles *roles)
{
    uint64_t hashed = hash(sets, roles);
    struct set *set = find(sets, roles, hashed);
    if (set == NULL)
        set = add(sets, roles, hashed);
    if (set == NULL)
        return NULL;
    set->holders++;
    return &set->roles;
}

void bednet_role_sets_release(struct bednet_role_sets *sets, const struct bednet_roles *roles)
{
    if (roles == NULL)
        return;
    struct set *set = find(sets, roles, hash(sets, roles));
    if (--set->holders > 0)
        return;
    bednet_index_remove(&sets->index, &set->link);
    free(set);
}
