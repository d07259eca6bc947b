/* SPDX-License-Identifier: Apache-2.0 */
/* `roles` and `acl`: the roles by name, each by its parts. */
#include "policy/roles.h"
#include "policy/tables.h"

#include <stdio.h>

static const struct bednet_key role_keys[] = {
    {"inherits", BEDNET_KEY_OPTIONAL, bednet_role_read_inherits},
    {"members", BEDNET_KEY_OPTIONAL, bednet_role_read_members},
    {"exempt", BEDNET_KEY_OPTIONAL, bednet_role_read_exempt},
    {"allow", BEDNET_KEY_OPTIONAL, bednet_role_read_allow},
    {"deny", BEDNET_KEY_OPTIONAL, bednet_role_read_deny},
};

const struct bednet_key_table bednet_table_role = BEDNET_KEY_TABLE("role", role_keys);

/* Duplicates and broken keys get a number, too: numbers follow the file, and no policy comes of such a file.
 */
void bednet_roles_announce(struct bednet_build *build, const struct bednet_node *roles)
{
    size_t count = roles != NULL && roles->kind == BEDNET_NODE_MAPPING ? roles->count : 0;
    if (count > BEDNET_ROLES_MAX) {
        bednet_report_error(&build->report, roles->pairs[BEDNET_ROLES_MAX].key.source,
                            "too many roles (expected at most %d)", BEDNET_ROLES_MAX);
        count = BEDNET_ROLES_MAX;
    }
    build->roles = bednet_build_array(build, count, sizeof *build->roles);
    build->rules = bednet_rules_builder_new(count);
    if (build->rules == NULL)
        bednet_report_nomem(&build->report);
    build->policy->acl.role_count = count;
    for (size_t i = 0; i < count && !build->report.nomem; i++) {
        const struct bednet_node *key = &roles->pairs[i].key;
        if (key->kind == BEDNET_NODE_SCALAR)
            bednet_build_note(build, &build->members.roles, key->text, (struct bednet_text){NULL, 0}, i);
    }
    bednet_name_list_sort(&build->members.roles);
}

static void read_role(struct bednet_build *build, const struct bednet_pair *pair, size_t index)
{
    if (pair->key.kind != BEDNET_NODE_SCALAR || bednet_build_refuse_duplicate(build, pair))
        return;
    if (pair->key.text.len == 0 || strstr(pair->key.text.ptr, "${") != NULL) {
        bednet_report_error(&build->report, pair->key.source,
                            "'%.64s' is no name for a role (expected a literal name that is not empty)",
                            pair->key.text.ptr);
        return;
    }
    build->roles[index].name = bednet_build_keep(build, pair->key.text);
    build->roles[index].source = pair->key.source;
    char what[96];
    snprintf(what, sizeof what, "role '%.64s'", pair->key.text.ptr);
    struct bednet_role_target target = {.index = index};
    bednet_keys_read(build, &bednet_table_role, &pair->value, what, &target);
}

void bednet_section_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    build->policy->section[BEDNET_PLUGIN_ACL] = pair->key.source;
    if (!bednet_node_expect(&build->report, &pair->value, BEDNET_NODE_MAPPING, "roles",
                            "a mapping from names to roles"))
        return;
    for (size_t i = 0; i < pair->value.count && i < build->policy->acl.role_count; i++)
        read_role(build, &pair->value.pairs[i], i);
    if (!build->report.nomem)
        bednet_roles_inherit(build, &pair->value);
}

static void read_acl_mode(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_mode(build, pair, BEDNET_PLUGIN_ACL);
}

static const struct bednet_key acl_keys[] = {{"mode", BEDNET_KEY_OPTIONAL, read_acl_mode}};

const struct bednet_key_table bednet_table_acl = BEDNET_KEY_TABLE("acl", acl_keys);

void bednet_section_acl(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_source *section = &build->policy->section[BEDNET_PLUGIN_ACL];
    if (section->line == 0)
        *section = pair->key.source; /* `roles` says more, wherever it stands */
    bednet_keys_read(build, &bednet_table_acl, &pair->value, "acl", NULL);
}

void bednet_permissions_announce(struct bednet_build *build, struct bednet_source source)
{
    struct bednet_source *section = &build->policy->section[BEDNET_PLUGIN_ACL];
    build->has_permissions = true;
    if (section->line == 0)
        *section = source;
}

void bednet_roles_review(struct bednet_build *build)
{
    struct bednet_source section = build->policy->section[BEDNET_PLUGIN_ACL];
    if (section.line != 0 && build->rule_count == 0 && !build->has_permissions && !build->report.failed)
        bednet_report_warning(
            &build->report, section,
            "no role has a rule (expected at least one: the default decides everything now)");
}
