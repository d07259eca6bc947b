/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may log in by which certificate, and as whom: rules in their order, what they ask, what speaks against
 * a certificate, and the names and attributes that are made of it.
 */
#include "cert_fixture.h"

#define WISH(...) ((struct made_wish){__VA_ARGS__})

static void test_without_a_certificate(void **state)
{
    (void)state;
    use_policy("  required: true\n  accept: [{username: \"${cert.cn}\"}]\n");
    assert_deny(judge_with(NULL, NULL, "c"), BEDNET_REASON_NO_CERTIFICATE, 2);
    use_policy("  accept: [{username: \"${cert.cn}\"}]\n");
    assert_int_equal(judge_with(NULL, NULL, "c").verdict, BEDNET_DEFER);
}

/* The plugin may be loaded for a policy that does not speak of certificates. */
static void test_without_a_section(void **state)
{
    (void)state;
    use_policy("  accept: [{username: \"${cert.cn}\"}]\n");
    policy->section[BEDNET_PLUGIN_CERT].line = 0;
    policy->certificate.accept_count = 0;
    assert_int_equal(judge(&devices, WISH(.cn = "x"), "c").verdict, BEDNET_DEFER);
    assert_int_equal(judge_with(NULL, NULL, "c").verdict, BEDNET_DEFER);
}

static const char RULES[] = "  accept:\n"
                            "    - issuer: devices\n" /* line 7 */
                            "      match: {san.uri: \"spiffe://acme/site/{site}/device/{device}\"}\n"
                            "      username: \"${match.device}\"\n"
                            "      client_id: \"${match.device}\"\n"
                            "      roles: [device, \"${cert.ou}\"]\n"
                            "    - issuer: services\n" /* line 12 */
                            "      roles: [service]\n"
                            "roles: {device: {}, service: {}}\n";

static void test_whom_no_rule_knows(void **state)
{
    (void)state;
    use_policy(RULES);
    const char *uri = "URI:spiffe://acme/site/s1/device/d1";
    assert_deny(judge(&foreign, WISH(.cn = "x", .san = uri), "d1"), BEDNET_REASON_CERTIFICATE_RULE, 2);
    assert_deny(judge(&devices, WISH(.cn = "x"), "d1"), BEDNET_REASON_CERTIFICATE_RULE, 2);
    assert_deny(judge(&devices, WISH(.cn = "x", .san = "URI:spiffe://acme/site/s1/user/d1"), "d1"),
                BEDNET_REASON_CERTIFICATE_RULE, 2);
    /* Of the right name, but signed by another. */
    assert_deny(judge(&devices, WISH(.cn = "x", .issuer = services.certificate), "x"),
                BEDNET_REASON_CERTIFICATE_RULE, 2);
    assert_grant(judge(&services, WISH(.cn = "x"), "x"));
    assert_grant(judge(&devices, WISH(.cn = "x", .san = uri), "d1"));
}

/* A rule that would have to guess is not passed by: the next one might take the certificate for another. */
static void test_nobody_guesses(void **state)
{
    (void)state;
    use_policy("  accept:\n"
               "    - match: {san.uri: \"a://{x}\"}\n" /* line 7 */
               "      username: \"${match.x}\"\n"
               "    - match: {cn: \"{x}\"}\n" /* line 9 */
               "      username: \"${match.x}\"\n");
    assert_deny(judge(&devices, WISH(.cn = "x", .san = "URI:a://x, URI:a://y"), "c"), BEDNET_REASON_IDENTITY,
                7);
    assert_deny(judge(&devices, WISH(.cn = "*.example"), "c"), BEDNET_REASON_IDENTITY, 9);
    assert_deny(judge(&devices,
                      WISH(.cn = "a\x01"
                                 "b"),
                      "c"),
                BEDNET_REASON_IDENTITY, 9);
    assert_deny(judge(&devices, WISH(.ou = {"no name"}), "c"), BEDNET_REASON_CERTIFICATE_RULE, 2);
    assert_grant(judge(&devices, WISH(.cn = "x", .san = "URI:a://x"), "c"));
}

static void test_what_names_are_made_of(void **state)
{
    (void)state;
    use_policy("  accept: [{username: \"${cert.san.dns}\", roles: [\"${cert.ou}\"]}]\n");
    assert_deny(judge(&devices, WISH(.cn = "x"), "c"), BEDNET_REASON_IDENTITY, 6);
    assert_deny(judge(&devices, WISH(.san = "DNS:a.example, DNS:b.example"), "c"), BEDNET_REASON_IDENTITY, 6);
    assert_deny(judge(&devices, WISH(.san = "DNS:*.example"), "c"), BEDNET_REASON_IDENTITY, 6);
    assert_deny(judge(&devices,
                      WISH(.san = "DNS:a.example", .ou = {"a", "b\x02"
                                                               "c"}),
                      "c"),
                BEDNET_REASON_IDENTITY, 6);
    assert_grant(judge(&devices, WISH(.san = "DNS:a.example", .ou = {"a", "b", "+"}), "c"));
    assert_true(bednet_text_equal(spec.subject.username, bednet_text("a.example")));
    assert_int_equal(spec.role_name_count, 3);
    assert_true(bednet_text_equal(spec.role_names[1], bednet_text("b")));
    assert_false(spec.client_id_is_vouched);
    assert_int_equal(spec.method, BEDNET_METHOD_CERT);
    assert_non_null(spec.mark);
    assert_int_equal(spec.ends_s, NOW + 364 * DAY);
}

static void test_a_client_id_is_bound(void **state)
{
    (void)state;
    use_policy(RULES);
    const char *uri = "URI:spiffe://acme/site/s1/device/d1";
    assert_deny(judge(&devices, WISH(.san = uri), "d2"), BEDNET_REASON_CLIENT_ID, 7);
    assert_deny(judge(&devices, WISH(.san = uri), ""), BEDNET_REASON_CLIENT_ID, 7);
    assert_grant(judge(&devices, WISH(.san = uri, .ou = {"o1", "o2"}), "d1"));
    assert_true(bednet_text_equal(spec.subject.username, bednet_text("d1")));
    assert_true(spec.client_id_is_vouched);
    assert_int_equal(spec.role_name_count, 3);
}

/* `count` names of each of three kinds, and of none more than a field may have. */
static const char *many_names(int count)
{
    static char names[2048];
    names[0] = '\0';
    for (int i = 0; i < count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%sDNS:h%d, URI:u:%d, email:a@h%d.b",
                 i > 0 ? ", " : "", i, i, i);
    return names;
}

static void test_a_role_that_is_left_out_might_deny(void **state)
{
    (void)state;
    use_policy("  accept:\n"
               "    - {roles: [\"${cert.san.dns}\", \"${cert.san.uri}\", \"${cert.san.email}\", two, more]}\n"
               "roles: {two: {}, more: {}}\n");
    assert_deny(judge(&devices, WISH(.cn = "x", .san = many_names(11)), "c"), BEDNET_REASON_TOO_MANY_ROLES,
                7);
    assert_deny(judge(&devices, WISH(.cn = "x", .san = many_names(17)), "c"), BEDNET_REASON_IDENTITY, 7);
    assert_grant(judge(&devices, WISH(.cn = "x", .san = many_names(10)), "c"));
    assert_int_equal(spec.role_name_count, 32);
}

static bool keeps(const char *name, const char *value)
{
    for (size_t i = 0; i < spec.subject.attribute_count; i++)
        if (bednet_text_equal(spec.subject.attributes[i].name, bednet_text(name)) &&
            bednet_text_equal(spec.subject.attributes[i].value, bednet_text(value)))
            return true;
    return false;
}

/* What the policy speaks of, one value or several, and nothing else. */
static void test_what_an_identity_keeps(void **state)
{
    (void)state;
    use_policy("  accept:\n"
               "    - match: {san.uri: \"a://{site}/{part}\"}\n"
               "roles:\n"
               "  device:\n"
               "    members: {certificates: {ou: [gateways]}}\n"
               "    allow: {publish: [\"x/${match.site}/${cert.serial}\"]}\n");
    assert_grant(judge(&devices, WISH(.cn = "x", .san = "URI:a://s1/p1", .ou = {"o", "gateways"}), "c"));
    assert_int_equal(spec.subject.attribute_count, 5);
    assert_true(keeps("cert.cn", "x")); /* what the user name is made of */
    assert_true(keeps("cert.ou", "o"));
    assert_true(keeps("cert.ou", "gateways"));
    assert_true(keeps("match.site", "s1"));
    assert_true(keeps("cert.serial", "7"));
    assert_deny(judge(&devices, WISH(.cn = "x", .san = "URI:a://s1/p1", .ou = {"a\nb"}), "c"),
                BEDNET_REASON_IDENTITY, 7);
}

static void test_what_rules_ask(void **state)
{
    (void)state;
    use_policy("  accept:\n"
               "    - issuer: devices\n" /* line 7 */
               "      key: {types: [p256, ed25519]}\n"
               "      extended_key_usage: [client_auth]\n"
               "      lifetime: {max: 400d}\n");
    const char *usage = "clientAuth";
    EVP_PKEY *p384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    assert_deny(judge(&devices, WISH(.cn = "x", .usage = usage, .until_s = NOW - 1), "x"),
                BEDNET_REASON_EXPIRED, 7);
    assert_deny(judge(&devices, WISH(.cn = "x", .usage = usage, .from_s = NOW + 1), "x"),
                BEDNET_REASON_NOT_YET_VALID, 7);
    assert_deny(judge(&devices, WISH(.cn = "x", .usage = usage, .key = p384), "x"),
                BEDNET_REASON_CERTIFICATE_KEY, 8);
    assert_deny(judge(&devices, WISH(.cn = "x"), "x"), BEDNET_REASON_CERTIFICATE_USAGE, 9);
    assert_deny(judge(&devices, WISH(.cn = "x", .usage = "serverAuth"), "x"), BEDNET_REASON_CERTIFICATE_USAGE,
                9);
    assert_deny(judge(&devices, WISH(.cn = "x", .usage = usage, .until_s = NOW + 400 * DAY), "x"),
                BEDNET_REASON_LIFETIME, 10);
    assert_grant(judge(&devices, WISH(.cn = "x", .usage = usage), "x"));
    EVP_PKEY_free(p384);
}

static void test_lists_of_the_policy(void **state)
{
    (void)state;
    char text[1024], fingerprint[65];
    struct made_wish wish = {.cn = "x", .serial = 0xabc, .from_s = NOW - DAY, .until_s = NOW + DAY};
    X509 *certificate = made_issue(&devices, &wish);
    made_fingerprint(certificate, fingerprint);
    snprintf(
        text, sizeof text,
        "  accept:\n    - username: \"${cert.cn}\"\n      allow: [{serial: \"0abd\", issuer: devices}]\n");
    use_policy(text);
    assert_deny(judge_with(NULL, certificate, "c"), BEDNET_REASON_CERTIFICATE_LIST, 8);
    snprintf(text, sizeof text, "  accept:\n    - username: \"${cert.cn}\"\n  deny:\n    - fingerprint: %s\n",
             fingerprint);
    use_policy(text);
    assert_deny(judge_with(NULL, certificate, "c"), BEDNET_REASON_CERTIFICATE_LIST, 8);
    assert_true(bednet_cert_is_revoked(&view, &work.certificate.mark));
    use_policy("  accept: [{username: \"${cert.cn}\", allow: [{serial: \"0abc\", issuer: devices}]}]\n");
    assert_grant(judge_with(NULL, certificate, "c"));
    assert_false(bednet_cert_is_revoked(&view, &work.certificate.mark));
    X509_free(certificate);
}

static void use_lists(const char *how, int64_t until_s)
{
    static const long revoked[] = {8, 0};
    char text[512];
    struct bednet_crls *crls = NULL;
    made_write_list(path_of("devices.crl"), &devices, NOW - 30 * DAY, until_s, revoked);
    snprintf(text, sizeof text, "  accept: [{username: \"${cert.cn}\"}]\n  crl: {files: [devices.crl]%s}\n",
             how);
    use_policy(text);
    struct bednet_diag *diag = bednet_diag_new();
    assert_int_equal(
        bednet_crls_load(&policy->certificate.crl.sources, policy->certificate.authorities, NOW, diag, &crls),
        BEDNET_OK);
    bednet_diag_free(diag);
    view.crls = crls;
}

static void drop_lists(void)
{
    bednet_crls_free((struct bednet_crls *)(uintptr_t)view.crls);
    view.crls = NULL;
}

static void test_lists_of_revocations(void **state)
{
    (void)state;
    struct made_wish good = {.cn = "x", .serial = 7}, bad = {.cn = "x", .serial = 8};
    use_lists("", NOW + DAY);
    assert_deny(judge(&devices, bad, "c"), BEDNET_REASON_REVOKED, 7);
    assert_true(bednet_cert_is_revoked(&view, &work.certificate.mark));
    assert_deny(judge(&services, good, "c"), BEDNET_REASON_CRL_UNAVAILABLE, 7);
    assert_grant(judge(&devices, good, "c"));
    assert_false(bednet_cert_is_revoked(&view, &work.certificate.mark));
    drop_lists();
    /* Not read yet: nobody knows. */
    assert_deny(judge(&devices, good, "c"), BEDNET_REASON_CRL_UNAVAILABLE, 7);

    use_lists(", missing: allow", NOW + DAY);
    assert_grant(judge(&services, good, "c"));
    view.crls_settled = false;
    assert_deny(judge(&services, good, "c"), BEDNET_REASON_CRL_UNAVAILABLE, 7);
    drop_lists();
    assert_deny(judge(&services, good, "c"), BEDNET_REASON_CRL_UNAVAILABLE, 7);
}

static void test_lists_that_are_out_of_date(void **state)
{
    (void)state;
    static const struct {
        const char *how;
        int64_t until_s;
        bool good;
    } cases[] = {
        {"", NOW - 1, false},
        {", stale: deny", NOW - 1, false},
        {", stale: {grace: 7d}", NOW - 7 * DAY - 1, false},
        {", stale: {grace: 7d}", NOW - 7 * DAY, true},
        {", stale: warn", NOW - 20 * DAY, true},
        {", stale: deny", NOW + 1, true},
    };
    struct made_wish good = {.cn = "x", .serial = 7}, bad = {.cn = "x", .serial = 8};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        use_lists(cases[i].how, cases[i].until_s);
        if (cases[i].good)
            assert_grant(judge(&devices, good, "c"));
        else
            assert_deny(judge(&devices, good, "c"), BEDNET_REASON_CRL_UNAVAILABLE, 7);
        /* Whoever is on it is revoked, however old it is. */
        assert_deny(judge(&devices, bad, "c"), BEDNET_REASON_REVOKED, 7);
        drop_lists();
    }
}

static void test_a_session_ends_with_its_certificate(void **state)
{
    (void)state;
    use_policy("  accept: [{username: \"${cert.cn}\"}]\n  on_expiry: {action: disconnect, will: send}\n");
    assert_grant(judge(&devices, WISH(.cn = "x"), "c"));
    assert_int_equal(spec.ends_s, NOW + 364 * DAY);
    assert_true(spec.ends_with_will);
    use_policy("  accept: [{username: \"${cert.cn}\"}]\n  on_expiry: keep\n");
    assert_grant(judge(&devices, WISH(.cn = "x"), "c"));
    assert_int_equal(spec.ends_s, 0);
}

/* Only what was found right is remembered, by policy, and a forged certificate stays one. */
static void test_signatures_that_were_found_right(void **state)
{
    (void)state;
    use_policy("  accept: [{issuer: devices, username: \"${cert.cn}\"}]\n");
    struct bednet_cert_proofs *proofs = bednet_cert_proofs_new();
    struct made_wish wish = {.cn = "x", .serial = 7, .from_s = NOW - DAY, .until_s = NOW + DAY};
    X509 *right = made_issue(&devices, &wish), *forged = made_issue(&foreign, &wish);
    assert_non_null(proofs);
    for (int i = 0; i < 3; i++) {
        assert_deny(judge_with(proofs, forged, "c"), BEDNET_REASON_CERTIFICATE_RULE, 2);
        assert_int_equal(bednet_cert_proofs_find(proofs, &work.certificate.mark), BEDNET_AUTHORITY_NONE);
        assert_grant(judge_with(proofs, right, "c"));
        assert_int_equal(bednet_cert_proofs_find(proofs, &work.certificate.mark), 0);
    }
    struct bednet_certificate_mark mark = work.certificate.mark, similar = mark;
    similar.fingerprint[BEDNET_MARK_BYTES - 1] ^= 1; /* in the same slot */
    assert_int_equal(bednet_cert_proofs_find(proofs, &similar), BEDNET_AUTHORITY_NONE);
    bednet_cert_proofs_note(proofs, &similar, 1);
    assert_int_equal(bednet_cert_proofs_find(proofs, &mark), BEDNET_AUTHORITY_NONE);
    assert_int_equal(bednet_cert_proofs_find(proofs, &similar), 1);
    bednet_cert_proofs_clear(proofs);
    assert_int_equal(bednet_cert_proofs_find(proofs, &similar), BEDNET_AUTHORITY_NONE);
    bednet_cert_proofs_free(proofs);
    X509_free(right);
    X509_free(forged);
}

static const char TOKENS[] =
    "  accept: [{username: \"${cert.cn}\"}]\n"
    "jwt:\n"
    "  carriers: [password, enhanced]\n"
    "  issuers:\n"
    "    - {issuer: me, audience: [a], keys: {file: keys.json}, algorithms: [ES256]}\n";

static const char JWKS[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\","
                           "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                           "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

static void use_tokens(const char *token)
{
    char text[1024];
    FILE *file = made_file(path_of("keys.json"));
    fputs(JWKS, file);
    fclose(file);
    chmod(path_of("keys.json"), 0600);
    snprintf(text, sizeof text, "  token: %s\n%s", token, TOKENS);
    use_policy(text);
    remove_file("keys.json");
}

/* 0: denied for want of a token; 1: it is enough; 2: it is a factor; 3: whoever else comes judges. */
static int worth(struct bednet_login login)
{
    struct bednet_decision decision = {.verdict = BEDNET_GRANT};
    bool factor = bednet_cert_is_factor(&view, &login, &decision);
    if (factor)
        assert_int_equal(decision.verdict, BEDNET_DEFER);
    if (decision.verdict == BEDNET_DENY)
        assert_deny(decision, BEDNET_REASON_NO_TOKEN, 6);
    return factor ? 2 : decision.verdict == BEDNET_DEFER ? 3 : decision.verdict == BEDNET_GRANT;
}

static void test_a_certificate_that_is_not_enough(void **state)
{
    (void)state;
    struct bednet_login none = {0}, password = {.password = bednet_text("secret")},
                        token = {.password = bednet_text("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")},
                        elsewhere = {.client = {.username = token.password}},
                        enhanced = {.method = bednet_text("OAUTH2-JWT"), .data = bednet_text("x")},
                        other = {.method = bednet_text("SCRAM-SHA-256"), .data = bednet_text("x")},
                        discovered = {.discovered = true};
    use_tokens("required");
    assert_int_equal(worth(none), 0);
    assert_int_equal(worth(password), 0);
    assert_int_equal(worth(elsewhere), 0); /* `username` is no carrier here */
    assert_int_equal(worth(other), 0);
    assert_int_equal(worth(discovered), 0);
    assert_int_equal(worth(token), 2);
    assert_int_equal(worth(enhanced), 2);
    use_tokens("ignore");
    assert_int_equal(worth(none), 1);
    assert_int_equal(worth(token), 1);
    assert_int_equal(worth(discovered), 1);
    assert_int_equal(worth(enhanced), 2);
    assert_int_equal(worth(other), 3);
    /* What is refused stays refused. */
    struct bednet_decision decision = {.verdict = BEDNET_DENY, .reason = BEDNET_REASON_REVOKED};
    assert_false(bednet_cert_is_factor(&view, &enhanced, &decision));
    assert_int_equal(decision.reason, BEDNET_REASON_REVOKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_certificate),
        cmocka_unit_test(test_without_a_section),
        cmocka_unit_test(test_whom_no_rule_knows),
        cmocka_unit_test(test_nobody_guesses),
        cmocka_unit_test(test_what_names_are_made_of),
        cmocka_unit_test(test_a_client_id_is_bound),
        cmocka_unit_test(test_a_role_that_is_left_out_might_deny),
        cmocka_unit_test(test_what_an_identity_keeps),
        cmocka_unit_test(test_what_rules_ask),
        cmocka_unit_test(test_lists_of_the_policy),
        cmocka_unit_test(test_lists_of_revocations),
        cmocka_unit_test(test_lists_that_are_out_of_date),
        cmocka_unit_test(test_a_session_ends_with_its_certificate),
        cmocka_unit_test(test_signatures_that_were_found_right),
        cmocka_unit_test(test_a_certificate_that_is_not_enough),
    };
    return cmocka_run_group_tests_name("cert", tests, open_pki, close_pki);
}
