/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where Bednet and the broker disagree about a topic, a rule guards something else than what is delivered.
 * So: what matches and what is well-formed, by the broker's own library.
 */
#include "cmocka_first.h"

#include "core/filter.h"
#include "core/topic.h"
#include "naive.h"
#include <mosquitto.h>

static void matching_agrees_with_the_broker(void **state)
{
    uint64_t seed = 10;
    unsigned matched = 0;

    (void)state;
    for (int round = 0; round < NAIVE_ROUNDS(2000000, 400000); round++) {
        char filter[NAIVE_BYTES], name[NAIVE_BYTES];
        bool theirs = false;

        naive_topic(&seed, true, filter);
        naive_topic(&seed, false, name);
        assert_int_equal(mosquitto_topic_matches_sub(filter, name, &theirs), MOSQ_ERR_SUCCESS);
        if (bednet_filter_matches(bednet_text(filter), bednet_text(name)) != theirs) {
            fail_msg("seed 10, round %d: %s and %s, the broker says %d", round, filter, name, theirs);
        }
        matched += theirs;
    }
    assert_true(matched > 20000);
}

/* A filter that covers another matches, by the broker's word, every witness of the other. */
static void covering_agrees_with_the_broker(void **state)
{
    uint64_t seed = 11;
    unsigned covered = 0;

    (void)state;
    for (int round = 0; round < NAIVE_ROUNDS(1000000, 200000); round++) {
        char filter[NAIVE_BYTES], requested[NAIVE_BYTES], name[NAIVE_BYTES];
        bool all = true;

        naive_topic(&seed, true, filter);
        naive_topic(&seed, true, requested);
        for (int below = 0; below <= 3; below++) {
            bool theirs = false;

            if (naive_witness(requested, below, name)) {
                assert_int_equal(mosquitto_topic_matches_sub(filter, name, &theirs), MOSQ_ERR_SUCCESS);
                all = all && theirs;
            }
        }
        if (bednet_filter_covers(bednet_text(filter), bednet_text(requested)) != all) {
            fail_msg("seed 11, round %d: %s covers %s, the broker says %d", round, filter, requested, all);
        }
        covered += all;
    }
    assert_true(covered > 10000);
}

/* Any bytes that make trouble, well-formed or not. */
static void random_text(uint64_t *seed, char out[32])
{
    static const char *const pieces[] = {"a", "/",        "+",    "#",        "$",
                                         "/", "\xc3\xbc", "\xff", "\xe2\x82", "$share/"};
    unsigned count = naive_below(seed, 5);

    out[0] = '\0';
    while (count-- > 0) {
        strcat(out, pieces[naive_below(seed, 10)]);
    }
}

/*
 * Only one way round: what we accept the broker must not take for malformed. It is laxer in places (it leaves
 * an empty topic to others, or a share without a group); being stricter is ours to choose.
 */
static void what_is_well_formed_for_us_is_so_for_the_broker(void **state)
{
    uint64_t seed = 12;
    unsigned good = 0, wild = 0;

    (void)state;
    for (int round = 0; round < NAIVE_ROUNDS(1000000, 200000); round++) {
        char text[32];
        enum bednet_topic_fault as_filter;
        bool has_wildcards;

        random_text(&seed, text);
        has_wildcards = strpbrk(text, "+#") != NULL;
        as_filter = bednet_filter_check(bednet_text(text));
        if (as_filter == BEDNET_TOPIC_OK) {
            assert_int_equal(mosquitto_sub_topic_check(text), MOSQ_ERR_SUCCESS);
            assert_int_equal(mosquitto_pub_topic_check(text),
                             has_wildcards ? MOSQ_ERR_INVAL : MOSQ_ERR_SUCCESS);
            good += !has_wildcards;
            assert_int_equal(mosquitto_validate_utf8(text, (int)strlen(text)), MOSQ_ERR_SUCCESS);
        }
        /* And for what is wrong with wildcards alone, the two say the same. */
        if (as_filter == BEDNET_TOPIC_WILDCARD && strncmp(text, "$share/", 7) != 0) {
            assert_int_equal(mosquitto_sub_topic_check(text), MOSQ_ERR_INVAL);
            wild++;
        }
    }
    assert_true(good > 10000 && wild > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching_agrees_with_the_broker),
        cmocka_unit_test(covering_agrees_with_the_broker),
        cmocka_unit_test(what_is_well_formed_for_us_is_so_for_the_broker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
