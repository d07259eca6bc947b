/* SPDX-License-Identifier: Apache-2.0 */
/* What the section `certificate` becomes: each field, with defaults and places. */
#include "policy_testing.h"
#include "scratch.h"

#include "certificate/certificate.h"

#include <openssl/pem.h>

#define FOLDER      BEDNET_TEST_DATA "/policy"
#define CERTIFICATE FOLDER "/certificate.yaml"

static struct parsed load_all(void)
{
    struct parsed parsed = load(CERTIFICATE);
    assert_told(parsed.diag, "");
    assert_int_equal(parsed.status, BEDNET_OK);
    return parsed;
}

static X509 *read_device(void)
{
    FILE *file = fopen(FOLDER "/device.crt", "r");
    assert_non_null(file);
    X509 *x509 = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(x509);
    return x509;
}

static void reads_the_section(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_certificate_policy *certificate = &parsed.policy->certificate;
    assert_source(parsed.policy->section[BEDNET_PLUGIN_CERT], 5, 1);
    assert_false(parsed.policy->observe[BEDNET_PLUGIN_CERT]);
    assert_true(parsed.policy->observe[BEDNET_PLUGIN_JWT]);
    assert_true(certificate->required);
    assert_true(certificate->with_token);
    assert_source(certificate->token_source, 41, 3);
    assert_int_equal(certificate->agree, BEDNET_AGREE_CLIENT_ID);
    assert_false(certificate->on_expiry.keeps);
    assert_int_equal(certificate->on_expiry.jitter_s, 30);
    assert_false(certificate->on_expiry.will);
    assert_source(certificate->on_expiry.source, 40, 14);
    assert_int_equal(bednet_authorities_count(certificate->authorities), 2);
    assert_text(bednet_authority_name(certificate->authorities, 1), "services");
    assert_int_equal(certificate->accept_count, 3);
    release(&parsed);
}

static void reads_what_an_entry_is_for(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_certificate_acceptance *first = &parsed.policy->certificate.accept[0];
    const struct bednet_certificate_rule *rule = &first->rule;
    assert_source(first->source, 18, 7);
    assert_int_equal(rule->authority, 0);
    assert_int_equal(rule->match_count, 2);
    assert_int_equal(rule->matches[0].field.kind, BEDNET_FIELD_SAN_URI);
    assert_text(rule->matches[0].pattern.text, "spiffe://acme.example/site/{site}/device/{device}");
    assert_int_equal(rule->matches[0].pattern.capture_count, 2);
    assert_int_equal(rule->matches[1].field.kind, BEDNET_FIELD_OID);
    assert_text(rule->matches[1].field.oid, "1.2.840.1");
    assert_text(first->identity.username.text, "d-${match.device}");
    assert_text(first->identity.username.parts[1].text, "match.device");
    assert_int_equal(first->identity.client_id.part_count, 3);
    assert_int_equal(first->identity.role_count, 3);
    assert_true(bednet_template_is_literal(&first->identity.roles[0]));
    assert_text(first->identity.roles[1].parts[0].text, "cert.ou");
    assert_text(first->identity.roles[2].parts[0].text, "match.site");
    release(&parsed);
}

static void reads_what_an_entry_asks(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_certificate_acceptance *first = &parsed.policy->certificate.accept[0];
    const struct bednet_certificate_rule *rule = &first->rule;
    assert_int_equal(rule->keys, BEDNET_CERT_KEY_P256 | BEDNET_CERT_KEY_ED25519);
    assert_int_equal(rule->rsa_bits_min, 3072);
    assert_int_equal(rule->digests, BEDNET_CERT_DIGEST_SHA256 | BEDNET_CERT_DIGEST_SHA384);
    assert_int_equal(rule->usage_count, 2);
    assert_text(rule->usages[0], "1.3.6.1.5.5.7.3.2");
    assert_text(rule->usages[1], "1.3.6.1.4.1.99999.1");
    assert_int_equal(rule->lifetime_max_s, 400 * 86400);
    assert_non_null(rule->allow);
    assert_source(first->require[BEDNET_REQUIREMENT_VALIDITY], 18, 7);
    assert_source(first->require[BEDNET_REQUIREMENT_KEY], 25, 7);
    assert_source(first->require[BEDNET_REQUIREMENT_SIGNATURE], 26, 7);
    assert_source(first->require[BEDNET_REQUIREMENT_USAGE], 27, 7);
    assert_source(first->require[BEDNET_REQUIREMENT_LIFETIME], 28, 7);
    assert_source(first->require[BEDNET_REQUIREMENT_ALLOW], 29, 7);
    release(&parsed);
}

/* Lists by themselves, each mark alone: only so is it known that each of them counts. */
static void assert_listed(const struct bednet_certificate_list *list,
                          const struct bednet_certificate_mark *whole, bool fingerprint, bool key,
                          bool issued)
{
    struct bednet_certificate_mark mark = {0};
    assert_false(bednet_certificate_list_has(list, &mark));
    memcpy(mark.fingerprint, whole->fingerprint, sizeof mark.fingerprint);
    assert_int_equal(bednet_certificate_list_has(list, &mark), fingerprint);
    mark = (struct bednet_certificate_mark){0};
    memcpy(mark.key, whole->key, sizeof mark.key);
    assert_int_equal(bednet_certificate_list_has(list, &mark), key);
    mark = (struct bednet_certificate_mark){0};
    memcpy(mark.issued, whole->issued, sizeof mark.issued);
    assert_int_equal(bednet_certificate_list_has(list, &mark), issued);
}

static void lists_know_a_certificate_again(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_certificate_policy *certificate = &parsed.policy->certificate;
    X509 *x509 = read_device();
    struct bednet_certificate device;
    assert_int_equal(bednet_certificate_open(x509, certificate->authorities, &device), BEDNET_OK);
    assert_source(certificate->deny_source, 8, 3);
    assert_int_equal(certificate->deny.counts[BEDNET_LISTED_BY_FINGERPRINT], 1);
    assert_int_equal(certificate->deny.counts[BEDNET_LISTED_BY_KEY], 0);
    assert_int_equal(certificate->deny.counts[BEDNET_LISTED_BY_SERIAL], 2);
    /* The number is denied as one of another authority. */
    assert_listed(&certificate->deny, &device.mark, true, false, false);
    const struct bednet_certificate_list *allow = certificate->accept[0].rule.allow;
    assert_int_equal(allow->counts[BEDNET_LISTED_BY_KEY], 1);
    assert_listed(allow, &device.mark, false, true, true);
    X509_free(x509);
    release(&parsed);
}

/* However a number is written, it is the same one. */
static void numbers_have_many_spellings(void **state)
{
    (void)state;
    static const char *const spellings[] = {"80a1b2c3",         "80A1B2C3",
                                            "\"80:a1:B2:c3\"",  "0080a1b2c3",
                                            "\"00:80a1:b2c3\"", "0000000000000000000000000000000080a1b2c3"};
    struct bednet_certificate device;
    X509 *x509 = read_device();
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "bednet: 1\ncertificate: {authorities: {a: " FOLDER "/device-ca.crt}, accept: [{}], "
                 "deny: [{serial: %s, issuer: a}, {serial: %s, issuer: a}]}\n",
                 spellings[i], spellings[0]);
        scratch_write("p.yaml", yaml, 0644);
        struct parsed parsed = load(scratch_path("p.yaml"));
        assert_told(parsed.diag, "");
        const struct bednet_certificate_policy *certificate = &parsed.policy->certificate;
        assert_int_equal(bednet_certificate_open(x509, certificate->authorities, &device), BEDNET_OK);
        assert_int_equal(certificate->deny.counts[BEDNET_LISTED_BY_SERIAL], 1);
        assert_listed(&certificate->deny, &device.mark, false, false, true);
        release(&parsed);
    }
    X509_free(x509);
}

/* From the policy's words to a name: what rules, patterns and templates are called has to be one language. */
static void a_certificate_becomes_somebody(void **state)
{
    (void)state;
    static struct bednet_captures captures;
    char name[64];
    X509 *x509 = read_device();
    struct bednet_certificate device;
    scratch_write(
        "p.yaml",
        "bednet: 1\ncertificate:\n  authorities: {s: " FOLDER "/service-ca.der, d: " FOLDER
        "/device-ca.crt}\n  accept:\n    - issuer: s\n    - issuer: d\n      match: {cn: 'x{x}'}\n"
        "    - issuer: d\n      match: {san.uri: 'spiffe://acme.example/site/{site}/device/{client_id}'}\n"
        "      username: ${match.site}-${match.client_id}\n      key: {types: [ed25519]}\n"
        "      extended_key_usage: client_auth\n      allow: [{serial: 80a1b2c3, issuer: d}]\n",
        0644);
    struct parsed parsed = load(scratch_path("p.yaml"));
    assert_told(parsed.diag, "");
    const struct bednet_certificate_policy *policy = &parsed.policy->certificate;
    const struct bednet_certificate_acceptance *accept = policy->accept;
    assert_int_equal(bednet_certificate_open(x509, policy->authorities, &device), BEDNET_OK);
    assert_int_equal(bednet_rule_fit(&accept[0].rule, policy->authorities, &device, &captures, NULL),
                     BEDNET_RULE_OTHER_ISSUER);
    assert_int_equal(bednet_rule_fit(&accept[1].rule, policy->authorities, &device, &captures, NULL),
                     BEDNET_RULE_NO_MATCH);
    assert_int_equal(bednet_rule_fit(&accept[2].rule, policy->authorities, &device, &captures, NULL),
                     BEDNET_RULE_FITS);
    for (int i = 0; i < BEDNET_REQUIREMENTS; i++)
        assert_int_equal(
            bednet_rule_require(&accept[2].rule, (enum bednet_requirement)i, &device, device.not_before_s),
            BEDNET_REASON_NONE);
    const struct bednet_subject subject = {.attributes = captures.attributes,
                                           .attribute_count = captures.count};
    assert_int_equal(bednet_template_expand(&accept[2].identity.username, &subject, name, sizeof name),
                     BEDNET_OK);
    assert_string_equal(name, "north-d1");
    assert_int_equal(bednet_template_expand(&accept[2].identity.client_id, &subject, name, sizeof name),
                     BEDNET_OK);
    assert_string_equal(name, "d1");
    X509_free(x509);
    release(&parsed);
}

static void reads_revocations(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_crl_policy *crl = &parsed.policy->certificate.crl;
    assert_source(crl->source, 12, 3);
    assert_int_equal(crl->sources.file_count, 2);
    assert_text(crl->sources.files[0], FOLDER "/pki/device.crl");
    assert_text(crl->sources.files[1], "/etc/pki/service.crl");
    assert_int_equal(crl->sources.folder_count, 1);
    assert_text(crl->sources.folders[0], FOLDER "/crls");
    assert_int_equal(crl->stale, BEDNET_STALE_GRACE);
    assert_int_equal(crl->grace_s, 7 * 86400);
    assert_true(crl->missing_allowed);
    release(&parsed);
    parsed =
        parse_good("bednet: 1\ncertificate: {authorities: {a: b}, accept: [{}], crl: {files: c, stale: warn, "
                   "missing: deny}}\n");
    assert_int_equal(parsed.policy->certificate.crl.stale, BEDNET_STALE_WARN);
    assert_int_equal(parsed.policy->certificate.crl.grace_s, 0);
    assert_false(parsed.policy->certificate.crl.missing_allowed);
    assert_int_equal(parsed.policy->certificate.crl.sources.folder_count, 0);
    release(&parsed);
}

static void the_section_has_defaults(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\ncertificate:\n  accept:\n    - {}\n");
    const struct bednet_certificate_policy *certificate = &parsed.policy->certificate;
    const struct bednet_certificate_acceptance *entry = &certificate->accept[0];
    assert_false(certificate->required);
    assert_false(certificate->with_token);
    assert_int_equal(certificate->agree, BEDNET_AGREE_USERNAME);
    assert_source(certificate->token_source, 2, 1);
    assert_false(certificate->on_expiry.keeps);
    assert_int_equal(certificate->on_expiry.jitter_s, 0);
    assert_true(certificate->on_expiry.will);
    assert_source(certificate->on_expiry.source, 2, 1);
    assert_null(certificate->authorities);
    assert_source(certificate->crl.source, 0, 0);
    assert_source(certificate->deny_source, 0, 0);
    assert_int_equal(certificate->crl.stale, BEDNET_STALE_DENY);
    assert_false(certificate->crl.missing_allowed);
    assert_true(entry->rule.authority == BEDNET_AUTHORITY_NONE);
    assert_int_equal(entry->rule.match_count, 0);
    assert_int_equal(entry->rule.keys, BEDNET_CERT_KEYS_DEFAULT);
    assert_int_equal(entry->rule.digests, BEDNET_CERT_DIGESTS_DEFAULT);
    assert_int_equal(entry->rule.rsa_bits_min, 2048);
    assert_int_equal(entry->rule.usage_count, 0);
    assert_int_equal(entry->rule.lifetime_max_s, 0);
    assert_null(entry->rule.allow);
    assert_source(entry->source, 4, 7);
    for (int i = 0; i < BEDNET_REQUIREMENTS; i++)
        assert_source(entry->require[i], 4, 7);
    release(&parsed);
}

static void identities_have_defaults(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_certificate_acceptance *accept = parsed.policy->certificate.accept;
    assert_text(accept[1].identity.username.text, "${match.username}");
    assert_text(accept[1].identity.client_id.text, "${match.client_id}");
    assert_int_equal(accept[1].identity.role_count, 0);
    assert_true(accept[1].rule.authority == BEDNET_AUTHORITY_NONE);
    assert_text(accept[2].identity.username.text, "${cert.cn}");
    assert_int_equal(accept[2].identity.client_id.part_count, 0);
    release(&parsed);
    /* What the policy says counts for more than what a pattern happens to be called. */
    parsed = parse_good("bednet: 1\ncertificate:\n  accept:\n    - match: {cn: '{client_id}.{username}'}\n"
                        "      username: ${cert.o}\n      client_id: ${cert.cn}\n");
    assert_text(parsed.policy->certificate.accept[0].identity.username.text, "${cert.o}");
    assert_text(parsed.policy->certificate.accept[0].identity.client_id.text, "${cert.cn}");
    assert_int_equal(parsed.policy->attribute_count, 2);
    release(&parsed);
}

static void nothing_has_to_agree(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\ncertificate: {accept: [{}], agree: []}\n");
    assert_int_equal(parsed.policy->certificate.agree, 0);
    release(&parsed);
    parsed =
        parse_good("bednet: 1\ncertificate: {accept: [{}], token: ignore, agree: [client_id, username]}\n");
    assert_int_equal(parsed.policy->certificate.agree, BEDNET_AGREE_USERNAME | BEDNET_AGREE_CLIENT_ID);
    assert_false(parsed.policy->certificate.with_token);
    release(&parsed);
    parsed = parse_good("bednet: 1\ncertificate: {accept: [{}], deny: [], on_expiry: keep}\n");
    assert_true(parsed.policy->certificate.on_expiry.keeps);
    assert_source(parsed.policy->certificate.deny_source, 2, 29);
    release(&parsed);
}

static void lists_attributes(void **state)
{
    (void)state;
    static const char *const expected[] = {"cert.cn",      "cert.issuer.cn", "cert.ou",
                                           "cert.serial",  "claim.sub",      "match.client_id",
                                           "match.device", "match.site",     "match.username"};
    struct parsed parsed = load_all();
    assert_int_equal(parsed.policy->attribute_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_text(parsed.policy->attributes[i], expected[i]);
    release(&parsed);
}

/* Names that patterns take are known wherever the sections stand. */
static void rules_may_come_first(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("roles: {r: {allow: {publish: ['a/${match.b}-${match.a}']}}}\n"
                                      "certificate: {accept: [{match: {cn: '{a}'}}, {match: {o: '{b}'}}]}\n"
                                      "bednet: 1\n");
    assert_int_equal(parsed.policy->attribute_count, 3);
    release(&parsed);
}

static void warns(const char *yaml, const char *told)
{
    struct parsed parsed = parse(yaml);
    assert_int_equal(parsed.status, BEDNET_OK);
    assert_told(parsed.diag, told);
    release(&parsed);
}

static void warns_of_what_is_weak_or_idle(void **state)
{
    (void)state;
    warns("bednet: 1\ncertificate: {accept: [{signature: [sha256, sha1]}]}\n",
          "warning: p:2:45: signatures with sha1 are accepted (expected sha256 or better: others can make "
          "certificates that look alike)");
    warns(
        "bednet: 1\ncertificate:\n  accept:\n    - match: {cn: a}\n    - roles: []\n    - match: {cn: b}\n"
        "    - {}\n",
        "warning: p:6:7: this entry of accept is never reached (expected it before the one at 5:7, which "
        "fits every certificate)\nwarning: p:7:7: this entry of accept is never reached (expected it before "
        "the one at 5:7, which fits every certificate)");
}

static void assert_file_refused(const char *file, const char *told)
{
    char yaml[512];
    char expected[1024];
    snprintf(yaml, sizeof yaml,
             "bednet: 1\ncertificate:\n  authorities:\n    a: %s\n  accept:\n    - issuer: a\n"
             "  deny:\n    - {serial: 1, issuer: a}\n",
             file);
    scratch_write("p.yaml", yaml, 0644);
    struct parsed parsed = load(scratch_path("p.yaml"));
    assert_int_equal(parsed.status, BEDNET_INVALID);
    scratch_expand(told, expected, sizeof expected);
    assert_told(parsed.diag, expected);
    release(&parsed);
}

static void refuses_files_that_are_none(void **state)
{
    (void)state;
    scratch_write("empty.crt", "", 0644);
    assert_file_refused("none.crt", "%s/p.yaml:4:8: the file '%s/none.crt' of an authority: No such file or "
                                    "directory (expected a file that can be read)");
    assert_file_refused("empty.crt", "%s/p.yaml:4:8: the file '%s/empty.crt' of an authority: holds no "
                                     "certificate (expected exactly one, in PEM or DER)");
    assert_file_refused(
        FOLDER "/device.crt",
        "%s/p.yaml:4:8: the file '" FOLDER "/device.crt' of an authority: it is no certificate of "
        "an authority (expected basicConstraints with CA:TRUE, and keyCertSign where there is a "
        "keyUsage)");
}

/* A policy with `authorities` of them and a list of `denied` certificates, the same ones again and again. */
static struct parsed parse_many(int authorities, int denied)
{
    static char yaml[512 * 1024];
    size_t length = (size_t)sprintf(yaml, "bednet: 1\ncertificate:\n  accept: [{}]\n  authorities:\n");
    for (int i = 0; i < authorities; i++)
        length += (size_t)sprintf(yaml + length, "    a%d: f\n", i);
    length += (size_t)sprintf(yaml + length, "  deny:\n");
    for (int i = 0; i < denied; i++)
        length += (size_t)sprintf(yaml + length, "  - {serial: %x, issuer: a%d}\n", i + 1, i % authorities);
    assert_true(length < sizeof yaml);
    return parse(yaml);
}

static void there_is_an_end_to_everything(void **state)
{
    (void)state;
    struct parsed parsed = parse_many(BEDNET_AUTHORITIES_MAX, BEDNET_CERTIFICATE_LIST_MAX);
    assert_told(parsed.diag, "");
    assert_int_equal(parsed.status, BEDNET_OK);
    release(&parsed);
    parsed = parse_many(BEDNET_AUTHORITIES_MAX + 1, 1);
    assert_told(parsed.diag, "p:5:5: 65 authorities (expected 1 to 64)");
    release(&parsed);
    parsed = parse_many(1, BEDNET_CERTIFICATE_LIST_MAX + 1);
    assert_told(parsed.diag, "p:7:3: 10001 entries in deny (expected at most 10000)");
    release(&parsed);
}

/* Lists at the longest, with each entry found and nothing else. */
static void long_lists_are_whole(void **state)
{
    (void)state;
    static char yaml[1024 * 1024];
    size_t length = (size_t)sprintf(yaml, "bednet: 1\ncertificate:\n  accept: [{}]\n  deny:\n");
    for (unsigned i = 0; i < BEDNET_CERTIFICATE_LIST_MAX; i++)
        length += (size_t)sprintf(yaml + length, "  - %s: %08x%056x\n", i % 2 == 0 ? "key" : "fingerprint",
                                  i * 2654435761u, 0u);
    struct parsed parsed = parse_good(yaml);
    const struct bednet_certificate_list *deny = &parsed.policy->certificate.deny;
    assert_int_equal(deny->counts[BEDNET_LISTED_BY_KEY], BEDNET_CERTIFICATE_LIST_MAX / 2);
    assert_int_equal(deny->counts[BEDNET_LISTED_BY_FINGERPRINT], BEDNET_CERTIFICATE_LIST_MAX / 2);
    for (unsigned i = 0; i < 2 * BEDNET_CERTIFICATE_LIST_MAX; i++) {
        struct bednet_certificate_mark mark;
        uint32_t start = i * 2654435761u;
        memset(&mark, 0xff, sizeof mark);
        unsigned char *bytes = i % 2 == 0 ? mark.key : mark.fingerprint;
        memset(bytes, 0, BEDNET_MARK_BYTES);
        for (int k = 0; k < 4; k++)
            bytes[k] = (unsigned char)(start >> (24 - 8 * k));
        assert_int_equal(bednet_certificate_list_has(deny, &mark), i < BEDNET_CERTIFICATE_LIST_MAX);
    }
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_section),
        cmocka_unit_test(reads_what_an_entry_is_for),
        cmocka_unit_test(reads_what_an_entry_asks),
        cmocka_unit_test(lists_know_a_certificate_again),
        cmocka_unit_test(numbers_have_many_spellings),
        cmocka_unit_test(reads_revocations),
        cmocka_unit_test(a_certificate_becomes_somebody),
        cmocka_unit_test(the_section_has_defaults),
        cmocka_unit_test(identities_have_defaults),
        cmocka_unit_test(nothing_has_to_agree),
        cmocka_unit_test(lists_attributes),
        cmocka_unit_test(rules_may_come_first),
        cmocka_unit_test(warns_of_what_is_weak_or_idle),
        cmocka_unit_test(refuses_files_that_are_none),
        cmocka_unit_test(there_is_an_end_to_everything),
        cmocka_unit_test(long_lists_are_whole),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
