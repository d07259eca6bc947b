/* SPDX-License-Identifier: Apache-2.0 */
/* The growing trie, as rules_grow.c keeps it, rules_build.c fills it and rules_freeze.c reads it. */
#ifndef BEDNET_CORE_RULES_DRAFT_H
#define BEDNET_CORE_RULES_DRAFT_H

#include "core/rules_internal.h"

struct bednet_rules_draft_rule {
    struct bednet_source source;
    uint32_t kind;
    uint32_t next;
    uint32_t condition; /* counted from 1; 0: none */
};

struct bednet_rules_draft_branch {
    uint32_t child;
    uint32_t tmpl; /* interned in templates */
    uint32_t next;
};

struct bednet_rules_builder {
    struct bednet_rules_node *nodes; /* here, below and branches head linked lists, counted from 1 */
    uint32_t node_count, node_capacity;
    uint32_t *edges;
    uint32_t edge_mask, edge_count;
    struct bednet_rules_draft_rule *rules;
    uint32_t rule_count, rule_capacity;
    struct bednet_rules_draft_branch *branches;
    uint32_t branch_count, branch_capacity;
    uint32_t *forks; /* open addressing; branches by parent and template, 0 where free */
    uint32_t fork_mask;
    const struct bednet_condition **conditions;
    uint32_t condition_count, condition_capacity;
    struct bednet_interner levels;
    struct bednet_interner templates;
    struct bednet_arena *scratch; /* of templates that are only parsed to see whether they are any good */
    uint32_t role_count;
};

/* Makes room for one more literal child, which may move the table of them; false without memory. */
bool bednet_rules_reserve(struct bednet_rules_builder *builder);

/*
 * The child of `parent` behind a level that is written out, behind `+`, or behind one with `${...}` in it;
 * made where there is none. 0 without memory, or for more text than an interner takes.
 */
uint32_t bednet_rules_literal_child(struct bednet_rules_builder *builder, uint32_t parent,
                                    struct bednet_text text);
uint32_t bednet_rules_single_child(struct bednet_rules_builder *builder, uint32_t parent);
uint32_t bednet_rules_template_child(struct bednet_rules_builder *builder, uint32_t parent,
                                     struct bednet_text text);

/* Enters every literal child into `edges`, which is all zero and has room. */
void bednet_rules_fill_edges(const struct bednet_rules_builder *builder, uint32_t *edges, uint32_t mask);

#endif
