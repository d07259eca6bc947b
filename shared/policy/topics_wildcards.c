/* SPDX-License-Identifier: Apache-2.0 */
/* `wildcards` of `topics`: which of them may stand where in a filter, and whose. */
#include "core/topic.h"
#include "policy/tables.h"
#include "policy/topics.h"

void bednet_topics_bound(struct bednet_bound *bound, uint64_t value, const struct bednet_pair *pair)
{
    *bound = (struct bednet_bound){(uint32_t)value, pair->key.source};
}

void bednet_topics_read_ban(struct bednet_build *build, const struct bednet_pair *pair,
                            struct bednet_ban *ban)
{
    int allow;
    if (bednet_read_word(&build->report, &pair->value, pair->key.text.ptr, &bednet_words_permission, &allow))
        *ban = (struct bednet_ban){allow == 0, pair->key.source};
}

static void read_min_literals(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t levels;
    if (bednet_read_number(&build->report, &pair->value, "min_literal_levels", 1, BEDNET_TOPIC_LEVELS_MAX - 1,
                           &levels))
        bednet_topics_bound(&build->policy->topics.multi_level_min_literals, levels, pair);
}

static void read_multi_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    size_t count;
    const struct bednet_node *nodes = bednet_node_as_list(&pair->value, &count);
    struct bednet_topics_policy *topics = &build->policy->topics;
    if (count == 0 || count > BEDNET_WILDCARD_ROLES_MAX) {
        bednet_report_error(&build->report, pair->value.source, "%zu roles (expected 1 to %d)", count,
                            BEDNET_WILDCARD_ROLES_MAX);
        return;
    }
    uint16_t *roles = bednet_build_array(build, count, sizeof *roles);
    for (size_t i = 0; i < count && roles != NULL; i++)
        bednet_build_read_role(build, &nodes[i], &roles[i]);
    topics->multi_level_roles = roles;
    topics->multi_level_role_count = roles != NULL ? count : 0;
    topics->multi_level_roles_source = pair->key.source;
}

static const struct bednet_key multi_level_keys[] = {
    {"min_literal_levels", BEDNET_KEY_OPTIONAL, read_min_literals},
    {"roles", BEDNET_KEY_OPTIONAL, read_multi_roles},
};
const struct bednet_key_table bednet_table_multi_level = BEDNET_KEY_TABLE("multi_level", multi_level_keys);

/* A mapping that says something, or deny, or allow. */
static void read_rules(struct bednet_build *build, const struct bednet_pair *pair,
                       const struct bednet_key_table *table, struct bednet_ban *ban)
{
    if (pair->value.kind != BEDNET_NODE_MAPPING)
        bednet_topics_read_ban(build, pair, ban);
    else if (pair->value.count == 0)
        bednet_report_error(&build->report, pair->value.source, "%s is an empty mapping (expected %s or %s)",
                            table->name, table->keys[0].name, table->keys[1].name);
    else
        bednet_keys_read(build, table, &pair->value, table->name, NULL);
}

static void read_multi_level(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    read_rules(build, pair, &bednet_table_multi_level, &build->policy->topics.multi_level);
}

static void read_single_max(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t count;
    if (bednet_read_number(&build->report, &pair->value, "max", 1, BEDNET_TOPIC_LEVELS_MAX, &count))
        bednet_topics_bound(&build->policy->topics.single_level_max, count, pair);
}

static void read_single_from(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t level;
    if (bednet_read_number(&build->report, &pair->value, "from_level", 2, BEDNET_TOPIC_LEVELS_MAX, &level))
        bednet_topics_bound(&build->policy->topics.single_level_from, level, pair);
}

static const struct bednet_key single_level_keys[] = {
    {"max", BEDNET_KEY_OPTIONAL, read_single_max},
    {"from_level", BEDNET_KEY_OPTIONAL, read_single_from},
};
const struct bednet_key_table bednet_table_single_level = BEDNET_KEY_TABLE("single_level", single_level_keys);

static void read_single_level(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    read_rules(build, pair, &bednet_table_single_level, &build->policy->topics.single_level);
}

static void read_shared(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_topics_read_ban(build, pair, &build->policy->topics.shared);
}

static const struct bednet_key wildcards_keys[] = {
    {"multi_level", BEDNET_KEY_OPTIONAL, read_multi_level},
    {"single_level", BEDNET_KEY_OPTIONAL, read_single_level},
    {"shared", BEDNET_KEY_OPTIONAL, read_shared},
};

const struct bednet_key_table bednet_table_wildcards = BEDNET_KEY_TABLE("wildcards", wildcards_keys);

void bednet_topics_read_wildcards(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_wildcards, &pair->value, "wildcards", into);
}
