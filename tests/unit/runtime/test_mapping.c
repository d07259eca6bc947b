/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of attributes, the same for tokens and certificates: what is missing, unclean, too long or
 * another's. */
#include "cmocka_first.h"

#include "runtime/mapping.h"

static struct bednet_arena *arena;
static struct bednet_mapped work;
static struct bednet_identity_spec spec;
static struct bednet_identity_mapping mapping;
static struct bednet_template roles[2];

static struct bednet_template parse(const char *text)
{
    struct bednet_template tmpl;
    const char *error;
    size_t offset;
    assert_int_equal(bednet_template_parse(arena, bednet_text(text), &tmpl, &error, &offset), BEDNET_OK);
    return tmpl;
}

static int set_up(void **state)
{
    (void)state;
    arena = bednet_arena_new();
    mapping = (struct bednet_identity_mapping){.username = parse("${claim.sub}")};
    spec = (struct bednet_identity_spec){0};
    return arena != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    bednet_arena_free(arena);
    return 0;
}

static enum bednet_reason apply(const struct bednet_attribute *attributes, size_t count)
{
    struct bednet_subject subject = {
        .client_id = bednet_text("c"), .attributes = attributes, .attribute_count = count};
    return bednet_mapping_apply(&work, &mapping, &subject, BEDNET_REASON_CLAIMS, &spec);
}

static struct bednet_attribute claim(const char *name, const char *value)
{
    return (struct bednet_attribute){bednet_text(name), bednet_text(value)};
}

static void test_user_names(void **state)
{
    (void)state;
    char too_long[BEDNET_USERNAME_BYTES_MAX + 2];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    struct bednet_attribute twice[] = {claim("claim.sub", "a"), claim("claim.sub", "b")};
    assert_int_equal(apply(NULL, 0), BEDNET_REASON_CLAIMS);
    assert_int_equal(apply(twice, 2), BEDNET_REASON_CLAIMS);
    assert_null(spec.subject.username.ptr);
    twice[0].value = bednet_text("a\n");
    assert_int_equal(apply(twice, 1), BEDNET_REASON_IDENTITY);
    twice[0].value = bednet_text(too_long);
    assert_int_equal(apply(twice, 1), BEDNET_REASON_IDENTITY);
    twice[0].value.len--;
    assert_int_equal(apply(twice, 1), BEDNET_REASON_NONE);
    assert_int_equal(spec.subject.username.len, BEDNET_USERNAME_BYTES_MAX);
    assert_false(spec.client_id_is_vouched);
}

static void test_client_ids(void **state)
{
    (void)state;
    struct bednet_attribute claims[] = {claim("claim.sub", "a"), claim("claim.id", "d")};
    mapping.client_id = parse("${claim.id}");
    assert_int_equal(apply(claims, 1), BEDNET_REASON_CLIENT_ID);
    assert_int_equal(apply(claims, 2), BEDNET_REASON_CLIENT_ID);
    claims[1].value = bednet_text("cc");
    assert_int_equal(apply(claims, 2), BEDNET_REASON_CLIENT_ID);
    claims[1].value = bednet_text("");
    assert_int_equal(apply(claims, 2), BEDNET_REASON_CLIENT_ID);
    claims[1].value = bednet_text("c");
    assert_int_equal(apply(claims, 2), BEDNET_REASON_NONE);
    assert_true(spec.client_id_is_vouched);
}

static void test_roles(void **state)
{
    (void)state;
    struct bednet_attribute claims[33] = {claim("claim.sub", "a")};
    for (size_t i = 1; i < 33; i++)
        claims[i] = claim("claim.roles", "r");
    roles[0] = parse("fixed");
    roles[1] = parse("${claim.roles}");
    mapping.roles = roles;
    mapping.role_count = 2;
    assert_int_equal(apply(claims, 33), BEDNET_REASON_TOO_MANY_ROLES);
    assert_int_equal(apply(claims, 32), BEDNET_REASON_NONE);
    assert_int_equal(spec.role_name_count, 32);
    assert_int_equal(apply(claims, 1), BEDNET_REASON_NONE);
    assert_int_equal(spec.role_name_count, 1);
    assert_true(bednet_text_equal(spec.role_names[0], bednet_text("fixed")));
}

#define MAPPING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MAPPING_TEST(test_user_names),
        MAPPING_TEST(test_client_ids),
        MAPPING_TEST(test_roles),
    };
    return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
