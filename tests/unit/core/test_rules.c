/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled rules by hand: what is refused, what is reported, what a client cannot do by choosing its name. */
#include "cmocka_first.h"

#include "rules_asking.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL_KINDS = (1 << BEDNET_RULE_KINDS) - 1 };

static const struct bednet_subject nobody;

static struct bednet_rules_builder *builder_new(size_t roles)
{
    struct bednet_rules_builder *builder = bednet_rules_builder_new(roles);

    assert_non_null(builder);
    return builder;
}

static void add(struct bednet_rules_builder *builder, size_t role, enum bednet_rule_kind kind,
                const char *filter, uint32_t line)
{
    const char *error = "";
    size_t offset;

    if (rules_add(builder, role, kind, bednet_text(filter), (struct bednet_source){line, 5}, &error,
                  &offset) != BEDNET_OK) {
        fail_msg("%s: %s", filter, error);
    }
}

static struct bednet_rules *freeze(struct bednet_rules_builder *builder)
{
    struct bednet_rules *rules = bednet_rules_freeze(builder);

    assert_non_null(rules);
    bednet_rules_builder_free(builder);
    return rules;
}

/* The only rule of the only role. */
static struct bednet_rules *one_rule(const char *filter)
{
    struct bednet_rules_builder *builder = builder_new(1);

    add(builder, 0, BEDNET_ALLOW_PUBLISH, filter, 1);
    return freeze(builder);
}

static struct bednet_rules_hits ask(const struct bednet_rules *rules, const struct bednet_subject *subject,
                                    const char *topic, bool cover)
{
    struct bednet_rules_hits hits;
    uint16_t role = 0;

    memset(&hits, 0xFF, sizeof(hits));
    assert_true(
        (cover ? rules_cover : rules_match)(rules, &role, 1, subject, bednet_text(topic), ALL_KINDS, &hits));
    return hits;
}

static bool fits(const struct bednet_rules *rules, const struct bednet_subject *subject, const char *topic,
                 bool cover)
{
    return ask(rules, subject, topic, cover).source[BEDNET_ALLOW_PUBLISH].line != 0;
}

/* --- Refusals --- */

static void assert_refused(const char *filter, size_t bytes, size_t offset, const char *part_of_error)
{
    struct bednet_rules_builder *builder = builder_new(1);
    struct bednet_text text = {filter, bytes};
    const char *error = NULL;
    size_t at = SIZE_MAX;

    assert_int_equal(
        rules_add(builder, 0, BEDNET_ALLOW_PUBLISH, text, (struct bednet_source){1, 1}, &error, &at),
        BEDNET_INVALID);
    if (error == NULL || strstr(error, part_of_error) == NULL || at != offset) {
        fail_msg("%.60s: %s at %zu", filter != NULL ? filter : "NULL", error, at);
    }
    bednet_rules_builder_free(builder);
}

#define assert_refused_literal(filter, offset, part) assert_refused(filter, sizeof(filter) - 1, offset, part)

static void bad_filters_are_refused(void **state)
{
    (void)state;
    assert_refused(NULL, 0, 0, "must be quoted");
    assert_refused_literal("", 0, "must be quoted");
    assert_refused_literal("a/b+", 3, "alone in its level");
    assert_refused_literal("+a", 0, "alone in its level");
    assert_refused_literal("a/##", 2, "alone in its level");
    assert_refused_literal("a/#/b", 2, "last level");
    assert_refused_literal("#/", 0, "last level");
    assert_refused_literal("a/+${client_id}", 2, "alone in its level");
    assert_refused_literal("a/${client_id}#", 14, "alone in its level");
    assert_refused_literal("a/${client_id", 2, "without its `}`");
    assert_refused_literal("a/b-${clientid}/c", 4, "unknown name");
    assert_refused_literal("a/${claim.x/${client_id}", 2, "without its `}`");
    assert_refused_literal("a/\n", 2, "control character");
    assert_refused_literal("a/\xff", 2, "invalid UTF-8");
    assert_refused_literal("a\0b", 1, "control character");
    assert_refused_literal("$share/g/a", 0, "$share");
    assert_refused_literal("$share/#", 0, "$share");
}

static void bounds_of_filters(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);
    struct bednet_source source = {1, 1};
    size_t bytes = BEDNET_TOPIC_BYTES_MAX + 1, offset;
    char *filter = malloc(bytes);
    const char *error;

    (void)state;
    assert_non_null(filter);
    memset(filter, 'a', bytes);
    assert_refused(filter, bytes, BEDNET_TOPIC_BYTES_MAX, "65535");
    assert_int_equal(
        rules_add(builder, 0, 0, (struct bednet_text){filter, bytes - 1}, source, &error, &offset),
        BEDNET_OK);
    memset(filter, '/', bytes);
    assert_refused(filter, BEDNET_TOPIC_LEVELS_MAX, BEDNET_TOPIC_LEVELS_MAX, "201");
    assert_int_equal(rules_add(builder, 0, 0, (struct bednet_text){filter, BEDNET_TOPIC_LEVELS_MAX - 1},
                               source, &error, &offset),
                     BEDNET_OK);
    bednet_rules_builder_free(builder);
    free(filter);
}

static void what_has_no_place_is_refused(void **state)
{
    struct bednet_rules_builder *builder = builder_new(2);
    struct bednet_text filter = bednet_text("a");
    struct bednet_source good = {1, 1}, nowhere = {0, 1};
    const char *error;
    size_t offset;

    (void)state;
    assert_int_equal(rules_add(builder, 2, 0, filter, good, &error, &offset), BEDNET_INVALID);
    assert_int_equal(rules_add(builder, 0, BEDNET_RULE_KINDS, filter, good, &error, &offset), BEDNET_INVALID);
    assert_int_equal(rules_add(builder, 0, 0, filter, nowhere, &error, &offset), BEDNET_INVALID);
    assert_int_equal(rules_add(builder, 1, 0, filter, good, &error, &offset), BEDNET_OK);
    assert_null(bednet_rules_builder_new(BEDNET_ROLES_MAX + 1));
    bednet_rules_builder_free(builder);
    bednet_rules_builder_free(NULL);
    bednet_rules_free(NULL);
}

static void too_many_levels_hit_nothing(void **state)
{
    struct bednet_rules *rules = one_rule("#");
    struct bednet_rules_hits hits;
    uint16_t role = 0;
    char topic[BEDNET_TOPIC_LEVELS_MAX + 1];

    (void)state;
    memset(topic, '/', sizeof(topic));
    memset(&hits, 0xFF, sizeof(hits));
    assert_false(rules_match(rules, &role, 1, &nobody, (struct bednet_text){topic, 201}, ALL_KINDS, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 0);
    assert_false(hits.unusable);
    assert_false(rules_cover(rules, &role, 1, &nobody, (struct bednet_text){topic, 201}, ALL_KINDS, &hits));
    assert_false(rules_match(rules, &role, 1, &nobody, bednet_text(NULL), ALL_KINDS, &hits));
    assert_true(rules_match(rules, &role, 1, &nobody, (struct bednet_text){topic, 200}, ALL_KINDS, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 1);
    bednet_rules_free(rules);
}

/* --- Reports --- */

static void no_role_no_hit(void **state)
{
    struct bednet_rules *rules = one_rule("#");
    struct bednet_rules *empty = freeze(builder_new(0));
    struct bednet_rules_hits hits;
    uint16_t roles[] = {1, 4095, UINT16_MAX};

    (void)state;
    assert_true(rules_match(rules, roles, 3, &nobody, bednet_text("a"), ALL_KINDS, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 0);
    assert_true(rules_match(rules, NULL, 0, &nobody, bednet_text("a"), ALL_KINDS, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 0);
    roles[0] = 0;
    assert_true(rules_match(empty, roles, 1, &nobody, bednet_text("a"), ALL_KINDS, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 0);
    assert_int_equal(bednet_rules_count(empty), 0);
    bednet_rules_free(rules);
    bednet_rules_free(empty);
}

static void only_kinds_that_were_asked_for(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);
    struct bednet_rules *rules;
    struct bednet_rules_hits hits;
    uint16_t role = 0;

    (void)state;
    for (int kind = 0; kind < BEDNET_RULE_KINDS; kind++) {
        add(builder, 0, (enum bednet_rule_kind)kind, "a/b", (uint32_t)(10 + kind));
        add(builder, 0, (enum bednet_rule_kind)kind, "a/#", (uint32_t)(20 + kind));
    }
    rules = freeze(builder);
    assert_int_equal(bednet_rules_count(rules), 2 * BEDNET_RULE_KINDS);
    for (unsigned kinds = 0; kinds <= ALL_KINDS; kinds++) {
        assert_true(rules_match(rules, &role, 1, &nobody, bednet_text("a/b"), kinds, &hits));
        for (unsigned kind = 0; kind < BEDNET_RULE_KINDS; kind++) {
            assert_int_equal(hits.source[kind].line, (kinds >> kind & 1) != 0 ? 10 + kind : 0);
        }
    }
    bednet_rules_free(rules);
}

static void the_first_of_several_is_reported(void **state)
{
    static const char *const filters[] = {"#", "a/#", "+/b", "a/+", "a/b", "+/+", "a/b/#", "${username}/b"};
    struct bednet_subject subject = {.username = BEDNET_TEXT_LITERAL("a")};

    (void)state;
    /* Each in turn is the first, and they are added in an order of their own. */
    for (uint32_t first = 0; first < 8; first++) {
        struct bednet_rules_builder *builder = builder_new(2);
        struct bednet_rules_hits hits;
        struct bednet_rules *rules;
        uint16_t roles[] = {0, 1};

        for (uint32_t i = 0; i < 8; i++) {
            add(builder, i % 2, BEDNET_DENY_PUBLISH, filters[i], 100 - (i + 8 - first) % 8);
        }
        rules = freeze(builder);
        assert_true(rules_match(rules, roles, 2, &subject, bednet_text("a/b"), ALL_KINDS, &hits));
        assert_int_equal(hits.source[BEDNET_DENY_PUBLISH].line, 93);
        assert_int_equal(hits.source[BEDNET_DENY_PUBLISH].column, 5);
        bednet_rules_free(rules);
    }
}

static void a_rule_twice_keeps_the_first_place(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);
    struct bednet_rules *rules;
    const char *error;
    size_t offset;

    (void)state;
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "a/+/${client_id}", 7);
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "a/+/${client_id}", 6);
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "a/+/${client_id}", 8);
    assert_int_equal(rules_add(builder, 0, BEDNET_ALLOW_PUBLISH, bednet_text("a/+/${client_id}"),
                               (struct bednet_source){6, 3}, &error, &offset),
                     BEDNET_OK);
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "a/+/${client_id}", 9);
    rules = freeze(builder);
    struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("c")};
    struct bednet_rules_hits hits = ask(rules, &subject, "a/b/c", false);

    assert_int_equal(bednet_rules_count(rules), 1);
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 6);
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].column, 3);
    bednet_rules_free(rules);
}

static void large_places_survive(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);
    const char *error;
    size_t offset;

    (void)state;
    assert_int_equal(rules_add(builder, 0, BEDNET_ALLOW_PUBLISH, bednet_text("a"),
                               (struct bednet_source){UINT32_MAX, 64u << 20}, &error, &offset),
                     BEDNET_OK);
    assert_int_equal(rules_add(builder, 0, BEDNET_DENY_PUBLISH, bednet_text("a"),
                               (struct bednet_source){1, UINT32_MAX}, &error, &offset),
                     BEDNET_OK);
    struct bednet_rules *rules = freeze(builder);
    struct bednet_rules_hits hits = ask(rules, &nobody, "a", false);

    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, UINT32_MAX);
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].column, 64u << 20);
    assert_int_equal(hits.source[BEDNET_DENY_PUBLISH].column, (1u << 27) - 1);
    bednet_rules_free(rules);
}

/* --- Dollar, covering, values --- */

static void dollar_is_granted_by_name_only(void **state)
{
    static const char *const too_wide[] = {"#", "+/#", "+/a", "${client_id}/#", "${client_id}/a"};
    struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("$SYS")};
    struct bednet_rules *rules;

    (void)state;
    for (size_t i = 0; i < sizeof(too_wide) / sizeof(too_wide[0]); i++) {
        rules = one_rule(too_wide[i]);
        assert_false(fits(rules, &subject, "$SYS/a", false));
        assert_false(fits(rules, &subject, "$SYS/a", true));
        assert_false(fits(rules, &subject, "$SYS/#", true));
        assert_int_equal(ask(rules, &subject, "$SYS/a", false).unusable, too_wide[i][0] == '$');
        bednet_rules_free(rules);
    }
    rules = one_rule("$SYS/#");
    assert_true(fits(rules, &nobody, "$SYS/a", false));
    assert_true(fits(rules, &nobody, "$SYS", false));
    assert_true(fits(rules, &nobody, "$SYS/+/b", true));
    assert_false(fits(rules, &nobody, "#", true));
    assert_false(fits(rules, &nobody, "+/a", true));
    bednet_rules_free(rules);
    /* The policy wrote the dollar itself, or it does not stand first. */
    rules = one_rule("$dev-${client_id}/a");
    subject.client_id = BEDNET_TEXT_LITERAL("1");
    assert_true(fits(rules, &subject, "$dev-1/a", false));
    bednet_rules_free(rules);
    rules = one_rule("a/${client_id}");
    subject.client_id = BEDNET_TEXT_LITERAL("$SYS");
    assert_true(fits(rules, &subject, "a/$SYS", false));
    bednet_rules_free(rules);
}

static void a_template_covers_its_own_level_only(void **state)
{
    struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("dev1")};
    struct bednet_rules *rules = one_rule("a/${client_id}/#");

    (void)state;
    assert_false(fits(rules, &subject, "a/+/b", true));
    assert_false(fits(rules, &subject, "a/#", true));
    assert_false(fits(rules, &subject, "a/dev2/#", true));
    assert_false(fits(rules, &subject, "a/dev1", false) && !fits(rules, &subject, "a/dev1", true));
    assert_true(fits(rules, &subject, "a/dev1/#", true));
    assert_true(fits(rules, &subject, "a/dev1/+/x", true));
    assert_true(fits(rules, &subject, "a/dev1", true));
    bednet_rules_free(rules);
}

/* A name is taken literally even where it holds what a name cannot. */
static void wildcards_in_a_name_are_nothing_special(void **state)
{
    struct bednet_rules *rules = one_rule("a/b");

    (void)state;
    assert_false(fits(rules, &nobody, "a/+", false));
    assert_false(fits(rules, &nobody, "a/#", false));
    bednet_rules_free(rules);
    rules = one_rule("+/b");
    assert_true(fits(rules, &nobody, "+/b", false));
    bednet_rules_free(rules);
}

static void a_client_cannot_widen_a_rule_by_its_name(void **state)
{
    static const char *const evil[] = {"+",  "#", "dev1/#", "a+",   "x#",
                                       "\n", "",  "dev1/b", "\x7f", "\xc0\xaf"};
    static const char *const topics[] = {"a/dev1/b", "a/+/b", "a/#/b", "a/#", "a//b", "a/\n/b", "a/dev1/b/b"};
    struct bednet_rules *rules = one_rule("a/${client_id}/b");

    (void)state;
    for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
        struct bednet_subject subject = {.client_id = bednet_text(evil[i])};

        for (size_t j = 0; j < sizeof(topics) / sizeof(topics[0]); j++) {
            assert_false(fits(rules, &subject, topics[j], false));
            assert_false(fits(rules, &subject, topics[j], true));
        }
        assert_true(ask(rules, &subject, "a/dev1/b", false).unusable);
    }
    bednet_rules_free(rules);
}

static void unusable_only_for_rules_that_were_passed(void **state)
{
    struct bednet_rules_builder *builder = builder_new(2);
    struct bednet_rules *rules;
    struct bednet_rules_hits hits;
    uint16_t roles[] = {0, 1};

    (void)state;
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "a/${username}/b", 1);
    add(builder, 0, BEDNET_ALLOW_SUBSCRIBE, "s/x-${claim.none}", 2);
    add(builder, 1, BEDNET_ALLOW_PUBLISH, "r/${username}", 3);
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "s/y", 4);
    rules = freeze(builder);
    assert_true(ask(rules, &nobody, "a/x/b", false).unusable);
    assert_true(ask(rules, &nobody, "a/x", false).unusable);
    assert_true(ask(rules, &nobody, "s/y", true).unusable);
    assert_false(ask(rules, &nobody, "a", false).unusable);
    assert_false(ask(rules, &nobody, "b/x/b", false).unusable);
    assert_false(ask(rules, &nobody, "a/+/b", true).unusable); /* no value would have covered that */
    assert_false(ask(rules, &nobody, "a/#", true).unusable);
    assert_false(ask(rules, &nobody, "r/x", false).unusable); /* not this client's role */
    assert_true(rules_match(rules, roles, 2, &nobody, bednet_text("r/x"), ALL_KINDS, &hits));
    assert_true(hits.unusable);
    assert_true(
        rules_match(rules, roles, 2, &nobody, bednet_text("s/x-y"), 1 << BEDNET_ALLOW_PUBLISH, &hits));
    assert_false(hits.unusable); /* a rule of another kind */
    bednet_rules_free(rules);
}

static void names_of_claims_may_hold_slashes(void **state)
{
    struct bednet_attribute attribute = {bednet_text("claim.https://acme.example/site"),
                                         bednet_text("berlin")};
    struct bednet_subject subject = {.attributes = &attribute, .attribute_count = 1};
    struct bednet_rules *rules = one_rule("a/s-${claim.https://acme.example/site}/+");

    (void)state;
    assert_true(fits(rules, &subject, "a/s-berlin/x", false));
    assert_false(fits(rules, &subject, "a/s-berlin", false));
    assert_false(fits(rules, &subject, "a/s-paris/x", false));
    bednet_rules_free(rules);
}

static void one_builder_freezes_twice(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);
    struct bednet_rules *before, *after;

    (void)state;
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "a/${client_id}", 1);
    before = bednet_rules_freeze(builder);
    assert_non_null(before);
    add(builder, 0, BEDNET_ALLOW_PUBLISH, "b/+", 2);
    after = freeze(builder);
    assert_false(fits(before, &nobody, "b/x", false));
    assert_true(fits(after, &nobody, "b/x", false));
    assert_int_equal(bednet_rules_count(before), 1);
    bednet_rules_free(before);
    bednet_rules_free(after);
}

/* --- Runs of `+`, of which many are one step --- */

static void append_levels(char *text, const char *level, unsigned count)
{
    for (; count > 0; count--) {
        strcat(strcat(text, level), "/");
    }
}

/* By both ways to an answer. */
static bool is_allowed(const struct bednet_rules *rules, const char *topic)
{
    struct bednet_text text = bednet_text(topic);
    uint16_t role = 0;
    bool allowed = bednet_rules_allow(rules, &role, 1, &(struct bednet_pack){0}, &text, ALL_KINDS);
    struct bednet_rules_hits hits = ask(rules, &nobody, topic, false);

    assert_int_equal(allowed, hits.kinds == 1 << BEDNET_ALLOW_PUBLISH);
    return allowed;
}

static void runs_end_where_they_end(void **state)
{
    enum { LONGEST = 40 };

    (void)state;
    for (unsigned run = 1; run <= LONGEST; run++) {
        for (unsigned stop = 1; stop <= run + 1; stop++) {
            struct bednet_rules_builder *builder = builder_new(1);
            char filter[4 * LONGEST] = "", between[4 * LONGEST] = "";
            struct bednet_rules *rules;

            append_levels(filter, "+", run);
            add(builder, 0, BEDNET_ALLOW_PUBLISH, strcat(filter, "end"), 1);
            append_levels(between, "+", stop);
            between[strlen(between) - 1] = '\0';
            if (stop <= run) {
                add(builder, 0, BEDNET_ALLOW_PUBLISH, between, 2);
            }
            rules = freeze(builder);
            for (unsigned levels = 1; levels <= run + 2; levels++) {
                char topic[4 * LONGEST] = "";

                append_levels(topic, "x", levels - 1);
                assert_int_equal(is_allowed(rules, strcat(topic, "end")),
                                 levels == run + 1 || (stop <= run && levels == stop));
                topic[strlen(topic) - 1] = 'D';
                assert_int_equal(is_allowed(rules, topic), stop <= run && levels == stop);
            }
            bednet_rules_free(rules);
        }
    }
}

/* --- Size --- */

static void many_rules_stay_small_and_exact(void **state)
{
    enum { RULES = 100000 };
    struct bednet_rules_builder *builder = builder_new(1);
    struct bednet_rules *rules;
    char filter[64];

    (void)state;
    for (uint32_t i = 0; i < RULES; i++) {
        snprintf(filter, sizeof(filter), "acme/site-%u/sensor/dev-%u/%s", i % 100, i,
                 i % 2 ? "#" : "telemetry");
        add(builder, 0, BEDNET_ALLOW_PUBLISH, filter, i + 1);
    }
    rules = freeze(builder);
    assert_int_equal(bednet_rules_count(rules), RULES);
    assert_true(bednet_rules_bytes(rules) <= 250u * RULES);
    for (uint32_t i = 0; i < RULES; i++) {
        struct bednet_rules_hits hits;

        snprintf(filter, sizeof(filter), "acme/site-%u/sensor/dev-%u/telemetry", i % 100, i);
        hits = ask(rules, &nobody, filter, false);
        assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, i + 1);
        snprintf(filter, sizeof(filter), "acme/site-%u/sensor/dev-%u/telemetry", (i + 1) % 100, i);
        assert_false(fits(rules, &nobody, filter, false));
    }
    bednet_rules_free(rules);
}

/* --- Conditions --- */

static enum bednet_status add_conditional(struct bednet_rules_builder *builder, const char *filter,
                                          uint32_t line, const struct bednet_condition *condition,
                                          const char **error)
{
    size_t offset;

    return bednet_rules_builder_add(builder, 0, BEDNET_ALLOW_PUBLISH, bednet_text(filter), condition,
                                    (struct bednet_source){line, 1}, error, &offset);
}

static void too_many_conditions_for_one_filter(void **state)
{
    static const struct bednet_condition condition = {.aspects = BEDNET_ASPECT_QOS, .qos = 1};
    struct bednet_rules_builder *builder = bednet_rules_builder_new(1);
    const char *error = "";

    (void)state;
    for (uint32_t i = 0; i < BEDNET_CONDITIONS_PER_FILTER_MAX; i++) {
        assert_int_equal(add_conditional(builder, "a/b", i + 1, &condition, &error), BEDNET_OK);
        assert_int_equal(add_conditional(builder, "a/#", i + 1, &condition, &error), BEDNET_OK);
    }
    assert_int_equal(add_conditional(builder, "a/b", 99, &condition, &error), BEDNET_INVALID);
    assert_string_equal(error, "too many conditions for the same topics (expected at most 64)");
    assert_int_equal(add_conditional(builder, "a/#", 99, &condition, &error), BEDNET_INVALID);
    assert_int_equal(add_conditional(builder, "a/c", 99, &condition, &error), BEDNET_OK);
    assert_int_equal(add_conditional(builder, "a/b", 100, NULL, &error), BEDNET_OK);
    bednet_rules_free(freeze(builder));
}

/* The unconditional one and each of the others stand for themselves, whatever their order. */
static void one_condition_of_several_is_enough(void **state)
{
    static const struct bednet_condition low = {.aspects = BEDNET_ASPECT_QOS, .qos = 1};
    static const struct bednet_condition high = {.aspects = BEDNET_ASPECT_QOS, .qos = 4};
    static const uint32_t expected[] = {2, 0, 3};
    struct bednet_rules_builder *builder = bednet_rules_builder_new(1);
    struct bednet_situation situation = {.retain = false};
    struct bednet_rules_hits hits;
    uint16_t role = 0;
    const char *error;

    (void)state;
    assert_int_equal(add_conditional(builder, "a", 3, &high, &error), BEDNET_OK);
    assert_int_equal(add_conditional(builder, "a", 2, &low, &error), BEDNET_OK);
    assert_int_equal(add_conditional(builder, "b", 5, NULL, &error), BEDNET_OK);
    assert_int_equal(add_conditional(builder, "b", 4, &low, &error), BEDNET_OK);
    struct bednet_rules *rules = freeze(builder);
    struct bednet_rules_question question = {&role, 1, &nobody, bednet_text("a"), false, ~0u, &situation};
    assert_int_equal(bednet_rules_count(rules), 4);
    for (situation.qos = 0; situation.qos < 3; situation.qos++) {
        assert_true(bednet_rules_ask(rules, &question, &hits));
        assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, expected[situation.qos]);
        assert_true(hits.conditional);
    }
    /* A QoS that there is not is no QoS at all. */
    assert_true(bednet_rules_ask(rules, &question, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 0);
    assert_int_equal(hits.unmet.line, 2);
    question.topic = bednet_text("b");
    assert_true(bednet_rules_ask(rules, &question, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 5);
    situation.qos = 0;
    assert_true(bednet_rules_ask(rules, &question, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, 4);
    bednet_rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_filters_are_refused),
        cmocka_unit_test(bounds_of_filters),
        cmocka_unit_test(what_has_no_place_is_refused),
        cmocka_unit_test(too_many_levels_hit_nothing),
        cmocka_unit_test(no_role_no_hit),
        cmocka_unit_test(only_kinds_that_were_asked_for),
        cmocka_unit_test(the_first_of_several_is_reported),
        cmocka_unit_test(a_rule_twice_keeps_the_first_place),
        cmocka_unit_test(large_places_survive),
        cmocka_unit_test(dollar_is_granted_by_name_only),
        cmocka_unit_test(a_template_covers_its_own_level_only),
        cmocka_unit_test(wildcards_in_a_name_are_nothing_special),
        cmocka_unit_test(a_client_cannot_widen_a_rule_by_its_name),
        cmocka_unit_test(unusable_only_for_rules_that_were_passed),
        cmocka_unit_test(names_of_claims_may_hold_slashes),
        cmocka_unit_test(one_builder_freezes_twice),
        cmocka_unit_test(too_many_conditions_for_one_filter),
        cmocka_unit_test(one_condition_of_several_is_enough),
        cmocka_unit_test(runs_end_where_they_end),
        cmocka_unit_test(many_rules_stay_small_and_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
