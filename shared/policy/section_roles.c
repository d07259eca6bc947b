/* SPDX-License-Identifier: Apache-2.0 */
/* `roles` and `acl`: who may do what, filter by filter, each with its place in the file. */
#include "policy/build.h"
#include "policy/tables.h"

#include <stdio.h>

/* One role while its mapping is read. */
struct role_target {
    size_t index;
    enum bednet_rule_kind first; /* of the three kinds of `allow` or `deny` */
};

#define QUOTE_ADVICE "unquoted, a '#' behind a blank starts a comment in YAML: write '#' in quotes"

static bool is_filter_there(struct bednet_build *build, const struct bednet_node *node)
{
    const char *text = node->text.ptr;
    switch (node->kind) {
    case BEDNET_NODE_BROKEN:
        return false;
    case BEDNET_NODE_NOTHING:
        bednet_report_error(&build->report, node->source,
                            "no topic filter here (expected one; " QUOTE_ADVICE ")");
        return false;
    case BEDNET_NODE_SCALAR:
        break;
    default:
        bednet_report_error(&build->report, node->source, "a topic filter is %s (expected a string)",
                            bednet_node_kind_text(node->kind));
        return false;
    }
    if (node->text.len == 0)
        bednet_report_error(&build->report, node->source,
                            "an empty topic filter (expected one; all topics are '#', in quotes)");
    else if (!node->quoted && (text[node->text.len - 1] == '/' || node->cut))
        bednet_report_error(&build->report, bednet_node_at(node, node->text.len),
                            "the topic filter '%.128s' is cut here or ends in an empty level (expected it in "
                            "quotes; " QUOTE_ADVICE ")",
                            text);
    else
        return true;
    return false;
}

static void refuse_rule(struct bednet_build *build, const struct bednet_node *node, enum bednet_status status,
                        const char *error, size_t offset)
{
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status == BEDNET_INVALID)
        bednet_report_error(&build->report, bednet_node_at(node, offset), "the topic filter '%.128s': %s",
                            node->text.ptr, error);
    else
        bednet_report_error(&build->report, node->source, "the topic filter '%.128s': %s", node->text.ptr,
                            bednet_status_text(status));
}

static void read_filter(struct bednet_build *build, const struct bednet_node *node, size_t role,
                        enum bednet_rule_kind kind)
{
    if (!is_filter_there(build, node))
        return;
    const char *error = NULL;
    size_t offset = 0;
    enum bednet_status status =
        bednet_rules_builder_add(build->rules, role, kind, node->text, node->source, &error, &offset);
    if (status != BEDNET_OK) {
        refuse_rule(build, node, status, error, offset);
        return;
    }
    build->rule_count++;
    bednet_build_note_template(build, node, &build->taken);
}

static void read_filters(struct bednet_build *build, const struct bednet_pair *pair,
                         const struct role_target *target, enum bednet_rule_kind kind)
{
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, pair->key.text.ptr,
                            list->kind == BEDNET_NODE_NOTHING ? "a list of topic filters; " QUOTE_ADVICE
                                                              : "a list of topic filters"))
        return;
    for (size_t i = 0; i < list->count; i++)
        read_filter(build, &list->items[i], target->index, kind);
}

static void read_publish(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct role_target *target = into;
    read_filters(build, pair, target, target->first + BEDNET_ALLOW_PUBLISH);
}

static void read_subscribe(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct role_target *target = into;
    read_filters(build, pair, target, target->first + BEDNET_ALLOW_SUBSCRIBE);
}

static void read_receive(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct role_target *target = into;
    read_filters(build, pair, target, target->first + BEDNET_ALLOW_RECEIVE);
}

static const struct bednet_key rules_keys[] = {
    {"publish", BEDNET_KEY_OPTIONAL, read_publish},
    {"subscribe", BEDNET_KEY_OPTIONAL, read_subscribe},
    {"receive", BEDNET_KEY_OPTIONAL, read_receive},
};

const struct bednet_key_table bednet_table_rules = BEDNET_KEY_TABLE("rules", rules_keys);

static void read_allow(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct role_target *target = into;
    target->first = BEDNET_ALLOW_PUBLISH;
    bednet_keys_read(build, &bednet_table_rules, &pair->value, "allow", target);
}

static void read_deny(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct role_target *target = into;
    target->first = BEDNET_DENY_PUBLISH;
    bednet_keys_read(build, &bednet_table_rules, &pair->value, "deny", target);
}

static const struct bednet_word exemption_words[] = {
    {"topics", BEDNET_EXEMPT_TOPICS},
    {"topics.wildcards", BEDNET_EXEMPT_TOPIC_WILDCARDS},
    {"limits", BEDNET_EXEMPT_LIMITS},
};

const struct bednet_words bednet_words_exemption = BEDNET_WORDS("exemption", exemption_words);

static void read_exempt(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct role_target *target = into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "exempt",
                            "a list of topics, topics.wildcards, limits"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        int exemption;
        if (bednet_read_word(&build->report, &list->items[i], "an entry of exempt", &bednet_words_exemption,
                             &exemption))
            build->roles[target->index].exemptions |= (unsigned)exemption;
    }
}

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
    const struct role_target *target = into;
    read_member_list(build, pair, "a user name", &build->members.usernames, target->index);
}

static void read_client_ids(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct role_target *target = into;
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
    const struct role_target *target = into;
    read_attributes(build, pair, target->index, "a mapping from names of claims to their values", read_claim);
}

static void read_certificates(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct role_target *target = into;
    read_attributes(build, pair, target->index, "a mapping from fields of certificates to their values",
                    read_field);
}

static void read_anonymous(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct role_target *target = into;
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

static void read_members(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_members, &pair->value, "members", into);
}

static const struct bednet_key role_keys[] = {
    {"members", BEDNET_KEY_OPTIONAL, read_members},
    {"exempt", BEDNET_KEY_OPTIONAL, read_exempt},
    {"allow", BEDNET_KEY_OPTIONAL, read_allow},
    {"deny", BEDNET_KEY_OPTIONAL, read_deny},
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
    struct role_target target = {.index = index};
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
