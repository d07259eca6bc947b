/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Naming templates without types say what filters say: a name is `+`, the last one of many is `+` and `#`. So
 * on random templates a topic fits where that filter matches it, and a filter where some topic is both its
 * and the template's, which is found out by trying all topics there are.
 */
#include "cmocka_first.h"

#include "core/filter.h"
#include "core/naming.h"
#include <stdio.h>

#define ROUNDS     6000
#define LEVELS_MAX 4
#define LETTERS    4 /* the last of them is in no template and no filter */

static uint64_t state_of_dice = 20261122;

static unsigned draw(unsigned below)
{
    state_of_dice = state_of_dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state_of_dice >> 33) % below;
}

static const char *const letters[LETTERS] = {"a", "b", "$a", "c"};

static void append(char *text, const char *level)
{
    strcat(strcat(text, *text != '\0' ? "/" : ""), level);
}

/* A template, and the filter that says the same. */
static void make_template(char *tmpl, char *filter)
{
    unsigned count = 1 + draw(LEVELS_MAX);

    *tmpl = *filter = '\0';
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        bool many = i + 1 == count && draw(3) == 0;

        snprintf(name, sizeof(name), "{x%u%s}", i, many ? "..." : "");
        if (many || draw(2) == 0) {
            append(tmpl, name);
            append(filter, "+");
        } else {
            const char *letter = letters[draw(LETTERS - 1)];

            append(tmpl, letter);
            append(filter, letter);
        }
        if (many) {
            append(filter, "#");
        }
    }
}

static void make_filter(char *filter)
{
    unsigned count = draw(LEVELS_MAX);

    *filter = '\0';
    for (unsigned i = 0; i <= count; i++) {
        append(filter, i > 0 && i == count && draw(2) == 0 ? "#"
                       : draw(3) == 0                      ? "+"
                                                           : letters[draw(LETTERS - 1)]);
    }
    if (draw(20) == 0) {
        strcpy(filter, "#");
    }
}

/* Topic `number` of all that there are, from those of one level on; false behind the last. */
static bool make_topic(char *topic, unsigned number)
{
    unsigned count = 1, all = LETTERS;

    for (; number >= all; count++, all *= LETTERS) {
        number -= all;
    }
    *topic = '\0';
    for (unsigned i = 0; i < count && count <= LEVELS_MAX; i++, number /= LETTERS) {
        append(topic, letters[number % LETTERS]);
    }
    return count <= LEVELS_MAX;
}

static bool share_a_topic(struct bednet_text one, struct bednet_text other)
{
    char topic[64];

    for (unsigned number = 0; make_topic(topic, number); number++) {
        if (bednet_filter_matches(one, bednet_text(topic)) &&
            bednet_filter_matches(other, bednet_text(topic))) {
            return true;
        }
    }
    return false;
}

static bool check_filter(const struct bednet_naming *naming, struct bednet_text same)
{
    static struct bednet_levels levels;
    char filter[64];
    size_t reached;
    enum bednet_naming_fit fit;
    bool shares;

    make_filter(filter);
    assert_true(bednet_levels_split(bednet_text(filter), &levels));
    fit = bednet_naming_judge_filter(naming, &levels, NULL, &reached);
    shares = share_a_topic(bednet_text(filter), same);
    if (fit != (shares ? BEDNET_NAMING_FITS : BEDNET_NAMING_DIFFERENT)) {
        fail_msg("'%s' and the filter '%s': %d", naming->text.ptr, filter, (int)fit);
    }
    return shares;
}

static bool check_topic(const struct bednet_naming *naming, struct bednet_text same)
{
    static struct bednet_levels levels;
    char topic[64];
    size_t reached;
    bool matches;

    make_topic(topic, draw(4 + 16 + 64 + 256));
    assert_true(bednet_levels_split(bednet_text(topic), &levels));
    matches = bednet_filter_matches(same, bednet_text(topic));
    if (bednet_naming_fits(naming, &levels, NULL, &reached) != matches) {
        fail_msg("'%s' and '%s': %d", naming->text.ptr, topic, !matches);
    }
    return matches;
}

static void test_names_are_wildcards(void **state)
{
    unsigned long topics = 0, filters = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct bednet_arena *arena = bednet_arena_new();
        struct bednet_naming naming;
        char tmpl[64], same[64];
        const char *error;
        size_t offset;

        make_template(tmpl, same);
        assert_int_equal(bednet_naming_parse(arena, bednet_text(tmpl), NULL, 0, &naming, &error, &offset),
                         BEDNET_OK);
        for (unsigned i = 0; i < 5; i++) {
            topics += check_topic(&naming, bednet_text(same));
            filters += check_filter(&naming, bednet_text(same));
        }
        bednet_arena_free(arena);
    }
    assert_true(topics > ROUNDS / 20 && filters > ROUNDS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names_are_wildcards)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
