/* SPDX-License-Identifier: Apache-2.0 */
/* `members` of a role: who has it without a credential naming it. */
#include "policy/roles.h"
#include "policy/tables.h"

#include <stdio.h>

/* A member is a name, not a pattern: `${` or a wildcard in it would be believed to be one. */
static bool read_member(struct bednet_build *build, const struct bednet_node *node, const char *what,
                        struct bednet_text *out)
{
    if (!bednet_read_text(&build->report, node, what, out))
        return false;
    const char *placeholder = strstr(out->ptr, "${");
    if (placeholder == NULL)
        return true;
    bednet_report_error(&build->report, bednet_node_at(node, (size_t)(placeholder - out->ptr)),
                        "%s holds '${' (expected a literal value: members are compared as they stand)", what);
    return false;
}

static void read_member_list(struct bednet_build *build, const struct bednet_pair *pair, const char *what,
                             struct bednet_name_list *list, size_t role)
{
    if (!bednet_node_expect(&build->report, &pair->value, BEDNET_NODE_SEQUENCE, pair->key.text.ptr,
                            "a list of strings"))
        return;
    struct bednet_text name;
    for (size_t i = 0; i < pair->value.count; i++)
        if (read_member(build, &pair->value.items[i], what, &name))
            bednet_build_note(build, list, name, (struct bednet_text){NULL, 0}, role);
}

static void read_usernames(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    read_member_list(build, pair, "a user name", &build->members.usernames, target->index);
}

static void read_client_ids(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    read_member_list(build, pair, "a client id", &build->members.client_ids, target->index);
}

/* `x` or `[x, y]`: values that an attribute may have for the role. */
static void read_member_values(struct bednet_build *build, const struct bednet_node *node, const char *what,
                               struct bednet_text attribute, size_t role)
{
    size_t count;
    const struct bednet_node *items = bednet_node_as_list(node, &count);
    struct bednet_text value;
    bednet_build_note(build, &build->attributes, attribute, (struct bednet_text){NULL, 0}, 0);
    for (size_t i = 0; i < count; i++)
        if (read_member(build, &items[i], what, &value))
            bednet_build_note(build, &build->members.attributes, attribute, value, role);
}

/* `scope: x` or `scope: [x, y]`, kept under the attribute's full name. */
static void read_claim(struct bednet_build *build, const struct bednet_pair *pair, size_t role)
{
    char name[512];
    int length = snprintf(name, sizeof name, "claim.%s", pair->key.text.ptr);
    if (pair->key.text.len == 0 || length < 0 || (size_t)length >= sizeof name) {
        bednet_report_error(&build->report, pair->key.source,
                            "the name of a claim is empty or too long (expected 1 to 500 bytes)");
        return;
    }
    struct bednet_text attribute = bednet_build_keep(build, (struct bednet_text){name, (size_t)length});
    if (attribute.ptr != NULL)
        read_member_values(build, &pair->value, "a value of a claim", attribute, role);
}

static void read_field(struct bednet_build *build, const struct bednet_pair *pair, size_t role)
{
    char name[512];
    if (!bednet_build_check_field(build, pair->key.source, pair->key.text))
        return;
    int length = snprintf(name, sizeof name, "cert.%s", pair->key.text.ptr);
    struct bednet_text attribute = {NULL, 0};
    if (length > 0 && (size_t)length < sizeof name)
        attribute = bednet_build_keep(build, (struct bednet_text){name, (size_t)length});
    else
        bednet_report_error(&build->report, pair->key.source,
                            "the name of a field is too long (expected at most 500 bytes)");
    if (attribute.ptr != NULL)
        read_member_values(build, &pair->value, "a value of a field", attribute, role);
}

static void read_attributes(struct bednet_build *build, const struct bednet_pair *pair, size_t role,
                            const char *expected,
                            void (*read)(struct bednet_build *, const struct bednet_pair *, size_t))
{
    const struct bednet_node *names = &pair->value;
    if (!bednet_node_expect(&build->report, names, BEDNET_NODE_MAPPING, pair->key.text.ptr, expected))
        return;
    for (size_t i = 0; i < names->count; i++)
        if (names->pairs[i].key.kind == BEDNET_NODE_SCALAR &&
            !bednet_build_refuse_duplicate(build, &names->pairs[i]))
            read(build, &names->pairs[i], role);
}

static void read_claims(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    read_attributes(build, pair, target->index, "a mapping from names of claims to their values", read_claim);
}

static void read_certificates(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    read_attributes(build, pair, target->index, "a mapping from fields of certificates to their values",
                    read_field);
}

static void read_anonymous(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    bool anonymous;
    if (bednet_read_boolean(&build->report, &pair->value, "anonymous", &anonymous) && anonymous)
        bednet_build_note(build, &build->members.anonymous, BEDNET_TEXT_LITERAL(""),
                          (struct bednet_text){NULL, 0}, target->index);
}

static const struct bednet_key members_keys[] = {
    {"usernames", BEDNET_KEY_OPTIONAL, read_usernames},
    {"client_ids", BEDNET_KEY_OPTIONAL, read_client_ids},
    {"claims", BEDNET_KEY_OPTIONAL, read_claims},
    {"certificates", BEDNET_KEY_OPTIONAL, read_certificates},
    {"anonymous", BEDNET_KEY_OPTIONAL, read_anonymous},
};

const struct bednet_key_table bednet_table_members = BEDNET_KEY_TABLE("members", members_keys);

void bednet_role_read_members(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_members, &pair->value, "members", into);
}
