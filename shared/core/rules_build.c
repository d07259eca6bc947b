/* SPDX-License-Identifier: Apache-2.0 */
/* Building the trie: a filter is checked as a whole, then added level by level. */
#include "core/rules_draft.h"

#include "core/utf8.h"
#include <stdlib.h>

enum level_kind { LITERAL, SINGLE, MULTI, TEMPLATE };

struct level {
    enum level_kind kind;
    struct bednet_text text;
    size_t offset; /* in the filter */
    size_t end;    /* of the level, where a slash or the end of the filter stands */
};

struct fault {
    const char *error;
    size_t offset;
};

/* --- Levels of a filter with `${...}` in it --- */

/* Reads the level at `from`. A slash between `${` and `}` belongs to a name. */
static bool scan_level(struct bednet_text filter, size_t from, struct level *level, struct fault *fault)
{
    size_t at = from;
    size_t wildcard = SIZE_MAX;

    *level = (struct level){.kind = LITERAL, .offset = from};
    while (at < filter.len && filter.ptr[at] != '/') {
        if (filter.ptr[at] == '$' && at + 1 < filter.len && filter.ptr[at + 1] == '{') {
            const char *end = memchr(filter.ptr + at, '}', filter.len - at);

            if (end == NULL) {
                *fault = (struct fault){"`${` without its `}`", at};
                return false;
            }
            level->kind = TEMPLATE;
            at = (size_t)(end - filter.ptr);
        } else if ((filter.ptr[at] == '+' || filter.ptr[at] == '#') && wildcard == SIZE_MAX) {
            wildcard = at;
        }
        at++;
    }
    level->end = at;
    level->text = (struct bednet_text){filter.ptr + from, at - from};
    if (wildcard == SIZE_MAX) {
        return true;
    }
    if (level->text.len != 1) {
        *fault = (struct fault){"a wildcard beside something else (expected `+` or `#` alone in its level)",
                                wildcard};
        return false;
    }
    level->kind = filter.ptr[wildcard] == '+' ? SINGLE : MULTI;
    return true;
}

static enum bednet_status check_template(struct bednet_rules_builder *builder, const struct level *level,
                                         struct fault *fault)
{
    struct bednet_template tmpl;
    enum bednet_status status;

    if (bednet_interner_find(&builder->templates, level->text) != 0) {
        return BEDNET_OK;
    }
    status = bednet_template_parse(builder->scratch, level->text, &tmpl, &fault->error, &fault->offset);
    fault->offset += level->offset;
    return status;
}

static enum bednet_status check_levels(struct bednet_rules_builder *builder, struct bednet_text filter,
                                       struct fault *fault)
{
    struct level level = {0};

    for (size_t from = 0, count = 1; from <= filter.len; from = level.end + 1, count++) {
        if (!scan_level(filter, from, &level, fault)) {
            return BEDNET_INVALID;
        }
        if (count > BEDNET_TOPIC_LEVELS_MAX) {
            *fault = (struct fault){"too many levels (expected at most 201)", from};
            return BEDNET_INVALID;
        }
        if (level.kind == MULTI && level.end != filter.len) {
            *fault = (struct fault){"`#` before the end (expected only as the last level)", from};
            return BEDNET_INVALID;
        }
        if (level.kind == TEMPLATE) {
            enum bednet_status status = check_template(builder, &level, fault);

            if (status != BEDNET_OK) {
                return status;
            }
        }
    }
    return BEDNET_OK;
}

static enum bednet_status check_filter(struct bednet_rules_builder *builder, struct bednet_text filter,
                                       struct fault *fault)
{
    size_t clean;
    bool shared;

    if (filter.ptr == NULL || filter.len == 0) {
        *fault = (struct fault){"empty topic filter (expected a filter; `#` must be quoted)", 0};
        return BEDNET_INVALID;
    }
    if (filter.len > BEDNET_TOPIC_BYTES_MAX) {
        *fault =
            (struct fault){"topic filter too long (expected at most 65535 bytes)", BEDNET_TOPIC_BYTES_MAX};
        return BEDNET_INVALID;
    }
    clean = bednet_utf8_clean_bytes(filter);
    if (clean != filter.len) {
        *fault =
            (struct fault){"a control character or invalid UTF-8 (expected printable characters)", clean};
        return BEDNET_INVALID;
    }
    bednet_filter_unshared(filter, &shared);
    if (shared) {
        *fault =
            (struct fault){"`$share/GROUP/` would never match, for it is taken off before rules are asked "
                           "(expected the filter behind it)",
                           0};
        return BEDNET_INVALID;
    }
    return check_levels(builder, filter, fault);
}

/* --- Rules at the end of a filter --- */

static bool stands_before(struct bednet_source a, struct bednet_source b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* What is added, and where it stands. */
struct addition {
    enum bednet_rule_kind kind;
    struct bednet_source source;
    const struct bednet_condition *condition; /* NULL: none */
};

/* True where such a rule is there already, and now has the source that stands first. */
static bool is_there(struct bednet_rules_builder *builder, uint32_t head, const struct addition *addition)
{
    for (uint32_t i = head; i != 0; i = builder->rules[i - 1].next) {
        struct bednet_rules_draft_rule *rule = &builder->rules[i - 1];

        if (rule->kind == (uint32_t)addition->kind && rule->condition == 0) {
            rule->source = stands_before(addition->source, rule->source) ? addition->source : rule->source;
            return true;
        }
    }
    return false;
}

static size_t count_conditional(const struct bednet_rules_builder *builder, uint32_t head,
                                enum bednet_rule_kind kind)
{
    size_t count = 0;

    for (uint32_t i = head; i != 0; i = builder->rules[i - 1].next) {
        count += builder->rules[i - 1].kind == (uint32_t)kind && builder->rules[i - 1].condition != 0;
    }
    return count;
}

/* The number of the condition; 0 without memory. */
static uint32_t keep_condition(struct bednet_rules_builder *builder, const struct bednet_condition *condition)
{
    const struct bednet_condition **conditions =
        bednet_grow(builder->conditions, builder->condition_count, &builder->condition_capacity,
                    sizeof(*builder->conditions));

    if (conditions == NULL) {
        return 0;
    }
    builder->conditions = conditions;
    conditions[builder->condition_count++] = condition;
    return builder->condition_count;
}

static void mark_kind(struct bednet_rules_builder *builder, uint32_t node, enum bednet_rule_kind kind)
{
    for (; node > builder->role_count; node = builder->nodes[node].parent) {
        builder->nodes[node].kinds |= (uint8_t)(1u << kind);
    }
    builder->nodes[node].kinds |= (uint8_t)(1u << kind);
}

static enum bednet_status add_rule(struct bednet_rules_builder *builder, uint32_t node, bool below,
                                   const struct addition *addition)
{
    uint32_t *head = below ? &builder->nodes[node].below : &builder->nodes[node].here;
    struct bednet_rules_draft_rule *rules;
    uint32_t condition = 0;

    if (addition->condition == NULL && is_there(builder, *head, addition)) {
        return BEDNET_OK;
    }
    if (addition->condition != NULL &&
        count_conditional(builder, *head, addition->kind) == BEDNET_CONDITIONS_PER_FILTER_MAX) {
        return BEDNET_LIMIT;
    }
    rules = bednet_grow(builder->rules, builder->rule_count, &builder->rule_capacity, sizeof(*rules));
    if (rules == NULL) {
        return BEDNET_NOMEM;
    }
    builder->rules = rules;
    if (addition->condition != NULL) {
        condition = keep_condition(builder, addition->condition);
        if (condition == 0) {
            return BEDNET_NOMEM;
        }
    }
    rules[builder->rule_count++] =
        (struct bednet_rules_draft_rule){addition->source, (uint32_t)addition->kind, *head, condition};
    *head = builder->rule_count;
    mark_kind(builder, node, addition->kind);
    return BEDNET_OK;
}

/* The filter was checked. Nodes that are left over when memory runs out lead to no rule, and so to nothing.
 */
static enum bednet_status add_filter(struct bednet_rules_builder *builder, uint32_t root,
                                     struct bednet_text filter, const struct addition *addition)
{
    uint32_t node = root;
    struct level level = {0};
    struct fault fault;

    for (size_t from = 0; from <= filter.len; from = level.end + 1) {
        if (!scan_level(filter, from, &level, &fault)) {
            return BEDNET_INVALID;
        }
        switch (level.kind) {
        case MULTI:
            return add_rule(builder, node, true, addition);
        case SINGLE:
            node = bednet_rules_single_child(builder, node);
            break;
        case TEMPLATE:
            node = bednet_rules_template_child(builder, node, level.text);
            break;
        case LITERAL:
            node = bednet_rules_literal_child(builder, node, level.text);
            break;
        }
        if (node == 0) {
            return BEDNET_NOMEM;
        }
    }
    return add_rule(builder, node, false, addition);
}

struct bednet_rules_builder *bednet_rules_builder_new(size_t role_count)
{
    struct bednet_rules_builder *builder = calloc(1, sizeof(*builder));

    if (builder == NULL || role_count > BEDNET_ROLES_MAX) {
        goto fail;
    }
    builder->scratch = bednet_arena_new();
    builder->nodes = calloc(role_count + 1, sizeof(*builder->nodes));
    if (builder->scratch == NULL || builder->nodes == NULL || !bednet_rules_reserve(builder)) {
        goto fail;
    }
    builder->role_count = (uint32_t)role_count;
    builder->node_count = (uint32_t)role_count + 1;
    builder->node_capacity = (uint32_t)role_count + 1;
    return builder;
fail:
    bednet_rules_builder_free(builder);
    return NULL;
}

void bednet_rules_builder_free(struct bednet_rules_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    free(builder->nodes);
    free(builder->edges);
    free(builder->rules);
    free(builder->branches);
    free(builder->forks);
    free((void *)(uintptr_t)builder->conditions);
    bednet_interner_clear(&builder->levels);
    bednet_interner_clear(&builder->templates);
    bednet_arena_free(builder->scratch);
    free(builder);
}

enum bednet_status bednet_rules_builder_add(struct bednet_rules_builder *builder, size_t role,
                                            enum bednet_rule_kind kind, struct bednet_text filter,
                                            const struct bednet_condition *condition,
                                            struct bednet_source source, const char **error, size_t *offset)
{
    const struct addition addition = {kind, source, condition};
    struct fault fault = {"no such role, kind of rule or place", 0};
    enum bednet_status status = BEDNET_INVALID;

    if (role < builder->role_count && (size_t)kind < BEDNET_RULE_KINDS && source.line != 0) {
        status = check_filter(builder, filter, &fault);
    }
    if (status == BEDNET_OK) {
        status = add_filter(builder, 1 + (uint32_t)role, filter, &addition);
    }
    if (status == BEDNET_LIMIT) {
        fault = (struct fault){"too many conditions for the same topics (expected at most 64)", 0};
        status = BEDNET_INVALID;
    }
    if (status == BEDNET_INVALID) {
        *error = fault.error;
        *offset = fault.offset;
    }
    return status;
}
