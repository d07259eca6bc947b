/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: one value or none may stand in a topic; any of several may give a role. */
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

static void any_of_several_counts(void **state)
{
    struct bednet_text roles = BEDNET_TEXT_LITERAL("claim.roles");

    (void)state;
    assert_false(bednet_subject_has(&subject, roles, BEDNET_TEXT_LITERAL("berlin")));
    assert_false(bednet_subject_has(&subject, roles, BEDNET_TEXT_LITERAL("devic")));
    assert_false(bednet_subject_has(&subject, roles, bednet_text(NULL)));
    assert_false(bednet_subject_has(&subject, BEDNET_TEXT_LITERAL("claim.none"), bednet_text(NULL)));
    assert_true(bednet_subject_has(&subject, roles, BEDNET_TEXT_LITERAL("device")));
    assert_true(bednet_subject_has(&subject, roles, BEDNET_TEXT_LITERAL("admin")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_single_is_absent),
        cmocka_unit_test(a_single_value_is_found),
        cmocka_unit_test(any_of_several_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
