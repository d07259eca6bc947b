/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled rules against a list that is gone through with filter.h, over random rule sets, roles, values and
 * topics. A level with `${...}` is filled in by the test itself; a rule whose value is unusable is passed
 * over.
 */
#include "cmocka_first.h"

#include "core/filter.h"
#include "core/rules.h"
#include "naive.h"
#include "packed.h"
#include <inttypes.h>

enum { RULES = 40, ROLES = 3, ALL_KINDS = (1 << BEDNET_RULE_KINDS) - 1 };

/* Conditions in words of their own: what a rule asks for, -1 where it does not. */
struct listed_condition {
    int qos_min, qos_max, retain, protocol, network;
};

struct listed_rule {
    bool conditional;
    struct listed_condition asks;
    struct bednet_condition condition;
    size_t role;
    enum bednet_rule_kind kind;
    struct bednet_source source;
    char filter[NAIVE_BYTES];
};

struct world {
    struct listed_rule rule[RULES];
    size_t rule_count;
    const char *client_id, *username, *site, *plant; /* NULL where there is none */
};

/* The event: what is -1 is unknown, and `place` is where the client is: 0 in the network, 1 elsewhere. */
struct listed_event {
    bool known; /* false: nothing is */
    int qos, retain, protocol, place;
};

static const struct bednet_network network = {{{[10] = 0xFF, 0xFF, 10}}, 104};

static const char *const values[] = {"a", "b", "$SYS", "+", "#", "", "a/b", NULL, "long-level-of-many-bytes",
                                     "x"};
/* Of names of attributes, one is long, and what finds the one quickly leads to the other. */
static const char *const templates[] = {
    "${client_id}",  "${username}",  "${claim.site}",           "${claim.plant-of-acm}",
    "x${client_id}", "$${username}", "${username}${claim.site}"};

/* A random topic in which some levels became templates, and which at times has more of `+` in front. */
static void random_filter(uint64_t *seed, char out[NAIVE_BYTES])
{
    char plain[NAIVE_BYTES];
    struct naive_levels levels;

    naive_topic(seed, true, plain);
    levels = naive_split(plain);
    strcpy(out, naive_below(seed, 6) == 0 ? "+/+/" : "");
    for (int i = 0; i < levels.count; i++) {
        bool fill = naive_below(seed, 5) == 0 && strcmp(levels.level[i], "#") != 0;

        strcat(out, i == 0 ? "" : "/");
        strcat(out, fill ? templates[naive_below(seed, 7)] : levels.level[i]);
    }
}

static int maybe(uint64_t *seed, unsigned below)
{
    return naive_below(seed, 2) == 0 ? -1 : (int)naive_below(seed, below);
}

/* A random wish, and the same as a condition. */
static void random_condition(uint64_t *seed, struct listed_rule *rule)
{
    struct listed_condition *asks = &rule->asks;
    struct bednet_condition *condition = &rule->condition;

    *asks = (struct listed_condition){maybe(seed, 3), 2, maybe(seed, 2), maybe(seed, 3), maybe(seed, 1)};
    *condition = (struct bednet_condition){.networks = &network, .network_count = 1};
    if (asks->qos_min >= 0) {
        asks->qos_max = asks->qos_min + (int)naive_below(seed, 3 - (unsigned)asks->qos_min);
        condition->aspects |= BEDNET_ASPECT_QOS;
        for (int qos = asks->qos_min; qos <= asks->qos_max; qos++) {
            condition->qos |= (uint8_t)(1 << qos);
        }
    }
    if (asks->retain >= 0) {
        condition->aspects |= BEDNET_ASPECT_RETAIN;
        condition->retain = asks->retain != 0;
    }
    if (asks->protocol >= 0) {
        condition->aspects |= BEDNET_ASPECT_PROTOCOL;
        condition->protocols = (uint8_t)(8 << asks->protocol);
    }
    if (asks->network >= 0) {
        condition->aspects |= BEDNET_ASPECT_ADDRESS;
    }
}

static struct listed_event random_event(uint64_t *seed)
{
    struct listed_event event = {naive_below(seed, 8) != 0, (int)naive_below(seed, 3),
                                 (int)naive_below(seed, 2), (int)naive_below(seed, 4) - 1,
                                 (int)naive_below(seed, 3) - 1};

    return event;
}

static struct bednet_situation situation_of(const struct listed_event *event)
{
    static const char *const addresses[] = {"unix-socket", "10.1.2.3", "2001:db8::1"};

    return (struct bednet_situation){.qos = (uint8_t)event->qos,
                                     .retain = event->retain != 0,
                                     .protocol = (uint8_t)(event->protocol < 0 ? 0 : event->protocol + 3),
                                     .address = addresses[event->place + 1]};
}

static void random_world(uint64_t *seed, struct world *world)
{
    world->rule_count = 1 + naive_below(seed, RULES);
    for (size_t i = 0; i < world->rule_count; i++) {
        world->rule[i].role = naive_below(seed, ROLES);
        world->rule[i].kind = (enum bednet_rule_kind)naive_below(seed, BEDNET_RULE_KINDS);
        world->rule[i].source = (struct bednet_source){1 + naive_below(seed, 30), 1 + naive_below(seed, 3)};
        world->rule[i].conditional = naive_below(seed, 3) == 0;
        random_condition(seed, &world->rule[i]);
        random_filter(seed, world->rule[i].filter);
    }
    world->client_id = values[naive_below(seed, 10)];
    world->username = values[naive_below(seed, 10)];
    world->site = values[naive_below(seed, 10)];
    world->plant = values[naive_below(seed, 10)];
}

static struct bednet_rules *compile(const struct world *world)
{
    struct bednet_rules_builder *builder = bednet_rules_builder_new(ROLES);
    struct bednet_rules *rules;

    assert_non_null(builder);
    for (size_t i = 0; i < world->rule_count; i++) {
        const struct listed_rule *rule = &world->rule[i];
        const char *error = "no memory";
        size_t offset = 0;

        if (bednet_rules_builder_add(builder, rule->role, rule->kind, bednet_text(rule->filter),
                                     rule->conditional ? &rule->condition : NULL, rule->source, &error,
                                     &offset) != BEDNET_OK) {
            fail_msg("%s: %s", rule->filter, error);
        }
    }
    rules = bednet_rules_freeze(builder);
    assert_non_null(rules);
    bednet_rules_builder_free(builder);
    return rules;
}

/* --- The list --- */

static bool append_value(char *out, const char *value)
{
    if (value == NULL || value[0] == '\0' || strpbrk(value, "+#/") != NULL) {
        return false;
    }
    strcat(out, value);
    return true;
}

/* Fills in one level; false where a value is unusable. */
static bool fill_level(const struct world *world, const char *level, char *out)
{
    out[0] = '\0';
    while (*level != '\0') {
        static const char *const names[] = {"${client_id}", "${username}", "${claim.site}",
                                            "${claim.plant-of-acm}"};
        const char *const given[] = {world->client_id, world->username, world->site, world->plant};
        size_t name = 0;

        while (name < 4 && strncmp(level, names[name], strlen(names[name])) != 0) {
            name++;
        }
        if (name < 4) {
            if (!append_value(out, given[name])) {
                return false;
            }
            level += strlen(names[name]);
        } else {
            strncat(out, level++, 1);
        }
    }
    return true;
}

/*
 * Fills in a rule's filter up to the first level that is unusable; false where there is one, which is *bad.
 * In the first level a value must not be what brings the `$`.
 */
static bool fill_filter(const struct world *world, const char *filter, const char *topic, char *out, int *bad)
{
    struct naive_levels levels = naive_split(filter);
    char level[NAIVE_BYTES];

    out[0] = '\0';
    for (*bad = 0; *bad < levels.count; ++*bad) {
        struct naive_levels given = naive_split(topic);
        bool usable = fill_level(world, levels.level[*bad], level);

        if (usable && *bad == 0 && levels.level[0][0] == '$' && levels.level[0][1] == '{' &&
            level[0] == '$') {
            /* Unsafe where it would fit; elsewhere it just differs. */
            usable = strcmp(level, given.level[0]) != 0;
        }
        if (!usable) {
            return false;
        }
        strcat(strcat(out, *bad == 0 ? "" : "/"), level);
    }
    return true;
}

/*
 * Whether the walk gets as far as level `bad` of a rule whose levels before that are `start`, and finds a
 * level there that a value could equal.
 */
static bool passes(const char *start, int bad, const char *topic, bool cover)
{
    struct naive_levels given = naive_split(topic);
    char head[NAIVE_BYTES] = "";

    if (bad >= given.count) {
        return false;
    }
    for (int i = 0; i <= bad; i++) {
        if (cover && strcmp(given.level[i], "#") == 0) {
            return false;
        }
        if (i < bad) {
            strcat(strcat(head, i == 0 ? "" : "/"), given.level[i]);
        }
    }
    if (cover && strcmp(given.level[bad], "+") == 0) {
        return false;
    }
    if (bad == 0) {
        return true;
    }
    return cover ? bednet_filter_covers(bednet_text(start), bednet_text(head))
                 : bednet_filter_matches(bednet_text(start), bednet_text(head));
}

/* 1, 0, or -1 where it cannot be told. */
static int wish_holds(const struct listed_rule *rule, const struct listed_event *event, bool ask_qos)
{
    const struct listed_condition *asks = &rule->asks;
    bool untold = false;

    if (ask_qos && asks->qos_min >= 0) {
        untold |= !event->known;
        if (event->known && (event->qos < asks->qos_min || event->qos > asks->qos_max)) {
            return 0;
        }
    }
    if (asks->retain >= 0) {
        untold |= !event->known;
        if (event->known && event->retain != asks->retain) {
            return 0;
        }
    }
    if (asks->protocol >= 0) {
        untold |= !event->known || event->protocol < 0;
        if (event->known && event->protocol >= 0 && event->protocol != asks->protocol) {
            return 0;
        }
    }
    if (asks->network >= 0) {
        untold |= !event->known || event->place < 0;
        if (event->known && event->place > 0) {
            return 0;
        }
    }
    return untold ? -1 : 1;
}

static bool stands_first(struct bednet_source source, struct bednet_source best)
{
    return best.line == 0 || source.line < best.line ||
           (source.line == best.line && source.column < best.column);
}

/* Whether a rule whose topic fits is there at all. */
static bool is_met(const struct listed_rule *rule, const struct listed_event *event, bool cover,
                   struct bednet_rules_hits *hits)
{
    bool denies = rule->kind >= BEDNET_DENY_PUBLISH;
    bool of_subscription =
        !cover && (rule->kind == BEDNET_ALLOW_SUBSCRIBE || rule->kind == BEDNET_DENY_SUBSCRIBE);
    int held;

    if (!rule->conditional) {
        return true;
    }
    if (of_subscription && denies && rule->asks.qos_min >= 0) {
        return false;
    }
    hits->conditional = true;
    held = wish_holds(rule, event, !of_subscription);
    if (held == 1 || (denies && held == -1)) {
        return true;
    }
    if (!denies && stands_first(rule->source, hits->unmet)) {
        hits->unmet = rule->source;
    }
    return false;
}

static void judge_by_list(const struct world *world, unsigned roles, unsigned kinds, const char *topic,
                          bool cover, const struct listed_event *event, struct bednet_rules_hits *hits)
{
    *hits = (struct bednet_rules_hits){0};
    for (size_t i = 0; i < world->rule_count; i++) {
        const struct listed_rule *rule = &world->rule[i];
        struct bednet_source *best = &hits->source[rule->kind];
        struct bednet_text text = bednet_text(topic);
        char filled[NAIVE_BYTES];
        int bad;

        if ((roles >> rule->role & 1) == 0 || (kinds >> rule->kind & 1) == 0) {
            continue;
        }
        if (!fill_filter(world, rule->filter, topic, filled, &bad)) {
            hits->unusable = hits->unusable || passes(filled, bad, topic, cover);
            continue;
        }
        if (!(cover ? bednet_filter_covers(bednet_text(filled), text)
                    : bednet_filter_matches(bednet_text(filled), text))) {
            continue;
        }
        if (is_met(rule, event, cover, hits) && stands_first(rule->source, *best)) {
            *best = rule->source;
            hits->kinds |= 1u << rule->kind;
        }
    }
}

/*
 * Whether some rule allows it that has no condition, and no rule denies it, whether its condition holds or
 * not. What begins with `$` is left to others.
 */
static bool is_plainly_allowed(const struct world *world, unsigned roles, unsigned kinds, const char *topic)
{
    bool allowed = false;

    for (size_t i = 0; i < world->rule_count; i++) {
        const struct listed_rule *rule = &world->rule[i];
        char filled[NAIVE_BYTES];
        int bad;

        if ((roles >> rule->role & 1) == 0 || (kinds >> rule->kind & 1) == 0 ||
            !fill_filter(world, rule->filter, topic, filled, &bad) ||
            !bednet_filter_matches(bednet_text(filled), bednet_text(topic))) {
            continue;
        }
        if (rule->kind >= BEDNET_DENY_PUBLISH) {
            return false;
        }
        allowed = allowed || !rule->conditional;
    }
    return allowed && topic[0] != '$';
}

/* --- The comparison --- */

static bool same_hits(const struct bednet_rules_hits *a, const struct bednet_rules_hits *b)
{
    for (int kind = 0; kind < BEDNET_RULE_KINDS; kind++) {
        if (a->source[kind].line != b->source[kind].line ||
            a->source[kind].column != b->source[kind].column) {
            return false;
        }
    }
    return a->kinds == b->kinds && a->unusable == b->unusable && a->conditional == b->conditional &&
           a->unmet.line == b->unmet.line && a->unmet.column == b->unmet.column;
}

static const char *or_none(const char *value)
{
    return value != NULL ? value : "(none)";
}

static void explain(const struct world *world, const struct bednet_rules_hits *got,
                    const struct bednet_rules_hits *expected)
{
    for (size_t i = 0; i < world->rule_count; i++) {
        print_error("role %zu kind %d at %u:%u  %s%s\n", world->rule[i].role, (int)world->rule[i].kind,
                    world->rule[i].source.line, world->rule[i].source.column, world->rule[i].filter,
                    world->rule[i].conditional ? " (if)" : "");
    }
    print_error("client_id %s username %s site %s plant %s\n", or_none(world->client_id),
                or_none(world->username), or_none(world->site), or_none(world->plant));
    for (int kind = 0; kind < BEDNET_RULE_KINDS; kind++) {
        print_error("kind %d: got %u:%u, expected %u:%u\n", kind, got->source[kind].line,
                    got->source[kind].column, expected->source[kind].line, expected->source[kind].column);
    }
    print_error("unusable: got %d, expected %d\n", got->unusable, expected->unusable);
}

struct tally {
    uint64_t seed; /* of this round */
    unsigned hits, unusable, conditional, unmet, plain, cases;
};

/* The short way, which leaves filters with wildcards to others. */
static void compare_plain(const struct world *world, const struct bednet_rules *rules,
                          const struct bednet_rules_question *question, unsigned roles, struct tally *tally)
{
    bool is_wild = question->cover && strpbrk(question->topic.ptr, "+#") != NULL;
    bool expected = !is_wild && is_plainly_allowed(world, roles, question->kinds, question->topic.ptr);
    struct packed packed;

    if (bednet_rules_allow(rules, question->roles, question->role_count,
                           pack_subject(&packed, question->subject), &question->topic,
                           question->kinds | (question->cover ? BEDNET_RULES_COVER : 0)) != expected) {
        explain(world, &(struct bednet_rules_hits){0}, &(struct bednet_rules_hits){0});
        fail_msg("seed %" PRIu64 ": allow %s, roles %x, kinds %x: expected %d", tally->seed,
                 question->topic.ptr, roles, question->kinds, expected);
    }
    tally->plain += expected;
}

static void compare_once(uint64_t *seed, const struct world *world, const struct bednet_rules *rules,
                         bool cover, struct tally *tally)
{
    struct bednet_attribute attributes[] = {
        {bednet_text("claim.site"), bednet_text(world->site)},
        {bednet_text("claim.plant-of-acm"), bednet_text(world->plant)},
    };
    struct bednet_subject subject = {bednet_text(world->client_id), bednet_text(world->username), attributes,
                                     2, NULL};
    unsigned roles = naive_below(seed, 1 << ROLES);
    unsigned kinds = naive_below(seed, 3) == 0 ? naive_below(seed, ALL_KINDS + 1) : ALL_KINDS;
    struct bednet_rules_hits got, expected;
    uint16_t list[ROLES];
    size_t count = 0;
    char topic[NAIVE_BYTES];

    naive_topic(seed, cover, topic);
    for (uint16_t role = 0; role < ROLES; role++) {
        if ((roles >> role & 1) != 0) {
            list[count++] = role;
        }
    }
    struct listed_event event = random_event(seed);
    struct bednet_situation situation = situation_of(&event);
    const struct bednet_rules_question question = {
        list, count, &subject, bednet_text(topic), cover, kinds, event.known ? &situation : NULL};

    assert_true(bednet_rules_ask(rules, &question, &got));
    judge_by_list(world, roles, kinds, topic, cover, &event, &expected);
    if (!same_hits(&got, &expected)) {
        explain(world, &got, &expected);
        fail_msg("seed %" PRIu64 ": %s %s, roles %x, kinds %x", tally->seed, cover ? "cover" : "match", topic,
                 roles, kinds);
    }
    compare_plain(world, rules, &question, roles, tally);
    for (int kind = 0; kind < BEDNET_RULE_KINDS; kind++) {
        tally->hits += expected.source[kind].line != 0;
    }
    tally->unusable += expected.unusable;
    tally->conditional += expected.conditional;
    tally->unmet += expected.unmet.line != 0;
    tally->cases++;
}

static void compare(uint64_t first_seed, bool cover)
{
    struct tally tally = {0};

    for (uint64_t round = 0; round < 2000; round++) {
        uint64_t seed = first_seed + round;
        struct world world;
        struct bednet_rules *rules;

        tally.seed = seed;
        random_world(&seed, &world);
        rules = compile(&world);
        for (int i = 0; i < NAIVE_ROUNDS(100, 50); i++) {
            compare_once(&seed, &world, rules, cover, &tally);
        }
        bednet_rules_free(rules);
    }
    /* Agreeing only on "no" would be worth nothing. */
    assert_true(tally.hits > tally.cases / 2);
    assert_true(tally.unusable > tally.cases / 20);
    assert_true(tally.unusable < tally.cases * 3 / 4);
    assert_true(tally.conditional > tally.cases / 20);
    assert_true(tally.unmet > tally.cases / 50);
    assert_true(tally.plain > tally.cases / 50);
}

static void matching_agrees_with_the_list(void **state)
{
    (void)state;
    compare(1000000, false);
}

static void covering_agrees_with_the_list(void **state)
{
    (void)state;
    compare(2000000, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching_agrees_with_the_list),
        cmocka_unit_test(covering_agrees_with_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
