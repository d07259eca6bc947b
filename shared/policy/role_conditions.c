/* SPDX-License-Identifier: Apache-2.0 */
/* The conditions of a rule: what an event must be like, beside its topic, for the rule to be there. */
#include "policy/roles.h"
#include "policy/tables.h"

/* At most so many networks in one list. */
#define NETWORKS_MAX 256

struct qos_bounds {
    uint64_t min;
    uint64_t max;
};

static void read_qos_min(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct qos_bounds *bounds = into;
    bednet_read_number(&build->report, &pair->value, "min", 0, 2, &bounds->min);
}

static void read_qos_max(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct qos_bounds *bounds = into;
    bednet_read_number(&build->report, &pair->value, "max", 0, 2, &bounds->max);
}

static const struct bednet_key qos_keys[] = {
    {"min", BEDNET_KEY_OPTIONAL, read_qos_min},
    {"max", BEDNET_KEY_OPTIONAL, read_qos_max},
};

const struct bednet_key_table bednet_table_qos = BEDNET_KEY_TABLE("qos", qos_keys);

void bednet_rule_read_qos(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_rule_target *target = into;
    struct qos_bounds bounds = {.min = 0, .max = 2};
    if (!bednet_keys_read(build, &bednet_table_qos, &pair->value, "qos", &bounds))
        return;
    if (pair->value.count == 0)
        bednet_report_error(&build->report, pair->value.source, "qos is empty (expected min or max)");
    if (bounds.min > bounds.max)
        bednet_report_error(&build->report, pair->value.source,
                            "qos has a min above its max (expected some QoS from min to max)");
    for (uint64_t qos = bounds.min; qos <= bounds.max; qos++)
        target->condition.qos |= (uint8_t)(1u << qos);
    target->condition.aspects |= BEDNET_ASPECT_QOS;
}

void bednet_rule_read_retain(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_rule_target *target = into;
    if (target->kind != BEDNET_ALLOW_PUBLISH && target->kind != BEDNET_DENY_PUBLISH) {
        bednet_report_error(&build->report, pair->key.source,
                            "retain can never be asked here (expected in rules of publish only)");
        return;
    }
    if (bednet_read_boolean(&build->report, &pair->value, "retain", &target->condition.retain))
        target->condition.aspects |= BEDNET_ASPECT_RETAIN;
}

static void read_network(struct bednet_build *build, const struct bednet_node *node,
                         struct bednet_network *out)
{
    struct bednet_text text;
    const char *error;
    if (bednet_read_text(&build->report, node, "a network", &text) &&
        !bednet_network_parse(text, out, &error))
        bednet_report_error(&build->report, node->source, "'%.64s' is no network (%s)", text.ptr, error);
}

void bednet_rule_read_from(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_rule_target *target = into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "from",
                            "a list of networks, such as 10.0.0.0/8"))
        return;
    if (list->count == 0 || list->count > NETWORKS_MAX) {
        bednet_report_error(&build->report, list->source, "%zu networks in from (expected 1 to %d)",
                            list->count, NETWORKS_MAX);
        return;
    }
    struct bednet_network *networks = bednet_build_array(build, list->count, sizeof *networks);
    if (networks == NULL)
        return;
    for (size_t i = 0; i < list->count; i++)
        read_network(build, &list->items[i], &networks[i]);
    target->condition.networks = networks;
    target->condition.network_count = list->count;
    target->condition.aspects |= BEDNET_ASPECT_ADDRESS;
}

static const struct bednet_word protocol_words[] = {{"3.1", 1 << 3}, {"3.1.1", 1 << 4}, {"5", 1 << 5}};

const struct bednet_words bednet_words_protocol = BEDNET_WORDS("protocol", protocol_words);

/* The level in CONNECT of MQTT 3.1.1, which the nearest word would not be. */
static bool refuse_level(struct bednet_build *build, const struct bednet_node *list)
{
    bool refused = false;
    for (size_t i = 0; list->kind == BEDNET_NODE_SEQUENCE && i < list->count; i++) {
        if (!bednet_text_equal(list->items[i].text, BEDNET_TEXT_LITERAL("4")))
            continue;
        bednet_report_error(&build->report, list->items[i].source,
                            "an entry of protocol is '4' (expected 3.1, 3.1.1 or 5; level 4 is 3.1.1)");
        refused = true;
    }
    return refused;
}

void bednet_rule_read_protocol(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_rule_target *target = into;
    unsigned mask = 0;
    if (refuse_level(build, &pair->value) ||
        !bednet_build_read_mask(build, pair, "a list of 3.1, 3.1.1, 5", "an entry of protocol",
                                &bednet_words_protocol, &mask))
        return;
    target->condition.protocols = (uint8_t)mask;
    target->condition.aspects |= BEDNET_ASPECT_PROTOCOL;
}
