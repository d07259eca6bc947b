/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the frozen trie with one topic name or one requested filter. A walk visits a node at most once and
 * calls itself at most once per level.
 */
#include "core/rules_walk.h"

#define INLINE inline __attribute__((always_inline))

struct walk {
    const struct bednet_rules *rules;
    const struct bednet_rules_node *nodes; /* of the rules; each step needs them */
    const struct bednet_rules_question *question;
    struct bednet_rules_hits *hits;
    const struct bednet_level *end; /* behind the last level */
    unsigned kinds;
    bool reserved; /* the first level begins with `$` */
    struct bednet_levels levels;
};

static bool stands_before(const struct bednet_rules_cell *cell, const struct bednet_source *best)
{
    return best->line == 0 || cell->line < best->line ||
           (cell->line == best->line && cell->column < best->column);
}

/* Whether the conditional rule is there. Whoever may not subscribe at one QoS may do so at another. */
static __attribute__((noinline)) bool holds(const struct walk *walk, const struct bednet_rules_cell *cell)
{
    const struct bednet_condition *condition = walk->rules->conditions[cell[1].line];
    bool denies = cell->kind >= BEDNET_DENY_PUBLISH;
    bool subscribes = cell->kind == BEDNET_ALLOW_SUBSCRIBE || cell->kind == BEDNET_DENY_SUBSCRIBE;
    unsigned aspects = ~0u;
    enum bednet_condition_fit fit;

    if (subscribes && !walk->question->cover) {
        aspects = ~(unsigned)BEDNET_ASPECT_QOS;
        if (denies && (condition->aspects & BEDNET_ASPECT_QOS) != 0) {
            return false;
        }
    }
    walk->hits->conditional = true;
    fit = bednet_condition_judge(condition, aspects, walk->question->situation);
    if (fit == BEDNET_CONDITION_HOLDS || (denies && fit == BEDNET_CONDITION_UNKNOWN)) {
        return true;
    }
    if (!denies && stands_before(cell, &walk->hits->unmet)) {
        walk->hits->unmet = (struct bednet_source){cell->line, cell->column};
    }
    return false;
}

/* Of a rule that is there. */
static inline void take(const struct walk *walk, const struct bednet_rules_cell *cell)
{
    struct bednet_source *best = &walk->hits->source[cell->kind];

    walk->hits->kinds |= 1u << cell->kind;
    if (stands_before(cell, best)) {
        *best = (struct bednet_source){cell->line, cell->column};
    }
}

static inline bool is_asked_for(const struct walk *walk, const struct bednet_rules_cell *cell)
{
    return (walk->kinds >> cell->kind & 1) != 0;
}

static __attribute__((noinline)) void report_list(const struct walk *walk,
                                                  const struct bednet_rules_cell *cell)
{
    for (;; cell++) {
        if (is_asked_for(walk, cell) && (cell->conditional == 0 || holds(walk, cell))) {
            take(walk, cell);
        }
        if (cell->last != 0) {
            return;
        }
        cell += cell->conditional;
    }
}

/* Most lists are of one rule without a condition. */
static INLINE void report(const struct walk *walk, uint32_t first)
{
    const struct bednet_rules_cell *cell = &walk->rules->cells[first - 1];

    if (cell->last == 0 || cell->conditional != 0) {
        report_list(walk, cell);
    } else if (is_asked_for(walk, cell)) {
        take(walk, cell);
    }
}

/* One that is longer than all that the policy has is not even hashed. */
uint32_t bednet_rules_search_long(const struct bednet_rules *rules, uint32_t parent,
                                  const struct bednet_level *level)
{
    if (level->len > rules->levels.longest) {
        return 0;
    }
    return rules->edges[bednet_rules_slot(rules->nodes, &rules->levels, rules->edges, rules->edge_mask,
                                          parent, level)];
}

/*
 * True when the level fits the template. Nobody gets at `$SYS` by calling himself that: where the first level
 * of a topic begins with `$`, only what the policy wrote itself may stand for that character.
 */
static bool branch_fits(struct walk *walk, const struct bednet_rules_branch *branch,
                        const struct bednet_level *level)
{
    const struct bednet_template *tmpl = &walk->rules->templates[branch->tmpl];
    enum bednet_template_fit fit =
        bednet_template_judge(tmpl, walk->question->subject, bednet_level_text(level));

    if (fit == BEDNET_FIT_EQUAL && walk->reserved && level == walk->levels.level &&
        tmpl->parts[0].kind != BEDNET_PART_LITERAL) {
        fit = BEDNET_FIT_UNUSABLE;
    }
    walk->hits->unusable |= fit == BEDNET_FIT_UNUSABLE;
    return fit == BEDNET_FIT_EQUAL;
}

/* True where something that is asked for is to be found from here on, which never is at node 0. */
static inline bool leads_on(const struct walk *walk, const struct bednet_rules_node *node)
{
    return (node->kinds & walk->kinds) != 0;
}

static void visit(struct walk *walk, const struct bednet_rules_node *node, const struct bednet_level *level);

/* A branch that leads to nothing that was asked for is not judged: it was not passed over. */
static void visit_branches(struct walk *walk, uint32_t first, const struct bednet_level *level)
{
    const struct bednet_rules_branch *branch = &walk->rules->branches[first];

    for (;; branch++) {
        const struct bednet_rules_node *child = &walk->nodes[branch->child];

        if (leads_on(walk, child) && branch_fits(walk, branch, level)) {
            visit(walk, child, level + 1);
        }
        if (branch->last) {
            return;
        }
    }
}

/* Rules that go on with `#`, and children behind `${...}`, which no wildcard is covered by. */
static __attribute__((noinline)) void visit_forks(struct walk *walk, const struct bednet_rules_node *node,
                                                  const struct bednet_level *level, bool wild)
{
    if (node->below != 0) {
        report_list(walk, &walk->rules->cells[node->below - 1]);
    }
    if (node->branches != 0 && level != walk->end && !wild) {
        visit_branches(walk, node->branches, level);
    }
}

/*
 * Follows the level out of `node`; gives the one child that is left to visit, for the others were. NULL: none
 * is.
 */
static INLINE const struct bednet_rules_node *follow(struct walk *walk, const struct bednet_rules_node *node,
                                                     const struct bednet_level *level)
{
    const struct bednet_rules_node *child = bednet_rules_literal(walk->rules, node, level);

    if (!leads_on(walk, child)) {
        return (node->plus_kinds & walk->kinds) != 0 ? &walk->nodes[node->plus] : NULL;
    }
    if ((node->plus_kinds & walk->kinds) != 0) {
        visit(walk, &walk->nodes[node->plus], level + 1);
    }
    return child;
}

/*
 * The same of a wildcard that was requested. `#` is covered by `#` alone, which was reported already, except
 * where its parent would be an empty name (`#`, `/#`): there is none, and `+/#` in its place says no less.
 */
static __attribute__((noinline)) const struct bednet_rules_node *
follow_wildcard(const struct walk *walk, const struct bednet_rules_node *node,
                const struct bednet_level *level)
{
    const struct bednet_rules_node *plus = &walk->nodes[node->plus];
    const struct bednet_level *first = walk->levels.level;

    if (level->ptr[0] == '#') {
        bool parent_is_no_name = level == first || (level == first + 1 && first->len == 0);

        if (parent_is_no_name && plus->below != 0) {
            report(walk, plus->below);
        }
        return NULL;
    }
    return leads_on(walk, plus) ? plus : NULL;
}

/* Goes on from a node that leads on, and that `level` leads out of. */
static INLINE void go(struct walk *walk, const struct bednet_rules_node *node,
                      const struct bednet_level *level, bool covering)
{
    for (; node != NULL; level++) {
        bool wild = covering && level != walk->end && bednet_level_is_wildcard(level);

        if ((node->shape & BEDNET_RULES_FORKS) != 0) {
            visit_forks(walk, node, level, wild);
        }
        if (level == walk->end) {
            if (node->here != 0) {
                report(walk, node->here);
            }
            return;
        }
        node = wild ? follow_wildcard(walk, node, level) : follow(walk, node, level);
    }
}

static void visit(struct walk *walk, const struct bednet_rules_node *node, const struct bednet_level *level)
{
    go(walk, node, level, walk->question->cover);
}

/* MQTT 5 section 4.7.2: no wildcard leads from a root to a level that begins with `$`. */
static void visit_reserved(struct walk *walk, const struct bednet_rules_node *root)
{
    const struct bednet_level *level = walk->levels.level;
    const struct bednet_rules_node *child = bednet_rules_literal(walk->rules, root, level);

    if (root->branches != 0) {
        visit_branches(walk, root->branches, level);
    }
    if (leads_on(walk, child)) {
        visit(walk, child, level + 1);
    }
}

static INLINE void visit_roots(struct walk *walk, bool covering)
{
    const struct bednet_rules_question *question = walk->question;

    for (size_t i = 0; i < question->role_count; i++) {
        const struct bednet_rules_node *root;

        if (question->roles[i] >= walk->rules->role_count) {
            continue;
        }
        root = &walk->nodes[1 + question->roles[i]];
        if (!leads_on(walk, root)) {
            continue;
        }
        if (walk->reserved) {
            visit_reserved(walk, root);
        } else {
            go(walk, root, walk->levels.level, covering);
        }
    }
}

bool bednet_rules_ask(const struct bednet_rules *rules, const struct bednet_rules_question *question,
                      struct bednet_rules_hits *hits)
{
    struct walk walk; /* not zeroed: most of it is room for levels */

    *hits = (struct bednet_rules_hits){0};
    if (!bednet_levels_split(question->topic, &walk.levels)) {
        return false;
    }
    walk.rules = rules;
    walk.nodes = rules->nodes;
    walk.question = question;
    walk.hits = hits;
    walk.end = walk.levels.level + walk.levels.count;
    walk.kinds = question->kinds;
    walk.reserved = bednet_level_is_reserved(walk.levels.level);
    if (question->cover) {
        visit_roots(&walk, true);
    } else {
        visit_roots(&walk, false);
    }
    return true;
}
