/* SPDX-License-Identifier: Apache-2.0 */
/* `templates` and `segments` of `topics`: what topics are called. */
#include "core/pattern.h"
#include "policy/tables.h"
#include "policy/topics.h"

#include <stdio.h>

/* Reads the values of an enumeration, none of which could be anything but a level. */
static void read_enum(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_topic_segment *segment = into;
    size_t node_count;
    const struct bednet_node *nodes = bednet_node_as_list(&pair->value, &node_count);
    const struct bednet_text *values =
        bednet_build_read_strings(build, pair, "a value of enum", &segment->value_count);
    struct bednet_text *sorted = bednet_build_array(build, segment->value_count, sizeof *sorted);
    for (size_t i = 0; i < segment->value_count && sorted != NULL; i++) {
        size_t good = values[i].ptr != NULL ? strcspn(values[i].ptr, "/+#") : 0;
        sorted[i] = values[i].ptr != NULL ? values[i] : BEDNET_TEXT_LITERAL("");
        if (good < sorted[i].len)
            bednet_report_error(&build->report, bednet_node_at(&nodes[i], good),
                                "a value of enum holds '%c', which no level does (expected another)",
                                values[i].ptr[good]);
    }
    if (sorted != NULL)
        bednet_segment_sort(sorted, segment->value_count);
    segment->values = sorted;
}

static void read_pattern(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_topic_segment *segment = into;
    struct bednet_text text;
    const char *error = NULL;
    size_t offset = 0;
    if (!bednet_read_text(&build->report, &pair->value, "pattern", &text))
        return;
    enum bednet_status status = bednet_regular_parse(build->arena, text, &segment->pattern, &error, &offset);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, bednet_node_at(&pair->value, offset), "pattern '%.128s': %s",
                            text.ptr, error);
}

static const struct bednet_key segment_keys[] = {
    {"enum", BEDNET_KEY_OPTIONAL, read_enum},
    {"pattern", BEDNET_KEY_OPTIONAL, read_pattern},
};

const struct bednet_key_table bednet_table_segment = BEDNET_KEY_TABLE("segment", segment_keys);

static void read_segment(struct bednet_build *build, const struct bednet_pair *pair,
                         struct bednet_topic_segment *segment)
{
    char what[64];
    if (pair->key.kind != BEDNET_NODE_SCALAR || bednet_build_refuse_duplicate(build, pair))
        return;
    if (!bednet_pattern_is_name(pair->key.text)) {
        bednet_report_error(&build->report, pair->key.source,
                            "'%.64s' is no name of a segment (expected a-z, 0-9 and _, a letter first, at "
                            "most 32 of them)",
                            pair->key.text.ptr);
        return;
    }
    segment->name = bednet_build_keep(build, pair->key.text);
    segment->source = pair->key.source;
    snprintf(what, sizeof what, "segment '%.32s'", pair->key.text.ptr);
    if (bednet_keys_read(build, &bednet_table_segment, &pair->value, what, segment) &&
        (bednet_node_find(&pair->value, "enum") != NULL) ==
            (bednet_node_find(&pair->value, "pattern") != NULL))
        bednet_report_error(&build->report, pair->value.source,
                            "%s has neither or both of 'enum' and 'pattern' (expected one of them)", what);
}

static const struct bednet_topic_segment *read_segments(struct bednet_build *build,
                                                        const struct bednet_pair *pair, size_t *count)
{
    *count = 0;
    if (pair == NULL || !bednet_node_expect(&build->report, &pair->value, BEDNET_NODE_MAPPING, "segments",
                                            "a mapping from names to their values"))
        return NULL;
    if (pair->value.count == 0 || pair->value.count > BEDNET_SEGMENTS_MAX) {
        bednet_report_error(&build->report, pair->value.source, "%zu segments (expected 1 to %d)",
                            pair->value.count, BEDNET_SEGMENTS_MAX);
        return NULL;
    }
    struct bednet_topic_segment *segments = bednet_build_array(build, pair->value.count, sizeof *segments);
    for (size_t i = 0; i < pair->value.count && segments != NULL; i++)
        read_segment(build, &pair->value.pairs[i], &segments[i]);
    *count = segments != NULL ? pair->value.count : 0;
    return segments;
}

static void read_template(struct bednet_build *build, const struct bednet_node *node,
                          const struct bednet_topic_segment *segments, size_t segment_count,
                          struct bednet_naming *naming)
{
    struct bednet_text text;
    const char *error = NULL;
    size_t offset = 0;
    if (!bednet_read_text(&build->report, node, "a template", &text))
        return;
    enum bednet_status status =
        bednet_naming_parse(build->arena, text, segments, segment_count, naming, &error, &offset);
    naming->source = node->source;
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, bednet_node_at(node, offset), "the template '%.128s': %s",
                            text.ptr, error);
    else
        bednet_build_note_template(build, node, &build->taken);
}

static bool is_used(const struct bednet_topics_policy *topics, const struct bednet_topic_segment *segment)
{
    for (size_t i = 0; i < topics->template_count; i++)
        for (size_t level = 0; level < topics->templates[i].level_count; level++)
            if (topics->templates[i].levels[level].segment == segment)
                return true;
    return false;
}

/* A type that no template speaks of is a slip of the pen, and some level has no type at all. */
static void refuse_unused(struct bednet_build *build, const struct bednet_topic_segment *segments,
                          size_t count)
{
    for (size_t i = 0; i < count && !build->report.failed; i++)
        if (!is_used(&build->policy->topics, &segments[i]))
            bednet_report_error(&build->report, segments[i].source,
                                "no template has a level called '%s' (expected {%s} in one of them)",
                                segments[i].name.ptr, segments[i].name.ptr);
}

static void read_templates(struct bednet_build *build, const struct bednet_pair *pair,
                           const struct bednet_topic_segment *segments, size_t segment_count)
{
    const struct bednet_node *list = &pair->value;
    struct bednet_topics_policy *topics = &build->policy->topics;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "templates", "a list of templates"))
        return;
    if (list->count == 0 || list->count > BEDNET_TOPIC_TEMPLATES_MAX) {
        bednet_report_error(&build->report, list->source, "%zu templates (expected 1 to %d)", list->count,
                            BEDNET_TOPIC_TEMPLATES_MAX);
        return;
    }
    struct bednet_naming *templates = bednet_build_array(build, list->count, sizeof *templates);
    for (size_t i = 0; i < list->count && templates != NULL; i++)
        read_template(build, &list->items[i], segments, segment_count, &templates[i]);
    topics->templates = templates;
    topics->template_count = templates != NULL ? list->count : 0;
    topics->templates_source = pair->key.source;
}

void bednet_topics_read_naming(struct bednet_build *build, const struct bednet_topics_pairs *pairs)
{
    size_t count;
    const struct bednet_topic_segment *segments = read_segments(build, pairs->segments, &count);
    if (pairs->templates != NULL)
        read_templates(build, pairs->templates, segments, count);
    else if (pairs->segments != NULL)
        bednet_report_error(&build->report, pairs->segments->key.source,
                            "'segments' without 'templates' (expected templates that name them)");
    if (pairs->templates != NULL)
        refuse_unused(build, segments, count);
}
