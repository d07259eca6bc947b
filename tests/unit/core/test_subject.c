/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: one value may stand in a topic, and one of several may not. */
#include "cmocka_first.h"

#include "core/subject.h"
#include "packed.h"

static const struct bednet_attribute attributes[] = {
    {{"claim.site", 10}, {"berlin", 6}},       {{"claim.roles", 11}, {"device", 6}},
    {{"claim.roles", 11}, {"admin", 5}},       {{"claim.empty", 11}, {"", 0}},
    {{"claim.roles-of-abc", 18}, {"long", 4}}, {{"cert.cn", 7}, {"short", 5}},
};
static const struct bednet_subject subject = {.attributes = attributes, .attribute_count = 6};

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

static void assert_same(const struct bednet_pack *pack, const char *name)
{
    struct bednet_text expected = bednet_subject_attribute(&subject, bednet_text(name));
    struct bednet_text found = bednet_pack_attribute(pack, bednet_text(name));

    assert_int_equal(found.ptr != NULL, expected.ptr != NULL);
    assert_int_equal(found.len, expected.len);
    assert_true(expected.ptr == NULL || bednet_text_equal(found, expected));
}

/* Names of the same length share a hint, which must mislead nobody, in whatever order they are asked for. */
static void a_pack_finds_the_same(void **state)
{
    static const char *const names[] = {
        "claim.site", "claim.roles",        "claim.empty",        "claim.none",
        "claim.sit",  "claim.site-of-xyz",  "claim.rolex",        "cert.cn",
        "",           "claim.roles-of-abc", "claim.roles-of-abd", NULL};
    const size_t count = sizeof(names) / sizeof(*names);
    struct packed packed;
    const struct bednet_pack *pack = pack_subject(&packed, &subject);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            assert_same(pack, names[i]);
            assert_same(pack, names[j]);
            assert_same(pack, names[i]);
        }
    }
}

static void what_stands_first_and_twice_is_absent(void **state)
{
    static const struct bednet_attribute twice[] = {{{"claim.a", 7}, {"x", 1}}, {{"claim.a", 7}, {"y", 1}}};
    const struct bednet_subject several = {.attributes = twice, .attribute_count = 2};
    const struct bednet_subject none = {.attributes = twice, .attribute_count = 0};
    struct packed packed;

    (void)state;
    for (int times = 0; times < 2; times++) {
        assert_null(bednet_pack_attribute(pack_subject(&packed, &several), bednet_text("claim.a")).ptr);
    }
    assert_null(bednet_pack_attribute(pack_subject(&packed, &none), bednet_text("claim.a")).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_single_is_absent),
        cmocka_unit_test(a_single_value_is_found),
        cmocka_unit_test(a_pack_finds_the_same),
        cmocka_unit_test(what_stands_first_and_twice_is_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
