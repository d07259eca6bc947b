/* SPDX-License-Identifier: Apache-2.0 */
/* Alternative names and extensions by their OID: what is not exactly DER, or there twice, is refused. */
#include "making.h"

#include "certificate/field.h"
#include <openssl/err.h>

#define OWN_OID "1.3.6.1.4.1.99999.1"

static struct bednet_field_values values;

static enum bednet_status read_field(X509 *certificate, const char *name)
{
    struct bednet_field field;
    enum bednet_status status;

    assert_true(bednet_field_named(bednet_text(name), &field));
    status = bednet_field_read(certificate, &field, &values);
    assert_true(ERR_peek_error() == 0);
    return status;
}

/* What the field reads as in a certificate that has only this extension, `times` times. */
static enum bednet_status read_extension(const char *name, const char *oid, const void *bytes, size_t count,
                                         int times)
{
    X509 *certificate = make_begin();
    enum bednet_status status;

    for (int i = 0; i < times; i++) {
        make_extension(certificate, oid, false, bytes, count);
    }
    certificate = make_done(certificate);
    status = read_field(certificate, name);
    X509_free(certificate);
    assert_true(status == BEDNET_OK || values.count == 0);
    return status;
}

#define assert_extension(name, oid, bytes, status)                                                           \
    assert_int_equal(read_extension(name, oid, bytes, sizeof(bytes) - 1, 1), status)
#define assert_san_spoilt(name, bytes) assert_extension(name, MADE_SAN_OID, bytes, BEDNET_INVALID)
#define assert_own_spoilt(bytes)       assert_extension("oid." OWN_OID, OWN_OID, bytes, BEDNET_INVALID)

static enum bednet_status read_san(const char *name, unsigned char tag, const char *bytes, size_t count)
{
    X509 *certificate = make_begin();
    enum bednet_status status;

    make_san(certificate, tag, bytes, count);
    certificate = make_done(certificate);
    status = read_field(certificate, name);
    X509_free(certificate);
    return status;
}

#define assert_san(name, tag, bytes, status)                                                                 \
    assert_int_equal(read_san(name, tag, bytes, sizeof(bytes) - 1), status)

static void spoilt_alternative_names_are_refused(void **state)
{
    (void)state;
    assert_san("san.dns", MADE_SAN_DNS, "good.example\0.evil.example", BEDNET_INVALID);
    assert_san("san.dns", MADE_SAN_DNS,
               "b\xC3\xBC"
               "cher.example",
               BEDNET_INVALID);
    assert_san("san.dns", MADE_SAN_DNS, "a\tb", BEDNET_INVALID);
    assert_san("san.uri", MADE_SAN_URI, "spiffe://a/b\0", BEDNET_INVALID);
    assert_san("san.uri", MADE_SAN_URI, "\x80", BEDNET_INVALID);
    assert_san("san.email", MADE_SAN_EMAIL, "a\r\nb@example", BEDNET_INVALID);
    assert_san("san.ip", MADE_SAN_IP, "", BEDNET_INVALID);
    assert_san("san.ip", MADE_SAN_IP, "\x7F\0\0", BEDNET_INVALID);
    assert_san("san.ip", MADE_SAN_IP, "\x7F\0\0\1\0", BEDNET_INVALID);
    assert_san("san.ip", MADE_SAN_IP, "\x0A\0\0\0\xFF\0\0\0", BEDNET_INVALID);
}

static void broken_lists_of_names_are_refused(void **state)
{
    (void)state;
    assert_san_spoilt("san.dns", "");
    assert_san_spoilt("san.dns", "\x30");
    assert_san_spoilt("san.dns", "\x04\x03\x82\x01"
                                 "a"); /* no sequence */
    assert_san_spoilt("san.dns", "\x10\x03\x82\x01"
                                 "a"); /* a primitive one */
    assert_san_spoilt("san.dns", "\xB0\x03\x82\x01"
                                 "a"); /* of another class */
    assert_san_spoilt("san.dns", "\x30\x04\x82\x01"
                                 "a"); /* cut short */
    assert_san_spoilt("san.dns", "\x30\x03\x82\x02"
                                 "a"); /* a name that is */
    assert_san_spoilt("san.dns", "\x30\x03\x82\x01"
                                 "a!"); /* something behind it */
    assert_san_spoilt("san.dns", "\x30\x81\x03\x82\x01"
                                 "a"); /* a length in more bytes than it takes */
    assert_san_spoilt("san.dns", "\x30\x04\x82\x81\x01"
                                 "a");
    assert_san_spoilt("san.dns", "\x30\x80\x82\x01"
                                 "a\0\0"); /* a length that is not said */
    assert_san_spoilt("san.dns", "\x30\x80\x82\x01"
                                 "a");
    assert_san_spoilt("san.dns", "\x30\x05\xA0\x80\x82\x01"
                                 "a");
    assert_san_spoilt("san.dns", "\x30\x05\xA2\x03\x16\x01"
                                 "a"); /* constructed */
    assert_san_spoilt("san.dns", "\x30\x03\x16\x01"
                                 "a"); /* no alternative at all */
    assert_san_spoilt("san.dns", "\x30\x06\x82\x01"
                                 "a\x89\x01"
                                 "b"); /* nor the second one */
    assert_san_spoilt("san.dns", "\x30\x06\x89\x01"
                                 "b\x82\x01"
                                 "a");
    assert_san_spoilt("san.dns", "\x30\x06\x82\x01"
                                 "a\x80\x01"
                                 "b"); /* another name, which is primitive */
    assert_san_spoilt("san.uri", "\x30\x04\x82\x01"
                                 "a\x86");
}

static void an_extension_that_is_there_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_extension("san.dns", MADE_SAN_OID,
                                    "\x30\x03\x82\x01"
                                    "a",
                                    5, 2),
                     BEDNET_INVALID);
    assert_int_equal(read_extension("san.uri", MADE_SAN_OID,
                                    "\x30\x03\x82\x01"
                                    "a",
                                    5, 2),
                     BEDNET_INVALID);
    assert_int_equal(read_extension("oid." OWN_OID, OWN_OID,
                                    "\x0C\x01"
                                    "a",
                                    3, 2),
                     BEDNET_INVALID);
}

static void names_of_every_kind_are_read(void **state)
{
    (void)state;
    assert_san("san.dns", MADE_SAN_DNS, "d1.acme.example", BEDNET_OK);
    assert_true(bednet_text_equal(values.values[0], bednet_text("d1.acme.example")));
    assert_san("san.uri", MADE_SAN_URI, "spiffe://acme.example/d/1", BEDNET_OK);
    assert_true(bednet_text_equal(values.values[0], bednet_text("spiffe://acme.example/d/1")));
    assert_san("san.email", MADE_SAN_EMAIL, "d1@acme.example", BEDNET_OK);
    assert_true(bednet_text_equal(values.values[0], bednet_text("d1@acme.example")));
    assert_san("san.ip", MADE_SAN_IP, "\xC0\0\2\1", BEDNET_OK);
    assert_true(bednet_text_equal(values.values[0], bednet_text("192.0.2.1")));
    assert_san("san.ip", MADE_SAN_IP, "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1", BEDNET_OK);
    assert_true(bednet_text_equal(values.values[0], bednet_text("2001:db8::1")));
    assert_san("san.dns", MADE_SAN_DNS, "*.acme.example", BEDNET_OK); /* a value, but nobody's name */
    assert_san("san.dns", MADE_SAN_URI, "x:y", BEDNET_OK);
    assert_int_equal(values.count, 0);
    assert_extension("san.dns", MADE_SAN_OID, "\x30\x00", BEDNET_OK);
    assert_int_equal(values.count, 0);
}

/* Names of other kinds are passed over, and those of one kind keep their order. */
static void kinds_do_not_mix(void **state)
{
    struct made_der *der = calloc(1, sizeof(*der));
    X509 *certificate = make_begin();

    (void)state;
    assert_non_null(der);
    make_value(der, 0xA0, "\x06\x01\x2A\xA0\x03\x0C\x01x", 8);
    make_value(der, MADE_SAN_DNS, "b", 1);
    make_value(der, 0xA4, "\x30\x00", 2);
    make_value(der, MADE_SAN_URI, "x:\0", 3);
    make_value(der, MADE_SAN_DNS, "a", 1);
    make_value(der, 0x88, "\x2A", 1);
    make_wrapped(der, 0x30);
    make_extension(certificate, MADE_SAN_OID, true, der->data, der->bytes);
    certificate = make_done(certificate);
    assert_int_equal(read_field(certificate, "san.dns"), BEDNET_OK);
    assert_int_equal(values.count, 2);
    assert_true(bednet_text_equal(values.values[0], bednet_text("b")));
    assert_true(bednet_text_equal(values.values[1], bednet_text("a")));
    assert_int_equal(read_field(certificate, "san.email"), BEDNET_OK);
    assert_int_equal(values.count, 0);
    assert_int_equal(read_field(certificate, "san.uri"), BEDNET_INVALID);
    X509_free(certificate);
    free(der);
}

/* X509-SVID section 5.2: the ID of who may sign is that of a trust domain, if any. */
static enum bednet_status read_uri_of_signer(const char *uri, const char *constraints, const char *usage)
{
    X509 *certificate = make_begin();
    enum bednet_status status;

    make_san(certificate, MADE_SAN_URI, uri, strlen(uri));
    if (constraints != NULL) {
        make_extension(certificate, "2.5.29.19", true, constraints, (size_t)constraints[1] + 2);
    }
    if (usage != NULL) {
        make_extension(certificate, "2.5.29.15", true, usage, 4);
    }
    certificate = make_done(certificate);
    status = read_field(certificate, "san.uri");
    X509_free(certificate);
    return status;
}

static void signers_have_no_spiffe_id(void **state)
{
    static const char authority[] = "\x30\x03\x01\x01\xFF", leaf[] = "\x30\x00";
    const char *id = "spiffe://acme.example/d";

    (void)state;
    assert_int_equal(read_uri_of_signer(id, authority, NULL), BEDNET_INVALID);
    assert_int_equal(read_uri_of_signer("SPIFFE:x", authority, NULL), BEDNET_INVALID);
    assert_int_equal(read_uri_of_signer(id, authority, "\x03\x02\x07\x80"), BEDNET_INVALID);
    assert_int_equal(read_uri_of_signer(id, leaf, "\x03\x02\x02\x84"), BEDNET_INVALID); /* keyCertSign */
    assert_int_equal(read_uri_of_signer(id, leaf, "\x03\x02\x01\x82"), BEDNET_INVALID); /* cRLSign */
    assert_int_equal(read_uri_of_signer(id, NULL, "\x03\x02\x01\x02"), BEDNET_INVALID);
    assert_int_equal(read_uri_of_signer(id, leaf, "\x03\x02\x07\x80"), BEDNET_OK);
    assert_int_equal(read_uri_of_signer(id, NULL, NULL), BEDNET_OK);
    assert_int_equal(read_uri_of_signer("urn:d", authority, NULL), BEDNET_OK);
}

static enum bednet_status read_many(size_t count, size_t bytes)
{
    struct made_der *der = calloc(1, sizeof(*der));
    X509 *certificate = make_begin();
    enum bednet_status status;
    char *name = malloc(bytes);

    assert_non_null(der);
    assert_non_null(name);
    memset(name, 'n', bytes);
    for (size_t i = 0; i < count; i++) {
        make_value(der, MADE_SAN_DNS, name, bytes);
    }
    make_wrapped(der, 0x30);
    make_extension(certificate, MADE_SAN_OID, false, der->data, der->bytes);
    certificate = make_done(certificate);
    status = read_field(certificate, "san.dns");
    X509_free(certificate);
    free(name);
    free(der);
    return status;
}

static void many_and_long_names_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(read_many(1, 65000), BEDNET_INVALID);
    assert_int_equal(read_many(1, BEDNET_FIELD_BYTES_MAX + 1), BEDNET_INVALID);
    assert_int_equal(read_many(20000, 1), BEDNET_LIMIT);
    assert_int_equal(read_many(BEDNET_FIELD_VALUES_MAX + 1, 1), BEDNET_LIMIT);
    assert_int_equal(read_many(BEDNET_FIELD_VALUES_MAX, BEDNET_FIELD_BYTES_MAX), BEDNET_OK);
    assert_int_equal(values.count, BEDNET_FIELD_VALUES_MAX);
    assert_int_equal(values.used, sizeof(values.bytes));
}

static void extensions_that_are_not_one_string_are_refused(void **state)
{
    (void)state;
    assert_own_spoilt("");
    assert_own_spoilt("device");
    assert_own_spoilt("\x0C\x02"
                      "a"); /* cut short */
    assert_own_spoilt("\x0C\x01"
                      "ab"); /* something behind it */
    assert_own_spoilt("\x0C\x81\x01"
                      "a"); /* a length in more bytes than it takes */
    assert_own_spoilt("\x2C\x03\x0C\x01"
                      "a"); /* constructed */
    assert_own_spoilt("\x2C\x02id");
    assert_own_spoilt("\x2C\x80\x0C\x01"
                      "a\0\0");
    assert_own_spoilt("\x8C\x01"
                      "a"); /* of another class */
    assert_own_spoilt("\x30\x03\x0C\x01"
                      "a");
    assert_own_spoilt("\x04\x01"
                      "a"); /* no string of characters */
    assert_own_spoilt("\x02\x01\x05");
    assert_own_spoilt("\x14\x01"
                      "a"); /* T61String, BMPString: not among those that are read */
    assert_own_spoilt("\x1E\x02\0a");
    assert_own_spoilt("\x0C\x02"
                      "a\0");
    assert_own_spoilt("\x0C\x01\xFF");
    assert_own_spoilt("\x16\x02\xC3\xBC");
    assert_own_spoilt("\x13\x01\n");
}

static void extensions_of_one_string_are_read(void **state)
{
    static const char *const strings[] = {"\x0C\x02id", "\x16\x02id", "\x13\x02id", "\x1A\x02id"};

    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        assert_int_equal(read_extension("oid." OWN_OID, OWN_OID, strings[i], 4, 1), BEDNET_OK);
        assert_int_equal(values.count, 1);
        assert_true(bednet_text_equal(values.values[0], bednet_text("id")));
    }
    assert_extension("oid." OWN_OID, OWN_OID, "\x0C\x03\xE2\x82\xAC", BEDNET_OK);
    assert_true(bednet_text_equal(values.values[0], bednet_text("\xE2\x82\xAC")));
    assert_extension("oid." OWN_OID ".1", OWN_OID, "\x0C\x02id", BEDNET_OK);
    assert_int_equal(values.count, 0);
    assert_extension("oid." OWN_OID, OWN_OID ".1", "\x0C\x02id", BEDNET_OK);
    assert_int_equal(values.count, 0);
}

/* OpenSSL's own encoding of the OID must be found by ours, whatever the size of the numbers. */
static void oids_of_any_size_are_found(void **state)
{
    static const char *const oids[] = {
        "0.0",
        "0.39",
        "1.0",
        "1.39",
        "2.0",
        "2.40",
        "2.47",
        "2.48",
        "2.999",
        "2.16383.16384",
        "1.2.127.128",
        "1.3.6.1.4.1.4294967295.4294967296",
        "1.2.18446744073709551615.18446744073709551616",
        "2.25.329800735698586629295641978511506172918",
        "2.340282366920938463463374607431768211456",
        "1.2.99999999999999999999999999999999999999999999999999999999999999999999999999.1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
        char name[160] = "oid.";

        strcat(name, oids[i]);
        assert_int_equal(read_extension(name, oids[i], "\x0C\x02id", 4, 1), BEDNET_OK);
        if (values.count != 1) {
            fail_msg("%s is not found", oids[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spoilt_alternative_names_are_refused),
        cmocka_unit_test(broken_lists_of_names_are_refused),
        cmocka_unit_test(an_extension_that_is_there_twice_is_refused),
        cmocka_unit_test(names_of_every_kind_are_read),
        cmocka_unit_test(kinds_do_not_mix),
        cmocka_unit_test(signers_have_no_spiffe_id),
        cmocka_unit_test(many_and_long_names_are_bounded),
        cmocka_unit_test(extensions_that_are_not_one_string_are_refused),
        cmocka_unit_test(extensions_of_one_string_are_read),
        cmocka_unit_test(oids_of_any_size_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, make_end);
}
