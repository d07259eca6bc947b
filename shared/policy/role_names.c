/* SPDX-License-Identifier: Apache-2.0 */
/* Roles by name, wherever a section speaks of one. */
#include "policy/build.h"

bool bednet_build_find_role(const struct bednet_build *build, struct bednet_text name, uint16_t *out)
{
    const struct bednet_name_index index = {build->members.roles.items, build->members.roles.count};
    size_t count;
    const struct bednet_name *found =
        bednet_name_index_find(index, name, (struct bednet_text){NULL, 0}, &count);
    if (found == NULL)
        return false;
    *out = found->role;
    return true;
}

void bednet_build_refuse_role(struct bednet_build *build, const struct bednet_node *node,
                              const char *expected)
{
    const struct bednet_name_list *roles = &build->members.roles;
    /* Not for an error that nobody will see. */
    const char **known = bednet_diag_dropped(build->report.diag) == 0
                             ? bednet_build_array(build, roles->count, sizeof *known)
                             : NULL;
    for (size_t i = 0; i < roles->count && known != NULL; i++)
        known[i] = roles->items[i].name.ptr;
    bednet_build_refuse_unknown(build, node->source, "unknown role", node->text, known, roles->count,
                                expected);
}

bool bednet_build_read_role(struct bednet_build *build, const struct bednet_node *node, uint16_t *out)
{
    struct bednet_text name;
    if (!bednet_read_text(&build->report, node, "a role", &name))
        return false;
    if (bednet_build_find_role(build, name, out))
        return true;
    bednet_build_refuse_role(build, node, "a name that 'roles' has");
    return false;
}
