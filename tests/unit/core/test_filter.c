/* SPDX-License-Identifier: Apache-2.0 */
/* What one filter matches and covers, by hand and against the naive way. */
#include "cmocka_first.h"

#include "core/filter.h"
#include "naive.h"

static bool matches(const char *filter, const char *name)
{
    return bednet_filter_matches(bednet_text(filter), bednet_text(name));
}

static bool covers(const char *filter, const char *requested)
{
    return bednet_filter_covers(bednet_text(filter), bednet_text(requested));
}

static void what_does_not_match(void **state)
{
    (void)state;
    assert_false(matches("#", "$SYS/a"));
    assert_false(matches("+/a", "$SYS/a"));
    assert_false(matches("+", "$SYS"));
    assert_false(matches("a", "a/"));
    assert_false(matches("a/", "a"));
    assert_false(matches("a", "b"));
    assert_false(matches("a", "A"));
    assert_false(matches("a/+", "a"));
    assert_false(matches("a/+", "a/b/c"));
    assert_false(matches("+", "/a"));
    assert_false(matches("/+", "a"));
    assert_false(matches("a/#", "ab"));
    assert_false(matches("a/#", "/a"));
    assert_false(matches("a/b/#", "a"));
    assert_false(matches("ab", "abc"));
    assert_false(matches("abc", "ab"));
    assert_false(matches(NULL, "a"));
    assert_false(matches("#", NULL));
}

static void what_matches(void **state)
{
    (void)state;
    assert_true(matches("#", "a"));
    assert_true(matches("#", "/"));
    assert_true(matches("a/#", "a"));
    assert_true(matches("a/#", "a/"));
    assert_true(matches("a/#", "a/b/c"));
    assert_true(matches("a/+", "a/"));
    assert_true(matches("+/+", "/"));
    assert_true(matches("/+", "/a"));
    assert_true(matches("$SYS/#", "$SYS/a"));
    assert_true(matches("$SYS/#", "$SYS"));
    assert_true(matches("a/+/c", "a/$b/c"));
    assert_true(matches("a/#", "a/$b"));
    assert_true(matches("+/b/#", "a/b"));
}

static void what_does_not_cover(void **state)
{
    (void)state;
    assert_false(covers("a/+", "a/#"));
    assert_false(covers("a/b", "a/+"));
    assert_false(covers("a/b", "a/#"));
    assert_false(covers("+", "#"));
    assert_false(covers("+/+/#", "#"));
    assert_false(covers("a/+/#", "a/#"));
    assert_false(covers("/+", "/#"));
    assert_false(covers("/+/+/#", "/#"));
    assert_false(covers("//+/#", "//#"));
    assert_false(covers("+/+/#", "+/#"));
    assert_false(covers("#", "$SYS/#"));
    assert_false(covers("#", "$SYS"));
    assert_false(covers("+/a", "$SYS/a"));
    assert_false(covers("$SYS/#", "#"));
    assert_false(covers("$SYS/#", "+/a"));
    assert_false(covers("a/#", "+/#"));
    assert_false(covers("a", "a/"));
    assert_false(covers("+/#", NULL));
    assert_false(covers(NULL, "a"));
}

static void what_covers(void **state)
{
    (void)state;
    assert_true(covers("#", "#"));
    assert_true(covers("#", "+/#"));
    assert_true(covers("+/#", "#"));
    assert_true(covers("+/#", "+"));
    assert_true(covers("/+/#", "/#"));
    assert_true(covers("+/+/#", "/#"));
    assert_true(covers("#", "/"));
    assert_true(covers("a/#", "a"));
    assert_true(covers("a/#", "a/+/b"));
    assert_true(covers("a/#", "a/#"));
    assert_true(covers("a/+", "a/b"));
    assert_true(covers("a/+", "a/"));
    assert_true(covers("+/+", "+/b"));
    assert_true(covers("$SYS/#", "$SYS/+/b"));
    assert_true(covers("a/+/#", "a/b/#"));
}

static void agrees_with_the_naive_way(void **state)
{
    uint64_t seed = 6;
    unsigned matched = 0, covered = 0;

    (void)state;
    for (int round = 0; round < NAIVE_ROUNDS(1000000, 250000); round++) {
        char filter[NAIVE_BYTES], name[NAIVE_BYTES], requested[NAIVE_BYTES];

        naive_topic(&seed, true, filter);
        naive_topic(&seed, false, name);
        naive_topic(&seed, true, requested);
        if (matches(filter, name) != naive_matches(filter, name)) {
            fail_msg("seed 6, round %d: %s matches %s", round, filter, name);
        }
        if (covers(filter, requested) != naive_covers(filter, requested)) {
            fail_msg("seed 6, round %d: %s covers %s", round, filter, requested);
        }
        if (!covers(filter, filter)) {
            fail_msg("seed 6, round %d: %s does not cover itself", round, filter);
        }
        matched += matches(filter, name);
        covered += covers(filter, requested);
    }
    /* Agreeing only on "no" would be worth nothing. */
    assert_true(matched > 12000);
    assert_true(covered > 12000);
}

/* Covering is an order: what covers the coverer covers too, and it matches whatever the covered one does. */
static void covering_is_transitive_and_keeps_matches(void **state)
{
    uint64_t seed = 7;
    unsigned chains = 0;

    (void)state;
    for (int round = 0; round < NAIVE_ROUNDS(1000000, 250000); round++) {
        char a[NAIVE_BYTES], b[NAIVE_BYTES], c[NAIVE_BYTES];

        naive_topic(&seed, true, a);
        naive_topic(&seed, true, b);
        naive_topic(&seed, round % 2 == 0, c);
        if (!covers(a, b)) {
            continue;
        }
        if (covers(b, c)) {
            chains++;
            if (!covers(a, c)) {
                fail_msg("seed 7, round %d: %s, %s, %s", round, a, b, c);
            }
        }
        if (round % 2 == 1 && matches(b, c) && !matches(a, c)) {
            fail_msg("seed 7, round %d: %s covers %s, but not its %s", round, a, b, c);
        }
    }
    assert_true(chains > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_match),
        cmocka_unit_test(what_matches),
        cmocka_unit_test(what_does_not_cover),
        cmocka_unit_test(what_covers),
        cmocka_unit_test(agrees_with_the_naive_way),
        cmocka_unit_test(covering_is_transitive_and_keeps_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
