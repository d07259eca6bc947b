/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities: which files are none, whose signature it is, and by what certificates are told apart. */
#include "making_authority.h"

#include <openssl/err.h>

struct fixture {
    struct made_folder folder;
    struct bednet_authorities *authorities;
    X509 *ca;
    EVP_PKEY *other_key;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    make_folder(&fixture->folder);
    fixture->authorities = bednet_authorities_new();
    assert_non_null(fixture->authorities);
    fixture->ca = make_ca("Device CA", make_usual_key());
    fixture->other_key = make_key("EC", "P-256");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    make_folder_end(&fixture->folder);
    bednet_authorities_free(fixture->authorities);
    X509_free(fixture->ca);
    EVP_PKEY_free(fixture->other_key);
    free(fixture);
    return 0;
}

static void assert_refused(struct fixture *fixture, enum bednet_status status, const char *part)
{
    char why[BEDNET_AUTHORITY_WHY_BYTES] = "";

    assert_int_equal(
        bednet_authorities_add(fixture->authorities, bednet_text("devices"), fixture->folder.file, why),
        status);
    if (strstr(why, part) == NULL) {
        fail_msg("%s", why);
    }
    assert_int_equal(bednet_authorities_count(fixture->authorities), 0);
    assert_true(ERR_peek_error() == 0);
}

static void assert_file_refused(struct fixture *fixture, const void *bytes, size_t count, const char *part)
{
    make_file(&fixture->folder, bytes, count);
    assert_refused(fixture, BEDNET_INVALID, part);
}

static void files_that_cannot_be_read_are_refused(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, BEDNET_IO, "No such file");
    assert_int_equal(mkfifo(fixture->folder.file, 0600), 0);
    assert_refused(fixture, BEDNET_IO, "regular file");
    assert_int_equal(unlink(fixture->folder.file), 0);
    assert_int_equal(symlink("/", fixture->folder.file), 0);
    assert_refused(fixture, BEDNET_IO, "regular file");
    assert_int_equal(unlink(fixture->folder.file), 0);
    make_pem_file(&fixture->folder, &fixture->ca, 1);
    assert_int_equal(chmod(fixture->folder.file, 0666), 0);
    assert_refused(fixture, BEDNET_INVALID, "written by anybody");
    make_file(&fixture->folder, "", 0);
    assert_int_equal(truncate(fixture->folder.file, BEDNET_AUTHORITIES_FILE_BYTES + 1), 0);
    assert_refused(fixture, BEDNET_INVALID, "larger than");
}

static void files_without_exactly_one_certificate_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static const char damaged[] = "-----BEGIN CERTIFICATE-----\nMIIB\n";
    static const char nothing[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    static const char secret[] = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    X509 *both[2] = {fixture->ca, fixture->ca};
    unsigned char *der = NULL;
    int bytes = i2d_X509(fixture->ca, &der);
    char *padded = calloc(1, (size_t)bytes + 1);

    assert_file_refused(fixture, "", 0, "no certificate");
    assert_file_refused(fixture, "hello\n", 6, "no certificate");
    assert_file_refused(fixture, damaged, sizeof(damaged) - 1, "damaged");
    assert_file_refused(fixture, nothing, sizeof(nothing) - 1, "cannot read");
    assert_file_refused(fixture, secret, sizeof(secret) - 1, "something else");
    make_pem_file(&fixture->folder, both, 2);
    assert_refused(fixture, BEDNET_INVALID, "several");
    memcpy(padded, der, (size_t)bytes);
    assert_file_refused(fixture, padded, (size_t)bytes + 1, "no certificate");
    assert_file_refused(fixture, padded, (size_t)bytes - 1, "no certificate");
    free(padded);
    OPENSSL_free(der);
}

/* A certificate and then a block that is cut short: what was meant is not known. */
static void what_follows_the_certificate_counts(void **state)
{
    struct fixture *fixture = *state;
    FILE *file;

    make_pem_file(&fixture->folder, &fixture->ca, 1);
    file = fopen(fixture->folder.file, "ab");
    assert_non_null(file);
    fputs("-----BEGIN CERTIFICATE-----\nMIIB", file);
    fclose(file);
    assert_refused(fixture, BEDNET_INVALID, "damaged");
}

static void refuse_certificate(struct fixture *fixture, X509 *begun, const char *part)
{
    X509 *certificate = make_done(begun);

    make_pem_file(&fixture->folder, &certificate, 1);
    X509_free(certificate);
    assert_refused(fixture, BEDNET_INVALID, part);
}

static void certificates_of_no_authority_are_refused(void **state)
{
    struct fixture *fixture = *state;
    X509 *begun = make_ca_begun("Device CA", make_usual_key());

    refuse_certificate(fixture, begun, "no certificate of an authority"); /* no basicConstraints */
    begun = make_ca_begun("Device CA", make_usual_key());
    make_extension(begun, "2.5.29.19", true, "\x30\x00", 2);
    refuse_certificate(fixture, begun, "no certificate of an authority"); /* CA:FALSE */
    begun = make_ca_begun("Device CA", make_usual_key());
    make_extension(begun, "2.5.29.19", true, MADE_CA_CONSTRAINTS, 5);
    make_extension(begun, "2.5.29.15", true, "\x03\x02\x07\x80", 4);
    refuse_certificate(fixture, begun, "no certificate of an authority"); /* digitalSignature alone */
    begun = make_ca_begun("Device CA", make_usual_key());
    make_extension(begun, "2.5.29.19", true, "\x30\x01", 2);
    refuse_certificate(fixture, begun, "not well-formed");
    begun = make_ca_begun("Device CA", make_usual_key());
    assert_int_equal(X509_set_version(begun, 0), 1);
    refuse_certificate(fixture, begun, "no certificate of an authority"); /* version 1, its own issuer */
}

static void names_must_be_their_own(void **state)
{
    struct fixture *fixture = *state;
    char why[BEDNET_AUTHORITY_WHY_BYTES];

    make_authority(fixture->authorities, "devices", &fixture->folder, fixture->ca);
    assert_int_equal(
        bednet_authorities_add(fixture->authorities, bednet_text("devices"), fixture->folder.file, why),
        BEDNET_INVALID);
    assert_int_equal(bednet_authorities_add(fixture->authorities, bednet_text(""), fixture->folder.file, why),
                     BEDNET_INVALID);
    assert_int_equal(bednet_authorities_add(fixture->authorities, (struct bednet_text){"a\0b", 3},
                                            fixture->folder.file, why),
                     BEDNET_INVALID);
    assert_int_equal(bednet_authorities_count(fixture->authorities), 1);
}

static void there_is_a_limit(void **state)
{
    struct fixture *fixture = *state;
    char why[BEDNET_AUTHORITY_WHY_BYTES], name[16];

    for (int i = 0; i < BEDNET_AUTHORITIES_MAX; i++) {
        snprintf(name, sizeof(name), "a%d", i);
        make_authority(fixture->authorities, name, &fixture->folder, fixture->ca);
    }
    assert_int_equal(
        bednet_authorities_add(fixture->authorities, bednet_text("one"), fixture->folder.file, why),
        BEDNET_LIMIT);
    assert_int_equal(bednet_authority_named(fixture->authorities, bednet_text("a63")), 63);
    assert_true(bednet_authority_named(fixture->authorities, bednet_text("one")) == BEDNET_AUTHORITY_NONE);
}

static void pem_and_der_are_read(void **state)
{
    struct fixture *fixture = *state;
    static const char comment[] = "The authority of all devices\n";
    char why[BEDNET_AUTHORITY_WHY_BYTES];
    struct bednet_authorities *copy;
    unsigned char *der = NULL;
    int bytes = i2d_X509(fixture->ca, &der);
    FILE *file;

    make_file(&fixture->folder, der, (size_t)bytes);
    OPENSSL_free(der);
    assert_int_equal(
        bednet_authorities_add(fixture->authorities, bednet_text("der"), fixture->folder.file, why),
        BEDNET_OK);
    make_file(&fixture->folder, comment, sizeof(comment) - 1);
    file = fopen(fixture->folder.file, "ab");
    assert_int_equal(PEM_write_X509(file, fixture->ca), 1);
    fputs(comment, file);
    fclose(file);
    assert_int_equal(
        bednet_authorities_add(fixture->authorities, bednet_text("pem"), fixture->folder.file, why),
        BEDNET_OK);

    copy = bednet_authorities_copy(fixture->authorities);
    bednet_authorities_free(fixture->authorities);
    fixture->authorities = copy;
    assert_int_equal(bednet_authorities_count(copy), 2);
    assert_true(bednet_text_equal(bednet_authority_name(copy, 1), bednet_text("pem")));
    assert_int_equal(X509_cmp(bednet_authority_certificate(copy, 0), fixture->ca), 0);
    assert_int_equal(X509_cmp(bednet_authority_certificate(copy, 1), fixture->ca), 0);
}

/* Of one name there are two: who asks by the name gets both, one after the other. */
static void signatures_tell_keys_of_one_name_apart(void **state)
{
    struct fixture *fixture = *state;
    X509 *newer = make_ca("Device CA", fixture->other_key), *leaf;
    X509 *stranger = make_ca("Other CA", fixture->other_key);
    const X509_NAME *name = X509_get_subject_name(fixture->ca);

    make_authority(fixture->authorities, "old", &fixture->folder, fixture->ca);
    make_authority(fixture->authorities, "new", &fixture->folder, newer);
    assert_int_equal(bednet_authority_of(fixture->authorities, name, 0), 0);
    assert_int_equal(bednet_authority_of(fixture->authorities, name, 1), 1);
    assert_true(bednet_authority_of(fixture->authorities, name, 2) == BEDNET_AUTHORITY_NONE);
    assert_true(bednet_authority_of(fixture->authorities, X509_get_subject_name(stranger), 0) ==
                BEDNET_AUTHORITY_NONE);
    assert_true(bednet_authority_of(NULL, name, 0) == BEDNET_AUTHORITY_NONE);

    leaf = make_issued(make_begin(), fixture->ca, fixture->other_key);
    assert_false(bednet_authority_signed(fixture->authorities, 0, leaf));
    assert_true(ERR_peek_error() == 0);
    assert_true(bednet_authority_signed(fixture->authorities, 1, leaf));
    X509_free(leaf);
    X509_free(newer);
    X509_free(stranger);
}

/* RFC 5280 section 7.1: neither case nor the number of spaces makes another name. */
static void names_are_compared_as_names(void **state)
{
    struct fixture *fixture = *state;
    X509 *alike = make_ca("DEVICE   ca", make_usual_key());

    make_authority(fixture->authorities, "devices", &fixture->folder, fixture->ca);
    assert_int_equal(bednet_authority_of(fixture->authorities, X509_get_subject_name(alike), 0), 0);
    X509_free(alike);
}

static bool mark_of(struct fixture *fixture, const char *serial, size_t bytes, unsigned char *mark)
{
    return bednet_issued_mark(fixture->authorities, X509_get_subject_name(fixture->ca),
                              (struct bednet_text){serial, bytes}, mark);
}

static void marks_of_numbers_that_may_not_be_are_refused(void **state)
{
    struct fixture *fixture = *state;
    unsigned char mark[BEDNET_MARK_BYTES];
    char serial[BEDNET_SERIAL_BYTES_MAX + 2];

    memset(serial, 1, sizeof(serial));
    assert_false(mark_of(fixture, serial, BEDNET_SERIAL_BYTES_MAX + 1, mark));
    assert_false(mark_of(fixture, "", 0, mark));
    assert_false(mark_of(fixture, "\0", 1, mark));
    assert_true(mark_of(fixture, serial, BEDNET_SERIAL_BYTES_MAX, mark));
}

static void marks_differ_by_issuer_and_number(void **state)
{
    struct fixture *fixture = *state;
    unsigned char mark[BEDNET_MARK_BYTES], other[BEDNET_MARK_BYTES];
    X509 *alike = make_ca("DEVICE  CA", make_usual_key()), *stranger = make_ca("Devic", make_usual_key());

    assert_true(mark_of(fixture, "\x8A\x01", 2, mark));
    assert_true(mark_of(fixture, "\x8A\x02", 2, other));
    assert_memory_not_equal(mark, other, sizeof(mark));
    /* As its DER has it, and as OpenSSL gives it. */
    assert_true(mark_of(fixture, "\0\x8A\x01", 3, other));
    assert_memory_equal(mark, other, sizeof(mark));
    assert_true(bednet_issued_mark(fixture->authorities, X509_get_subject_name(stranger),
                                   (struct bednet_text){"\x8A\x01", 2}, other));
    assert_memory_not_equal(mark, other, sizeof(mark));
    /* Two ways to write one name are one only where it is an authority's. */
    assert_true(bednet_issued_mark(fixture->authorities, X509_get_subject_name(alike),
                                   (struct bednet_text){"\x8A\x01", 2}, other));
    assert_memory_not_equal(mark, other, sizeof(mark));
    make_authority(fixture->authorities, "devices", &fixture->folder, fixture->ca);
    assert_true(bednet_issued_mark(fixture->authorities, X509_get_subject_name(alike),
                                   (struct bednet_text){"\x8A\x01", 2}, other));
    assert_memory_equal(mark, other, sizeof(mark));
    X509_free(alike);
    X509_free(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_that_cannot_be_read_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_without_exactly_one_certificate_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_follows_the_certificate_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(certificates_of_no_authority_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_must_be_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_is_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pem_and_der_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signatures_tell_keys_of_one_name_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_compared_as_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(marks_of_numbers_that_may_not_be_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(marks_differ_by_issuer_and_number, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, make_end);
}
