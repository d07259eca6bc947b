/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frozen trie, as rules_freeze.c lays it out; rules_match.c and rules_allow.c walk it.
 *
 * Node 0 is none, from which nothing leads on, and 1 to role_count are the roots of the roles. A literal
 * child is found in one table for all nodes, keyed by parent and level; the other children hang on their
 * parent. Indices into lists count from 1, so that 0 says "none".
 */
#ifndef BEDNET_CORE_RULES_INTERNAL_H
#define BEDNET_CORE_RULES_INTERNAL_H

#include "core/interner.h"
#include "core/rules.h"
#include "core/template.h"

/* What makes a node more than one that has a literal child and nothing else. */
enum bednet_rules_shape {
    BEDNET_RULES_BARREN = 1,  /* there is no literal child */
    BEDNET_RULES_SEVERAL = 2, /* there are several */
    BEDNET_RULES_FORKS = 4,   /* rules go on with `#`, or children are behind `${...}` */
    BEDNET_RULES_MORE = 8,    /* beside a literal child there is one behind `+`, or its level is long */
    BEDNET_RULES_RUN = 16,    /* so many times: `+` in a row, out of each of which there is no other way */

    /* Out of which there is at most one way. */
    BEDNET_RULES_LITERAL_ONLY = 0,
    BEDNET_RULES_PLUS_ONLY = BEDNET_RULES_BARREN
};

struct bednet_rules_node {
    uint32_t parent;
    uint32_t token;     /* the interned literal level that leads here, 0 where something else does */
    uint32_t plus;      /* the child behind `+` */
    uint32_t here;      /* the first of the rules that end here */
    uint32_t below;     /* the first of the rules that go on with `#` */
    uint32_t branches;  /* the first of the children behind `${...}` */
    uint32_t literal;   /* a literal child: most nodes have no other, and need no search. Of a run its end */
    uint8_t shape;      /* mask of enum bednet_rules_shape; a growing one knows only of SEVERAL */
    uint8_t kinds;      /* mask of the kinds of rules from here downwards */
    uint8_t plus_kinds; /* the same of the child behind `+`. Of a frozen one, like the next */
    uint8_t ends;       /* of rules that a topic which ends here fits: no allowing one with a condition */
};

#define BEDNET_RULES_RUN_MAX 15

#define BEDNET_RULES_COLUMN_MAX ((UINT32_C(1) << 27) - 1)

/*
 * One rule; a list of them ends with `last`. Behind a conditional one is a second cell, whose `line` is the
 * number of its condition.
 */
struct bednet_rules_cell {
    uint32_t line;
    uint32_t column : 27;
    uint32_t conditional : 1;
    uint32_t kind : 3;
    uint32_t last : 1;
};

/* A child behind a level with `${...}` in it; a list of them ends with `last`. */
struct bednet_rules_branch {
    const struct bednet_level *attribute; /* its name, where the level is that alone */
    uint32_t child;
    uint32_t tmpl; /* index into templates */
    uint8_t kinds; /* of the child */
    uint8_t only;  /* enum bednet_part_kind of the only part; that of a literal where there are several */
    uint8_t alone; /* the same, where its node has no other branch; else that of a literal */
    bool last;
};

struct bednet_rules {
    struct bednet_arena *arena; /* holds everything, this included */
    const struct bednet_rules_node *nodes;
    const uint32_t *edges; /* open addressing; literal children, 0 where free */
    uint32_t edge_mask;
    uint32_t edge_shift; /* see bednet_rules_shift */
    uint32_t role_count;
    struct bednet_interner levels; /* of literals, by token */
    const struct bednet_rules_cell *cells;
    const struct bednet_rules_branch *branches; /* the first one is not used */
    const struct bednet_template *templates;
    const struct bednet_level *attributes; /* by template: the name of its only part, where that is one */
    const struct bednet_condition *const *conditions;
    size_t count;
};

/* For bednet_rules_first_slot: how far what it works with is shifted. */
static inline unsigned bednet_rules_shift(uint32_t edge_mask)
{
    return (unsigned)__builtin_clzll(edge_mask);
}

/*
 * Where the search for a literal child begins whose level is not long. The table is one that only the policy
 * fills. Each byte of the level reaches the upper bits through an odd factor; the parent is not merely added,
 * for nodes and names are both numbered in steps, whose sums would meet.
 */
static inline uint32_t bednet_rules_first_short_slot(uint32_t parent, const struct bednet_level *level,
                                                     unsigned shift)
{
    uint64_t stirred = parent * UINT64_C(0x9E3779B97F4A7C15);

    return (uint32_t)(((level->low ^ stirred) * UINT64_C(0xD6E8FEB86659FD93) +
                       level->high * UINT64_C(0xA0761D6478BD642F)) >>
                      shift);
}

/* The same of any level. */
static inline uint32_t bednet_rules_first_slot(uint32_t parent, const struct bednet_level *level,
                                               unsigned shift)
{
    return bednet_level_is_long(level) ? (uint32_t)((bednet_hash_frozen(bednet_level_text(level)) +
                                                     parent * UINT64_C(0x9E3779B97F4A7C15)) >>
                                                    shift)
                                       : bednet_rules_first_short_slot(parent, level, shift);
}

/*
 * Where the literal child of `parent` behind `level` stands in the table, or the free place where it belongs.
 */
static inline uint32_t bednet_rules_slot(const struct bednet_rules_node *nodes,
                                         const struct bednet_interner *levels, const uint32_t *edges,
                                         uint32_t edge_mask, uint32_t parent,
                                         const struct bednet_level *level)
{
    uint32_t at = bednet_rules_first_slot(parent, level, bednet_rules_shift(edge_mask));

    while (edges[at] != 0) {
        const struct bednet_rules_node *node = &nodes[edges[at]];

        if (node->parent == parent && bednet_interner_is(levels, node->token, level)) {
            break;
        }
        at = (at + 1) & edge_mask;
    }
    return at;
}

#endif
