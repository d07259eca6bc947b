/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random lists over a universe so small that nearly every entry hits, judged by naive.h; and what must hold
 * of any list, whoever judges it.
 */
#include "cmocka_first.h"

#include "core/permissions.h"
#include "naive.h"

enum { ENTRIES = 5, LISTS = 4000, QUESTIONS = 25, FILTERS = 52, NAMES = 84 };

static const enum bednet_action asked[] = {BEDNET_ACTION_PUBLISH, BEDNET_ACTION_SUBSCRIBE,
                                           BEDNET_ACTION_RECEIVE};

/* Every filter, and every name, of up to three levels out of a handful. */
/* One more, for a text that was not kept. */
static char filters[FILTERS + 1][16];
static char names[NAMES + 1][16];

struct list {
    struct bednet_permission entry[ENTRIES];
    const char *filter[ENTRIES]; /* the same, for the naive judge */
    size_t count;
};

struct asking {
    enum bednet_action action;
    const char *topic;
    uint8_t qos;
    bool retain;
};

/* Every text of up to three of these levels; `#` only where it is the last. */
static size_t enumerate(const char *const *levels, size_t level_count, char (*out)[16])
{
    size_t count = 0;
    for (size_t depth = 1, combinations = level_count; depth <= 3; depth++, combinations *= level_count) {
        for (size_t code = 0; code < combinations; code++) {
            char *text = out[count];
            size_t rest = code;
            text[0] = '\0';
            for (size_t i = 0; i < depth; i++, rest /= level_count)
                strcat(strcat(text, i == 0 ? "" : "/"), levels[rest % level_count]);
            const char *multi = strchr(text, '#');
            count += multi == NULL || multi[1] == '\0';
        }
    }
    return count;
}

static int set_up(void **state)
{
    (void)state;
    static const char *const in_filters[] = {"a", "$s", "+", "#"};
    static const char *const in_names[] = {"a", "b", "$s", "z"};
    assert_int_equal(enumerate(in_filters, 4, filters), FILTERS);
    assert_int_equal(enumerate(in_names, 4, names), NAMES);
    return 0;
}

static void random_list(uint64_t *seed, struct list *list)
{
    list->count = naive_below(seed, ENTRIES + 1);
    for (size_t i = 0; i < list->count; i++) {
        bool denies = naive_below(seed, 3) == 0;
        list->filter[i] = filters[naive_below(seed, FILTERS)];
        list->entry[i] = (struct bednet_permission){
            .filter = bednet_text(list->filter[i]),
            .denies = denies,
            .actions = (uint8_t)(naive_below(seed, 8) << BEDNET_ACTION_PUBLISH),
            .qos = naive_below(seed, 2) ? BEDNET_PERMISSION_QOS_ALL : (uint8_t)naive_below(seed, 8),
            .retain = (uint8_t)(naive_below(seed, 2) ? 0 : naive_below(seed, 3)),
            .literal = naive_below(seed, 6) == 0,
            .yields = denies && naive_below(seed, 2) == 0,
        };
    }
}

static struct asking random_question(uint64_t *seed)
{
    struct asking question = {.action = asked[naive_below(seed, 3)],
                              .qos = (uint8_t)naive_below(seed, 3),
                              .retain = naive_below(seed, 2) == 0};
    question.topic = question.action == BEDNET_ACTION_SUBSCRIBE ? filters[naive_below(seed, FILTERS)]
                                                                : names[naive_below(seed, NAMES)];
    return question;
}

static enum bednet_permissions_answer answer_of(const struct list *list, const struct asking *question)
{
    const struct bednet_permissions permissions = {.entries = list->entry, .count = list->count};
    return bednet_permissions_ask(&permissions, question->action, bednet_text(question->topic), question->qos,
                                  question->retain);
}

/* --- The naive judge --- */

static bool has(const struct bednet_permission *entry, enum bednet_action action)
{
    return (entry->actions & 1u << action) != 0;
}

static bool naive_speaks(const struct list *list, size_t i, const struct asking *question)
{
    const struct bednet_permission *entry = &list->entry[i];
    bool same = strcmp(list->filter[i], question->topic) == 0;
    bool qos_fits = (entry->qos & 1u << question->qos) != 0;
    if (question->action == BEDNET_ACTION_RECEIVE) {
        bool matches = naive_matches(list->filter[i], question->topic);
        bool partial = entry->literal || entry->qos != 7;
        return matches && (has(entry, BEDNET_ACTION_RECEIVE) ||
                           (has(entry, BEDNET_ACTION_SUBSCRIBE) && !(entry->denies && partial)));
    }
    if (!has(entry, question->action) || !qos_fits)
        return false;
    if (question->action == BEDNET_ACTION_SUBSCRIBE)
        return entry->literal ? same : naive_covers(list->filter[i], question->topic);
    if (entry->retain != BEDNET_RETAIN_ANY && (entry->retain == BEDNET_RETAIN_SET) != question->retain)
        return false;
    return entry->literal ? same : naive_matches(list->filter[i], question->topic);
}

/* Strikes out the denials that give way, and then lets what is left vote. */
static enum bednet_permissions_answer naive_answer(const struct list *list, const struct asking *question)
{
    bool allows = false, denies = false;
    for (size_t i = 0; i < list->count; i++) {
        bool struck = false;
        if (!naive_speaks(list, i, question))
            continue;
        for (size_t j = 0; list->entry[i].yields && j < i; j++)
            struck = struck || (!list->entry[j].denies && naive_speaks(list, j, question) &&
                                naive_covers(list->filter[i], list->filter[j]));
        denies = denies || (list->entry[i].denies && !struck);
        allows = allows || !list->entry[i].denies;
    }
    return denies ? BEDNET_PERMISSIONS_DENY : allows ? BEDNET_PERMISSIONS_ALLOW : BEDNET_PERMISSIONS_SILENT;
}

static void test_against_the_naive_judge(void **state)
{
    (void)state;
    uint64_t seed = 9431;
    unsigned seen[3] = {0};
    for (unsigned i = 0; i < LISTS; i++) {
        struct list list;
        random_list(&seed, &list);
        for (unsigned k = 0; k < QUESTIONS; k++) {
            struct asking question = random_question(&seed);
            enum bednet_permissions_answer answer = answer_of(&list, &question);
            if (answer != naive_answer(&list, &question))
                fail_msg("list %u, question %u: %s", i, k, question.topic);
            seen[answer]++;
        }
    }
    for (int answer = 0; answer < 3; answer++)
        assert_true(seen[answer] > LISTS * QUESTIONS / 50);
}

/* --- What must hold of any list --- */

static void test_a_denial_more_never_allows_more(void **state)
{
    (void)state;
    uint64_t seed = 9237;
    for (unsigned i = 0; i < LISTS * 4; i++) {
        struct list list, fewer;
        random_list(&seed, &list);
        if (list.count == 0 || !list.entry[list.count - 1].denies)
            continue;
        fewer = list;
        fewer.count--;
        struct asking question = random_question(&seed);
        if (answer_of(&list, &question) == BEDNET_PERMISSIONS_ALLOW)
            assert_int_equal(answer_of(&fewer, &question), BEDNET_PERMISSIONS_ALLOW);
    }
}

static void test_order_counts_only_where_denials_yield(void **state)
{
    (void)state;
    uint64_t seed = 8725;
    for (unsigned i = 0; i < LISTS * 4; i++) {
        struct list list, reversed;
        random_list(&seed, &list);
        for (size_t k = 0; k < list.count; k++)
            list.entry[k].yields = false;
        reversed.count = list.count;
        for (size_t k = 0; k < list.count; k++)
            reversed.entry[k] = list.entry[list.count - 1 - k];
        struct asking question = random_question(&seed);
        assert_int_equal(answer_of(&list, &question), answer_of(&reversed, &question));
    }
}

/* The first rule that speaks decides: so it is in EMQX, and nothing that it refuses may be allowed here. */
static void test_never_more_than_the_first_match_allows(void **state)
{
    (void)state;
    uint64_t seed = 5500;
    unsigned allowed = 0;
    for (unsigned i = 0; i < LISTS * 10; i++) {
        struct list list;
        random_list(&seed, &list);
        for (size_t k = 0; k < list.count; k++)
            list.entry[k].yields = list.entry[k].denies;
        struct asking question = random_question(&seed);
        size_t first = 0;
        while (first < list.count && !naive_speaks(&list, first, &question))
            first++;
        if (answer_of(&list, &question) == BEDNET_PERMISSIONS_ALLOW) {
            assert_true(first < list.count && !list.entry[first].denies);
            allowed++;
        }
    }
    assert_true(allowed > LISTS / 4);
}

/* Whoever may subscribe to a filter may have what it brings, as long as nothing is denied. */
static void test_a_subscription_brings_what_it_promises(void **state)
{
    (void)state;
    uint64_t seed = 7800;
    unsigned brought = 0;
    for (unsigned i = 0; i < LISTS; i++) {
        struct list list;
        random_list(&seed, &list);
        for (size_t k = 0; k < list.count; k++)
            list.entry[k].denies = list.entry[k].yields = false;
        struct asking question = random_question(&seed);
        question.action = BEDNET_ACTION_SUBSCRIBE;
        question.topic = filters[naive_below(&seed, FILTERS)];
        if (answer_of(&list, &question) != BEDNET_PERMISSIONS_ALLOW)
            continue;
        for (size_t n = 0; n < NAMES; n++) {
            struct asking delivery = {.action = BEDNET_ACTION_RECEIVE, .topic = names[n], .qos = 2};
            if (naive_matches(question.topic, names[n])) {
                assert_int_equal(answer_of(&list, &delivery), BEDNET_PERMISSIONS_ALLOW);
                brought++;
            }
        }
    }
    assert_true(brought > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_naive_judge),
        cmocka_unit_test(test_a_denial_more_never_allows_more),
        cmocka_unit_test(test_order_counts_only_where_denials_yield),
        cmocka_unit_test(test_never_more_than_the_first_match_allows),
        cmocka_unit_test(test_a_subscription_brings_what_it_promises),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
