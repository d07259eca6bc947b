/* SPDX-License-Identifier: Apache-2.0 */
/* `preset` of `topics`: the rules of others for names of topics, for clients that shall work there and here.
 */
#include "policy/tables.h"
#include "policy/topics.h"

struct preset_segment {
    const char *name;
    const char *values[4];
};

struct preset {
    uint32_t levels_max; /* 0: no such rule */
    uint32_t bytes_max;
    uint32_t subscriptions_max;
    bool no_dollar;
    bool no_empty_levels;
    const char *templates[3];
    struct preset_segment segments[2];
};

enum preset_name { AWS_IOT, AZURE_EVENT_GRID, SPARKPLUG_B };

/* docs/topic.md has this as a table. */
static const struct preset presets[] = {
    [AWS_IOT] = {.levels_max = 8, .bytes_max = 256, .subscriptions_max = 50, .no_dollar = true},
    [AZURE_EVENT_GRID] = {.levels_max = 8, .bytes_max = 256},
    [SPARKPLUG_B] = {.no_empty_levels = true,
                     .no_dollar = true,
                     .templates = {"spBv1.0/STATE/{host_id}",
                                   "spBv1.0/{group_id}/{node_message}/{edge_node_id}",
                                   "spBv1.0/{group_id}/{device_message}/{edge_node_id}/{device_id}"},
                     .segments = {{"node_message", {"NBIRTH", "NDEATH", "NDATA", "NCMD"}},
                                  {"device_message", {"DBIRTH", "DDEATH", "DDATA", "DCMD"}}}},
};

static const struct bednet_word preset_words[] = {
    {"aws-iot", AWS_IOT}, {"azure-event-grid", AZURE_EVENT_GRID}, {"sparkplug-b", SPARKPLUG_B}};

const struct bednet_words bednet_words_preset = BEDNET_WORDS("preset", preset_words);

/* Each fills in what the file does not speak of. */
static void fill_bound(struct bednet_bound *bound, uint32_t value, struct bednet_source source)
{
    if (bound->source.line == 0 && value > 0)
        *bound = (struct bednet_bound){value, source};
}

static void fill_ban(struct bednet_ban *ban, bool denied, struct bednet_source source)
{
    if (ban->source.line == 0 && denied)
        *ban = (struct bednet_ban){true, source};
}

static struct bednet_topic_segment *make_segments(struct bednet_build *build, const struct preset *preset,
                                                  struct bednet_source source)
{
    enum { COUNT = sizeof preset->segments / sizeof preset->segments[0] };
    enum { VALUES = sizeof preset->segments[0].values / sizeof preset->segments[0].values[0] };
    struct bednet_topic_segment *segments = bednet_build_array(build, COUNT, sizeof *segments);
    struct bednet_text *values = bednet_build_array(build, COUNT * VALUES, sizeof *values);
    for (size_t i = 0; i < COUNT && segments != NULL && values != NULL; i++) {
        struct bednet_text *own = values + i * VALUES;
        for (size_t k = 0; k < VALUES; k++)
            own[k] = bednet_text(preset->segments[i].values[k]);
        bednet_segment_sort(own, VALUES);
        segments[i] = (struct bednet_topic_segment){.name = bednet_text(preset->segments[i].name),
                                                    .values = own,
                                                    .value_count = VALUES,
                                                    .source = source};
    }
    return values != NULL ? segments : NULL;
}

static void fill_templates(struct bednet_build *build, const struct preset *preset,
                           struct bednet_source source)
{
    enum { COUNT = sizeof preset->templates / sizeof preset->templates[0] };
    struct bednet_topics_policy *topics = &build->policy->topics;
    const struct bednet_topic_segment *segments = make_segments(build, preset, source);
    struct bednet_naming *templates = bednet_build_array(build, COUNT, sizeof *templates);
    const char *error;
    size_t offset;
    for (size_t i = 0; i < COUNT && segments != NULL && templates != NULL; i++) {
        /* They are constant, and well-formed: only memory can fail. */
        if (bednet_naming_parse(build->arena, bednet_text(preset->templates[i]), segments, 2, &templates[i],
                                &error, &offset) != BEDNET_OK) {
            bednet_report_nomem(&build->report);
            return;
        }
        templates[i].source = source;
    }
    topics->templates = templates;
    topics->template_count = templates != NULL ? COUNT : 0;
    topics->templates_source = source;
}

void bednet_topics_read_preset(struct bednet_build *build, const struct bednet_topics_pairs *pairs)
{
    struct bednet_topics_policy *topics = &build->policy->topics;
    int name;
    if (pairs->preset == NULL ||
        !bednet_read_word(&build->report, &pairs->preset->value, "preset", &bednet_words_preset, &name))
        return;
    const struct preset *preset = &presets[name];
    struct bednet_source source = pairs->preset->key.source;
    fill_bound(&topics->levels_max, preset->levels_max, source);
    fill_bound(&topics->bytes_max, preset->bytes_max, source);
    fill_bound(&topics->subscriptions_max, preset->subscriptions_max, source);
    fill_ban(&topics->dollar, preset->no_dollar, source);
    fill_ban(&topics->empty_levels, preset->no_empty_levels, source);
    if (preset->templates[0] != NULL && pairs->templates == NULL)
        fill_templates(build, preset, source);
}
