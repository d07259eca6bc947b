/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads every certificate below a folder, good or bad, and writes each as a line of JSON: its DER, what was
 * found of its times, and all fields, as lists of values or as the status that they were refused with. Ends
 * with a failure where a value is not clean, where something is left in OpenSSL's queue of errors, or where
 * there are few certificates.
 *
 * Usage: certificate_fields FOLDER [LEAST]
 */
#include "certificate/rule.h"
#include "core/escape.h"
#include "fuzz/must.h"

#include <ftw.h>
#include <openssl/err.h>
#include <openssl/pem.h>

static size_t certificates;

static void print_text(struct bednet_text text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') {
            putchar('\\');
        }
        putchar(text.ptr[i]);
    }
    putchar('"');
}

static void print_field(X509 *x509, const char *name)
{
    static struct bednet_field_values values;
    struct bednet_field field;
    enum bednet_status status;

    MUST(bednet_field_named(bednet_text(name), &field));
    status = bednet_field_read(x509, &field, &values);
    MUST(ERR_peek_error() == 0);
    MUST(status == BEDNET_OK || values.count == 0);
    printf(", \"%s\": ", name);
    if (status != BEDNET_OK) {
        print_text(bednet_text(bednet_status_text(status)));
        return;
    }
    for (size_t i = 0; i < values.count; i++) {
        MUST(values.values[i].len <= BEDNET_FIELD_BYTES_MAX && bednet_utf8_is_clean(values.values[i]));
        printf(i == 0 ? "[" : ", ");
        print_text(values.values[i]);
    }
    printf(values.count == 0 ? "[]" : "]");
}

static void print_times(X509 *x509)
{
    struct bednet_certificate opened;
    enum bednet_status status = bednet_certificate_open(x509, NULL, &opened);

    MUST(ERR_peek_error() == 0);
    MUST(status == BEDNET_OK || status == BEDNET_INVALID);
    if (status != BEDNET_OK) {
        return;
    }
    printf(", \"times\": [%lld, %lld]", (long long)opened.not_before_s, (long long)opened.not_after_s);
    for (int i = 0; i < BEDNET_REQUIREMENTS; i++) {
        static const struct bednet_certificate_rule rule = {.keys = BEDNET_CERT_KEYS_DEFAULT,
                                                            .digests = BEDNET_CERT_DIGESTS_DEFAULT,
                                                            .rsa_bits_min = BEDNET_CERT_RSA_BITS_DEFAULT};
        enum bednet_reason reason =
            bednet_rule_require(&rule, (enum bednet_requirement)i, &opened, INT64_C(1700000000));

        printf(", \"require.%s\": \"%s\"", bednet_requirement_name((enum bednet_requirement)i),
               bednet_reason_name(reason));
        MUST(ERR_peek_error() == 0);
    }
}

static void print_certificate(const char *path, X509 *x509)
{
    unsigned char *der = NULL;
    int bytes = i2d_X509(x509, &der);

    MUST(bytes > 0);
    printf("{\"file\": \"%s\", \"der\": \"", path);
    for (int i = 0; i < bytes; i++) {
        printf("%02x", der[i]);
    }
    printf("\"");
    OPENSSL_free(der);
    for (size_t i = 0; bednet_field_names[i] != NULL; i++) {
        print_field(x509, bednet_field_names[i]);
    }
    print_times(x509);
    printf("}\n");
    certificates++;
}

/* One certificate in DER, or as many as there are in PEM; none in the files of keys, lists and requests. */
static int visit(const char *path, const struct stat *info, int type, struct FTW *place)
{
    BIO *bio;
    X509 *x509;

    (void)info;
    (void)place;
    if (type != FTW_F) {
        return 0;
    }
    bio = BIO_new_file(path, "rb");
    MUST(bio != NULL);
    x509 = d2i_X509_bio(bio, NULL);
    ERR_clear_error();
    if (x509 != NULL) {
        print_certificate(path, x509);
        X509_free(x509);
        BIO_free(bio);
        return 0;
    }
    BIO_free(bio);
    bio = BIO_new_file(path, "rb");
    MUST(bio != NULL);
    while ((x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        ERR_clear_error();
        print_certificate(path, x509);
        X509_free(x509);
    }
    ERR_clear_error();
    BIO_free(bio);
    return 0;
}

int main(int argc, char **argv)
{
    size_t least = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;

    if (argc < 2 || nftw(argv[1], visit, 16, FTW_PHYS) != 0) {
        fprintf(stderr, "usage: certificate_fields FOLDER [LEAST]\n");
        return EXIT_FAILURE;
    }
    fprintf(stderr, "%zu certificates\n", certificates);
    return certificates >= least ? EXIT_SUCCESS : EXIT_FAILURE;
}
