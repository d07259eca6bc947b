/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way through the frozen trie, for the answer that nearly every new topic gets: it is allowed, and
 * no condition has a say in it. Nothing is found out but that. Once something allows the topic only what
 * denies it is looked for, and once something denies it nothing is.
 */
#include "core/rules_branch.h"
#include "core/rules_walk.h"
#include "core/split.h"

#define INLINE   inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

/* Among the kinds that are wanted: something allows it, and only what denies it is wanted now. */
#define ALLOWED (2u * BEDNET_RULES_COVER)

struct walk {
    const struct bednet_rules *rules;
    const struct bednet_rules_node *nodes; /* of the rules, like the next: each step needs them */
    const struct bednet_interned *literals;
    const struct bednet_level *end; /* behind the last level */
    const struct bednet_pack *pack;
    unsigned wanted; /* kinds of rules that still matter; 0 once it is denied, or cannot be told here */
};

static INLINE bool leads_on(const struct walk *walk, const struct bednet_rules_node *node)
{
    return (node->kinds & walk->wanted) != 0;
}

/* Rules that speak of the topic: what denies it may have a condition that is not for here to look at. */
static INLINE void take(struct walk *walk, unsigned kinds)
{
    kinds &= walk->wanted;
    if ((kinds & BEDNET_RULES_DENIALS) != 0) {
        walk->wanted = 0;
    } else if (kinds != 0) {
        walk->wanted = (walk->wanted & BEDNET_RULES_DENIALS) | ALLOWED;
    }
}

static INLINE void take_cell(struct walk *walk, const struct bednet_rules_cell *cell)
{
    unsigned kind = 1u << cell->kind;

    take(walk, cell->conditional == 0 ? kind : kind & BEDNET_RULES_DENIALS);
}

static INLINE void take_list(struct walk *walk, uint32_t first)
{
    const struct bednet_rules_cell *cell = &walk->rules->cells[first - 1];

    take_cell(walk, cell);
    while (cell->last == 0) {
        cell += 1 + cell->conditional;
        take_cell(walk, cell);
    }
}

/*
 * These call each other last, so that nothing has to be kept meanwhile: few ways need more than that. A walk
 * visits a node at most once, and goes at most once per level into what it has to come back from.
 */
static NOINLINE void visit(struct walk *walk, const struct bednet_rules_node *node,
                           const struct bednet_level *level);

static NOINLINE void visit_both(struct walk *walk, const struct bednet_rules_node *first,
                                const struct bednet_rules_node *second, const struct bednet_level *level)
{
    visit(walk, first, level);
    if (leads_on(walk, second)) {
        visit(walk, second, level);
    }
}

/* To the child behind `+`, beside which there is no way. */
static INLINE void leave_by_plus(struct walk *walk, const struct bednet_rules_node *node,
                                 const struct bednet_level *level)
{
    if ((node->plus_kinds & walk->wanted) != 0) {
        visit(walk, &walk->nodes[node->plus], level + 1);
    }
}

/* To that child, and to another one, which is node 0 where there is none. */
static INLINE void leave_by(struct walk *walk, const struct bednet_rules_node *node,
                            const struct bednet_rules_node *child, const struct bednet_level *level)
{
    if (!leads_on(walk, child)) {
        leave_by_plus(walk, node, level);
    } else if ((node->plus_kinds & walk->wanted) == 0) {
        visit(walk, child, level + 1);
    } else {
        visit_both(walk, child, &walk->nodes[node->plus], level + 1);
    }
}

static NOINLINE void leave_by_any(struct walk *walk, const struct bednet_rules_node *node,
                                  const struct bednet_level *level)
{
    leave_by(walk, node, bednet_rules_literal(walk->rules, node, level), level);
}

/* Whether the search for the level, which is not long, ends at this place: with the child or without. */
static INLINE bool ends_search(const struct walk *walk, const struct bednet_rules_node *child,
                               uint32_t parent, const struct bednet_level *level)
{
    return child == walk->nodes ||
           (child->parent == parent && bednet_interned_is_short(&walk->literals[child->token], level));
}

static NOINLINE void leave_by_next(struct walk *walk, const struct bednet_rules_node *node,
                                   const struct bednet_level *level, uint32_t slot)
{
    uint32_t parent = (uint32_t)(node - walk->nodes);
    const struct bednet_rules_node *child;

    do {
        slot = (slot + 1) & walk->rules->edge_mask;
        child = &walk->nodes[walk->rules->edges[slot]];
    } while (!ends_search(walk, child, parent, level));
    leave_by(walk, node, child, level);
}

/* The first place that is looked at in the table of children mostly is the right one. */
static NOINLINE void leave_by_search(struct walk *walk, const struct bednet_rules_node *node,
                                     const struct bednet_level *level)
{
    uint32_t parent = (uint32_t)(node - walk->nodes);
    uint32_t slot = bednet_rules_first_short_slot(parent, level, walk->rules->edge_shift);
    const struct bednet_rules_node *child = &walk->nodes[walk->rules->edges[slot]];

    if (ends_search(walk, child, parent, level)) {
        leave_by(walk, node, child, level);
    } else {
        leave_by_next(walk, node, level, slot);
    }
}

/* Follows the level out of a node that has no `${...}`, or whose were followed. */
static INLINE void leave(struct walk *walk, const struct bednet_rules_node *node,
                         const struct bednet_level *level)
{
    if ((node->shape & BEDNET_RULES_SEVERAL) != 0 && !bednet_level_is_long(level)) {
        leave_by_search(walk, node, level);
    } else {
        leave_by_any(walk, node, level);
    }
}

/* Follows the level out of a node whose `${...}` were followed. */
static INLINE void leave_rest(struct walk *walk, const struct bednet_rules_node *node,
                              const struct bednet_level *level)
{
    if ((node->shape & BEDNET_RULES_BARREN) != 0) {
        leave_by_plus(walk, node, level);
    } else {
        leave(walk, node, level);
    }
}

/* With calls, for those who keep what they need meanwhile anyway. */
static NOINLINE bool branch_fits(const struct walk *walk, const struct bednet_rules_branch *branch,
                                 const struct bednet_level *level)
{
    enum bednet_rules_fit fit = bednet_rules_fit(branch, walk->pack, level);

    return fit == BEDNET_RULES_UNKNOWN
               ? bednet_template_fits(&walk->rules->templates[branch->tmpl], walk->pack, level)
               : fit == BEDNET_RULES_FITS;
}

static NOINLINE void leave_by_branches(struct walk *walk, const struct bednet_rules_node *node,
                                       const struct bednet_level *level,
                                       const struct bednet_rules_branch *branch)
{
    for (;; branch++) {
        if ((branch->kinds & walk->wanted) != 0 && branch_fits(walk, branch, level)) {
            visit(walk, &walk->nodes[branch->child], level + 1);
        }
        if (branch->last) {
            break;
        }
    }
    if (leads_on(walk, node)) {
        leave_rest(walk, node, level);
    }
}

/* The child is behind the only branch. */
static NOINLINE void visit_and_leave(struct walk *walk, const struct bednet_rules_node *child,
                                     const struct bednet_level *level, const struct bednet_rules_node *node)
{
    visit(walk, child, level + 1);
    if (leads_on(walk, node)) {
        leave(walk, node, level);
    }
}

/* The only branch of a node fits, or does not. */
static INLINE void leave_fitted(struct walk *walk, const struct bednet_rules_node *node,
                                const struct bednet_level *level, const struct bednet_rules_branch *branch,
                                enum bednet_rules_fit fit)
{
    const struct bednet_rules_node *child;

    if (fit == BEDNET_RULES_UNKNOWN) {
        leave_by_branches(walk, node, level, branch);
        return;
    }
    if (fit == BEDNET_RULES_DIFFERS) {
        leave_rest(walk, node, level);
        return;
    }
    child = &walk->nodes[branch->child];
    if ((node->shape & BEDNET_RULES_BARREN) == 0) {
        visit_and_leave(walk, child, level, node);
    } else if ((node->plus_kinds & walk->wanted) != 0) {
        visit_both(walk, child, &walk->nodes[node->plus], level + 1);
    } else {
        visit(walk, child, level + 1);
    }
}

static NOINLINE void leave_by_client_id(struct walk *walk, const struct bednet_rules_node *node,
                                        const struct bednet_level *level,
                                        const struct bednet_rules_branch *branch)
{
    if ((branch->kinds & walk->wanted) == 0) {
        leave_rest(walk, node, level);
    } else {
        leave_fitted(walk, node, level, branch, bednet_rules_fit_client_id(walk->pack, level, true));
    }
}

static NOINLINE void leave_by_attribute(struct walk *walk, const struct bednet_rules_node *node,
                                        const struct bednet_level *level,
                                        const struct bednet_rules_branch *branch)
{
    if ((branch->kinds & walk->wanted) == 0) {
        leave_rest(walk, node, level);
    } else {
        leave_fitted(walk, node, level, branch, bednet_rules_fit_attribute(branch, walk->pack, level, true));
    }
}

/* Nearly all branches are the only one of their node, and one value. */
static NOINLINE void leave_by_branch(struct walk *walk, const struct bednet_rules_node *node,
                                     const struct bednet_level *level)
{
    const struct bednet_rules_branch *branch = &walk->rules->branches[node->branches];

    if (branch->alone == BEDNET_PART_CLIENT_ID) {
        leave_by_client_id(walk, node, level, branch);
    } else if (branch->alone == BEDNET_PART_ATTRIBUTE) {
        leave_by_attribute(walk, node, level, branch);
    } else {
        leave_by_branches(walk, node, level, branch);
    }
}

/* Out of a node that has rules which go on with `#`. */
static NOINLINE void pass(struct walk *walk, const struct bednet_rules_node *node,
                          const struct bednet_level *level)
{
    take_list(walk, node->below);
    if (leads_on(walk, node)) {
        if (node->branches != 0) {
            leave_by_branch(walk, node, level);
        } else {
            leave(walk, node, level);
        }
    }
}

/*
 * Goes on as long as there is but one way. Nodes are not asked there whether they lead to what is wanted:
 * that is for those with several ways to know. Where there is no way at all it leads to node 0, and stays
 * there.
 */
static void visit(struct walk *walk, const struct bednet_rules_node *node, const struct bednet_level *level)
{
    while (level != walk->end) {
        if (node->shape == BEDNET_RULES_LITERAL_ONLY) {
            node = &walk->nodes[node->literal];
            if (!bednet_interned_is_short(&walk->literals[node->token], level)) {
                return;
            }
            level++;
        } else if (node->shape == BEDNET_RULES_PLUS_ONLY) {
            node = &walk->nodes[node->plus];
            level++;
        } else if ((node->shape & BEDNET_RULES_FORKS) != 0) {
            if (node->below != 0) {
                pass(walk, node, level);
            } else {
                leave_by_branch(walk, node, level);
            }
            return;
        } else if (node->shape < BEDNET_RULES_RUN) {
            leave(walk, node, level);
            return;
        } else {
            level += node->shape / BEDNET_RULES_RUN;
            if (level > walk->end) {
                return;
            }
            node = &walk->nodes[node->literal];
        }
    }
    take(walk, node->ends);
}

/* One without covers what it names. */
static bool has_wildcards(const struct bednet_level *level, const struct bednet_level *end)
{
    while (level < end && !bednet_level_is_wildcard(level)) {
        level++;
    }
    return level < end;
}

bool bednet_rules_allow(const struct bednet_rules *rules, const uint16_t *roles, size_t role_count,
                        const struct bednet_pack *pack, const struct bednet_text *topic, unsigned kinds)
{
    struct bednet_level
        levels[BEDNET_TOPIC_LEVELS_MAX + BEDNET_RULES_RUN_MAX]; /* a run may look behind the last */
    struct walk walk;

    if (topic->len >= BEDNET_TOPIC_LEVELS_MAX) {
        return false;
    }
    walk.rules = rules;
    walk.nodes = rules->nodes;
    walk.literals = rules->levels.items;
    walk.pack = pack;
    walk.wanted = kinds;
    walk.end = bednet_split(*topic, false, levels);
    if (bednet_level_is_reserved(levels) ||
        ((kinds & BEDNET_RULES_COVER) != 0 && has_wildcards(levels, walk.end))) {
        return false;
    }
    for (const uint16_t *role = roles; role < roles + role_count; role++) {
        const struct bednet_rules_node *root = &walk.nodes[1 + (size_t)*role];

        if (*role < rules->role_count && leads_on(&walk, root)) {
            visit(&walk, root, levels);
        }
    }
    return (walk.wanted & ALLOWED) != 0;
}
