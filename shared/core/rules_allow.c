/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way through the frozen trie, for the answer that nearly every new topic gets: it is allowed, and
 * no condition has a say in it. Nothing is found out but that. Once something allows the topic only what
 * denies it is looked for, and once something denies it nothing is.
 */
#include "core/rules_walk.h"
#include "core/split.h"

#define INLINE   inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

struct walk {
    const struct bednet_rules *rules;
    const struct bednet_rules_node *nodes; /* of the rules, like the next: each step needs them */
    const struct bednet_interned *literals;
    const struct bednet_level *end; /* behind the last level */
    const struct bednet_pack *pack;
    unsigned wanted; /* kinds of rules that still matter */
    bool is_allowed;
};

/* It is denied, or cannot be told here. */
static INLINE void give_up(struct walk *walk)
{
    walk->is_allowed = false;
    walk->wanted = 0;
}

static INLINE bool leads_on(const struct walk *walk, const struct bednet_rules_node *node)
{
    return (node->kinds & walk->wanted) != 0;
}

/* A denial may have a condition: whether that holds is not for here to say. */
static INLINE void take(struct walk *walk, const struct bednet_rules_cell *cell)
{
    unsigned kind = 1u << cell->kind;

    if ((walk->wanted & kind) == 0) {
        return;
    }
    if ((kind & BEDNET_RULES_DENIALS) != 0) {
        give_up(walk);
    } else if (cell->conditional == 0) {
        walk->is_allowed = true;
        walk->wanted &= BEDNET_RULES_DENIALS;
    }
}

static INLINE void take_list(struct walk *walk, uint32_t first)
{
    const struct bednet_rules_cell *cell = &walk->rules->cells[first - 1];

    take(walk, cell);
    while (cell->last == 0) {
        cell += 1 + cell->conditional;
        take(walk, cell);
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

/* To the child behind the level, written out, which is node 0 where there is none, and to that behind `+`. */
static INLINE void leave_by(struct walk *walk, const struct bednet_rules_node *node,
                            const struct bednet_rules_node *child, const struct bednet_level *level)
{
    if ((node->plus_kinds & walk->wanted) == 0) {
        if (leads_on(walk, child)) {
            visit(walk, child, level + 1);
        }
    } else if (leads_on(walk, child)) {
        visit_both(walk, child, &walk->nodes[node->plus], level + 1);
    } else {
        visit(walk, &walk->nodes[node->plus], level + 1);
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

static NOINLINE void leave_by_branches(struct walk *walk, const struct bednet_rules_node *node,
                                       const struct bednet_level *level)
{
    const struct bednet_rules_branch *branch = &walk->rules->branches[node->branches - 1];

    for (;; branch++) {
        const struct bednet_rules_node *child = &walk->nodes[branch->child];

        if (leads_on(walk, child) &&
            bednet_template_fits(&walk->rules->templates[branch->tmpl], walk->pack, level)) {
            visit(walk, child, level + 1);
        }
        if (branch->last != 0) {
            break;
        }
    }
    if (!leads_on(walk, node)) {
        return;
    }
    if ((node->shape & BEDNET_RULES_BARREN) != 0) {
        leave_by(walk, node, walk->nodes, level);
    } else {
        leave(walk, node, level);
    }
}

/* Reports what is here, at the last level, or goes on with `#`. */
static NOINLINE void arrive(struct walk *walk, const struct bednet_rules_node *node)
{
    if (node->below != 0) {
        take_list(walk, node->below);
    }
    if (node->here != 0) {
        take_list(walk, node->here);
    }
}

static NOINLINE void pass(struct walk *walk, const struct bednet_rules_node *node,
                          const struct bednet_level *level)
{
    take_list(walk, node->below);
    if (leads_on(walk, node)) {
        if (node->branches != 0) {
            leave_by_branches(walk, node, level);
        } else {
            leave(walk, node, level);
        }
    }
}

/* Out of a node that has several ways, or rules that go on with `#`, or by a long level. */
static INLINE void leave_all_ways(struct walk *walk, const struct bednet_rules_node *node,
                                  const struct bednet_level *level)
{
    if ((node->shape & BEDNET_RULES_FORKS) == 0) {
        leave(walk, node, level);
    } else if (node->below != 0) {
        pass(walk, node, level);
    } else {
        leave_by_branches(walk, node, level);
    }
}

/*
 * Goes on as long as there is but one way. Nodes are not asked there whether they lead to what is wanted:
 * that is for those with several ways to know. Where there is no way at all it leads to node 0, and stays
 * there.
 */
static void visit(struct walk *walk, const struct bednet_rules_node *node, const struct bednet_level *level)
{
    for (; level != walk->end; level++) {
        if (node->shape == BEDNET_RULES_LITERAL_ONLY && !bednet_level_is_long(level)) {
            node = &walk->nodes[node->literal];
            if (!bednet_interned_is_short(&walk->literals[node->token], level)) {
                return;
            }
        } else if (node->shape == BEDNET_RULES_PLUS_ONLY) {
            node = &walk->nodes[node->plus];
        } else {
            leave_all_ways(walk, node, level);
            return;
        }
    }
    arrive(walk, node);
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
    struct bednet_level levels[BEDNET_TOPIC_LEVELS_MAX];
    struct walk walk;

    if (topic->len >= BEDNET_TOPIC_LEVELS_MAX) {
        return false;
    }
    walk.end = bednet_split(*topic, false, levels);
    if (bednet_level_is_reserved(levels) ||
        ((kinds & BEDNET_RULES_COVER) != 0 && has_wildcards(levels, walk.end))) {
        return false;
    }
    walk.rules = rules;
    walk.nodes = rules->nodes;
    walk.literals = rules->levels.items;
    walk.pack = pack;
    walk.wanted = kinds;
    walk.is_allowed = false;
    for (const uint16_t *role = roles; role < roles + role_count; role++) {
        const struct bednet_rules_node *root = &walk.nodes[1 + (size_t)*role];

        if (*role < rules->role_count && leads_on(&walk, root)) {
            visit(&walk, root, levels);
        }
    }
    return walk.is_allowed;
}
