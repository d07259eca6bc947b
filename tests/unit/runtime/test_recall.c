/* SPDX-License-Identifier: Apache-2.0 */
/* What was permitted a moment ago: never remembered for anybody or anything else, and never too long. */
#include "cmocka_first.h"

#include "runtime/recall.h"

#include <stdio.h>
#include <stdlib.h>

#define ASKER bednet_recall_asker(7, BEDNET_ACTION_PUBLISH)

/* Whoever asks in vain is told the same place as whoever does not ask. */
static bool knows_text(struct bednet_recall *recall, uint32_t generation, uint64_t asker,
                       struct bednet_text topic)
{
    struct bednet_recall_slot *slot = (struct bednet_recall_slot *)recall;
    bool known = bednet_recall_knows(recall, generation, asker, topic, &slot);
    if (!known)
        assert_ptr_equal(slot, bednet_recall_slot(recall, asker, topic));
    return known;
}

static bool knows(struct bednet_recall *recall, uint32_t generation, uint64_t asker, const char *topic)
{
    return knows_text(recall, generation, asker, bednet_text(topic));
}

static void note(struct bednet_recall *recall, uint32_t generation, uint64_t asker, struct bednet_text topic)
{
    bednet_recall_note(bednet_recall_slot(recall, asker, topic), generation, asker, topic);
}

static void test_nothing_is_known_at_first(void **state)
{
    (void)state;
    struct bednet_recall *recall = bednet_recall_new();
    assert_non_null(recall);
    assert_false(knows(recall, 1, ASKER, ""));
    assert_false(knows(recall, 1, ASKER, "a"));
    assert_false(knows(recall, 1, 0, "a"));
    assert_false(knows(recall, 1, ASKER, NULL));
    bednet_recall_free(recall);
}

static void test_only_the_same_question_is_known(void **state)
{
    (void)state;
    const char *const topic = "acme/lyon/sensor/d1/telemetry";
    const char *const others[] = {
        "acme/lyon/sensor/d1/telemetrx",
        "bcme/lyon/sensor/d1/telemetry",
        "acme/lyon/sensor/d2/telemetry",
        "acme/lyon/sensor/d1/telemetry/",
        "acme/lyon/sensor/d1/telemetr",
        "",
        "a",
    };
    struct bednet_recall *recall = bednet_recall_new();
    note(recall, 3, ASKER, bednet_text(topic));
    assert_true(knows(recall, 3, ASKER, topic));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(knows(recall, 3, ASKER, others[i]));
    assert_false(knows(recall, 2, ASKER, topic));
    assert_false(knows(recall, 4, ASKER, topic));
    assert_false(knows(recall, 3, bednet_recall_asker(8, BEDNET_ACTION_PUBLISH), topic));
    assert_false(knows(recall, 3, bednet_recall_asker(7, BEDNET_ACTION_RECEIVE), topic));
    assert_false(knows(recall, 3, 0, topic));
    assert_false(knows(recall, 3, ASKER, NULL));
    bednet_recall_free(recall);
}

/* Every byte counts, whatever the length: words, their overlap, and texts shorter than one. */
static void test_every_length_and_every_byte(void **state)
{
    (void)state;
    char topic[BEDNET_RECALL_TOPIC_BYTES_MAX + 1];
    struct bednet_recall *recall = bednet_recall_new();
    memset(topic, 'x', sizeof topic);
    for (size_t length = 0; length <= BEDNET_RECALL_TOPIC_BYTES_MAX; length++) {
        struct bednet_text text = {topic, length};
        note(recall, 1, ASKER, text);
        assert_true(knows_text(recall, 1, ASKER, text));
        for (size_t i = 0; i < length; i++) {
            topic[i] = 'y';
            assert_false(knows_text(recall, 1, ASKER, text));
            topic[i] = 'x';
        }
    }
    struct bednet_text too_long = {topic, sizeof topic};
    note(recall, 1, ASKER, too_long);
    assert_false(knows_text(recall, 1, ASKER, too_long));
    note(recall, 1, ASKER, (struct bednet_text){0});
    assert_false(knows_text(recall, 1, ASKER, (struct bednet_text){0}));
    bednet_recall_free(recall);
}

/* Absent and empty differ, here as everywhere. */
static void test_the_empty_topic(void **state)
{
    (void)state;
    struct bednet_recall *recall = bednet_recall_new();
    note(recall, 1, ASKER, bednet_text(""));
    assert_true(knows(recall, 1, ASKER, ""));
    assert_false(knows(recall, 1, ASKER, NULL));
    bednet_recall_free(recall);
}

/* Many more permissions than slots: entries are lost, but none turns up that was not given. */
static void test_overflow_forgets_and_never_invents(void **state)
{
    (void)state;
    enum { ASKERS = 300000 };
    struct bednet_recall *recall = bednet_recall_new();
    char topic[32];
    size_t known = 0;
    for (unsigned i = 0; i < ASKERS; i += 2) {
        snprintf(topic, sizeof topic, "site/%u/state", i % 1000);
        note(recall, 1, bednet_recall_asker(i, BEDNET_ACTION_PUBLISH), bednet_text(topic));
        assert_true(knows(recall, 1, bednet_recall_asker(i, BEDNET_ACTION_PUBLISH), topic));
    }
    for (unsigned i = 0; i < ASKERS; i++) {
        snprintf(topic, sizeof topic, "site/%u/state", i % 1000);
        bool is_known = knows(recall, 1, bednet_recall_asker(i, BEDNET_ACTION_PUBLISH), topic);
        if (i % 2 != 0)
            assert_false(is_known);
        known += is_known;
    }
    /* A hash that clusters would leave most of the 65,536 slots empty. */
    assert_between(known, 50000, 65536);
    bednet_recall_free(recall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_known_at_first),
        cmocka_unit_test(test_only_the_same_question_is_known),
        cmocka_unit_test(test_every_length_and_every_byte),
        cmocka_unit_test(test_the_empty_topic),
        cmocka_unit_test(test_overflow_forgets_and_never_invents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
