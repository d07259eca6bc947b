/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities and lists of revoked certificates, made on the spot. */
#ifndef BEDNET_TESTS_CERTIFICATE_CRL_MAKING_H
#define BEDNET_TESTS_CERTIFICATE_CRL_MAKING_H

#include "cmocka_first.h"

#include "../policy/scratch.h"
#include "certificate/crl.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define NOW   INT64_C(1800000000)
#define DAY_S INT64_C(86400)

static inline X509_NAME *make_name(const char *cn, int type)
{
    X509_NAME *name = X509_NAME_new();
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Acme", -1, -1, 0), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", type, (const unsigned char *)cn, -1, -1, 0), 1);
    return name;
}

struct maker {
    EVP_PKEY *key;
    X509_NAME *name;
};

/* Ends of validity are far away: nobody here judges an authority's. */
static inline void write_authority(const struct maker *maker, const char *usage, const char *file)
{
    X509 *x509 = X509_new();
    X509V3_CTX context;
    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_subject_name(x509, maker->name);
    X509_set_issuer_name(x509, maker->name);
    X509_set_pubkey(x509, maker->key);
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    const char *values[][2] = {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", usage}};
    for (size_t i = 0; i < 2; i++) {
        if (values[i][1] == NULL)
            continue;
        X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &context, values[i][0], values[i][1]);
        assert_non_null(extension);
        assert_int_equal(X509_add_ext(x509, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(x509, maker->key, EVP_sha256()) > 0);
    FILE *out = fopen(scratch_path(file), "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_X509(out, x509), 1);
    assert_int_equal(fclose(out), 0);
    X509_free(x509);
}

#define CA_USAGE "critical,keyCertSign,cRLSign"

static inline struct maker make_authority(const char *cn, int type, const char *usage, const char *file)
{
    struct maker maker = {EVP_EC_gen("P-256"), make_name(cn, type)};
    assert_non_null(maker.key);
    write_authority(&maker, usage, file);
    return maker;
}

static inline void free_maker(struct maker *maker)
{
    EVP_PKEY_free(maker->key);
    X509_NAME_free(maker->name);
}

static inline void trust(struct bednet_authorities *authorities, const char *name, const char *file)
{
    char why[BEDNET_AUTHORITY_WHY_BYTES];
    if (bednet_authorities_add(authorities, bednet_text(name), scratch_path(file), why) != BEDNET_OK)
        fail_msg("%s: %s", file, why);
}

/* What a list is to be like. */
struct crl_spec {
    const struct maker *issuer;
    const struct maker *signer; /* NULL: the issuer */
    int64_t this_update_s;      /* 0: a day ago */
    int64_t next_update_s;      /* 0: in a day; -1: never */
    const char *number;         /* hexadecimal; NULL: none */
    const char *const *serials; /* hexadecimal, up to NULL */
    void (*change)(X509_CRL *crl);
};

static inline ASN1_INTEGER *make_integer(const char *hex)
{
    BIGNUM *number = NULL;
    assert_true(BN_hex2bn(&number, hex) > 0);
    ASN1_INTEGER *integer = BN_to_ASN1_INTEGER(number, NULL);
    assert_non_null(integer);
    BN_free(number);
    return integer;
}

static inline X509_REVOKED *make_entry(const char *hex)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = make_integer(hex);
    ASN1_TIME *since = ASN1_TIME_set(NULL, (time_t)(NOW - 2 * DAY_S));
    assert_int_equal(X509_REVOKED_set_serialNumber(entry, serial), 1);
    assert_int_equal(X509_REVOKED_set_revocationDate(entry, since), 1);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(since);
    return entry;
}

static inline X509_CRL *build_crl(const struct crl_spec *spec)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *this =
        ASN1_TIME_set(NULL, (time_t)(spec->this_update_s != 0 ? spec->this_update_s : NOW - DAY_S));
    ASN1_TIME *next =
        ASN1_TIME_set(NULL, (time_t)(spec->next_update_s != 0 ? spec->next_update_s : NOW + DAY_S));
    assert_int_equal(X509_CRL_set_version(crl, X509_CRL_VERSION_2), 1);
    assert_int_equal(X509_CRL_set_issuer_name(crl, spec->issuer->name), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(crl, this), 1);
    if (spec->next_update_s != -1)
        assert_int_equal(X509_CRL_set1_nextUpdate(crl, next), 1);
    for (const char *const *serial = spec->serials; serial != NULL && *serial != NULL; serial++)
        assert_int_equal(X509_CRL_add0_revoked(crl, make_entry(*serial)), 1);
    if (spec->number != NULL) {
        ASN1_INTEGER *number = make_integer(spec->number);
        assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0), 1);
        ASN1_INTEGER_free(number);
    }
    if (spec->change != NULL)
        spec->change(crl);
    const struct maker *signer = spec->signer != NULL ? spec->signer : spec->issuer;
    assert_true(X509_CRL_sign(crl, signer->key, EVP_sha256()) > 0);
    ASN1_TIME_free(this);
    ASN1_TIME_free(next);
    return crl;
}

/* DER to free with OPENSSL_free. */
static inline struct bednet_text make_crl(const struct crl_spec *spec)
{
    X509_CRL *crl = build_crl(spec);
    unsigned char *der = NULL;
    int length = i2d_X509_CRL(crl, &der);
    assert_true(length > 0);
    X509_CRL_free(crl);
    return (struct bednet_text){(const char *)der, (size_t)length};
}

static inline void free_text(struct bednet_text text)
{
    OPENSSL_free((void *)(uintptr_t)text.ptr);
}

/* `mode` is fopen's: "w", or "a" for one more in the file. */
static inline void write_crl(const struct crl_spec *spec, const char *file, const char *mode, bool pem)
{
    X509_CRL *crl = build_crl(spec);
    FILE *out = fopen(scratch_path(file), mode);
    assert_non_null(out);
    assert_int_equal(pem ? PEM_write_X509_CRL(out, crl) : i2d_X509_CRL_fp(out, crl), 1);
    assert_int_equal(fclose(out), 0);
    X509_CRL_free(crl);
}

/* An extension of any bytes. */
static inline X509_EXTENSION *make_extension(const char *oid, bool critical, const char *bytes, int length)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(value, (const unsigned char *)bytes, length), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, value);
    assert_non_null(extension);
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(value);
    return extension;
}

static inline void add_extension(X509_CRL *crl, const char *oid, bool critical, const char *bytes, int length)
{
    X509_EXTENSION *extension = make_extension(oid, critical, bytes, length);
    assert_int_equal(X509_CRL_add_ext(crl, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* All errors and warnings, one a line. */
static inline const char *diag_text(const struct bednet_diag *diag)
{
    static char text[64 * 1024];
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        char line[BEDNET_DIAG_TEXT_BYTES * 2];
        bednet_diag_format(bednet_diag_at(diag, i), line, sizeof line);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s\n", line);
    }
    return text;
}

/* The answer for a serial number in hexadecimal. */
static inline enum bednet_crl_answer ask(const struct bednet_crls *crls,
                                         const struct bednet_authorities *authorities,
                                         const X509_NAME *issuer, const char *hex)
{
    unsigned char mark[BEDNET_MARK_BYTES];
    ASN1_INTEGER *serial = make_integer(hex);
    struct bednet_text content = {(const char *)ASN1_STRING_get0_data(serial),
                                  (size_t)ASN1_STRING_length(serial)};
    assert_true(bednet_issued_mark(authorities, issuer, content, mark));
    ASN1_INTEGER_free(serial);
    return bednet_crls_ask(crls, issuer, mark, NOW, NULL);
}

#endif
