/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use a right token, and for how long: where it may travel, the certificate that it is bound to, what
 * was revoked, what it says of topics, and when its session ends.
 */
#include "jwt_fixture.h"

#include <openssl/x509.h>

static const char POLICY[] = "bednet: 1\n"
                             "jwt:\n"
                             "  carriers: [password, username, enhanced]\n"
                             "  on_expiry: {action: disconnect, will: drop}\n"
                             "  revocations: revoked.yaml\n"
                             "  issuers:\n"
                             "    - issuer: me\n"
                             "      keys: {file: jwks.json}\n"
                             "      algorithms: [HS256]\n"
                             "      leeway: 30s\n"
                             "      expiry: optional\n"
                             "      permissions: {claim: may, format: bednet, use: narrow, required: false}\n"
                             "roles:\n"
                             "  base:\n"
                             "    allow: {publish: [a]}\n";
static const char REVOKED[] = "revoked:\n"
                              "  - jti: bad-one\n"
                              "  - {sub: mallory}\n"
                              "  - {client_id: stolen}\n"
                              "  - {issuer: me, sub: reissued, issued_before: 1699999000}\n";

static int load_policy(void **state)
{
    (void)state;
    return open_policy(POLICY, REVOKED);
}

static struct bednet_decision judge_enhanced(const char *method, struct bednet_text data)
{
    struct bednet_login login = {
        .client = {.client_id = bednet_text("c"), .username = bednet_text("root")},
        .method = bednet_text(method),
        .data = data,
    };
    return judge_login(&login);
}

static void test_enhanced_authentication(void **state)
{
    (void)state;
    char *token = mint("\"sub\":\"alice\"");
    assert_grant(judge_enhanced("OAUTH2-JWT", bednet_text(token)));
    assert_string_equal(spec.subject.username.ptr, "alice");
    assert_grant(judge_enhanced("CUSTOM-JWT", bednet_text(token)));
    assert_int_equal(judge_enhanced("oauth2-jwt", bednet_text(token)).verdict, BEDNET_DEFER);
    assert_int_equal(judge_enhanced("SCRAM-SHA-256", bednet_text(token)).verdict, BEDNET_DEFER);
    /* Who names the method means a token, whatever comes then. */
    assert_deny(judge_enhanced("OAUTH2-JWT", (struct bednet_text){0}), BEDNET_REASON_MALFORMED);
    assert_deny(judge_enhanced("OAUTH2-JWT", bednet_text("")), BEDNET_REASON_MALFORMED);
    assert_deny(judge_enhanced("OAUTH2-JWT", bednet_text("secret")), BEDNET_REASON_MALFORMED);
    /* All of the data counts, also what stands behind a NUL. */
    assert_deny(judge_enhanced("OAUTH2-JWT", (struct bednet_text){token, strlen(token) + 1}),
                BEDNET_REASON_MALFORMED);
    free(token);
}

static void test_a_token_travels_only_where_the_policy_lets_it(void **state)
{
    (void)state;
    char *token = mint("\"sub\":\"alice\"");
    struct bednet_login in_username = {
        .client = {.client_id = bednet_text("c"), .username = bednet_text(token)},
        .password = bednet_text("x"),
    };
    assert_grant(judge_login(&in_username));
    assert_string_equal(spec.subject.username.ptr, "alice");

    unsigned carriers = policy->jwt.carriers;
    policy->jwt.carriers = BEDNET_CARRIER_PASSWORD;
    assert_int_equal(judge_login(&in_username).verdict, BEDNET_DEFER);
    assert_int_equal(judge_enhanced("OAUTH2-JWT", bednet_text(token)).verdict, BEDNET_DEFER);
    assert_grant(judge("c", token));
    policy->jwt.carriers = BEDNET_CARRIER_ENHANCED;
    assert_int_equal(judge("c", token).verdict, BEDNET_DEFER);
    policy->jwt.carriers = carriers;
    free(token);
}

static X509 *own, *foreign;
static X509 *certificate; /* what the client shows */

static X509 *make_certificate(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *made = X509_new();
    assert_true(key != NULL && made != NULL);
    X509_gmtime_adj(X509_getm_notBefore(made), 0);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    assert_true(X509_set_pubkey(made, key) == 1 && X509_sign(made, key, NULL) > 0);
    EVP_PKEY_free(key);
    return made;
}

/* Base64url of the SHA-256 of the DER. */
static void write_thumbprint(X509 *of, char out[48])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    assert_int_equal(X509_digest(of, EVP_sha256(), digest, &length), 1);
    EVP_EncodeBlock((unsigned char *)out, digest, (int)length);
    for (char *at = out; *at != '\0'; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at == '=' ? '\0' : *at;
}

static X509 *show_certificate(const struct bednet_client *client)
{
    (void)client;
    if (certificate != NULL)
        X509_up_ref(certificate);
    return certificate;
}

static struct bednet_decision judge_bound(const char *cnf, X509 *shown)
{
    char claims[400];
    snprintf(claims, sizeof claims, "\"sub\":\"alice\",\"cnf\":%s", cnf);
    char *token = mint(claims);
    struct bednet_login login = {
        .client = {.client_id = bednet_text("c")},
        .password = bednet_text(token),
        .certificate = show_certificate,
    };
    certificate = shown;
    struct bednet_decision decision = judge_login(&login);
    free(token);
    return decision;
}

static void test_a_bound_token_needs_its_certificate(void **state)
{
    (void)state;
    char thumbprint[48], bound[128], other[128], unshown[160];
    write_thumbprint(own, thumbprint);
    snprintf(bound, sizeof bound, "{\"x5t#S256\":\"%s\"}", thumbprint);
    snprintf(other, sizeof other, "{\"jkt\":\"%s\"}", thumbprint);
    snprintf(unshown, sizeof unshown, "\"sub\":\"alice\",\"cnf\":%s", bound);
    assert_deny(judge_bound(bound, NULL), BEDNET_REASON_CONFIRMATION);
    assert_deny(judge_bound(bound, foreign), BEDNET_REASON_CONFIRMATION);
    assert_grant(judge_bound(bound, own));
    assert_deny(judge_bound(other, own), BEDNET_REASON_CONFIRMATION);
    assert_deny(judge_bound("{}", own), BEDNET_REASON_CONFIRMATION);
    assert_deny(judge_claims("c", unshown), BEDNET_REASON_CONFIRMATION);
}

static void test_what_was_revoked_stays_out(void **state)
{
    (void)state;
    assert_deny(judge_claims("c", "\"sub\":\"a\",\"jti\":\"bad-one\""), BEDNET_REASON_REVOKED);
    assert_int_equal(judge_claims("c", "\"sub\":\"a\",\"jti\":\"bad-one\"").rule.line, 5);
    assert_grant(judge_claims("c", "\"sub\":\"a\",\"jti\":\"good-one\""));
    assert_deny(judge_claims("c", "\"sub\":\"mallory\""), BEDNET_REASON_REVOKED);
    assert_deny(judge_claims("stolen", "\"sub\":\"a\""), BEDNET_REASON_REVOKED);
    assert_deny(judge_claims("c", "\"sub\":\"reissued\",\"iat\":1699998999"), BEDNET_REASON_REVOKED);
    assert_deny(judge_claims("c", "\"sub\":\"reissued\""), BEDNET_REASON_REVOKED);
    assert_grant(judge_claims("c", "\"sub\":\"reissued\",\"iat\":1699999000"));
    view.revocations = NULL;
    assert_grant(judge_claims("c", "\"sub\":\"mallory\""));
    bednet_jwt_view_of(policy, &view);
}

static void test_permissions_go_into_the_identity(void **state)
{
    (void)state;
    assert_grant(judge_claims("c", "\"sub\":\"a\""));
    assert_null(spec.permissions);
    assert_grant(judge_claims("c", "\"sub\":\"a\",\"may\":{\"publish\":[\"x/+\"]}"));
    assert_non_null(spec.permissions);
    assert_int_equal(spec.permissions->count, 1);
    assert_int_equal(spec.permissions->use, BEDNET_PERMISSIONS_NARROW);
    assert_int_equal(spec.permissions->source.line, 12);
    struct bednet_decision decision = judge_claims("c", "\"sub\":\"a\",\"may\":{\"publish\":[\"x/#/y\"]}");
    assert_deny(decision, BEDNET_REASON_PERMISSIONS);
    assert_int_equal(decision.rule.line, 12);
}

static void test_a_session_ends_with_its_token(void **state)
{
    (void)state;
    assert_grant(judge_claims("c", "\"sub\":\"a\""));
    assert_int_equal(spec.ends_s, NOW + 60 + 30);
    assert_false(spec.ends_with_will);
    policy->jwt.on_expiry.keeps = true;
    assert_grant(judge_claims("c", "\"sub\":\"a\""));
    assert_int_equal(spec.ends_s, 0);
    policy->jwt.on_expiry.keeps = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enhanced_authentication),
        cmocka_unit_test(test_a_token_travels_only_where_the_policy_lets_it),
        cmocka_unit_test(test_a_bound_token_needs_its_certificate),
        cmocka_unit_test(test_what_was_revoked_stays_out),
        cmocka_unit_test(test_permissions_go_into_the_identity),
        cmocka_unit_test(test_a_session_ends_with_its_token),
    };
    own = make_certificate();
    foreign = make_certificate();
    int failures = cmocka_run_group_tests(tests, load_policy, close_policy);
    X509_free(own);
    X509_free(foreign);
    return failures;
}
