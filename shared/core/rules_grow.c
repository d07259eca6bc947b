/* SPDX-License-Identifier: Apache-2.0 */
/* The growing trie: nodes, and how the children of one are found among all. */
#include "core/rules_draft.h"

#include <stdlib.h>

void bednet_rules_fill_edges(const struct bednet_rules_builder *builder, uint32_t *edges, uint32_t mask)
{
    for (uint32_t child = builder->role_count + 1; child < builder->node_count; child++) {
        const struct bednet_rules_node *node = &builder->nodes[child];

        if (node->token != 0) {
            struct bednet_level level = bednet_level_of(bednet_interner_text(&builder->levels, node->token));

            edges[bednet_rules_slot(builder->nodes, &builder->levels, edges, mask, node->parent, &level)] =
                child;
        }
    }
}

bool bednet_rules_reserve(struct bednet_rules_builder *builder)
{
    uint32_t wanted = bednet_slots_for(builder->edge_count + 1);
    uint32_t *edges;

    if (wanted != 0 && wanted <= builder->edge_mask + 1) {
        return true;
    }
    edges = wanted != 0 ? calloc(wanted, sizeof(*edges)) : NULL;
    if (edges == NULL) {
        return false;
    }
    bednet_rules_fill_edges(builder, edges, wanted - 1);
    free(builder->edges);
    builder->edges = edges;
    builder->edge_mask = wanted - 1;
    return true;
}

static uint32_t add_node(struct bednet_rules_builder *builder, uint32_t parent, uint32_t token)
{
    struct bednet_rules_node *nodes =
        bednet_grow(builder->nodes, builder->node_count, &builder->node_capacity, sizeof(*nodes));

    if (nodes == NULL) {
        return 0;
    }
    builder->nodes = nodes;
    nodes[builder->node_count] = (struct bednet_rules_node){.parent = parent, .token = token};
    return builder->node_count++;
}

uint32_t bednet_rules_literal_child(struct bednet_rules_builder *builder, uint32_t parent,
                                    struct bednet_text text)
{
    struct bednet_level level = bednet_level_of(text);
    uint32_t token, child, at;

    /* First, for it moves the table. */
    if (!bednet_rules_reserve(builder)) {
        return 0;
    }
    at = bednet_rules_slot(builder->nodes, &builder->levels, builder->edges, builder->edge_mask, parent,
                           &level);
    if (builder->edges[at] != 0) {
        return builder->edges[at];
    }
    token = bednet_interner_add(&builder->levels, text);
    child = token != 0 ? add_node(builder, parent, token) : 0;
    if (child == 0) {
        return 0;
    }
    builder->edges[at] = child;
    builder->edge_count++;
    if (builder->nodes[parent].literal == 0) {
        builder->nodes[parent].literal = child;
    } else {
        builder->nodes[parent].shape |= BEDNET_RULES_SEVERAL;
    }
    return child;
}

uint32_t bednet_rules_single_child(struct bednet_rules_builder *builder, uint32_t parent)
{
    uint32_t child = builder->nodes[parent].plus;

    if (child == 0) {
        child = add_node(builder, parent, 0);
        builder->nodes[parent].plus = child;
    }
    return child;
}

/* Where the branch of `parent` behind a template stands in the table, or the free place where it belongs. */
static uint32_t fork_slot(const struct bednet_rules_builder *builder, const uint32_t *forks, uint32_t mask,
                          uint32_t parent, uint32_t tmpl)
{
    uint32_t at = (uint32_t)((((uint64_t)parent << 32 | tmpl) * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;

    while (forks[at] != 0) {
        const struct bednet_rules_draft_branch *branch = &builder->branches[forks[at] - 1];

        if (branch->tmpl == tmpl && builder->nodes[branch->child].parent == parent) {
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

static bool reserve_fork(struct bednet_rules_builder *builder)
{
    uint32_t wanted = bednet_slots_for(builder->branch_count + 1);
    uint32_t *forks;

    if (wanted != 0 && builder->forks != NULL && wanted <= builder->fork_mask + 1) {
        return true;
    }
    forks = wanted != 0 ? calloc(wanted, sizeof(*forks)) : NULL;
    if (forks == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < builder->branch_count; i++) {
        const struct bednet_rules_draft_branch *branch = &builder->branches[i];

        forks[fork_slot(builder, forks, wanted - 1, builder->nodes[branch->child].parent, branch->tmpl)] =
            i + 1;
    }
    free(builder->forks);
    builder->forks = forks;
    builder->fork_mask = wanted - 1;
    return true;
}

static uint32_t add_branch(struct bednet_rules_builder *builder, uint32_t parent, uint32_t tmpl)
{
    struct bednet_rules_draft_branch *branches =
        bednet_grow(builder->branches, builder->branch_count, &builder->branch_capacity, sizeof(*branches));
    uint32_t child;

    if (branches == NULL) {
        return 0;
    }
    builder->branches = branches;
    child = add_node(builder, parent, 0);
    if (child == 0) {
        return 0;
    }
    branches[builder->branch_count++] =
        (struct bednet_rules_draft_branch){child, tmpl, builder->nodes[parent].branches};
    builder->nodes[parent].branches = builder->branch_count;
    return child;
}

uint32_t bednet_rules_template_child(struct bednet_rules_builder *builder, uint32_t parent,
                                     struct bednet_text text)
{
    uint32_t tmpl = bednet_interner_add(&builder->templates, text);
    uint32_t child, at;

    if (tmpl == 0 || !reserve_fork(builder)) {
        return 0;
    }
    at = fork_slot(builder, builder->forks, builder->fork_mask, parent, tmpl);
    if (builder->forks[at] != 0) {
        return builder->branches[builder->forks[at] - 1].child;
    }
    child = add_branch(builder, parent, tmpl);
    if (child != 0) {
        builder->forks[at] = builder->branch_count;
    }
    return child;
}
