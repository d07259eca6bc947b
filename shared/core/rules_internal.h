/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frozen trie, as rules_build.c lays it out and rules_match.c walks it.
 *
 * Node 0 to role_count - 1 are the roots of the roles. A literal child is found in one table for all nodes,
 * keyed by parent and level; the other children hang on their parent. Indices into lists count from 1, so
 * that 0 says "none"; no child is node 0.
 */
#ifndef BEDNET_CORE_RULES_INTERNAL_H
#define BEDNET_CORE_RULES_INTERNAL_H

#include "core/interner.h"
#include "core/rules.h"
#include "core/template.h"

struct bednet_rules_node {
    uint32_t parent;
    uint32_t token;    /* the interned literal level that leads here, 0 where something else does */
    uint32_t plus;     /* the child behind `+` */
    uint32_t here;     /* the first of the rules that end here */
    uint32_t below;    /* the first of the rules that go on with `#` */
    uint32_t branches; /* the first of the children behind `${...}` */
    uint32_t literal;  /* a literal child: most nodes have no other, and need no search */
    uint8_t kinds;     /* mask of the kinds of rules from here downwards */
    bool several;      /* there are more of them */
};

#define BEDNET_RULES_COLUMN_MAX ((UINT32_C(1) << 28) - 1)

/* One rule; a list of them ends with `last`. */
struct bednet_rules_cell {
    uint32_t line;
    uint32_t column : 28;
    uint32_t kind : 3;
    uint32_t last : 1;
};

/* A child behind a level with `${...}` in it; a list of them ends with `last`. */
struct bednet_rules_branch {
    uint32_t child;
    uint32_t tmpl : 31; /* index into templates */
    uint32_t last : 1;
};

struct bednet_rules {
    struct bednet_arena *arena; /* holds everything, this included */
    const struct bednet_rules_node *nodes;
    const uint32_t *edges; /* open addressing; literal children, 0 where free */
    uint32_t edge_mask;
    uint32_t role_count;
    struct bednet_interner levels;
    const struct bednet_rules_cell *cells;
    const struct bednet_rules_branch *branches;
    const struct bednet_template *templates;
    size_t count;
};

/* Where the search for a literal child begins. Mixed twice: both halves of the key are small numbers. */
static inline uint32_t bednet_rules_edge_hash(uint32_t parent, uint32_t token)
{
    uint64_t key = ((uint64_t)parent << 32 | token) * UINT64_C(0x9E3779B97F4A7C15);

    key ^= key >> 32;
    return (uint32_t)((key * UINT64_C(0xD6E8FEB86659FD93)) >> 32);
}

/* The literal child of `parent` behind `token` (not 0), or 0. */
static inline uint32_t bednet_rules_child(const struct bednet_rules_node *nodes, const uint32_t *edges,
                                          uint32_t edge_mask, uint32_t parent, uint32_t token)
{
    uint32_t at = bednet_rules_edge_hash(parent, token) & edge_mask;

    while (edges[at] != 0 && (nodes[edges[at]].parent != parent || nodes[edges[at]].token != token)) {
        at = (at + 1) & edge_mask;
    }
    return edges[at];
}

#endif
