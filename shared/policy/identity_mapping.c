/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a client's attributes: user name, client id, roles. */
#include "policy/identity_mapping.h"

#include <stdio.h>

static bool may_stand(const struct bednet_mapping_terms *terms, const struct bednet_part *part)
{
    if (part->kind == BEDNET_PART_LITERAL)
        return true;
    for (size_t i = 0; part->kind == BEDNET_PART_ATTRIBUTE && i < 2 && terms->prefixes[i] != NULL; i++)
        if (strncmp(part->text.ptr, terms->prefixes[i], strlen(terms->prefixes[i])) == 0)
            return true;
    return false;
}

static bool has_only_its_names(struct bednet_build *build, const struct bednet_node *node, const char *what,
                               const struct bednet_mapping_terms *terms, const struct bednet_template *parsed)
{
    for (size_t i = 0; i < parsed->part_count; i++) {
        const struct bednet_part *part = &parsed->parts[i];
        if (may_stand(terms, part))
            continue;
        bednet_report_error(&build->report, node->source,
                            "%s uses '${%.*s}' (expected %s only: %s vouches for nothing else)", what,
                            (int)part->text.len, part->text.ptr, terms->names, terms->voucher);
        return false;
    }
    return true;
}

static bool read_template(struct bednet_build *build, const struct bednet_node *node, const char *what,
                          const struct bednet_mapping_terms *terms, struct bednet_template *out)
{
    struct bednet_text text;
    struct bednet_template parsed;
    const char *error;
    size_t offset;
    if (!bednet_read_text(&build->report, node, what, &text))
        return false;
    enum bednet_status status = bednet_template_parse(build->arena, text, &parsed, &error, &offset);
    if (status == BEDNET_NOMEM) {
        bednet_report_nomem(&build->report);
        return false;
    }
    if (status != BEDNET_OK) {
        bednet_report_error(&build->report, bednet_node_at(node, offset), "%s: %s", what, error);
        return false;
    }
    if (!has_only_its_names(build, node, what, terms, &parsed) ||
        !bednet_build_note_template(build, node, &terms->taken))
        return false;
    *out = parsed;
    return true;
}

void bednet_mapping_read_username(struct bednet_build *build, const struct bednet_pair *pair,
                                  const struct bednet_mapping_terms *terms,
                                  struct bednet_identity_mapping *mapping)
{
    read_template(build, &pair->value, "username", terms, &mapping->username);
}

void bednet_mapping_read_client_id(struct bednet_build *build, const struct bednet_pair *pair,
                                   const struct bednet_mapping_terms *terms,
                                   struct bednet_identity_mapping *mapping)
{
    read_template(build, &pair->value, "client_id", terms, &mapping->client_id);
}

static void refuse_unknown_role(struct bednet_build *build, const struct bednet_node *node,
                                const struct bednet_mapping_terms *terms)
{
    char expected[96];
    snprintf(expected, sizeof expected, "a name that 'roles' has, or %s", terms->names);
    bednet_build_refuse_role(build, node, expected);
}

static void read_role_name(struct bednet_build *build, const struct bednet_node *node,
                           const struct bednet_mapping_terms *terms, struct bednet_template *out)
{
    struct bednet_template parsed;
    size_t found = 0;
    if (!read_template(build, node, "a role", terms, &parsed))
        return;
    bool literal = bednet_template_is_literal(&parsed);
    if (!literal && parsed.part_count != 1) {
        bednet_report_error(&build->report, node->source,
                            "a role is put together from parts (expected a name, or %s alone)", terms->names);
        return;
    }
    struct bednet_name_index roles = {build->members.roles.items, build->members.roles.count};
    if (literal)
        bednet_name_index_find(roles, node->text, (struct bednet_text){NULL, 0}, &found);
    if (literal && found == 0)
        refuse_unknown_role(build, node, terms);
    else
        *out = parsed;
}

void bednet_mapping_read_roles(struct bednet_build *build, const struct bednet_pair *pair,
                               const struct bednet_mapping_terms *terms,
                               struct bednet_identity_mapping *mapping)
{
    size_t count;
    const struct bednet_node *items = bednet_node_as_list(&pair->value, &count);
    if (count > BEDNET_ROLE_TEMPLATES_MAX) {
        bednet_report_error(&build->report, pair->value.source, "%zu entries in roles (expected at most %d)",
                            count, BEDNET_ROLE_TEMPLATES_MAX);
        return;
    }
    struct bednet_template *roles = bednet_build_array(build, count, sizeof *roles);
    for (size_t i = 0; i < count && roles != NULL; i++)
        read_role_name(build, &items[i], terms, &roles[i]);
    mapping->roles = roles;
    mapping->role_count = roles != NULL ? count : 0;
}

void bednet_mapping_default(struct bednet_build *build, struct bednet_text attribute,
                            struct bednet_template *out)
{
    char text[64];
    const char *error;
    size_t offset;
    int length = snprintf(text, sizeof text, "${%s}", attribute.ptr);
    struct bednet_text whole = {text, (size_t)length};
    if (bednet_template_parse(build->arena, whole, out, &error, &offset) != BEDNET_OK)
        bednet_report_nomem(&build->report);
    else
        bednet_build_note(build, &build->attributes, attribute, (struct bednet_text){NULL, 0}, 0);
}
