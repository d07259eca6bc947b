/* SPDX-License-Identifier: Apache-2.0 */
/* `allow` and `deny` of a role: filter by filter, each with its place in the file and its condition. */
#include "policy/roles.h"
#include "policy/tables.h"

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

/* `condition` NULL: the rule is always there. */
static void add_rule(struct bednet_build *build, const struct bednet_node *node,
                     const struct bednet_rule_target *target, const struct bednet_condition *condition)
{
    if (!is_filter_there(build, node))
        return;
    const char *error = NULL;
    size_t offset = 0;
    enum bednet_status status = bednet_rules_builder_add(build->rules, target->role, target->kind, node->text,
                                                         condition, node->source, &error, &offset);
    if (status != BEDNET_OK) {
        refuse_rule(build, node, status, error, offset);
        return;
    }
    build->rule_count++;
    bednet_build_note_template(build, node, &build->taken);
}

static void read_topic(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    struct bednet_rule_target *target = into;
    target->topic = &pair->value;
}

static const struct bednet_key rule_keys[] = {
    {"topic", BEDNET_KEY_REQUIRED, read_topic},
    {"qos", BEDNET_KEY_OPTIONAL, bednet_rule_read_qos},
    {"retain", BEDNET_KEY_OPTIONAL, bednet_rule_read_retain},
    {"from", BEDNET_KEY_OPTIONAL, bednet_rule_read_from},
    {"protocol", BEDNET_KEY_OPTIONAL, bednet_rule_read_protocol},
    {"when", BEDNET_KEY_OPTIONAL, bednet_rule_read_when},
};

const struct bednet_key_table bednet_table_rule = BEDNET_KEY_TABLE("rule", rule_keys);

/* A topic with conditions. They are borrowed by the rules, and live as long as the policy. */
static void read_rule(struct bednet_build *build, const struct bednet_node *node,
                      struct bednet_rule_target *target)
{
    bednet_keys_read(build, &bednet_table_rule, node, "a rule", target);
    if (target->topic == NULL)
        return;
    struct bednet_condition *condition = NULL;
    if (target->condition.aspects != 0) {
        condition = bednet_build_array(build, 1, sizeof *condition);
        if (condition == NULL)
            return;
        *condition = target->condition;
        build->policy->acl.aspects |= condition->aspects;
    }
    add_rule(build, target->topic, target, condition);
}

static void read_entry(struct bednet_build *build, const struct bednet_node *node, size_t role,
                       enum bednet_rule_kind kind)
{
    struct bednet_rule_target target = {.role = role, .kind = kind};
    if (node->kind == BEDNET_NODE_MAPPING)
        read_rule(build, node, &target);
    else
        add_rule(build, node, &target, NULL);
}

static void read_filters(struct bednet_build *build, const struct bednet_pair *pair,
                         const struct bednet_role_target *target, enum bednet_rule_kind kind)
{
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, pair->key.text.ptr,
                            list->kind == BEDNET_NODE_NOTHING ? "a list of topic filters; " QUOTE_ADVICE
                                                              : "a list of topic filters"))
        return;
    for (size_t i = 0; i < list->count; i++)
        read_entry(build, &list->items[i], target->index, kind);
}

static void read_publish(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    read_filters(build, pair, target, target->first + BEDNET_ALLOW_PUBLISH);
}

static void read_subscribe(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    read_filters(build, pair, target, target->first + BEDNET_ALLOW_SUBSCRIBE);
}

static void read_receive(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    read_filters(build, pair, target, target->first + BEDNET_ALLOW_RECEIVE);
}

static const struct bednet_key rules_keys[] = {
    {"publish", BEDNET_KEY_OPTIONAL, read_publish},
    {"subscribe", BEDNET_KEY_OPTIONAL, read_subscribe},
    {"receive", BEDNET_KEY_OPTIONAL, read_receive},
};

const struct bednet_key_table bednet_table_rules = BEDNET_KEY_TABLE("rules", rules_keys);

void bednet_role_read_allow(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_role_target *target = into;
    target->first = BEDNET_ALLOW_PUBLISH;
    bednet_keys_read(build, &bednet_table_rules, &pair->value, "allow", target);
}

void bednet_role_read_deny(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_role_target *target = into;
    target->first = BEDNET_DENY_PUBLISH;
    bednet_keys_read(build, &bednet_table_rules, &pair->value, "deny", target);
}
