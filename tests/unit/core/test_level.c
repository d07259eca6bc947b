/* SPDX-License-Identifier: Apache-2.0 */
/* Levels that differ in any byte or in their length are told apart, whether words or bytes have to tell. */
#include "cmocka_first.h"

#include "core/topic.h"
#include "rules_asking.h"
#include <stdio.h>
#include <stdlib.h>

#define LONGEST 40

static uint64_t word_of(const char *bytes, size_t count)
{
    uint64_t word = 0;

    for (size_t i = 0; i < count; i++) {
        word |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    }
    return word;
}

static void assert_words(const struct bednet_level *level)
{
    assert_true(level->low == word_of(level->ptr, level->len < 8 ? level->len : 8));
    assert_true(level->high == (level->len > 8 ? word_of(level->ptr + level->len - 8, 8) : 0));
}

/* In blocks of their very size, so that ASan sees what reads beyond them. */
static void words_are_those_of_the_bytes(void **state)
{
    static struct bednet_levels levels;

    (void)state;
    for (size_t length = 0; length <= LONGEST; length++) {
        for (size_t before = 0; before <= 9; before++) {
            size_t bytes = before + length;
            char *topic = malloc(bytes + 1);
            struct bednet_level alone;

            assert_non_null(topic);
            for (size_t i = 0; i < bytes; i++) {
                topic[i] = (char)('\xC0' + i);
            }
            if (before > 0) {
                topic[before - 1] = '/';
            }
            topic = realloc(topic, bytes > 0 ? bytes : 1);
            assert_non_null(topic);
            alone = bednet_level_of((struct bednet_text){topic + before, length});
            assert_words(&alone);
            assert_true(bednet_levels_split((struct bednet_text){topic, bytes}, &levels));
            assert_int_equal(levels.count, before > 0 ? 2 : 1);
            for (size_t i = 0; i < levels.count; i++) {
                assert_words(&levels.level[i]);
            }
            assert_true(levels.level[levels.count - 1].low == alone.low);
            free(topic);
        }
    }
}

static void write_level(char *level, size_t length)
{
    memset(level, 'a', length);
    level[length] = '\0';
}

/* `siblings` other levels beside the one: with some it is searched for, without it is compared at once. */
static struct bednet_rules *rules_of(const char *level, unsigned siblings)
{
    struct bednet_rules_builder *builder = bednet_rules_builder_new(1);
    struct bednet_rules *rules;
    const char *error;
    size_t offset;

    assert_non_null(builder);
    assert_int_equal(rules_add(builder, 0, BEDNET_ALLOW_PUBLISH, bednet_text(level),
                               (struct bednet_source){1, 1}, &error, &offset),
                     BEDNET_OK);
    for (unsigned i = 0; i < siblings; i++) {
        char other[LONGEST + 16];

        snprintf(other, sizeof(other), "%s-%u", level, i);
        assert_int_equal(rules_add(builder, 0, BEDNET_ALLOW_PUBLISH, bednet_text(other),
                                   (struct bednet_source){2, 1}, &error, &offset),
                         BEDNET_OK);
    }
    rules = bednet_rules_freeze(builder);
    assert_non_null(rules);
    bednet_rules_builder_free(builder);
    return rules;
}

static bool allows(const struct bednet_rules *rules, const char *topic)
{
    static const struct bednet_subject nobody;
    const struct bednet_text text = bednet_text(topic);
    struct bednet_rules_hits hits;
    uint16_t role = 0;

    assert_true(rules_match(rules, &role, 1, &nobody, bednet_text(topic), 1 << BEDNET_ALLOW_PUBLISH, &hits));
    assert_int_equal(
        bednet_rules_allow(rules, &role, 1, &(struct bednet_pack){0}, &text, 1 << BEDNET_ALLOW_PUBLISH),
        hits.kinds != 0);
    return hits.source[BEDNET_ALLOW_PUBLISH].line != 0;
}

static void every_byte_and_the_length_count(void **state)
{
    char level[LONGEST + 2];

    (void)state;
    for (size_t length = 1; length <= LONGEST; length++) {
        for (unsigned siblings = 0; siblings <= 3; siblings += 3) {
            struct bednet_rules *rules;

            write_level(level, length);
            rules = rules_of(level, siblings);
            assert_true(allows(rules, level));
            for (size_t i = 0; i < length; i++) {
                level[i] = 'b';
                assert_false(allows(rules, level));
                level[i] = 'a';
            }
            for (size_t other = 0; other <= LONGEST + 1; other++) {
                write_level(level, other);
                assert_int_equal(allows(rules, level), other == length);
            }
            bednet_rules_free(rules);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_of_the_bytes),
        cmocka_unit_test(every_byte_and_the_length_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
