/* SPDX-License-Identifier: Apache-2.0 */
/* `topics`: what any topic or filter must look like, whoever uses it. */
#include "core/filter_set.h"
#include "core/topic.h"
#include "policy/build.h"
#include "policy/characters.h"
#include "policy/tables.h"
#include "policy/topics.h"

static void read_topics_mode(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_mode(build, pair, BEDNET_PLUGIN_TOPIC);
}

static void read_levels_max(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t levels;
    if (bednet_read_number(&build->report, &pair->value, "max", 1, BEDNET_TOPIC_LEVELS_MAX, &levels))
        bednet_topics_bound(&build->policy->topics.levels_max, levels, pair);
}

static const struct bednet_key levels_keys[] = {{"max", BEDNET_KEY_REQUIRED, read_levels_max}};
const struct bednet_key_table bednet_table_levels = BEDNET_KEY_TABLE("levels", levels_keys);

static void read_levels(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_levels, &pair->value, "levels", into);
}

static void read_bytes_max(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t bytes;
    if (bednet_read_size(&build->report, &pair->value, "max", BEDNET_TOPIC_BYTES_MAX, &bytes))
        bednet_topics_bound(&build->policy->topics.bytes_max, bytes, pair);
}

static const struct bednet_key bytes_keys[] = {{"max", BEDNET_KEY_REQUIRED, read_bytes_max}};
const struct bednet_key_table bednet_table_bytes = BEDNET_KEY_TABLE("bytes", bytes_keys);

static void read_bytes(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_bytes, &pair->value, "bytes", into);
}

static void read_dollar(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_topics_read_ban(build, pair, &build->policy->topics.dollar);
}

static void read_leading_slash(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_topics_read_ban(build, pair, &build->policy->topics.leading_slash);
}

static void read_empty_levels(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_topics_read_ban(build, pair, &build->policy->topics.empty_levels);
}

static void read_characters(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_text set;
    size_t offset = 0;
    if (!bednet_read_text(&build->report, &pair->value, "characters", &set))
        return;
    struct bednet_topics_policy *topics = &build->policy->topics;
    const char *error = bednet_characters_parse(set, topics->characters, &offset);
    if (error != NULL)
        bednet_report_error(&build->report, bednet_node_at(&pair->value, offset), "characters: %s", error);
    else
        topics->characters_source = pair->key.source;
}

static void read_length_max(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t characters;
    if (bednet_read_number(&build->report, &pair->value, "max", 1, BEDNET_TOPIC_BYTES_MAX, &characters))
        bednet_topics_bound(&build->policy->topics.characters_max, characters, pair);
}

static const struct bednet_key length_keys[] = {{"max", BEDNET_KEY_REQUIRED, read_length_max}};
const struct bednet_key_table bednet_table_length = BEDNET_KEY_TABLE("length", length_keys);

static void read_length(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_length, &pair->value, "length", into);
}

static void read_subscriptions_max(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t count;
    if (bednet_read_number(&build->report, &pair->value, "max", 1, BEDNET_FILTER_SET_COUNT_MAX, &count))
        bednet_topics_bound(&build->policy->topics.subscriptions_max, count, pair);
}

static const struct bednet_key subscriptions_keys[] = {{"max", BEDNET_KEY_REQUIRED, read_subscriptions_max}};
const struct bednet_key_table bednet_table_subscriptions =
    BEDNET_KEY_TABLE("subscriptions", subscriptions_keys);

static void read_subscriptions(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_subscriptions, &pair->value, "subscriptions", into);
}

static void read_templates(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    struct bednet_topics_pairs *pairs = into;
    pairs->templates = pair;
}

static void read_segments(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    struct bednet_topics_pairs *pairs = into;
    pairs->segments = pair;
}

static void read_preset(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    struct bednet_topics_pairs *pairs = into;
    pairs->preset = pair;
}

static const struct bednet_key topics_keys[] = {
    {"mode", BEDNET_KEY_OPTIONAL, read_topics_mode},
    {"preset", BEDNET_KEY_OPTIONAL, read_preset},
    {"levels", BEDNET_KEY_OPTIONAL, read_levels},
    {"bytes", BEDNET_KEY_OPTIONAL, read_bytes},
    {"length", BEDNET_KEY_OPTIONAL, read_length},
    {"dollar_topics", BEDNET_KEY_OPTIONAL, read_dollar},
    {"leading_slash", BEDNET_KEY_OPTIONAL, read_leading_slash},
    {"empty_levels", BEDNET_KEY_OPTIONAL, read_empty_levels},
    {"characters", BEDNET_KEY_OPTIONAL, read_characters},
    {"wildcards", BEDNET_KEY_OPTIONAL, bednet_topics_read_wildcards},
    {"subscriptions", BEDNET_KEY_OPTIONAL, read_subscriptions},
    {"templates", BEDNET_KEY_OPTIONAL, read_templates},
    {"segments", BEDNET_KEY_OPTIONAL, read_segments},
};

const struct bednet_key_table bednet_table_topics = BEDNET_KEY_TABLE("topics", topics_keys);

static bool depends_on_asker(const struct bednet_topics_policy *topics)
{
    for (size_t i = 0; i < topics->template_count; i++)
        if (topics->templates[i].bound)
            return true;
    return topics->multi_level_roles != NULL;
}

void bednet_section_topics(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    build->policy->section[BEDNET_PLUGIN_TOPIC] = pair->key.source;
    struct bednet_topics_pairs pairs = {NULL, NULL, NULL};
    bednet_keys_read(build, &bednet_table_topics, &pair->value, "topics", &pairs);
    bednet_topics_read_naming(build, &pairs);
    bednet_topics_read_preset(build, &pairs);
    build->policy->topics.depends_on_asker = depends_on_asker(&build->policy->topics);
}
