/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the frozen trie with one topic name or one requested filter. A walk visits a node at most once and
 * calls itself at most once per level.
 */
#include "core/rules_internal.h"

#include "core/hash_inline.h"

struct walk {
    const struct bednet_rules *rules;
    const struct bednet_rules_question *question;
    struct bednet_rules_hits *hits;
    unsigned kinds;
    bool covering;                                        /* wildcards in the levels are wildcards */
    bool reserved;                                        /* the first level begins with `$` */
    uint64_t hashed[(BEDNET_TOPIC_LEVELS_MAX + 63) / 64]; /* a bit for each level whose hash is known */
    uint64_t hashes[BEDNET_TOPIC_LEVELS_MAX];
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

    if (subscribes && !walk->covering) {
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

static void report(const struct walk *walk, uint32_t first)
{
    const struct bednet_rules_cell *cell = &walk->rules->cells[first - 1];

    for (;; cell++) {
        if ((walk->kinds >> cell->kind & 1) != 0 && (cell->conditional == 0 || holds(walk, cell))) {
            struct bednet_source *best = &walk->hits->source[cell->kind];

            if (stands_before(cell, best)) {
                *best = (struct bednet_source){cell->line, cell->column};
            }
        }
        if (cell->last != 0) {
            return;
        }
        cell += cell->conditional;
    }
}

/* Among many literal children. A level is hashed when the walk first asks for it, and once only. */
static __attribute__((noinline)) uint32_t search_child(struct walk *walk,
                                                       const struct bednet_rules_node *node, size_t depth)
{
    const struct bednet_rules *rules = walk->rules;
    struct bednet_text level = walk->levels.level[depth];
    uint64_t bit = UINT64_C(1) << depth % 64;

    if ((walk->hashed[depth / 64] & bit) == 0) {
        walk->hashed[depth / 64] |= bit;
        walk->hashes[depth] = bednet_hash_frozen_inline(level);
    }
    return rules->edges[bednet_rules_slot(rules->nodes, &rules->levels, rules->edges, rules->edge_mask,
                                          (uint32_t)(node - rules->nodes), level, walk->hashes[depth])];
}

/* The child of `node` behind the given level, written out; 0 where there is none. */
static inline uint32_t literal_child(struct walk *walk, const struct bednet_rules_node *node, size_t depth)
{
    if (node->several) {
        return search_child(walk, node, depth);
    }
    if (node->literal == 0 ||
        bednet_interner_is(&walk->rules->levels, walk->rules->nodes[node->literal].token,
                           walk->levels.level[depth])) {
        return node->literal;
    }
    return 0;
}

/*
 * True when the level fits the template. Nobody gets at `$SYS` by calling himself that: where the first level
 * of a topic begins with `$`, only what the policy wrote itself may stand for that character.
 */
static bool branch_fits(struct walk *walk, const struct bednet_rules_branch *branch, size_t depth)
{
    const struct bednet_template *tmpl = &walk->rules->templates[branch->tmpl];
    enum bednet_template_fit fit =
        bednet_template_judge(tmpl, walk->question->subject, walk->levels.level[depth]);

    if (fit == BEDNET_FIT_EQUAL && depth == 0 && walk->reserved &&
        tmpl->parts[0].kind != BEDNET_PART_LITERAL) {
        fit = BEDNET_FIT_UNUSABLE;
    }
    walk->hits->unusable |= fit == BEDNET_FIT_UNUSABLE;
    return fit == BEDNET_FIT_EQUAL;
}

static void visit(struct walk *walk, const struct bednet_rules_node *node, size_t depth);

/* A branch that leads to nothing that was asked for is not judged: it was not passed over. */
static __attribute__((noinline)) void visit_branches(struct walk *walk, uint32_t first, size_t depth)
{
    const struct bednet_rules_branch *branch = &walk->rules->branches[first - 1];

    for (;; branch++) {
        const struct bednet_rules_node *child = &walk->rules->nodes[branch->child];

        if ((child->kinds & walk->kinds) != 0 && branch_fits(walk, branch, depth)) {
            visit(walk, child, depth + 1);
        }
        if (branch->last != 0) {
            return;
        }
    }
}

/* Follows the given level out of `node`; gives the child that is left to visit, 0 where there is none. */
static inline uint32_t follow(struct walk *walk, const struct bednet_rules_node *node, size_t depth)
{
    uint32_t child;

    if (node->branches != 0) {
        visit_branches(walk, node->branches, depth);
    }
    child = literal_child(walk, node, depth);
    if (child == 0) {
        return node->plus;
    }
    if (node->plus != 0) {
        visit(walk, &walk->rules->nodes[node->plus], depth + 1);
    }
    return child;
}

static bool is_wildcard(struct bednet_text level, char wildcard)
{
    return level.len == 1 && level.ptr[0] == wildcard;
}

/*
 * The same for a level that was requested. `#` is covered by `#` alone, which was reported already, except
 * where its parent would be an empty name (`#`, `/#`): there is none, and `+/#` in its place says no less.
 */
static uint32_t follow_requested(struct walk *walk, const struct bednet_rules_node *node, size_t depth)
{
    struct bednet_text level = walk->levels.level[depth];

    if (is_wildcard(level, '#')) {
        bool parent_is_no_name = depth == 0 || (depth == 1 && walk->levels.level[0].len == 0);

        if (parent_is_no_name && node->plus != 0 && walk->rules->nodes[node->plus].below != 0) {
            report(walk, walk->rules->nodes[node->plus].below);
        }
        return 0;
    }
    return is_wildcard(level, '+') ? node->plus : follow(walk, node, depth);
}

static void visit(struct walk *walk, const struct bednet_rules_node *node, size_t depth)
{
    while ((node->kinds & walk->kinds) != 0) {
        uint32_t child;

        if (node->below != 0) {
            report(walk, node->below);
        }
        if (depth == walk->levels.count) {
            if (node->here != 0) {
                report(walk, node->here);
            }
            return;
        }
        child = walk->covering ? follow_requested(walk, node, depth) : follow(walk, node, depth);
        if (child == 0) {
            return;
        }
        node = &walk->rules->nodes[child];
        depth++;
    }
}

/* MQTT 5 section 4.7.2: no wildcard leads from a root to a level that begins with `$`. */
static void visit_reserved(struct walk *walk, const struct bednet_rules_node *root)
{
    uint32_t child = literal_child(walk, root, 0);

    if (root->branches != 0) {
        visit_branches(walk, root->branches, 0);
    }
    if (child != 0) {
        visit(walk, &walk->rules->nodes[child], 1);
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
    walk.question = question;
    walk.hits = hits;
    walk.kinds = question->kinds;
    walk.covering = question->cover;
    walk.reserved = question->topic.len > 0 && question->topic.ptr[0] == '$';
    memset(walk.hashed, 0, sizeof(walk.hashed));
    for (size_t i = 0; i < question->role_count; i++) {
        if (question->roles[i] >= rules->role_count) {
            continue;
        }
        if (walk.reserved) {
            visit_reserved(&walk, &rules->nodes[question->roles[i]]);
        } else {
            visit(&walk, &rules->nodes[question->roles[i]], 0);
        }
    }
    return true;
}
