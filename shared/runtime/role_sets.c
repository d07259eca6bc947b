/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/role_sets.h"

#include <stdlib.h>

struct set {
    struct bednet_common common;
    struct bednet_roles roles;
    uint16_t ids[];
};

static size_t id_bytes(const struct bednet_roles *roles)
{
    return roles->count * sizeof *roles->ids;
}

static uint64_t hash(const struct bednet_commons *sets, const struct bednet_roles *roles)
{
    uint64_t rest = (uint64_t)roles->exemptions << 16 | (uint64_t)roles->excepted << 8 | roles->too_many;
    return bednet_hash_keyed_wide(&sets->key,
                                  (struct bednet_text){(const char *)roles->ids, id_bytes(roles)}) +
           rest * UINT64_C(0x9E3779B97F4A7C15);
}

static bool is_same(const struct bednet_common *common, const void *wanted)
{
    const struct bednet_roles *a = &((const struct set *)common)->roles, *b = wanted;
    return a->count == b->count && a->exemptions == b->exemptions && a->excepted == b->excepted &&
           a->too_many == b->too_many && (a->count == 0 || memcmp(a->ids, b->ids, id_bytes(a)) == 0);
}

static struct bednet_common *make(const void *wanted)
{
    const struct bednet_roles *roles = wanted;
    struct set *set = malloc(sizeof *set + id_bytes(roles));
    if (set == NULL)
        return NULL;
    if (roles->count > 0)
        memcpy(set->ids, roles->ids, id_bytes(roles));
    set->roles = *roles;
    set->roles.ids = set->ids;
    return &set->common;
}

const struct bednet_roles *bednet_role_sets_hold(struct bednet_commons *sets,
                                                 const struct bednet_roles *roles)
{
    static const struct bednet_common_kind kind = {is_same, make};
    struct set *set = (struct set *)bednet_commons_hold(sets, &kind, hash(sets, roles), roles);
    return set != NULL ? &set->roles : NULL;
}

void bednet_role_sets_release(struct bednet_commons *sets, const struct bednet_roles *roles)
{
    if (roles != NULL)
        bednet_commons_release(sets,
                               (struct bednet_common *)((uintptr_t)roles - offsetof(struct set, roles)));
}
