/* SPDX-License-Identifier: Apache-2.0 */
/* The growing trie keeps its pace: however many children a node has, few of them are looked at to find one.
 */
#include "cmocka_first.h"

#include "core/rules_draft.h"
#include "rules_asking.h"

#include <stdarg.h>
#include <stdio.h>

#define MANY 100000

/* A table two thirds full whose hashes scatter has runs of about this many taken slots at the very most. */
#define RUN_MAX 128

/* No search looks at more entries than the longest run of taken slots has. */
static size_t longest_run(const uint32_t *slots, uint32_t mask)
{
    size_t longest = 0, run = 0;

    /* Twice around, for a run may go over the end. */
    for (uint64_t i = 0; i < 2 * ((uint64_t)mask + 1) && run <= mask; i++) {
        run = slots[i & mask] != 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static struct bednet_rules_builder *builder_new(size_t roles)
{
    struct bednet_rules_builder *builder = bednet_rules_builder_new(roles);

    assert_non_null(builder);
    return builder;
}

static __attribute__((format(printf, 2, 3))) void add(struct bednet_rules_builder *builder,
                                                      const char *format, ...)
{
    const char *error;
    size_t offset;
    char filter[64];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(filter, sizeof(filter), format, arguments);
    va_end(arguments);
    assert_int_equal(rules_add(builder, 0, BEDNET_ALLOW_PUBLISH, bednet_text(filter),
                               (struct bednet_source){builder->rule_count + 1, 1}, &error, &offset),
                     BEDNET_OK);
}

static void assert_quickly_found(const struct bednet_rules_builder *builder, size_t branches)
{
    size_t taken = 0;

    assert_int_equal(builder->branch_count, branches);
    for (uint64_t i = 0; i <= builder->fork_mask; i++) {
        taken += builder->forks[i] != 0;
    }
    assert_int_equal(taken, branches);
    assert_true(longest_run(builder->forks, builder->fork_mask) <= RUN_MAX);
    assert_true(longest_run(builder->edges, builder->edge_mask) <= RUN_MAX);
}

static void a_run_is_seen_over_the_end(void **state)
{
    static const uint32_t slots[] = {1, 1, 0, 1, 0, 0, 1, 1}, full[] = {1, 1, 1, 1}, none[4] = {0};

    (void)state;
    assert_int_equal(longest_run(slots, 7), 4);
    assert_int_equal(longest_run(none, 3), 0);
    assert_true(longest_run(full, 3) >= 4);
}

static void many_templates_under_one_level(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        add(builder, "site/${client_id}-%u/state", i);
    }
    assert_quickly_found(builder, MANY);
    /* The same again makes no new ones. */
    for (unsigned i = 0; i < MANY; i++) {
        add(builder, "site/${client_id}-%u/state", i);
    }
    assert_quickly_found(builder, MANY);
    assert_int_equal(builder->rule_count, MANY);
    bednet_rules_builder_free(builder);
}

static void one_template_under_many_levels(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        add(builder, "site-%u/${client_id}/state", i);
    }
    assert_quickly_found(builder, MANY);
    bednet_rules_builder_free(builder);
}

static void many_templates_under_many_levels(void **state)
{
    struct bednet_rules_builder *builder = builder_new(1);

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        add(builder, "site-%u/${client_id}-%u/state", i / 300, i % 300);
    }
    assert_quickly_found(builder, MANY);
    assert_int_equal(builder->templates.count, 300);
    bednet_rules_builder_free(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_seen_over_the_end),
        cmocka_unit_test(many_templates_under_one_level),
        cmocka_unit_test(one_template_under_many_levels),
        cmocka_unit_test(many_templates_under_many_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
