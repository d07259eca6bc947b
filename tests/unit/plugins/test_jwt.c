/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a login to an identity: what is left to others, what a token is bound to, what is kept of it. Tokens
 * are minted by libjwt; their verification has tests of its own.
 */
#include "jwt_fixture.h"

static const char POLICY[] = "bednet: 1\n"
                             "jwt:\n"
                             "  issuers:\n"
                             "    - issuer: me\n"
                             "      keys: {file: jwks.json}\n"
                             "      algorithms: [HS256]\n"
                             "      username: ${claim.sub}@${claim.site}\n"
                             "      client_id: dev-${claim.device}\n"
                             "      roles: [base, \"${claim.roles}\"]\n"
                             "roles:\n"
                             "  base:\n"
                             "    allow:\n"
                             "      publish:\n"
                             "        - a/${claim.wanted}/b\n";

static int load_policy(void **state)
{
    (void)state;
    return open_policy(POLICY, NULL);
}

#define GOOD "\"sub\":\"alice\",\"site\":\"berlin\",\"device\":\"7\""

static void test_what_is_no_token_is_left_to_others(void **state)
{
    (void)state;
    const char *const passwords[] = {NULL, "", "secret", "my.pass.word", "a.b.c", "...", "eyJ"};
    for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++) {
        struct bednet_decision decision = judge("dev-7", passwords[i]);
        assert_int_equal(decision.verdict, BEDNET_DEFER);
        assert_int_equal(decision.reason, BEDNET_REASON_NONE);
    }
}

static void test_what_is_meant_as_a_token_is_judged_as_one(void **state)
{
    (void)state;
    assert_deny(judge("dev-7", "eyJ.a.b"), BEDNET_REASON_MALFORMED);
    assert_deny(judge("dev-7", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."), BEDNET_REASON_MALFORMED);
    assert_deny(judge("dev-7", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.AA"), BEDNET_REASON_ALGORITHM);
}

static void test_names_are_the_tokens(void **state)
{
    (void)state;
    struct bednet_decision decision = judge_claims("dev-7", GOOD ",\"roles\":[\"x\",\"y\"]");
    assert_int_equal(decision.verdict, BEDNET_GRANT);
    assert_int_equal(decision.rule.line, 4);
    assert_int_equal(spec.method, BEDNET_METHOD_JWT);
    assert_string_equal(spec.subject.username.ptr, "alice@berlin");
    assert_string_equal(spec.subject.client_id.ptr, "dev-7");
    assert_int_equal(spec.role_name_count, 3);
    assert_true(bednet_text_equal(spec.role_names[0], bednet_text("base")));
    assert_true(bednet_text_equal(spec.role_names[1], bednet_text("x")));
    assert_true(bednet_text_equal(spec.role_names[2], bednet_text("y")));
    assert_true(bednet_text_equal(bednet_subject_attribute(&spec.subject, bednet_text("claim.device")),
                                  bednet_text("7")));
}

static void test_another_devices_token_is_refused(void **state)
{
    (void)state;
    const char *const ids[] = {"dev-8", "dev-", "dev-77", "DEV-7", "", "dev-7 "};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_deny(judge_claims(ids[i], GOOD), BEDNET_REASON_CLIENT_ID);
    assert_deny(judge_claims("dev-", "\"sub\":\"a\",\"site\":\"b\""), BEDNET_REASON_CLIENT_ID);
    assert_deny(judge_claims("dev-7", "\"sub\":\"a\",\"site\":\"b\",\"device\":[\"7\",\"8\"]"),
                BEDNET_REASON_CLIENT_ID);
}

static void test_a_username_must_be_whole_and_clean(void **state)
{
    (void)state;
    assert_deny(judge_claims("dev-7", "\"sub\":\"alice\",\"device\":\"7\""), BEDNET_REASON_CLAIMS);
    assert_deny(judge_claims("dev-7", "\"sub\":\"\",\"site\":\"b\",\"device\":\"7\""), BEDNET_REASON_CLAIMS);
    assert_deny(judge_claims("dev-7", "\"sub\":\"a\\nb\",\"site\":\"b\",\"device\":\"7\""),
                BEDNET_REASON_CLAIMS);
    char claims[1000] = "\"site\":\"b\",\"device\":\"7\",\"sub\":\"";
    size_t used = strlen(claims);
    memset(claims + used, 'x', BEDNET_USERNAME_BYTES_MAX);
    strcpy(claims + used + BEDNET_USERNAME_BYTES_MAX, "\"");
    assert_deny(judge_claims("dev-7", claims), BEDNET_REASON_IDENTITY);
}

static void test_too_many_roles_refuse_the_login(void **state)
{
    (void)state;
    char claims[2000] = GOOD ",\"roles\":[";
    for (int i = 0; i < BEDNET_ROLES_PER_CLIENT_MAX - 1; i++)
        sprintf(claims + strlen(claims), "%s\"r%d\"", i > 0 ? "," : "", i);
    size_t used = strlen(claims);
    strcpy(claims + used, "]");
    assert_int_equal(judge_claims("dev-7", claims).verdict, BEDNET_GRANT);
    assert_int_equal(spec.role_name_count, BEDNET_ROLES_PER_CLIENT_MAX);
    strcpy(claims + used, ",\"one-more\"]");
    assert_deny(judge_claims("dev-7", claims), BEDNET_REASON_TOO_MANY_ROLES);
}

static char *long_claim(const char *name, size_t bytes)
{
    char *claims = calloc(1, bytes + 200);
    size_t used = (size_t)sprintf(claims, GOOD ",\"%s\":\"", name);
    memset(claims + used, 'v', bytes);
    strcpy(claims + used + bytes, "\"");
    return claims;
}

static void test_what_the_policy_needs_must_fit_the_rest_may_go(void **state)
{
    (void)state;
    char *needed = long_claim("wanted", BEDNET_IDENTITY_DATA_BYTES_MAX);
    char *idle = long_claim("unwanted", BEDNET_IDENTITY_DATA_BYTES_MAX);
    assert_deny(judge_claims("dev-7", needed), BEDNET_REASON_CLAIMS);
    assert_int_equal(judge_claims("dev-7", idle).verdict, BEDNET_GRANT);
    assert_null(bednet_subject_attribute(&spec.subject, bednet_text("claim.unwanted")).ptr);
    assert_non_null(bednet_subject_attribute(&spec.subject, bednet_text("claim.sub")).ptr);
    free(needed);
    free(idle);

    char many[8000] = GOOD ",\"list\":[\"0\"";
    for (int i = 1; i < 2 * BEDNET_IDENTITY_ATTRIBUTES_MAX; i++)
        sprintf(many + strlen(many), ",\"%d\"", i);
    strcat(many, "],\"z\":\"kept\"");
    assert_int_equal(judge_claims("dev-7", many).verdict, BEDNET_GRANT);
    /* Half of a list would be another list. */
    for (size_t i = 0; i < spec.subject.attribute_count; i++)
        assert_false(bednet_text_equal(spec.subject.attributes[i].name, bednet_text("claim.list")));
    assert_true(bednet_text_equal(bednet_subject_attribute(&spec.subject, bednet_text("claim.z")),
                                  bednet_text("kept")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_token_is_left_to_others),
        cmocka_unit_test(test_what_is_meant_as_a_token_is_judged_as_one),
        cmocka_unit_test(test_names_are_the_tokens),
        cmocka_unit_test(test_another_devices_token_is_refused),
        cmocka_unit_test(test_a_username_must_be_whole_and_clean),
        cmocka_unit_test(test_too_many_roles_refuse_the_login),
        cmocka_unit_test(test_what_the_policy_needs_must_fit_the_rest_may_go),
    };
    return cmocka_run_group_tests(tests, load_policy, close_policy);
}
