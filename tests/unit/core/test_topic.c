/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax of filters, and levels, at their bounds. */
#include "cmocka_first.h"

#include "core/topic.h"
#include "naive.h"
#include <stdlib.h>

static void assert_filter(const char *filter, enum bednet_topic_fault fault)
{
    if (bednet_filter_check(bednet_text(filter)) != fault) {
        fail_msg("%s: %d", filter, (int)bednet_filter_check(bednet_text(filter)));
    }
}

static void bad_text_is_refused(void **state)
{
    (void)state;
    assert_filter(NULL, BEDNET_TOPIC_EMPTY);
    assert_filter("", BEDNET_TOPIC_EMPTY);
    assert_filter("a\xff", BEDNET_TOPIC_UTF8);
    assert_filter("\xed\xa0\x80", BEDNET_TOPIC_UTF8);
    assert_filter("\xc0\xaf", BEDNET_TOPIC_UTF8);
    assert_filter("a/\xe2\x82", BEDNET_TOPIC_UTF8);
    assert_int_equal(bednet_filter_check((struct bednet_text){"a\0b", 3}), BEDNET_TOPIC_UTF8);
    assert_filter("/", BEDNET_TOPIC_OK);
    assert_filter("a//b/", BEDNET_TOPIC_OK);
    assert_filter("$SYS/x", BEDNET_TOPIC_OK);
    assert_filter("gr\xc3\xbc\xc3\x9f/\xf0\x9f\x98\x80", BEDNET_TOPIC_OK);
    assert_filter("a\tb", BEDNET_TOPIC_OK); /* advised against, not forbidden */
}

static void bad_filters_are_refused(void **state)
{
    (void)state;
    assert_filter("a+b", BEDNET_TOPIC_WILDCARD);
    assert_filter("a+", BEDNET_TOPIC_WILDCARD);
    assert_filter("+a", BEDNET_TOPIC_WILDCARD);
    assert_filter("a/b#", BEDNET_TOPIC_WILDCARD);
    assert_filter("#/a", BEDNET_TOPIC_WILDCARD);
    assert_filter("#/", BEDNET_TOPIC_WILDCARD);
    assert_filter("a/#/b", BEDNET_TOPIC_WILDCARD);
    assert_filter("##", BEDNET_TOPIC_WILDCARD);
    assert_filter("++", BEDNET_TOPIC_WILDCARD);
    assert_filter("a/+#", BEDNET_TOPIC_WILDCARD);
    assert_filter("\xff/#", BEDNET_TOPIC_UTF8);
    assert_filter("#", BEDNET_TOPIC_OK);
    assert_filter("+", BEDNET_TOPIC_OK);
    assert_filter("/#", BEDNET_TOPIC_OK);
    assert_filter("+/+/#", BEDNET_TOPIC_OK);
    assert_filter("a/+/b/", BEDNET_TOPIC_OK);
}

static void assert_unshared(const char *filter, const char *rest, bool expected_shared)
{
    bool shared = !expected_shared;
    struct bednet_text got = bednet_filter_unshared(bednet_text(filter), &shared);

    assert_int_equal(shared, expected_shared);
    assert_int_equal(got.ptr == NULL, rest == NULL);
    if (rest != NULL && !bednet_text_equal(got, bednet_text(rest))) {
        fail_msg("%s gives %.*s", filter, (int)got.len, got.ptr);
    }
}

static void shared_filters(void **state)
{
    (void)state;
    assert_filter("$share/", BEDNET_TOPIC_SHARE);
    assert_filter("$share/g", BEDNET_TOPIC_SHARE);
    assert_filter("$share/g/", BEDNET_TOPIC_SHARE);
    assert_filter("$share//a", BEDNET_TOPIC_SHARE);
    assert_filter("$share/+/a", BEDNET_TOPIC_WILDCARD);
    assert_filter("$share/#", BEDNET_TOPIC_SHARE);
    assert_filter("$share/g/a/#/b", BEDNET_TOPIC_WILDCARD);
    assert_filter("$share/g/#", BEDNET_TOPIC_OK);
    assert_filter("$share/g//", BEDNET_TOPIC_OK);
    assert_filter("$share", BEDNET_TOPIC_OK);
    assert_filter("$shared/g", BEDNET_TOPIC_OK);
    assert_unshared("$share/", NULL, true);
    assert_unshared("$share/g", NULL, true);
    assert_unshared("$share/g/", NULL, true);
    assert_unshared("$share//a", NULL, true);
    assert_unshared("$share/g/a/b", "a/b", true);
    assert_unshared("$share/g//a", "/a", true);
    assert_unshared("$share/g/$share/h/a", "$share/h/a", true);
    assert_unshared("$share", "$share", false);
    assert_unshared("$sharex/g/a", "$sharex/g/a", false);
    assert_unshared("a/$share/g/b", "a/$share/g/b", false);
    assert_unshared("", "", false);
    assert_unshared(NULL, NULL, false);
}

static void the_longest_topic(void **state)
{
    struct bednet_text topic = {NULL, BEDNET_TOPIC_BYTES_MAX};
    char *bytes = malloc(BEDNET_TOPIC_BYTES_MAX + 1);
    static struct bednet_levels levels;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'a', BEDNET_TOPIC_BYTES_MAX + 1);
    topic.ptr = bytes;
    assert_int_equal(bednet_filter_check(topic), BEDNET_TOPIC_OK);
    assert_true(bednet_levels_split(topic, &levels));
    assert_int_equal(levels.count, 1);
    assert_int_equal(levels.level[0].len, BEDNET_TOPIC_BYTES_MAX);
    topic.len++;
    assert_int_equal(bednet_filter_check(topic), BEDNET_TOPIC_TOO_LONG);
    free(bytes);
}

static void the_deepest_topic(void **state)
{
    char topic[2 * BEDNET_TOPIC_LEVELS_MAX + 2];
    static struct bednet_levels levels;

    (void)state;
    for (size_t i = 0; i < sizeof(topic); i++) {
        topic[i] = i % 2 == 0 ? 'a' : '/';
    }
    for (size_t count = 1; count <= BEDNET_TOPIC_LEVELS_MAX + 1; count++) {
        struct bednet_text text = {topic, 2 * count - 1};
        bool fits = count <= BEDNET_TOPIC_LEVELS_MAX;

        assert_int_equal(bednet_filter_check(text), fits ? BEDNET_TOPIC_OK : BEDNET_TOPIC_TOO_DEEP);
        assert_int_equal(bednet_levels_split(text, &levels), fits);
        assert_int_equal(levels.count, fits ? count : 0);
    }
    /* Nothing but separators: one level more than there are of them. */
    memset(topic, '/', sizeof(topic));
    assert_true(bednet_levels_split((struct bednet_text){topic, 200}, &levels));
    assert_int_equal(levels.count, 201);
    assert_false(bednet_levels_split((struct bednet_text){topic, 201}, &levels));
    assert_false(bednet_levels_split(bednet_text(NULL), &levels));
}

/* Slashes at random places of topics of every length, split at each in turn. */
static void splitting_agrees_with_looking_at_each_byte(void **state)
{
    static struct bednet_levels levels;
    uint64_t seed = 5;

    (void)state;
    for (int round = 0; round < 50000; round++) {
        char *topic = malloc(41); /* of its very size, so that ASan sees what reads beyond it */
        size_t bytes = naive_below(&seed, 41), level = 0, from = 0;

        assert_non_null(topic);
        for (size_t i = 0; i < bytes; i++) {
            static const char likely[] = {'/', '.', '0', 'o', '\x2f' ^ '\x80', 'a'};

            topic[i] = likely[naive_below(&seed, sizeof(likely))];
        }
        topic = realloc(topic, bytes + 1);
        assert_non_null(topic);
        assert_true(bednet_levels_split((struct bednet_text){topic, bytes}, &levels));
        for (size_t i = 0; i <= bytes; i++) {
            if (i < bytes && topic[i] != '/') {
                continue;
            }
            assert_true(level < levels.count);
            assert_ptr_equal(levels.level[level].ptr, topic + from);
            assert_int_equal(levels.level[level].len, i - from);
            from = i + 1;
            level++;
        }
        assert_int_equal(level, levels.count);
        free(topic);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_text_is_refused), cmocka_unit_test(bad_filters_are_refused),
        cmocka_unit_test(shared_filters),      cmocka_unit_test(the_longest_topic),
        cmocka_unit_test(the_deepest_topic),   cmocka_unit_test(splitting_agrees_with_looking_at_each_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
