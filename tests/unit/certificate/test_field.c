/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of subjects and issuers, and of the certificate itself: nothing is guessed. */
#include "making.h"

#include "certificate/field.h"
#include <openssl/err.h>
#include <stdio.h>

static struct bednet_field_values values;

static enum bednet_status read_field(X509 *certificate, const char *name)
{
    struct bednet_field field;
    enum bednet_status status;

    assert_true(bednet_field_named(bednet_text(name), &field));
    memset(&values, 0x5A, sizeof(values));
    status = bednet_field_read(certificate, &field, &values);
    assert_true(ERR_peek_error() == 0);
    if (status != BEDNET_OK) {
        assert_int_equal(values.count, 0);
    }
    return status;
}

static void assert_only(X509 *certificate, const char *name, const char *expected)
{
    assert_int_equal(read_field(certificate, name), BEDNET_OK);
    assert_int_equal(values.count, 1);
    if (!bednet_text_equal(values.values[0], bednet_text(expected))) {
        fail_msg("%s is %.*s", name, (int)values.values[0].len, values.values[0].ptr);
    }
}

static void assert_nothing(X509 *certificate, const char *name)
{
    assert_int_equal(read_field(certificate, name), BEDNET_OK);
    assert_int_equal(values.count, 0);
}

/* What a subject's CN reads as that has these bytes under this tag, where nobody decoded it before. */
static enum bednet_status read_cn(int tag, const void *bytes, size_t count)
{
    X509 *certificate = make_begin();
    enum bednet_status status;

    make_entry(X509_get_subject_name(certificate), NID_commonName, tag, bytes, count);
    status = read_field(certificate, "cn");
    X509_free(certificate);
    return status;
}

#define assert_spoilt(tag, bytes) assert_int_equal(read_cn(tag, bytes, sizeof(bytes) - 1), BEDNET_INVALID)

static void spoilt_strings_are_refused(void **state)
{
    (void)state;
    assert_spoilt(V_ASN1_UTF8STRING, "a\0b");
    assert_spoilt(V_ASN1_UTF8STRING, "a\0");
    assert_spoilt(V_ASN1_UTF8STRING, "a\nb");
    assert_spoilt(V_ASN1_UTF8STRING, "a\x7F");
    assert_spoilt(V_ASN1_UTF8STRING, "a\xC2\x85");
    assert_spoilt(V_ASN1_UTF8STRING, "\xC0\x80");
    assert_spoilt(V_ASN1_UTF8STRING, "\xC3");
    assert_spoilt(V_ASN1_UTF8STRING, "\xED\xA0\x80");
    assert_spoilt(V_ASN1_UTF8STRING, "\xEF\xBF\xBF");
    assert_spoilt(V_ASN1_PRINTABLESTRING, "a\xC3\xBC");
    assert_spoilt(V_ASN1_PRINTABLESTRING, "a\0b");
    assert_spoilt(V_ASN1_IA5STRING, "\xE9");
    assert_spoilt(V_ASN1_IA5STRING, "a\0.example");
    assert_spoilt(V_ASN1_T61STRING, "caf\xE9");
    assert_spoilt(V_ASN1_T61STRING, "caf\xC3\xA9");
    assert_spoilt(V_ASN1_NUMERICSTRING, "1\xFF");
    assert_spoilt(V_ASN1_BMPSTRING, "\0a\0\0\0b");
    assert_spoilt(V_ASN1_BMPSTRING, "\xD8\0");
    assert_spoilt(V_ASN1_BMPSTRING, "\0\n");
    assert_spoilt(V_ASN1_UNIVERSALSTRING, "\0\0\0a\0\0\0\0");
    assert_spoilt(V_ASN1_UNIVERSALSTRING, "\0\x11\0\0");
    assert_spoilt(V_ASN1_UNIVERSALSTRING, "\0\0\xD8\0");
    assert_spoilt(V_ASN1_BIT_STRING, "abc");
}

static void lengths_are_bounded(void **state)
{
    unsigned char bytes[65535];

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(read_cn(V_ASN1_UTF8STRING, bytes, BEDNET_FIELD_BYTES_MAX), BEDNET_OK);
    assert_int_equal(values.values[0].len, BEDNET_FIELD_BYTES_MAX);
    assert_int_equal(read_cn(V_ASN1_UTF8STRING, bytes, BEDNET_FIELD_BYTES_MAX + 1), BEDNET_INVALID);
    assert_int_equal(read_cn(V_ASN1_UTF8STRING, bytes, sizeof(bytes)), BEDNET_INVALID);
    assert_int_equal(read_cn(V_ASN1_BMPSTRING, bytes, sizeof(bytes) - 1), BEDNET_INVALID);
    for (size_t i = 0; i < sizeof(bytes); i += 2) {
        bytes[i] = 0;
    }
    assert_int_equal(read_cn(V_ASN1_BMPSTRING, bytes, 2 * BEDNET_FIELD_BYTES_MAX), BEDNET_OK);
    assert_int_equal(values.values[0].len, BEDNET_FIELD_BYTES_MAX);
    assert_int_equal(read_cn(V_ASN1_BMPSTRING, bytes, 2 * BEDNET_FIELD_BYTES_MAX + 2), BEDNET_INVALID);
}

static void every_kind_of_string_is_read(void **state)
{
    static const struct {
        int tag;
        const char *bytes;
        size_t count;
        const char *expected;
    } cases[] = {
        {V_ASN1_UTF8STRING, "d\xC3\xBCse", 5, "d\xC3\xBCse"},
        {V_ASN1_UTF8STRING, "", 0, ""},
        {V_ASN1_PRINTABLESTRING, "device 1", 8, "device 1"},
        {V_ASN1_IA5STRING, "device@1", 8, "device@1"},
        {V_ASN1_T61STRING, "device", 6, "device"},
        {V_ASN1_NUMERICSTRING, "0123", 4, "0123"},
        {V_ASN1_BMPSTRING, "\0d\0\xFC", 4, "d\xC3\xBC"},
        {V_ASN1_UNIVERSALSTRING, "\0\0\0d\0\x01\xF6\x00", 8, "d\xF0\x9F\x98\x80"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_cn(cases[i].tag, cases[i].bytes, cases[i].count), BEDNET_OK);
        assert_int_equal(values.count, 1);
        assert_true(bednet_text_equal(values.values[0], bednet_text(cases[i].expected)));
    }
}

static void several_values_are_all_given_in_order(void **state)
{
    X509 *certificate = make_begin();

    (void)state;
    for (int i = 0; i < BEDNET_FIELD_VALUES_MAX; i++) {
        char text[16];

        snprintf(text, sizeof(text), "ou%d", i);
        make_subject(certificate, NID_organizationalUnitName, text);
    }
    certificate = make_done(certificate);
    assert_int_equal(read_field(certificate, "ou"), BEDNET_OK);
    assert_int_equal(values.count, BEDNET_FIELD_VALUES_MAX);
    assert_true(bednet_text_equal(values.values[0], bednet_text("ou0")));
    assert_true(bednet_text_equal(values.values[15], bednet_text("ou15")));
    assert_nothing(certificate, "cn");
    X509_free(certificate);
}

static void too_many_values_are_a_limit_and_one_spoilt_value_spoils_all(void **state)
{
    X509 *certificate = make_begin();

    (void)state;
    for (int i = 0; i <= BEDNET_FIELD_VALUES_MAX; i++) {
        make_subject(certificate, NID_organizationalUnitName, "x");
    }
    make_subject(certificate, NID_commonName, "good");
    make_entry(X509_get_subject_name(certificate), NID_commonName, V_ASN1_UTF8STRING, "b\0d", 3);
    make_subject(certificate, NID_organizationName, "Acme");
    assert_int_equal(read_field(certificate, "ou"), BEDNET_LIMIT);
    assert_int_equal(read_field(certificate, "cn"), BEDNET_INVALID);
    assert_int_equal(read_field(certificate, "subject"), BEDNET_INVALID);
    assert_only(certificate, "o", "Acme");
    X509_free(certificate);
}

static void every_attribute_has_its_name(void **state)
{
    static const struct {
        const char *name;
        int nid;
    } attributes[] = {
        {"cn", NID_commonName},
        {"o", NID_organizationName},
        {"ou", NID_organizationalUnitName},
        {"c", NID_countryName},
        {"st", NID_stateOrProvinceName},
        {"l", NID_localityName},
        {"dc", NID_domainComponent},
        {"uid", NID_userId},
        {"title", NID_title},
        {"serial_number", NID_serialNumber},
        {"email", NID_pkcs9_emailAddress},
    };
    X509 *certificate = make_begin();

    (void)state;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        assert_nothing(certificate, attributes[i].name);
        make_subject(certificate, attributes[i].nid, attributes[i].name);
    }
    make_entry(X509_get_issuer_name(certificate), NID_organizationName, V_ASN1_UTF8STRING, "Issuers", 7);
    make_entry(X509_get_issuer_name(certificate), NID_organizationalUnitName, V_ASN1_UTF8STRING, "Unit", 4);
    certificate = make_done(certificate);
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        assert_only(certificate, attributes[i].name, attributes[i].name);
    }
    assert_only(certificate, "issuer.cn", "Authority");
    assert_only(certificate, "issuer.o", "Issuers");
    assert_only(certificate, "issuer.ou", "Unit");
    X509_free(certificate);
}

static void whole_names_are_written_as_rfc_4514_has_them(void **state)
{
    X509 *certificate = make_begin();

    (void)state;
    assert_nothing(certificate, "subject");
    make_subject(certificate, NID_countryName, "DE");
    make_subject(certificate, NID_organizationName, "Acme, Inc.");
    make_subject(certificate, NID_commonName, "d=1\\\"");
    certificate = make_done(certificate);
    assert_only(certificate, "subject", "CN=d=1\\\\\\\",O=Acme\\, Inc.,C=DE");
    assert_only(certificate, "issuer", "CN=Authority");
    X509_free(certificate);
}

/* 64 KiB in a name that nobody asks for change nothing; in one that is asked for they spoil it. */
static void long_names_are_refused_whole(void **state)
{
    char *text = malloc(65001);
    X509 *certificate = make_begin();

    (void)state;
    assert_non_null(text);
    memset(text, 'a', 65000);
    text[65000] = '\0';
    make_subject(certificate, NID_commonName, "device");
    make_subject(certificate, NID_organizationName, text);
    certificate = make_done(certificate);
    assert_int_equal(read_field(certificate, "o"), BEDNET_INVALID);
    assert_int_equal(read_field(certificate, "subject"), BEDNET_INVALID);
    assert_only(certificate, "cn", "device");
    X509_free(certificate);

    certificate = make_begin();
    for (int i = 0; i < 6; i++) {
        text[100] = '\0';
        make_subject(certificate, NID_organizationName, text);
    }
    certificate = make_done(certificate);
    assert_int_equal(read_field(certificate, "subject"), BEDNET_INVALID);
    assert_int_equal(read_field(certificate, "o"), BEDNET_OK);
    X509_free(certificate);
    free(text);
}

static void assert_serial(const char *hex, const char *expected)
{
    X509 *certificate = make_begin();
    BIGNUM *number = NULL;

    assert_true(BN_hex2bn(&number, hex) > 0);
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
    BN_free(number);
    certificate = make_done(certificate);
    if (expected != NULL) {
        assert_only(certificate, "serial", expected);
    } else {
        assert_int_equal(read_field(certificate, "serial"), BEDNET_INVALID);
    }
    X509_free(certificate);
}

static void serial_numbers_are_hexadecimal_without_leading_zeros(void **state)
{
    (void)state;
    assert_serial("0", NULL);
    assert_serial("-1", NULL);
    assert_serial("-8000", NULL);
    assert_serial("010000000000000000000000000000000000000000", NULL);
    assert_serial("1", "1");
    assert_serial("0A1B2C", "a1b2c");
    assert_serial("80", "80");
    assert_serial("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "ffffffffffffffffffffffffffffffffffffffff");
}

static void hex(const unsigned char *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i++) {
        sprintf(out + 2 * i, "%02x", bytes[i]);
    }
}

static void digests_are_those_of_the_der(void **state)
{
    X509 *certificate = make_done(make_begin());
    unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
    char text[2 * EVP_MAX_MD_SIZE + 1];
    unsigned bytes;
    int length = i2d_PUBKEY(make_usual_key(), &der);

    (void)state;
    assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, &bytes), 1);
    hex(digest, bytes, text);
    assert_only(certificate, "fingerprint.sha256", text);
    assert_true(length > 0);
    assert_int_equal(EVP_Digest(der, (size_t)length, digest, &bytes, EVP_sha256(), NULL), 1);
    hex(digest, bytes, text);
    assert_only(certificate, "key.sha256", text);
    OPENSSL_free(der);
    X509_free(certificate);
}

/* Neither the certificate nor its key fits on a stack that expects usual ones. */
static void large_certificates_have_digests_too(void **state)
{
    X509 *certificate = make_begin();
    char text[5000];
    char expected[2 * EVP_MAX_MD_SIZE + 1];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes;

    (void)state;
    memset(text, 'a', sizeof(text));
    make_extension(certificate, "1.2.3.4", false, text, sizeof(text));
    certificate = make_done(certificate);
    assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, &bytes), 1);
    hex(digest, bytes, expected);
    assert_only(certificate, "fingerprint.sha256", expected);
    X509_free(certificate);
}

static void large_keys_have_digests_too(void **state)
{
    X509 *certificate = make_begin();
    char expected[2 * EVP_MAX_MD_SIZE + 1];
    unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
    unsigned bytes;
    int length;

    (void)state;
    assert_int_equal(X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(NID_ED25519),
                                            V_ASN1_UNDEF, NULL, OPENSSL_zalloc(5000), 5000),
                     1);
    certificate = make_done(certificate);
    length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    assert_true(length > 5000);
    assert_int_equal(EVP_Digest(der, (size_t)length, digest, &bytes, EVP_sha256(), NULL), 1);
    hex(digest, bytes, expected);
    assert_only(certificate, "key.sha256", expected);
    OPENSSL_free(der);
    X509_free(certificate);
}

static void unknown_names_are_none(void **state)
{
    static const char *const wrong[] = {
        "",          "CN",       "cn ",       "c n",         "issuer.c",
        "san",       "san.",     "san.other", "fingerprint", "fingerprint.sha1",
        "key",       "oid",      "oid.",      "oid.1",       "oid.1.",
        "oid..1",    "oid.1..2", "oid.1.2.",  "oid.3.1",     "oid.1.40",
        "oid.0.100", "oid.01.2", "oid.1.02",  "oid.1.2.00",  "oid.1.2x",
        "oid.1.-2",  "oid.1. 2", "oid.10.1",  "oid.a.b",     "oid.1.2,3",
        "email\n",
    };
    struct bednet_field field;
    char long_oid[256] = "oid.1.2";

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (bednet_field_named(bednet_text(wrong[i]), &field)) {
            fail_msg("%s is taken", wrong[i]);
        }
    }
    assert_false(bednet_field_named((struct bednet_text){NULL, 0}, &field));
    assert_false(bednet_field_named((struct bednet_text){"cn\0", 3}, &field));
    assert_false(bednet_field_named((struct bednet_text){"oid.1.2\0", 8}, &field));
    while (strlen(long_oid) < 4 + 129) {
        strcat(long_oid, ".1");
    }
    assert_false(bednet_field_named(bednet_text(long_oid), &field));
}

static void known_names_are_all_there(void **state)
{
    struct bednet_field field;
    size_t count = 0;

    (void)state;
    for (; bednet_field_names[count] != NULL; count++) {
        assert_true(bednet_field_named(bednet_text(bednet_field_names[count]), &field));
        assert_int_equal(field.kind, count);
    }
    assert_int_equal(count, BEDNET_FIELD_OID);
    assert_true(bednet_field_named(bednet_text("oid.2.25.329800735698586629295641978511506172918"), &field));
    assert_int_equal(field.kind, BEDNET_FIELD_OID);
    assert_true(bednet_text_equal(field.oid, bednet_text("2.25.329800735698586629295641978511506172918")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spoilt_strings_are_refused),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(every_kind_of_string_is_read),
        cmocka_unit_test(several_values_are_all_given_in_order),
        cmocka_unit_test(too_many_values_are_a_limit_and_one_spoilt_value_spoils_all),
        cmocka_unit_test(every_attribute_has_its_name),
        cmocka_unit_test(whole_names_are_written_as_rfc_4514_has_them),
        cmocka_unit_test(long_names_are_refused_whole),
        cmocka_unit_test(serial_numbers_are_hexadecimal_without_leading_zeros),
        cmocka_unit_test(digests_are_those_of_the_der),
        cmocka_unit_test(large_certificates_have_digests_too),
        cmocka_unit_test(large_keys_have_digests_too),
        cmocka_unit_test(unknown_names_are_none),
        cmocka_unit_test(known_names_are_all_there),
    };

    return cmocka_run_group_tests(tests, NULL, make_end);
}
