/* SPDX-License-Identifier: Apache-2.0 */
/* `inherits` of a role: names first, and once all roles were read what comes of them together. */
#include "policy/roles.h"

void bednet_role_read_inherits(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "inherits", "a list of roles"))
        return;
    if (list->count > BEDNET_INHERITED_MAX)
        bednet_report_error(&build->report, list->source, "%zu entries in inherits (expected at most %d)",
                            list->count, BEDNET_INHERITED_MAX);
    for (size_t i = 0; i < list->count && i < BEDNET_INHERITED_MAX; i++) {
        uint16_t role;
        bednet_build_read_role(build, &list->items[i], &role);
    }
}

/* --- What comes of them together --- */

enum progress { UNSEEN, ON_THE_WAY, DONE };

struct descent {
    enum progress progress;
    size_t depth; /* of the longest way up */
};

struct heritage {
    struct bednet_build *build;
    const struct bednet_node *roles;
    struct descent *descents;
};

/* Ascending and without repetitions. */
struct inherited {
    uint16_t roles[BEDNET_INHERITED_MAX];
    size_t count;
    bool full; /* there was one too many */
};

static void add(struct inherited *inherited, uint16_t role)
{
    size_t at = inherited->count;
    while (at > 0 && inherited->roles[at - 1] > role)
        at--;
    if (at > 0 && inherited->roles[at - 1] == role)
        return;
    if (inherited->count == BEDNET_INHERITED_MAX) {
        inherited->full = true;
        return;
    }
    memmove(inherited->roles + at + 1, inherited->roles + at,
            (inherited->count - at) * sizeof *inherited->roles);
    inherited->roles[at] = role;
    inherited->count++;
}

static void keep(struct bednet_build *build, uint16_t role, const struct inherited *inherited)
{
    uint16_t *kept = bednet_build_array(build, inherited->count, sizeof *kept);
    if (kept == NULL)
        return;
    memcpy(kept, inherited->roles, inherited->count * sizeof *kept);
    build->roles[role].inherited = kept;
    build->roles[role].inherited_count = inherited->count;
}

static void refuse_circle(struct bednet_build *build, const struct bednet_node *node,
                          const struct bednet_node *name)
{
    if (bednet_text_equal(name->text, node->text))
        bednet_report_error(&build->report, node->source,
                            "role '%.64s' inherits from itself (expected other roles)", node->text.ptr);
    else
        bednet_report_error(&build->report, node->source,
                            "'%.64s' inherits from '%.64s' already (expected roles that inherit from none of "
                            "their heirs)",
                            node->text.ptr, name->text.ptr);
}

static void descend(struct heritage *heritage, uint16_t role, size_t from_start);

/* One entry of a role's list, and through it all that this one inherits. */
static void inherit(struct heritage *heritage, uint16_t heir, const struct bednet_node *node,
                    size_t from_start, struct inherited *inherited)
{
    struct bednet_build *build = heritage->build;
    struct descent *descents = heritage->descents;
    uint16_t base;
    if (!bednet_build_find_role(build, node->text, &base))
        return;
    if (descents[base].progress == ON_THE_WAY) {
        refuse_circle(build, node, &heritage->roles->pairs[heir].key);
        return;
    }
    if (descents[base].progress == UNSEEN && from_start < BEDNET_INHERITANCE_DEPTH_MAX)
        descend(heritage, base, from_start + 1);
    if (descents[base].progress == UNSEEN || descents[base].depth + 1 > BEDNET_INHERITANCE_DEPTH_MAX) {
        bednet_report_error(
            &build->report, node->source,
            "inheriting from '%.64s' goes on for too long (expected at most %d roles, one above "
            "the other)",
            node->text.ptr, BEDNET_INHERITANCE_DEPTH_MAX);
        return;
    }
    if (descents[heir].depth < descents[base].depth + 1)
        descents[heir].depth = descents[base].depth + 1;
    add(inherited, base);
    for (size_t i = 0; i < build->roles[base].inherited_count; i++)
        add(inherited, build->roles[base].inherited[i]);
}

/* Calls itself at most BEDNET_INHERITANCE_DEPTH_MAX times deep. */
static void descend(struct heritage *heritage, uint16_t role, size_t from_start)
{
    const struct bednet_node *name = &heritage->roles->pairs[role].key;
    const struct bednet_node *value = &heritage->roles->pairs[role].value;
    const struct bednet_pair *list =
        value->kind == BEDNET_NODE_MAPPING ? bednet_node_find(value, "inherits") : NULL;
    struct inherited inherited = {.count = 0};
    heritage->descents[role].progress = ON_THE_WAY;
    for (size_t i = 0; list != NULL && list->value.kind == BEDNET_NODE_SEQUENCE && i < list->value.count; i++)
        inherit(heritage, role, &list->value.items[i], from_start, &inherited);
    if (inherited.full && list->value.count <= BEDNET_INHERITED_MAX)
        bednet_report_error(&heritage->build->report, list->value.source,
                            "role '%.64s' inherits from too many, by way of others (expected at most %d)",
                            name->text.ptr, BEDNET_INHERITED_MAX);
    keep(heritage->build, role, &inherited);
    heritage->descents[role].progress = DONE;
}

void bednet_roles_inherit(struct bednet_build *build, const struct bednet_node *roles)
{
    size_t count = build->policy->acl.role_count;
    struct heritage heritage = {build, roles, bednet_build_array(build, count, sizeof *heritage.descents)};
    for (size_t role = 0; role < count && heritage.descents != NULL; role++)
        if (heritage.descents[role].progress == UNSEEN && roles->pairs[role].key.kind == BEDNET_NODE_SCALAR)
            descend(&heritage, (uint16_t)role, 0);
}
