/* SPDX-License-Identifier: Apache-2.0 */
/* The growing trie, as rules_build.c keeps it and rules_freeze.c reads it. */
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
    const struct bednet_condition **conditions;
    uint32_t condition_count, condition_capacity;
    struct bednet_interner levels;
    struct bednet_interner templates;
    struct bednet_arena *scratch; /* of templates that are only parsed to see whether they are any good */
    uint32_t role_count;
};

/* Enters every literal child into `edges`, which is all zero and has room. */
void bednet_rules_fill_edges(const struct bednet_rules_builder *builder, uint32_t *edges, uint32_t mask);

#endif
