/* SPDX-License-Identifier: Apache-2.0 */
/* What the two walks of the frozen trie have in common: how a level, written out, leads from node to node. */
#ifndef BEDNET_CORE_RULES_WALK_H
#define BEDNET_CORE_RULES_WALK_H

#include "core/rules_internal.h"

/* A wildcard of a requested filter. */
static inline bool bednet_level_is_wildcard(const struct bednet_level *level)
{
    return level->len == 1 && (level->low == '#' || level->low == '+');
}

/* As a first one: no wildcard leads to it (MQTT 5 section 4.7.2). */
static inline bool bednet_level_is_reserved(const struct bednet_level *level)
{
    return (level->low & 0xFF) == '$';
}

/*
 * For a level that is long, of which equal words are not enough. Gives the number of the child, 0 where there
 * is none.
 */
uint32_t bednet_rules_search_long(const struct bednet_rules *rules, uint32_t parent,
                                  const struct bednet_level *level);

/* The same for one that is not. */
static inline uint32_t bednet_rules_search_short(const struct bednet_rules *rules, uint32_t parent,
                                                 const struct bednet_level *level)
{
    const struct bednet_rules_node *nodes = rules->nodes;
    uint32_t at = bednet_rules_first_short_slot(parent, level, rules->edge_shift);

    while (rules->edges[at] != 0) {
        const struct bednet_rules_node *node = &nodes[rules->edges[at]];

        if (node->parent == parent && bednet_interner_is_short(&rules->levels, node->token, level)) {
            break;
        }
        at = (at + 1) & rules->edge_mask;
    }
    return rules->edges[at];
}

/* The child of `node` behind the given level, written out; node 0 where there is none. */
static inline __attribute__((always_inline)) const struct bednet_rules_node *
bednet_rules_literal(const struct bednet_rules *rules, const struct bednet_rules_node *node,
                     const struct bednet_level *level)
{
    const struct bednet_rules_node *nodes = rules->nodes;
    const struct bednet_rules_node *child = &nodes[node->literal];

    if ((node->shape & (BEDNET_RULES_SEVERAL | BEDNET_RULES_BARREN)) != 0) {
        if ((node->shape & BEDNET_RULES_BARREN) != 0) {
            return nodes;
        }
        return &nodes[bednet_level_is_long(level)
                          ? bednet_rules_search_long(rules, (uint32_t)(node - nodes), level)
                          : bednet_rules_search_short(rules, (uint32_t)(node - nodes), level)];
    }
    if (!bednet_interner_is_short(&rules->levels, child->token, level)) {
        return nodes;
    }
    return bednet_level_is_long(level)
               ? &nodes[bednet_rules_search_long(rules, (uint32_t)(node - nodes), level)]
               : child;
}

#endif
