/* SPDX-License-Identifier: Apache-2.0 */
/* Roles by name, wherever a section speaks of one. */
#include "policy/build.h"

static void refuse_unknown(struct bednet_build *build, const struct bednet_node *node)
{
    const struct bednet_name_list *roles = &build->members.roles;
    /* Not for an error that nobody will see. */
    const char **known = bednet_diag_dropped(build->report.diag) == 0
                             ? bednet_build_array(build, roles->count, sizeof *known)
                             : NULL;
    for (size_t i = 0; i < roles->count && known != NULL; i++)
        known[i] = roles->items[i].name.ptr;
    bednet_build_refuse_unknown(build, node->source, "unknown role", node->text, known, roles->count,
                                "a name that 'roles' has");
}

bool bednet_build_read_role(struct bednet_build *build, const struct bednet_node *node, uint16_t *out)
{
    const struct bednet_name_index index = {build->members.roles.items, build->members.roles.count};
    struct bednet_text name;
    size_t count = 0;
    if (!bednet_read_text(&build->report, node, "a role", &name))
        return false;
    const struct bednet_name *found =
        bednet_name_index_find(index, name, (struct bednet_text){NULL, 0}, &count);
    if (count == 0) {
        refuse_unknown(build, node);
        return false;
    }
    *out = found->role;
    return true;
}
