/* SPDX-License-Identifier: Apache-2.0 */
/* Freezing: the lists of a growing trie are laid out in one piece each, everything in one arena. */
#include "core/rules_draft.h"

/* Puts one linked list of rules behind the `*used` cells that are there; gives where it begins. */
static uint32_t freeze_cells(const struct bednet_rules_builder *builder, uint32_t head,
                             struct bednet_rules_cell *cells, uint32_t *used)
{
    uint32_t first = *used + 1;

    if (head == 0) {
        return 0;
    }
    for (uint32_t i = head; i != 0; i = builder->rules[i - 1].next) {
        const struct bednet_rules_draft_rule *rule = &builder->rules[i - 1];
        uint32_t column = rule->source.column;

        cells[*used].line = rule->source.line;
        cells[*used].column = column < BEDNET_RULES_COLUMN_MAX ? column : BEDNET_RULES_COLUMN_MAX;
        cells[*used].kind = rule->kind & 7u;
        cells[*used].conditional = rule->condition != 0;
        cells[*used].last = rule->next == 0;
        ++*used;
        if (rule->condition != 0) {
            cells[(*used)++].line = rule->condition - 1;
        }
    }
    return first;
}

static enum bednet_part_kind only_part(const struct bednet_template *tmpl)
{
    return tmpl->part_count == 1 ? tmpl->parts[0].kind : BEDNET_PART_LITERAL;
}

static uint32_t freeze_branches(const struct bednet_rules_builder *builder, const struct bednet_rules *rules,
                                uint32_t head, struct bednet_rules_branch *branches, uint32_t *used)
{
    uint32_t first = *used;

    if (head == 0) {
        return 0;
    }
    for (uint32_t i = head; i != 0; i = builder->branches[i - 1].next) {
        const struct bednet_rules_draft_branch *draft = &builder->branches[i - 1];

        branches[(*used)++] = (struct bednet_rules_branch){
            .attribute = &rules->attributes[draft->tmpl - 1],
            .child = draft->child,
            .tmpl = draft->tmpl - 1,
            .kinds = builder->nodes[draft->child].kinds,
            .only = (uint8_t)only_part(&rules->templates[draft->tmpl - 1]),
            .last = draft->next == 0,
        };
    }
    if (branches[first].last) {
        branches[first].alone = branches[first].only;
    }
    return first;
}

/* The kinds of a list of rules, without allowing ones that have a condition. */
static uint8_t kinds_of(const struct bednet_rules_builder *builder, uint32_t head)
{
    unsigned kinds = 0;

    for (uint32_t i = head; i != 0; i = builder->rules[i - 1].next) {
        const struct bednet_rules_draft_rule *rule = &builder->rules[i - 1];
        unsigned kind = 1u << rule->kind;

        if (rule->condition == 0 || (kind & BEDNET_RULES_DENIALS) != 0) {
            kinds |= kind;
        }
    }
    return (uint8_t)kinds;
}

static bool leads_by_long(const struct bednet_rules_builder *builder, const struct bednet_rules_node *node)
{
    uint32_t token = builder->nodes[node->literal].token;

    return bednet_interner_text(&builder->levels, token).len > BEDNET_LEVEL_WORDS_BYTES;
}

static bool leads_by_plus_only(const struct bednet_rules_node *node)
{
    return node->shape % BEDNET_RULES_RUN == BEDNET_RULES_PLUS_ONLY && node->plus != 0;
}

/* Several `+` in a row are one step where no topic that ends between them fits a rule. */
static void freeze_run(struct bednet_rules_node *nodes, struct bednet_rules_node *node)
{
    const struct bednet_rules_node *at = node;
    unsigned count = 0;

    if (!leads_by_plus_only(node)) {
        return;
    }
    do {
        at = &nodes[at->plus];
        count++;
    } while (leads_by_plus_only(at) && at->ends == 0 && count < BEDNET_RULES_RUN_MAX);
    if (count > 1) {
        node->shape = (uint8_t)(BEDNET_RULES_PLUS_ONLY + count * BEDNET_RULES_RUN);
        node->literal = (uint32_t)(at - nodes);
    }
}

static bool freeze_nodes(const struct bednet_rules_builder *builder, struct bednet_rules *rules)
{
    struct bednet_rules_node *nodes = bednet_arena_array(rules->arena, builder->node_count, sizeof(*nodes));
    struct bednet_rules_cell *cells = bednet_arena_array(
        rules->arena, (size_t)builder->rule_count + builder->condition_count, sizeof(*cells));
    struct bednet_rules_branch *branches =
        bednet_arena_array(rules->arena, (size_t)builder->branch_count + 1, sizeof(*branches));
    uint32_t cells_used = 0;
    uint32_t branches_used = 1;

    if (nodes == NULL || cells == NULL || branches == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < builder->node_count; i++) {
        nodes[i] = builder->nodes[i];
        nodes[i].ends = kinds_of(builder, nodes[i].here) | kinds_of(builder, nodes[i].below);
        nodes[i].here = freeze_cells(builder, nodes[i].here, cells, &cells_used);
        nodes[i].below = freeze_cells(builder, nodes[i].below, cells, &cells_used);
        nodes[i].branches = freeze_branches(builder, rules, nodes[i].branches, branches, &branches_used);
        nodes[i].shape |= nodes[i].literal == 0 ? BEDNET_RULES_BARREN : 0;
        nodes[i].shape |= nodes[i].below != 0 || nodes[i].branches != 0 ? BEDNET_RULES_FORKS : 0;
        nodes[i].shape |= nodes[i].literal != 0 && (nodes[i].plus != 0 || leads_by_long(builder, &nodes[i]))
                              ? BEDNET_RULES_MORE
                              : 0;
        nodes[i].plus_kinds = builder->nodes[nodes[i].plus].kinds;
    }
    for (uint32_t i = 0; i < builder->node_count; i++) {
        freeze_run(nodes, &nodes[i]);
    }
    rules->nodes = nodes;
    rules->cells = cells;
    rules->branches = branches;
    return true;
}

/* Where there are few rules memory is no matter: children are found at the first place more often. */
static uint32_t roomy(uint32_t slots)
{
    return slots <= 1024 ? slots * 4 : slots;
}

static bool freeze_edges(const struct bednet_rules_builder *builder, struct bednet_rules *rules)
{
    uint32_t slots = roomy(bednet_slots_for(builder->edge_count));
    uint32_t *edges = slots != 0 ? bednet_arena_array(rules->arena, slots, sizeof(*edges)) : NULL;

    if (edges == NULL) {
        return false;
    }
    bednet_rules_fill_edges(builder, edges, slots - 1);
    rules->edges = edges;
    rules->edge_mask = slots - 1;
    rules->edge_shift = bednet_rules_shift(slots - 1);
    return true;
}

static bool freeze_templates(const struct bednet_rules_builder *builder, struct bednet_rules *rules)
{
    uint32_t count = builder->templates.count;
    struct bednet_template *templates = bednet_arena_array(rules->arena, count, sizeof(*templates));
    struct bednet_level *attributes = bednet_arena_array(rules->arena, count, sizeof(*attributes));

    if (templates == NULL || attributes == NULL) {
        return false;
    }
    for (uint32_t number = 1; number <= count; number++) {
        struct bednet_template *tmpl = &templates[number - 1];
        const char *error;
        size_t offset;

        if (bednet_template_parse(rules->arena, bednet_interner_text(&builder->templates, number), tmpl,
                                  &error, &offset) != BEDNET_OK) {
            return false;
        }
        if (only_part(tmpl) == BEDNET_PART_ATTRIBUTE) {
            attributes[number - 1] = bednet_level_of(tmpl->parts[0].text);
        }
    }
    rules->templates = templates;
    rules->attributes = attributes;
    return true;
}

static bool freeze_conditions(const struct bednet_rules_builder *builder, struct bednet_rules *rules)
{
    const struct bednet_condition **conditions;

    if (builder->condition_count == 0) {
        return true;
    }
    conditions = bednet_arena_array(rules->arena, builder->condition_count, sizeof(*conditions));
    if (conditions == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < builder->condition_count; i++) {
        conditions[i] = builder->conditions[i];
    }
    rules->conditions = conditions;
    return true;
}

struct bednet_rules *bednet_rules_freeze(struct bednet_rules_builder *builder)
{
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_rules *rules = arena != NULL ? bednet_arena_alloc(arena, sizeof(*rules)) : NULL;

    if (rules == NULL) {
        bednet_arena_free(arena);
        return NULL;
    }
    rules->arena = arena;
    rules->role_count = builder->role_count;
    rules->count = builder->rule_count;
    if (!freeze_templates(builder, rules) || !freeze_nodes(builder, rules) || !freeze_edges(builder, rules) ||
        !freeze_conditions(builder, rules) ||
        !bednet_interner_freeze(&builder->levels, arena, &rules->levels)) {
        bednet_arena_free(arena);
        return NULL;
    }
    return rules;
}

void bednet_rules_free(struct bednet_rules *rules)
{
    if (rules != NULL) {
        bednet_arena_free(rules->arena);
    }
}

size_t bednet_rules_count(const struct bednet_rules *rules)
{
    return rules->count;
}

size_t bednet_rules_bytes(const struct bednet_rules *rules)
{
    return bednet_arena_bytes(rules->arena);
}
