/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: one value may stand in a topic, and one of several may not. */
#include "cmocka_first.h"

#include "core/subject.h"

static const struct bednet_attribute attributes[] = {
    {{"claim.site", 10}, {"berlin", 6}},
    {{"claim.roles", 11}, {"device", 6}},
    {{"claim.roles", 11}, {"admin", 5}},
    {{"claim.empty", 11}, {"", 0}},
};
static const struct bednet_subject subject = {.attributes = attributes, .attribute_count = 4};

static void what_is_not_single_is_absent(void **state)
{
    (void)state;
    assert_null(bednet_subject_attribute(&subject, BEDNET_TEXT_LITERAL("claim.roles")).ptr);
    assert_null(bednet_subject_attribute(&subject, BEDNET_TEXT_LITERAL("claim.none")).ptr);
    assert_null(bednet_subject_attribute(&subject, BEDNET_TEXT_LITERAL("claim.sit")).ptr);
    assert_null(bednet_subject_attribute(&subject, BEDNET_TEXT_LITERAL("")).ptr);
    assert_null(bednet_subject_attribute(&subject, bednet_text(NULL)).ptr);
}

static void a_single_value_is_found(void **state)
{
    struct bednet_text site = bednet_subject_attribute(&subject, BEDNET_TEXT_LITERAL("claim.site"));
    struct bednet_text empty = bednet_subject_attribute(&subject, BEDNET_TEXT_LITERAL("claim.empty"));

    (void)state;
    assert_true(bednet_text_equal(site, BEDNET_TEXT_LITERAL("berlin")));
    assert_true(bednet_text_equal(empty, BEDNET_TEXT_LITERAL("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_single_is_absent),
        cmocka_unit_test(a_single_value_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
