/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the claims of one issuer: user name, client id, roles. */
#include "core/suggest.h"
#include "policy/jwt.h"

/* A template of claims only: at login nothing else about the client is known to be true. */
static bool read_template(struct bednet_build *build, const struct bednet_node *node, const char *what,
                          struct bednet_template *out)
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
    for (size_t i = 0; i < parsed.part_count; i++) {
        if (parsed.parts[i].kind == BEDNET_PART_LITERAL || parsed.parts[i].kind == BEDNET_PART_ATTRIBUTE)
            continue;
        bednet_report_error(
            &build->report, node->source,
            "%s uses '${%.*s}' (expected ${claim.NAME} only: the token vouches for nothing else)", what,
            (int)parsed.parts[i].text.len, parsed.parts[i].text.ptr);
        return false;
    }
    bednet_build_note_template(build, parsed.text);
    *out = parsed;
    return true;
}

void bednet_jwt_read_username(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    read_template(build, &pair->value, "username", &target->mapping->identity.username);
}

void bednet_jwt_read_client_id(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    read_template(build, &pair->value, "client_id", &target->mapping->identity.client_id);
}

static void refuse_unknown_role(struct bednet_build *build, const struct bednet_node *node)
{
    const struct bednet_name_list *roles = &build->members.roles;
    const char *nearest = NULL;
    /* Not for an error that nobody will see. */
    const char **known = bednet_diag_dropped(build->report.diag) == 0
                             ? bednet_build_array(build, roles->count, sizeof *known)
                             : NULL;
    for (size_t i = 0; i < roles->count && known != NULL; i++)
        known[i] = roles->items[i].name.ptr;
    if (known != NULL)
        nearest = bednet_suggest(node->text, known, roles->count);
    if (nearest != NULL)
        bednet_report_error(&build->report, node->source, "unknown role '%.64s' (did you mean '%.64s'?)",
                            node->text.ptr, nearest);
    else
        bednet_report_error(&build->report, node->source,
                            "unknown role '%.64s' (expected a name that 'roles' has, or ${claim.NAME})",
                            node->text.ptr);
}

static void read_role_name(struct bednet_build *build, const struct bednet_node *node,
                           struct bednet_template *out)
{
    struct bednet_template parsed;
    size_t found = 0;
    if (!read_template(build, node, "a role", &parsed))
        return;
    bool literal = bednet_template_is_literal(&parsed);
    if (!literal && parsed.part_count != 1) {
        bednet_report_error(&build->report, node->source,
                            "a role is put together from parts (expected a name, or ${claim.NAME} alone)");
        return;
    }
    struct bednet_name_index roles = {build->members.roles.items, build->members.roles.count};
    if (literal)
        bednet_name_index_find(roles, node->text, (struct bednet_text){NULL, 0}, &found);
    if (literal && found == 0)
        refuse_unknown_role(build, node);
    else
        *out = parsed;
}

void bednet_jwt_read_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    size_t count;
    const struct bednet_node *items = bednet_node_as_list(&pair->value, &count);
    if (count > BEDNET_ROLE_TEMPLATES_MAX) {
        bednet_report_error(&build->report, pair->value.source, "%zu entries in roles (expected at most %d)",
                            count, BEDNET_ROLE_TEMPLATES_MAX);
        return;
    }
    struct bednet_template *roles = bednet_build_array(build, count, sizeof *roles);
    for (size_t i = 0; i < count && roles != NULL; i++)
        read_role_name(build, &items[i], &roles[i]);
    target->mapping->identity.roles = roles;
    target->mapping->identity.role_count = roles != NULL ? count : 0;
}

void bednet_jwt_default_username(struct bednet_build *build, struct bednet_template *username)
{
    static const struct bednet_text subject = {"${claim.sub}", sizeof "${claim.sub}" - 1};
    const char *error;
    size_t offset;
    if (bednet_template_parse(build->arena, subject, username, &error, &offset) != BEDNET_OK)
        bednet_report_nomem(&build->report);
    else
        bednet_build_note_template(build, subject);
}
