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

/* Names as fleets have them: what tells them apart stands at the start, within or at the end, short or long.
 */
static void add_name(struct bednet_rules_builder *builder, int shape, unsigned i)
{
    switch (shape) {
    case 0:
        add(builder, "s/%u", i);
        break;
    case 1:
        add(builder, "s/d%06u", i);
        break;
    case 2:
        add(builder, "s/%06ud", i);
        break;
    case 3:
        add(builder, "s/device-%07u", i);
        break;
    case 4:
        add(builder, "s/%07u-device", i);
        break;
    case 5:
        add(builder, "s/d-%05u-unit", i);
        break;
    case 6:
        add(builder, "s/%016u", i);
        break;
    case 7:
        add(builder, "s/site-%u/device-%u", i / 300, i % 300);
        break;
    default:
        add(builder, "s/room-of-lyon-%06u-thermometer", i);
    }
}

static void many_levels_under_one(void **state)
{
    (void)state;
    for (int shape = 0; shape < 9; shape++) {
        struct bednet_rules_builder *builder = builder_new(1);

        for (unsigned i = 0; i < MANY; i++) {
            add_name(builder, shape, i);
        }
        assert_int_equal(builder->rule_count, MANY);
        print_message("names of kind %d: longest run %zu of children, %zu of levels\n", shape,
                      longest_run(builder->edges, builder->edge_mask),
                      longest_run(builder->levels.slots, builder->levels.slot_mask));
        assert_true(longest_run(builder->edges, builder->edge_mask) <= RUN_MAX);
        assert_true(longest_run(builder->levels.slots, builder->levels.slot_mask) <= RUN_MAX);
        bednet_rules_builder_free(builder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_seen_over_the_end),     cmocka_unit_test(many_templates_under_one_level),
        cmocka_unit_test(one_template_under_many_levels), cmocka_unit_test(many_templates_under_many_levels),
        cmocka_unit_test(many_levels_under_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
