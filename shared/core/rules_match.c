/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the frozen trie with one topic name or one requested filter. A walk visits a node at most once and
 * calls itself at most once per level.
 */
#include "core/rules_internal.h"

struct walk {
    const struct bednet_rules *rules;
    const struct bednet_subject *subject;
    struct bednet_rules_hits *hits;
    unsigned kinds;
    bool covering; /* wildcards in the levels are wildcards */
    bool reserved; /* the first level begins with `$` */
    size_t token_count;
    uint32_t tokens[BEDNET_TOPIC_LEVELS_MAX]; /* the first token_count are known */
    struct bednet_levels levels;
};

static void report(const struct walk *walk, uint32_t first)
{
    const struct bednet_rules_cell *cell = &walk->rules->cells[first - 1];

    for (;; cell++) {
        if ((walk->kinds >> cell->kind & 1) != 0) {
            struct bednet_source *best = &walk->hits->source[cell->kind];

            if (best->line == 0 || cell->line < best->line ||
                (cell->line == best->line && cell->column < best->column)) {
                *best = (struct bednet_source){cell->line, cell->column};
            }
        }
        if (cell->last != 0) {
            return;
        }
    }
}

/* Levels are looked up when the walk first gets to them: many end early. */
static uint32_t token_at(struct walk *walk, size_t depth)
{
    while (walk->token_count <= depth) {
        walk->tokens[walk->token_count] =
            bednet_interner_find(&walk->rules->levels, walk->levels.level[walk->token_count]);
        walk->token_count++;
    }
    return walk->tokens[depth];
}

static uint32_t literal_child(struct walk *walk, uint32_t node, size_t depth)
{
    const struct bednet_rules *rules = walk->rules;
    uint32_t token = token_at(walk, depth);

    return token != 0 ? bednet_rules_child(rules->nodes, rules->edges, rules->edge_mask, node, token) : 0;
}

/*
 * True when the level fits the template. Nobody gets at `$SYS` by calling himself that: where the first level
 * of a topic begins with `$`, only what the policy wrote itself may stand for that character.
 */
static bool branch_fits(struct walk *walk, const struct bednet_rules_branch *branch, size_t depth)
{
    const struct bednet_template *tmpl = &walk->rules->templates[branch->tmpl];
    bool fits = bednet_template_equals(tmpl, walk->subject, walk->levels.level[depth]);
    bool unsafe = fits && depth == 0 && walk->reserved && tmpl->parts[0].kind != BEDNET_PART_LITERAL;

    if ((branch->kinds & walk->kinds) != 0 && !walk->hits->unusable) {
        walk->hits->unusable = unsafe || (!fits && !bednet_template_is_usable(tmpl, walk->subject));
    }
    return fits && !unsafe;
}

static void visit(struct walk *walk, uint32_t node, size_t depth);

static void visit_branches(struct walk *walk, uint32_t first, size_t depth)
{
    const struct bednet_rules_branch *branch = &walk->rules->branches[first - 1];

    for (;; branch++) {
        if (branch_fits(walk, branch, depth)) {
            visit(walk, branch->child, depth + 1);
        }
        if (branch->last != 0) {
            return;
        }
    }
}

/* Follows the given level out of `node`; gives the child that is left to visit, 0 where there is none. */
static uint32_t follow(struct walk *walk, uint32_t node, size_t depth)
{
    const struct bednet_rules_node *here = &walk->rules->nodes[node];
    uint32_t plus = depth == 0 && walk->reserved ? 0 : here->plus;
    uint32_t child;

    if (here->templates != 0) {
        visit_branches(walk, here->templates, depth);
    }
    child = literal_child(walk, node, depth);
    if (child == 0) {
        return plus;
    }
    if (plus != 0) {
        visit(walk, plus, depth + 1);
    }
    return child;
}

/* `#` was requested at `node`: only a `#` covers it, except that `+/#` says no less than a `#` alone. */
static void visit_multi(struct walk *walk, uint32_t node, size_t depth)
{
    uint32_t plus = walk->rules->nodes[node].plus;

    if (depth == 0 && plus != 0 && walk->rules->nodes[plus].below != 0) {
        report(walk, walk->rules->nodes[plus].below);
    }
}

static char wildcard_at(const struct walk *walk, size_t depth)
{
    struct bednet_text level = walk->levels.level[depth];

    return walk->covering && level.len == 1 && (level.ptr[0] == '+' || level.ptr[0] == '#') ? level.ptr[0]
                                                                                            : 0;
}

static void visit(struct walk *walk, uint32_t node, size_t depth)
{
    for (;; depth++) {
        const struct bednet_rules_node *here = &walk->rules->nodes[node];
        char wildcard;

        if (here->below != 0 && (depth > 0 || !walk->reserved)) {
            report(walk, here->below);
        }
        if (depth == walk->levels.count) {
            if (here->here != 0) {
                report(walk, here->here);
            }
            return;
        }
        wildcard = wildcard_at(walk, depth);
        if (wildcard == '#') {
            visit_multi(walk, node, depth);
            return;
        }
        node = wildcard == '+' ? here->plus : follow(walk, node, depth);
        if (node == 0) {
            return;
        }
    }
}

static bool walk_roles(const struct bednet_rules *rules, const uint16_t *roles, size_t role_count,
                       const struct bednet_subject *subject, struct bednet_text topic, bool covering,
                       unsigned kinds, struct bednet_rules_hits *hits)
{
    struct walk walk; /* not zeroed: most of it is room for levels */

    *hits = (struct bednet_rules_hits){0};
    if (!bednet_levels_split(topic, &walk.levels)) {
        return false;
    }
    walk.rules = rules;
    walk.subject = subject;
    walk.hits = hits;
    walk.kinds = kinds;
    walk.covering = covering;
    walk.reserved = topic.len > 0 && topic.ptr[0] == '$';
    walk.token_count = 0;
    for (size_t i = 0; i < role_count; i++) {
        if (roles[i] < rules->role_count) {
            visit(&walk, roles[i], 0);
        }
    }
    return true;
}

bool bednet_rules_match(const struct bednet_rules *rules, const uint16_t *roles, size_t role_count,
                        const struct bednet_subject *subject, struct bednet_text name, unsigned kinds,
                        struct bednet_rules_hits *hits)
{
    return walk_roles(rules, roles, role_count, subject, name, false, kinds, hits);
}

bool bednet_rules_cover(const struct bednet_rules *rules, const uint16_t *roles, size_t role_count,
                        const struct bednet_subject *subject, struct bednet_text requested, unsigned kinds,
                        struct bednet_rules_hits *hits)
{
    return walk_roles(rules, roles, role_count, subject, requested, true, kinds, hits);
}
