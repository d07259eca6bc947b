/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails at the n-th request, Bednet's own or libcrypto's: who is let in is let in as the same
 * one, who is refused stays refused, and nothing is lost.
 */
#include "../failing_libcrypto.h"
#include "making_authority.h"

#include "certificate/rule.h"
#include <openssl/err.h>

#define SPIFFE_ID "spiffe://acme.example/site/berlin/device/d1"
#define CLIENT    "1.3.6.1.5.5.7.3.2"

struct fixture {
    struct made_folder folder;
    struct bednet_arena *arena;
    struct bednet_authorities *authorities;
    struct bednet_certificate_match matches[3];
    struct bednet_certificate_rule rule;
    struct bednet_text usage;
    X509 *ca;
    EVP_PKEY *other_key;
};

static void set_match(struct fixture *fixture, size_t index, const char *field, const char *pattern)
{
    const char *error;
    size_t offset;

    assert_true(bednet_field_named(bednet_text(field), &fixture->matches[index].field));
    assert_int_equal(bednet_pattern_parse(fixture->arena, bednet_text(pattern),
                                          &fixture->matches[index].pattern, &error, &offset),
                     BEDNET_OK);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    make_folder(&fixture->folder);
    fixture->arena = bednet_arena_new();
    fixture->authorities = bednet_authorities_new();
    fixture->ca = make_ca("Device CA", make_usual_key());
    fixture->other_key = make_key("EC", "P-256");
    make_authority(fixture->authorities, "devices", &fixture->folder, fixture->ca);
    fixture->usage = bednet_text(CLIENT);
    set_match(fixture, 0, "san.uri", "spiffe://acme.example/site/{site}/device/{device}");
    set_match(fixture, 1, "cn", "{name}");
    set_match(fixture, 2, "subject", "CN={all}");
    fixture->rule = (struct bednet_certificate_rule){.authority = 0,
                                                     .matches = fixture->matches,
                                                     .match_count = 3,
                                                     .keys = BEDNET_CERT_KEYS_DEFAULT,
                                                     .digests = BEDNET_CERT_DIGESTS_DEFAULT,
                                                     .rsa_bits_min = BEDNET_CERT_RSA_BITS_DEFAULT,
                                                     .usages = &fixture->usage,
                                                     .usage_count = 1};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    make_folder_end(&fixture->folder);
    bednet_authorities_free(fixture->authorities);
    bednet_arena_free(fixture->arena);
    X509_free(fixture->ca);
    EVP_PKEY_free(fixture->other_key);
    free(fixture);
    return 0;
}

static struct bednet_captures captures;

/* A whole login, as far as it is about the certificate; BEDNET_REASON_NONE where it is let in. */
static enum bednet_reason judge(const struct fixture *fixture, X509 *x509)
{
    struct bednet_certificate certificate;

    if (bednet_certificate_open(x509, fixture->authorities, &certificate) != BEDNET_OK) {
        return BEDNET_REASON_INTERNAL;
    }
    if (bednet_rule_fit(&fixture->rule, fixture->authorities, &certificate, &captures, NULL) !=
        BEDNET_RULE_FITS) {
        return BEDNET_REASON_CERTIFICATE_RULE;
    }
    for (int i = 0; i < BEDNET_REQUIREMENTS; i++) {
        enum bednet_reason reason =
            bednet_rule_require(&fixture->rule, (enum bednet_requirement)i, &certificate, MADE_FROM + 1);

        if (reason != BEDNET_REASON_NONE) {
            return reason;
        }
    }
    return BEDNET_REASON_NONE;
}

static void assert_identity(void)
{
    static const char *const values[] = {"berlin", "d1", "d\xC3\xBC", "d\\C3\\BC"};

    assert_int_equal(captures.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(bednet_text_equal(captures.attributes[i].value, bednet_text(values[i])));
    }
}

/* Judges a certificate that nobody has looked at yet, until no request fails any more. Frees it. */
static void judge_without_memory(const struct fixture *fixture, X509 *x509, enum bednet_reason expected)
{
    unsigned char *der = NULL;
    int bytes = i2d_X509(x509, &der);
    long request = 0, refused = 0;
    bool all_was_there = false;

    X509_free(x509);
    while (!all_was_there) {
        const unsigned char *at = der;
        enum bednet_reason reason;

        x509 = d2i_X509(NULL, &at, bytes);
        assert_non_null(x509);
        failing = ++request;
        reason = judge(fixture, x509);
        all_was_there = failing > 0;
        failing = 0;
        assert_true(ERR_peek_error() == 0);
        if (all_was_there) {
            assert_int_equal(reason, expected);
        } else if (expected != BEDNET_REASON_NONE) {
            assert_int_not_equal(reason, BEDNET_REASON_NONE);
        }
        if (reason == BEDNET_REASON_NONE) {
            assert_identity();
        }
        refused += reason != BEDNET_REASON_NONE;
        X509_free(x509);
    }
    /* Some requests are made that it does not go without. */
    assert_true(request > 10 && refused > 5);
    OPENSSL_free(der);
}

static X509 *begin_device(const char *usages)
{
    X509 *certificate = make_begin();

    make_entry(X509_get_subject_name(certificate), NID_commonName, V_ASN1_BMPSTRING, "\0d\0\xFC", 4);
    make_san(certificate, MADE_SAN_URI, SPIFFE_ID, strlen(SPIFFE_ID));
    make_usage(certificate, usages);
    return certificate;
}

static void who_is_refused_stays_refused(void **state)
{
    struct fixture *fixture = *state;
    X509 *certificate = begin_device("clientAuth");

    make_subject(certificate, NID_commonName, "another");
    judge_without_memory(fixture, make_issued(certificate, fixture->ca, make_usual_key()),
                         BEDNET_REASON_CERTIFICATE_RULE);
    judge_without_memory(fixture, make_issued(begin_device("clientAuth"), fixture->ca, fixture->other_key),
                         BEDNET_REASON_CERTIFICATE_RULE);
    judge_without_memory(fixture, make_issued(begin_device("serverAuth"), fixture->ca, make_usual_key()),
                         BEDNET_REASON_CERTIFICATE_USAGE);
    fixture->rule.digests = BEDNET_CERT_DIGEST_SHA512;
    judge_without_memory(fixture, make_issued(begin_device("clientAuth"), fixture->ca, make_usual_key()),
                         BEDNET_REASON_CERTIFICATE_SIGNATURE);
}

static void who_is_let_in_is_the_same_one(void **state)
{
    struct fixture *fixture = *state;

    judge_without_memory(fixture, make_issued(begin_device("clientAuth"), fixture->ca, make_usual_key()),
                         BEDNET_REASON_NONE);
}

static void fields_are_read_or_refused(void **state)
{
    struct fixture *fixture = *state;
    X509 *certificate = make_issued(begin_device("clientAuth"), fixture->ca, make_usual_key());
    static struct bednet_field_values values, expected;

    for (size_t i = 0; bednet_field_names[i] != NULL; i++) {
        struct bednet_field field;
        bool all_was_there = false;

        assert_true(bednet_field_named(bednet_text(bednet_field_names[i]), &field));
        assert_int_equal(bednet_field_read(certificate, &field, &expected), BEDNET_OK);
        for (long request = 1; !all_was_there; request++) {
            enum bednet_status status;

            failing = request;
            status = bednet_field_read(certificate, &field, &values);
            all_was_there = failing > 0;
            failing = 0;
            assert_true(ERR_peek_error() == 0);
            assert_true(status == BEDNET_OK || status == BEDNET_NOMEM || status == BEDNET_INVALID);
            assert_int_equal(values.count, status == BEDNET_OK ? expected.count : 0);
            for (size_t value = 0; value < values.count; value++) {
                assert_true(bednet_text_equal(values.values[value], expected.values[value]));
            }
        }
        assert_int_equal(values.count, expected.count);
    }
    X509_free(certificate);
}

static void authorities_are_there_or_not(void **state)
{
    struct fixture *fixture = *state;
    bool all_was_there = false;
    long refused = 0;

    for (long request = 1; !all_was_there; request++) {
        struct bednet_authorities *authorities = bednet_authorities_new(), *copy = NULL;
        char why[BEDNET_AUTHORITY_WHY_BYTES];
        enum bednet_status status;

        failing = request;
        status = bednet_authorities_add(authorities, bednet_text("devices"), fixture->folder.file, why);
        if (status == BEDNET_OK) {
            copy = bednet_authorities_copy(authorities);
        }
        all_was_there = failing > 0;
        failing = 0;
        assert_true(ERR_peek_error() == 0);
        assert_int_equal(bednet_authorities_count(authorities), status == BEDNET_OK);
        assert_true(status == BEDNET_OK || why[0] != '\0');
        assert_true(copy == NULL || bednet_authorities_count(copy) == 1);
        assert_true(!all_was_there || copy != NULL);
        refused += copy == NULL;
        bednet_authorities_free(copy);
        bednet_authorities_free(authorities);
    }
    assert_true(refused > 20);
    failing = 1;
    assert_null(bednet_authorities_new());
    failing = 0;
}

static void lists_and_patterns_are_there_or_not(void **state)
{
    static const unsigned char marks[1000][BEDNET_MARK_BYTES];
    struct bednet_certificate_list list = {{NULL}, {0}};
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_pattern pattern;
    const char *error;
    size_t offset;

    (void)state;
    failing = 1;
    assert_int_equal(bednet_certificate_list_set(&list, arena, BEDNET_LISTED_BY_KEY, marks, 1000),
                     BEDNET_NOMEM);
    assert_int_equal(list.counts[BEDNET_LISTED_BY_KEY], 0);
    failing = 1;
    assert_int_equal(bednet_pattern_parse(arena, bednet_text("{a}"), &pattern, &error, &offset),
                     BEDNET_NOMEM);
    failing = 0;
    bednet_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_refused_stays_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_let_in_is_the_same_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_are_read_or_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(authorities_are_there_or_not, set_up, tear_down),
        cmocka_unit_test(lists_and_patterns_are_there_or_not),
    };

    if (!fail_libcrypto_too()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, make_end);
}
