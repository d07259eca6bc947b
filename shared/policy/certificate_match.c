/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that the fields of a certificate must fit, and what they take. */
#include "policy/certificate.h"

static void refuse_taken_twice(struct bednet_build *build, const struct bednet_pair *pair,
                               struct bednet_text name)
{
    bednet_report_error(&build->report, pair->value.source,
                        "{%.*s} is taken by another pattern of the entry, too (expected a name of its own)",
                        (int)name.len, name.ptr);
}

/* Notes what the pattern takes; each name once, and no more of them than there is room for at a login. */
static void note_taken(struct bednet_build *build, const struct bednet_pair *pair,
                       const struct bednet_pattern *pattern, struct bednet_acceptance_target *target)
{
    size_t before = target->taken_count;
    for (size_t i = 0; i < pattern->capture_count; i++) {
        struct bednet_text name = bednet_pattern_name(pattern, i);
        for (size_t k = 0; k < before; k++)
            if (bednet_text_equal(target->taken[k], name))
                refuse_taken_twice(build, pair, name);
        if (target->taken_count == BEDNET_CAPTURES_MAX) {
            bednet_report_error(&build->report, pair->value.source,
                                "the patterns of one entry take too much (expected at most %d names)",
                                BEDNET_CAPTURES_MAX);
            return;
        }
        struct bednet_text kept = bednet_build_keep(build, name);
        if (kept.ptr != NULL)
            target->taken[target->taken_count++] = kept;
    }
}

static bool parse_pattern(struct bednet_build *build, const struct bednet_node *node,
                          struct bednet_pattern *out)
{
    struct bednet_text text;
    const char *error = NULL;
    size_t offset = 0;
    if (!bednet_read_text(&build->report, node, "a pattern", &text))
        return false;
    enum bednet_status status = bednet_pattern_parse(build->arena, text, out, &error, &offset);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, bednet_node_at(node, offset), "a pattern: %s", error);
    return status == BEDNET_OK;
}

static void read_pattern(struct bednet_build *build, const struct bednet_pair *pair,
                         struct bednet_acceptance_target *target, struct bednet_certificate_match *match)
{
    if (pair->key.kind != BEDNET_NODE_SCALAR || bednet_build_refuse_duplicate(build, pair))
        return;
    struct bednet_text field = bednet_build_keep(build, pair->key.text);
    if (field.ptr != NULL && bednet_build_check_field(build, pair->key.source, field))
        bednet_field_named(field, &match->field);
    if (parse_pattern(build, &pair->value, &match->pattern))
        note_taken(build, pair, &match->pattern, target);
}

void bednet_certificate_read_match(struct bednet_build *build, struct bednet_acceptance_target *target)
{
    const struct bednet_node *fields = &target->match->value;
    struct bednet_certificate_rule *rule = &target->acceptance->rule;
    if (!bednet_node_expect(&build->report, fields, BEDNET_NODE_MAPPING, "match",
                            "a mapping from fields of certificates to patterns"))
        return;
    if (fields->count == 0 || fields->count > BEDNET_MATCHES_MAX) {
        bednet_report_error(&build->report, fields->source, "%zu fields in match (expected 1 to %d)",
                            fields->count, BEDNET_MATCHES_MAX);
        return;
    }
    struct bednet_certificate_match *matches = bednet_build_array(build, fields->count, sizeof *matches);
    for (size_t i = 0; i < fields->count && matches != NULL; i++)
        read_pattern(build, &fields->pairs[i], target, &matches[i]);
    rule->matches = matches;
    rule->match_count = matches != NULL ? fields->count : 0;
}

/* What is wrong with a pattern is said when it is read for good. */
static void gather(struct bednet_build *build, const struct bednet_node *text, struct bednet_text *names,
                   size_t *count)
{
    struct bednet_pattern pattern;
    const char *error;
    size_t offset;
    if (text->kind != BEDNET_NODE_SCALAR)
        return;
    enum bednet_status status = bednet_pattern_parse(build->arena, text->text, &pattern, &error, &offset);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    for (size_t i = 0; status == BEDNET_OK && i < pattern.capture_count && *count < BEDNET_TAKEN_MAX; i++)
        names[(*count)++] = bednet_build_keep(build, bednet_pattern_name(&pattern, i));
}

static void gather_entry(struct bednet_build *build, const struct bednet_node *entry,
                         struct bednet_text *names, size_t *count)
{
    const struct bednet_pair *match =
        entry->kind == BEDNET_NODE_MAPPING ? bednet_node_find(entry, "match") : NULL;
    if (match == NULL || match->value.kind != BEDNET_NODE_MAPPING)
        return;
    for (size_t i = 0; i < match->value.count && i < BEDNET_MATCHES_MAX; i++)
        gather(build, &match->value.pairs[i].value, names, count);
}

void bednet_certificate_announce(struct bednet_build *build, const struct bednet_node *section)
{
    const struct bednet_pair *accept =
        section != NULL && section->kind == BEDNET_NODE_MAPPING ? bednet_node_find(section, "accept") : NULL;
    build->taken.by = "certificate.accept";
    if (accept == NULL || accept->value.kind != BEDNET_NODE_SEQUENCE)
        return;
    struct bednet_text *names = bednet_build_array(build, BEDNET_TAKEN_MAX, sizeof *names);
    for (size_t i = 0; i < accept->value.count && i < BEDNET_ACCEPT_MAX && names != NULL; i++)
        gather_entry(build, &accept->value.items[i], names, &build->taken.count);
    build->taken.names = names;
}
