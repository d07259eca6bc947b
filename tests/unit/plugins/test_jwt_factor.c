/* SPDX-License-Identifier: Apache-2.0 */
/* Token and certificate of one login: what they must say alike, and what comes of both. */
#include "cmocka_first.h"

#include "plugins/jwt/factor.h"

#include <stdio.h>

static struct bednet_jwt_factor work;
static struct bednet_policy policy;
static struct bednet_certificate_mark mark = {.key = "0123456789abcde"};
static struct bednet_identity_spec certificate, token;
static struct bednet_text roles[2][BEDNET_ROLES_PER_CLIENT_MAX];
static struct bednet_attribute attributes[2][BEDNET_IDENTITY_ATTRIBUTES_MAX];
static char names[2][64][32];

static int reset(void **state)
{
    (void)state;
    policy = (struct bednet_policy){0};
    certificate = (struct bednet_identity_spec){.method = BEDNET_METHOD_CERT, .mark = &mark};
    token = (struct bednet_identity_spec){.method = BEDNET_METHOD_JWT};
    certificate.subject.username = token.subject.username = bednet_text("alice");
    certificate.subject.client_id = token.subject.client_id = bednet_text("c");
    return 0;
}

static enum bednet_reason merge(unsigned agree)
{
    struct bednet_factor factor = {.spec = &certificate, .agree = agree};
    return bednet_jwt_merge(&work, &policy, &factor, &token);
}

static void test_user_names_that_differ(void **state)
{
    (void)state;
    certificate.subject.username = bednet_text("mallory");
    assert_int_equal(merge(BEDNET_AGREE_USERNAME), BEDNET_REASON_FACTORS_DISAGREE);
    certificate.subject.username = (struct bednet_text){0};
    assert_int_equal(merge(BEDNET_AGREE_USERNAME), BEDNET_REASON_FACTORS_DISAGREE);
    assert_int_equal(merge(0), BEDNET_REASON_NONE);
    assert_true(bednet_text_equal(token.subject.username, bednet_text("alice")));
    assert_int_equal(token.method, BEDNET_METHOD_JWT);
    assert_ptr_equal(token.mark, &mark);
}

/* Each was held against the client's own id; one that says nothing of it does not say the same. */
static void test_client_ids_that_are_not_named(void **state)
{
    (void)state;
    static const bool cases[][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reset(NULL);
        certificate.client_id_is_vouched = cases[i][0];
        token.client_id_is_vouched = cases[i][1];
        assert_int_equal(merge(BEDNET_AGREE_CLIENT_ID),
                         cases[i][2] ? BEDNET_REASON_NONE : BEDNET_REASON_FACTORS_DISAGREE);
        assert_int_equal(merge(0), BEDNET_REASON_NONE);
        assert_int_equal(token.client_id_is_vouched, cases[i][0] || cases[i][1]);
    }
}

static void give_roles(struct bednet_identity_spec *spec, int which, size_t count, int from)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(names[which][i], sizeof *names[which], "r%d", from + (int)i);
        roles[which][i] = bednet_text(names[which][i]);
    }
    spec->role_names = roles[which];
    spec->role_name_count = count;
}

static void test_roles_of_both(void **state)
{
    (void)state;
    give_roles(&token, 0, 20, 0);
    give_roles(&certificate, 1, 13, 20);
    assert_int_equal(merge(0), BEDNET_REASON_TOO_MANY_ROLES);
    reset(NULL);
    give_roles(&token, 0, 20, 0);
    give_roles(&certificate, 1, 20, 12); /* eight of them are the token's, too */
    assert_int_equal(merge(0), BEDNET_REASON_NONE);
    assert_int_equal(token.role_name_count, 32);
    assert_true(bednet_text_equal(token.role_names[0], bednet_text("r0")));
    assert_true(bednet_text_equal(token.role_names[31], bednet_text("r31")));
}

/* `value` is all of its bytes; the name says whose it is. */
static void give_attributes(struct bednet_identity_spec *spec, int which, size_t count,
                            struct bednet_text value)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(names[which][i], sizeof *names[which], "%s%zu", which == 0 ? "claim." : "cert.", i);
        attributes[which][i] = (struct bednet_attribute){bednet_text(names[which][i]), value};
    }
    spec->subject.attributes = attributes[which];
    spec->subject.attribute_count = count;
}

static void test_attributes_of_both(void **state)
{
    (void)state;
    give_attributes(&token, 0, 61, bednet_text("v"));
    give_attributes(&certificate, 1, 3, bednet_text("w"));
    assert_int_equal(merge(0), BEDNET_REASON_NONE);
    assert_int_equal(token.subject.attribute_count, 64);
}

/* Then claims go that nobody asks for, but none that the policy speaks of. */
static void test_attributes_that_do_not_fit(void **state)
{
    (void)state;
    struct bednet_text spoken[] = {bednet_text("cert.0"), bednet_text("claim.60"), bednet_text("claim.9")};
    static char filler[100];
    memset(filler, 'x', sizeof filler);
    const struct bednet_text values[] = {bednet_text("v"), {filler, sizeof filler}};
    for (size_t i = 0; i < 2; i++) {
        reset(NULL);
        policy.attributes = spoken;
        policy.attribute_count = 3;
        give_attributes(&token, 0, 62 - 24 * i, values[i]);
        give_attributes(&certificate, 1, 3, values[i]);
        assert_int_equal(merge(0), BEDNET_REASON_NONE);
        assert_int_equal(token.subject.attribute_count, i == 0 ? 5 : 4);
        assert_true(bednet_text_equal(token.subject.attributes[0].name, bednet_text("cert.0")));
        assert_true(bednet_text_equal(token.subject.attributes[3].name, bednet_text("claim.9")));
    }
    reset(NULL);
    struct bednet_text all[62];
    give_attributes(&token, 0, 62, values[0]);
    give_attributes(&certificate, 1, 3, values[0]);
    for (size_t i = 0; i < 62; i++)
        all[i] = attributes[0][i].name;
    policy.attributes = all;
    policy.attribute_count = 62;
    assert_int_equal(merge(0), BEDNET_REASON_CLAIMS);
}

static void test_the_earlier_end(void **state)
{
    (void)state;
    static const struct {
        int64_t certificate_s, token_s, expected_s;
        bool expected_will; /* the certificate's end sends it, the token's does not */
    } cases[] = {{0, 0, 0, false}, {5, 0, 5, true}, {0, 6, 6, false}, {5, 6, 5, true}, {7, 6, 6, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reset(NULL);
        certificate.ends_s = cases[i].certificate_s;
        certificate.ends_with_will = true;
        token.ends_s = cases[i].token_s;
        assert_int_equal(merge(0), BEDNET_REASON_NONE);
        assert_int_equal(token.ends_s, cases[i].expected_s);
        assert_int_equal(token.ends_with_will, cases[i].expected_will);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_user_names_that_differ, reset),
        cmocka_unit_test_setup(test_client_ids_that_are_not_named, reset),
        cmocka_unit_test_setup(test_roles_of_both, reset),
        cmocka_unit_test_setup(test_attributes_of_both, reset),
        cmocka_unit_test_setup(test_attributes_that_do_not_fit, reset),
        cmocka_unit_test_setup(test_the_earlier_end, reset),
    };
    return cmocka_run_group_tests_name("jwt_factor", tests, NULL, NULL);
}
