/* SPDX-License-Identifier: Apache-2.0 */
/* Whose certificate it is: nobody guesses, and a name alone is no issuer. */
#include "making_authority.h"

#include "certificate/rule.h"
#include <openssl/err.h>

struct fixture {
    struct made_folder folder;
    struct bednet_arena *arena;
    struct bednet_authorities *authorities; /* "old" and "new", of one name */
    X509 *old_ca, *new_ca;
    EVP_PKEY *new_key;
    struct bednet_certificate_match matches[BEDNET_MATCHES_MAX];
    struct bednet_certificate_rule rule;
    struct bednet_captures captures;
    size_t failed;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    make_folder(&fixture->folder);
    fixture->arena = bednet_arena_new();
    fixture->authorities = bednet_authorities_new();
    fixture->new_key = make_key("EC", "P-256");
    fixture->old_ca = make_ca("Device CA", make_usual_key());
    fixture->new_ca = make_ca("Device CA", fixture->new_key);
    make_authority(fixture->authorities, "old", &fixture->folder, fixture->old_ca);
    make_authority(fixture->authorities, "new", &fixture->folder, fixture->new_ca);
    fixture->rule =
        (struct bednet_certificate_rule){.authority = BEDNET_AUTHORITY_NONE, .matches = fixture->matches};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    make_folder_end(&fixture->folder);
    bednet_authorities_free(fixture->authorities);
    bednet_arena_free(fixture->arena);
    X509_free(fixture->old_ca);
    X509_free(fixture->new_ca);
    EVP_PKEY_free(fixture->new_key);
    free(fixture);
    return 0;
}

static void add_match(struct fixture *fixture, const char *field, const char *pattern)
{
    struct bednet_certificate_match *match = &fixture->matches[fixture->rule.match_count++];
    const char *error;
    size_t offset;

    assert_true(bednet_field_named(bednet_text(field), &match->field));
    assert_int_equal(
        bednet_pattern_parse(fixture->arena, bednet_text(pattern), &match->pattern, &error, &offset),
        BEDNET_OK);
}

static enum bednet_rule_fit fit_opened(struct fixture *fixture, struct bednet_certificate *opened)
{
    enum bednet_rule_fit fit;

    fixture->failed = SIZE_MAX;
    fit = bednet_rule_fit(&fixture->rule, fixture->authorities, opened, &fixture->captures, &fixture->failed);
    assert_true(ERR_peek_error() == 0);
    assert_int_equal(fit,
                     bednet_rule_fit(&fixture->rule, fixture->authorities, opened, &fixture->captures, NULL));
    if (fit != BEDNET_RULE_FITS) {
        assert_int_equal(fixture->captures.count, 0);
    }
    return fit;
}

static enum bednet_rule_fit fit_and_free(struct fixture *fixture, X509 *certificate)
{
    struct bednet_certificate opened;
    enum bednet_rule_fit fit;

    assert_int_equal(bednet_certificate_open(certificate, fixture->authorities, &opened), BEDNET_OK);
    fit = fit_opened(fixture, &opened);
    X509_free(certificate);
    return fit;
}

static X509 *begin_named(const char *cn)
{
    X509 *certificate = make_begin();

    make_subject(certificate, NID_commonName, cn);
    return certificate;
}

static X509 *make_named(const char *cn)
{
    return make_done(begin_named(cn));
}

static void assert_capture(const struct fixture *fixture, size_t index, const char *name, const char *value)
{
    assert_true(index < fixture->captures.count);
    assert_true(bednet_text_equal(fixture->captures.attributes[index].name, bednet_text(name)));
    assert_true(bednet_text_equal(fixture->captures.attributes[index].value, bednet_text(value)));
}

static void other_values_and_missing_fields_do_not_fit(void **state)
{
    struct fixture *fixture = *state;

    add_match(fixture, "cn", "device-{id}");
    assert_int_equal(fit_and_free(fixture, make_named("server-1")), BEDNET_RULE_NO_MATCH);
    assert_int_equal(fixture->failed, 0);
    assert_int_equal(fit_and_free(fixture, make_named("device-")), BEDNET_RULE_NO_MATCH);
    assert_int_equal(fit_and_free(fixture, make_done(make_begin())), BEDNET_RULE_NO_FIELD);
    assert_int_equal(fixture->failed, 0);
    add_match(fixture, "ou", "{ou}");
    assert_int_equal(fit_and_free(fixture, make_named("device-1")), BEDNET_RULE_NO_FIELD);
    assert_int_equal(fixture->failed, 1);
}

static void several_values_are_ambiguous_even_where_one_would_fit(void **state)
{
    struct fixture *fixture = *state;
    struct made_der *der = calloc(1, sizeof(*der));
    X509 *certificate = begin_named("device-1");

    add_match(fixture, "cn", "device-{id}");
    make_subject(certificate, NID_commonName, "server-1");
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_AMBIGUOUS);
    assert_int_equal(fixture->failed, 0);
    /* Nor does it help to say the same twice. */
    certificate = begin_named("device-1");
    make_subject(certificate, NID_commonName, "device-1");
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_AMBIGUOUS);

    fixture->rule.match_count = 0;
    add_match(fixture, "san.uri", "spiffe://acme.example/{id}");
    make_value(der, MADE_SAN_URI, "spiffe://acme.example/a", 23);
    make_value(der, MADE_SAN_URI, "https://acme.example", 20);
    make_wrapped(der, 0x30);
    certificate = make_begin();
    make_extension(certificate, MADE_SAN_OID, false, der->data, der->bytes);
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_AMBIGUOUS);
    free(der);
}

static void spoilt_values_and_such_as_name_nobody_are_ambiguous(void **state)
{
    struct fixture *fixture = *state;
    X509 *certificate = make_begin();
    static const char *const nobody[] = {"", "device-+", "device-#", "*", "device-*", "spiffe://a/../b"};
    char text[BEDNET_FIELD_BYTES_MAX + 2];

    add_match(fixture, "cn", "{id}");
    make_entry(X509_get_subject_name(certificate), NID_commonName, V_ASN1_UTF8STRING, "device-1\0x", 10);
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_AMBIGUOUS);
    for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
        assert_int_equal(fit_and_free(fixture, make_named(nobody[i])), BEDNET_RULE_AMBIGUOUS);
    }
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(fit_and_free(fixture, make_named(text)), BEDNET_RULE_AMBIGUOUS);
    text[sizeof(text) - 2] = '\0';
    assert_int_equal(fit_and_free(fixture, make_named(text)), BEDNET_RULE_FITS);
    assert_capture(fixture, 0, "match.id", text);
}

/* Whichever value of an ambiguous field were the right one, it is another's where something else is wrong. */
static void the_order_of_matches_makes_no_difference(void **state)
{
    struct fixture *fixture = *state;

    for (int order = 0; order < 2; order++) {
        X509 *certificate = begin_named("device-1");

        make_subject(certificate, NID_commonName, "device-2");
        make_subject(certificate, NID_organizationName, "Other");
        fixture->rule.match_count = 0;
        add_match(fixture, order == 0 ? "cn" : "o", order == 0 ? "device-{id}" : "Acme");
        add_match(fixture, order == 0 ? "o" : "cn", order == 0 ? "Acme" : "device-{id}");
        assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_NO_MATCH);
        assert_int_equal(fixture->failed, order == 0 ? 1 : 0);
    }
}

static void a_name_with_the_wrong_key_is_not_the_issuer(void **state)
{
    struct fixture *fixture = *state;
    EVP_PKEY *stranger = make_key("EC", "P-256"), *rsa = make_key("RSA", "2048");
    X509 *stranger_ca = make_ca("Device CB", make_usual_key());

    fixture->rule.authority = 0;
    add_match(fixture, "cn", "{id}");
    assert_int_equal(fit_and_free(fixture, make_issued(begin_named("d"), fixture->old_ca, stranger)),
                     BEDNET_RULE_OTHER_ISSUER);
    assert_int_equal(fit_and_free(fixture, make_issued(begin_named("d"), fixture->old_ca, fixture->new_key)),
                     BEDNET_RULE_OTHER_ISSUER);
    /* Of another kind of key, which OpenSSL cannot even try. */
    assert_int_equal(fit_and_free(fixture, make_issued(begin_named("d"), fixture->old_ca, rsa)),
                     BEDNET_RULE_OTHER_ISSUER);
    /* Signed by the right key, but under another name. */
    assert_int_equal(fit_and_free(fixture, make_issued(begin_named("d"), stranger_ca, make_usual_key())),
                     BEDNET_RULE_OTHER_ISSUER);
    assert_int_equal(fit_and_free(fixture, make_issued(begin_named("d"), fixture->old_ca, make_usual_key())),
                     BEDNET_RULE_FITS);
    fixture->rule.authority = 1;
    assert_int_equal(fit_and_free(fixture, make_issued(begin_named("d"), fixture->new_ca, fixture->new_key)),
                     BEDNET_RULE_FITS);
    EVP_PKEY_free(stranger);
    EVP_PKEY_free(rsa);
    X509_free(stranger_ca);
}

/* Else one authority's rule would keep out whom another one of that name let in. */
static void an_ambiguous_certificate_of_another_key_is_another_issuers(void **state)
{
    struct fixture *fixture = *state;
    X509 *certificate = begin_named("a");

    make_subject(certificate, NID_commonName, "b");
    fixture->rule.authority = 0;
    add_match(fixture, "cn", "{id}");
    assert_int_equal(fit_and_free(fixture, make_issued(certificate, fixture->new_ca, fixture->new_key)),
                     BEDNET_RULE_OTHER_ISSUER);
    certificate = begin_named("a");
    make_subject(certificate, NID_commonName, "b");
    assert_int_equal(fit_and_free(fixture, make_issued(certificate, fixture->old_ca, make_usual_key())),
                     BEDNET_RULE_AMBIGUOUS);
}

static void what_was_found_out_of_the_issuer_is_kept(void **state)
{
    struct fixture *fixture = *state;
    X509 *leaf = make_issued(begin_named("d"), fixture->new_ca, fixture->new_key);
    struct bednet_certificate opened;

    make_authority(fixture->authorities, "again", &fixture->folder, fixture->new_ca);
    assert_int_equal(bednet_certificate_open(leaf, fixture->authorities, &opened), BEDNET_OK);
    fixture->rule.authority = 0;
    assert_int_equal(fit_opened(fixture, &opened), BEDNET_RULE_OTHER_ISSUER);
    assert_true(opened.authority == BEDNET_AUTHORITY_NONE);
    assert_true(opened.not_by == 1);
    fixture->rule.authority = 1;
    assert_int_equal(fit_opened(fixture, &opened), BEDNET_RULE_FITS);
    assert_int_equal(opened.authority, 1);
    fixture->rule.authority = 0;
    assert_int_equal(fit_opened(fixture, &opened), BEDNET_RULE_OTHER_ISSUER);
    fixture->rule.authority = 2; /* the same key under another name in the policy */
    assert_int_equal(fit_opened(fixture, &opened), BEDNET_RULE_FITS);
    X509_free(leaf);
}

/* The signature takes longer than all else: nobody asks for it who is another's anyway. */
static void no_signature_is_looked_at_where_the_fields_do_not_fit(void **state)
{
    struct fixture *fixture = *state;
    X509 *leaf = make_issued(begin_named("d"), fixture->old_ca, make_usual_key());
    struct bednet_certificate opened;

    fixture->rule.authority = 0;
    add_match(fixture, "cn", "x-{id}");
    assert_int_equal(bednet_certificate_open(leaf, fixture->authorities, &opened), BEDNET_OK);
    assert_int_equal(fit_opened(fixture, &opened), BEDNET_RULE_NO_MATCH);
    assert_true(opened.authority == BEDNET_AUTHORITY_NONE);
    X509_free(leaf);
}

static void names_are_taken_from_all_patterns(void **state)
{
    struct fixture *fixture = *state;
    X509 *certificate = begin_named("device-1");

    make_san(certificate, MADE_SAN_URI, "spiffe://acme.example/site/berlin/device/1", 42);
    add_match(fixture, "san.uri", "spiffe://acme.example/site/{site}/device/{device}");
    add_match(fixture, "cn", "{kind}-{number}");
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_FITS);
    assert_int_equal(fixture->captures.count, 4);
    assert_capture(fixture, 0, "match.site", "berlin");
    assert_capture(fixture, 1, "match.device", "1");
    assert_capture(fixture, 2, "match.kind", "device");
    assert_capture(fixture, 3, "match.number", "1");
    fixture->rule.match_count = 0;
    assert_int_equal(fit_and_free(fixture, make_named("any")), BEDNET_RULE_FITS);
    assert_int_equal(fixture->captures.count, 0);
}

static void one_name_takes_one_value(void **state)
{
    struct fixture *fixture = *state;
    X509 *certificate = begin_named("d1");

    add_match(fixture, "cn", "{device}");
    add_match(fixture, "uid", "{device}");
    make_subject(certificate, NID_userId, "d2");
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_NO_MATCH);
    assert_int_equal(fixture->failed, 1);
    certificate = begin_named("d1");
    make_subject(certificate, NID_userId, "d1");
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_FITS);
    assert_int_equal(fixture->captures.count, 1);
}

/* The longest values and names there can be, as many as there may be: nothing is written past the end. */
static void the_most_that_can_be_taken_has_room(void **state)
{
    struct fixture *fixture = *state;
    static const char pattern[] = "{a2345678901234567890123456789012}/{b2345678901234567890123456789012}/"
                                  "{c2345678901234567890123456789012}/{d2345678901234567890123456789012}";
    X509 *certificate = make_begin();
    char text[BEDNET_FIELD_BYTES_MAX + 1];

    memset(text, 'x', sizeof(text));
    text[100] = text[200] = text[300] = '/';
    text[BEDNET_FIELD_BYTES_MAX] = '\0';
    make_subject(certificate, NID_commonName, text);
    add_match(fixture, "cn", pattern);
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_FITS);
    assert_int_equal(fixture->captures.count, 4);
    assert_int_equal(fixture->captures.attributes[3].value.len, BEDNET_FIELD_BYTES_MAX - 301);

    fixture->rule.match_count = 0;
    add_match(fixture, "cn", "{a}-{b}-{c}");
    add_match(fixture, "ou", "{d}-{e}-{f}");
    add_match(fixture, "o", "{g}-{h}-{i}");
    certificate = begin_named("1-2-3");
    make_subject(certificate, NID_organizationalUnitName, "1-2-3");
    make_subject(certificate, NID_organizationName, "1-2-3");
    assert_int_equal(fit_and_free(fixture, make_done(certificate)), BEDNET_RULE_NO_MATCH); /* nine names */
    assert_int_equal(fixture->failed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(other_values_and_missing_fields_do_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_values_are_ambiguous_even_where_one_would_fit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(spoilt_values_and_such_as_name_nobody_are_ambiguous, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_order_of_matches_makes_no_difference, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_with_the_wrong_key_is_not_the_issuer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_ambiguous_certificate_of_another_key_is_another_issuers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_found_out_of_the_issuer_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_signature_is_looked_at_where_the_fields_do_not_fit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_are_taken_from_all_patterns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_name_takes_one_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_most_that_can_be_taken_has_room, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, make_end);
}
