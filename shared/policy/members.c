/* SPDX-License-Identifier: Apache-2.0 */
/* From a subject to its roles. */
#include "policy/members.h"

#include "policy/policy.h"

struct bednet_members {
    struct bednet_name_index roles;
    struct bednet_name_index usernames;
    struct bednet_name_index client_ids;
    struct bednet_name_index attributes;
    struct bednet_name_index anonymous;
};

const struct bednet_members *bednet_members_freeze(struct bednet_arena *arena,
                                                   struct bednet_members_builder *builder)
{
    struct bednet_members *members = bednet_arena_alloc(arena, sizeof *members);
    if (members == NULL ||
        !bednet_name_index_keep(arena, bednet_name_list_sort(&builder->roles), &members->roles) ||
        !bednet_name_index_keep(arena, bednet_name_list_sort(&builder->usernames), &members->usernames) ||
        !bednet_name_index_keep(arena, bednet_name_list_sort(&builder->client_ids), &members->client_ids) ||
        !bednet_name_index_keep(arena, bednet_name_list_sort(&builder->attributes), &members->attributes) ||
        !bednet_name_index_keep(arena, bednet_name_list_sort(&builder->anonymous), &members->anonymous))
        return NULL;
    return members;
}

void bednet_members_builder_free(struct bednet_members_builder *builder)
{
    bednet_name_list_free(&builder->roles);
    bednet_name_list_free(&builder->usernames);
    bednet_name_list_free(&builder->client_ids);
    bednet_name_list_free(&builder->attributes);
    bednet_name_list_free(&builder->anonymous);
}

/* The roles found so far, ascending; `full` once there was one too many. */
struct found {
    const struct bednet_role *all;
    uint16_t *roles;
    size_t count;
    bool full;
};

static void insert_one(struct found *found, uint16_t role)
{
    size_t at = found->count;
    while (at > 0 && found->roles[at - 1] > role)
        at--;
    if (at > 0 && found->roles[at - 1] == role)
        return;
    if (found->count == BEDNET_ROLES_PER_CLIENT_MAX) {
        found->full = true;
        return;
    }
    memmove(found->roles + at + 1, found->roles + at, (found->count - at) * sizeof *found->roles);
    found->roles[at] = role;
    found->count++;
}

static void insert(struct found *found, uint16_t role)
{
    const struct bednet_role *heir = &found->all[role];
    insert_one(found, role);
    for (size_t i = 0; i < heir->inherited_count && !found->full; i++)
        insert_one(found, heir->inherited[i]);
}

static void insert_all(struct found *found, struct bednet_name_index index, struct bednet_text name,
                       struct bednet_text value)
{
    size_t count;
    const struct bednet_name *first = bednet_name_index_find(index, name, value, &count);
    for (size_t i = 0; i < count && !found->full; i++)
        insert(found, first[i].role);
}

static void insert_attribute(struct found *found, const struct bednet_members *members,
                             struct bednet_attribute attribute)
{
    if (attribute.value.ptr != NULL)
        insert_all(found, members->attributes, attribute.name, attribute.value);
}

static void insert_members(struct found *found, const struct bednet_members *members,
                           const struct bednet_subject *subject)
{
    const struct bednet_text none = {NULL, 0};
    if (subject->username.ptr == NULL) {
        for (size_t i = 0; i < members->anonymous.count && !found->full; i++)
            insert(found, members->anonymous.items[i].role);
        return;
    }
    insert_all(found, members->usernames, subject->username, none);
    insert_all(found, members->client_ids, subject->client_id, none);
    for (size_t i = 0; i < subject->attribute_count && !found->full; i++)
        insert_attribute(found, members, bednet_subject_attribute_at(subject, i));
}

enum bednet_status bednet_policy_roles(const struct bednet_policy *policy,
                                       const struct bednet_subject *subject, const struct bednet_text *names,
                                       size_t name_count, uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX],
                                       size_t *role_count, unsigned *exemptions)
{
    const struct bednet_text none = {NULL, 0};
    struct found found = {.all = policy->acl.roles, .roles = roles};
    *role_count = 0;
    *exemptions = 0;
    for (size_t i = 0; i < name_count && !found.full; i++)
        insert_all(&found, policy->acl.members->roles, names[i], none);
    insert_members(&found, policy->acl.members, subject);
    if (found.full)
        return BEDNET_LIMIT;
    for (size_t i = 0; i < found.count; i++)
        *exemptions |= policy->acl.roles[roles[i]].exemptions;
    *role_count = found.count;
    return BEDNET_OK;
}
