/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for tests, above all such as nobody should issue. One is begun, given what it shall hold, and
 * then signed and read again from its DER, as it comes from a client. Whatever fails ends the test.
 */
#ifndef BEDNET_TESTS_CERTIFICATE_MAKING_H
#define BEDNET_TESTS_CERTIFICATE_MAKING_H

#include "cmocka_first.h"

#include "core/text.h"
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define MADE_FROM  INT64_C(1780000000) /* notBefore of all, unless said otherwise */
#define MADE_UNTIL INT64_C(1790000000)

static inline EVP_PKEY *make_key(const char *type, const char *detail)
{
    EVP_PKEY *key = NULL;

    if (strcmp(type, "RSA") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)atoi(detail));
    } else if (strcmp(type, "EC") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", detail);
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, type);
    }
    assert_non_null(key);
    return key;
}

/* For all who do not care which: made once, and freed by make_end. */
static inline EVP_PKEY **make_usual_key_slot(void)
{
    static EVP_PKEY *key;

    return &key;
}

static inline EVP_PKEY *make_usual_key(void)
{
    EVP_PKEY **slot = make_usual_key_slot();

    if (*slot == NULL) {
        *slot = make_key("EC", "P-256");
    }
    return *slot;
}

static inline int make_end(void **state)
{
    (void)state;
    EVP_PKEY_free(*make_usual_key_slot());
    *make_usual_key_slot() = NULL;
    return 0;
}

/* Version 3, number 1, issued by CN=Authority, without subject and extensions. */
static inline X509 *make_begin(void)
{
    X509 *certificate = X509_new();

    assert_non_null(certificate);
    assert_int_equal(X509_set_version(certificate, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)MADE_FROM));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)MADE_UNTIL));
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_issuer_name(certificate), "CN", MBSTRING_ASC,
                                                (const unsigned char *)"Authority", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_pubkey(certificate, make_usual_key()), 1);
    return certificate;
}

/* The very bytes under a tag of ASN.1 (V_ASN1_...), whether they are of that type or not. */
static inline void make_entry(X509_NAME *name, int nid, int tag, const void *bytes, size_t count)
{
    assert_int_equal(
        X509_NAME_add_entry_by_NID(name, nid, tag, (unsigned char *)(uintptr_t)bytes, (int)count, -1, 0), 1);
}

static inline void make_subject(X509 *certificate, int nid, const char *text)
{
    make_entry(X509_get_subject_name(certificate), nid, V_ASN1_UTF8STRING, text, strlen(text));
}

static inline void make_extension(X509 *certificate, const char *oid, bool critical, const void *bytes,
                                  size_t count)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    assert_non_null(object);
    assert_non_null(value);
    assert_int_equal(ASN1_OCTET_STRING_set(value, bytes, (int)count), 1);
    extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

/* DER in pieces: values are appended, and wrapped into one another. */
struct made_der {
    size_t bytes;
    unsigned char data[80000];
};

static inline void make_raw(struct made_der *der, const void *bytes, size_t count)
{
    assert_true(count <= sizeof(der->data) - der->bytes);
    memcpy(der->data + der->bytes, bytes, count);
    der->bytes += count;
}

static inline void make_value(struct made_der *der, unsigned char tag, const void *bytes, size_t count)
{
    unsigned char head[4] = {tag};
    size_t length = 2;

    if (count < 0x80) {
        head[1] = (unsigned char)count;
    } else if (count < 0x100) {
        head[1] = 0x81;
        head[2] = (unsigned char)count;
        length = 3;
    } else {
        assert_true(count < 0x10000);
        head[1] = 0x82;
        head[2] = (unsigned char)(count >> 8);
        head[3] = (unsigned char)count;
        length = 4;
    }
    make_raw(der, head, length);
    make_raw(der, bytes, count);
}

static inline void make_wrapped(struct made_der *der, unsigned char tag)
{
    struct made_der *inner = malloc(sizeof(*inner));

    assert_non_null(inner);
    *inner = *der;
    der->bytes = 0;
    make_value(der, tag, inner->data, inner->bytes);
    free(inner);
}

#define MADE_SAN_EMAIL 0x81
#define MADE_SAN_DNS   0x82
#define MADE_SAN_URI   0x86
#define MADE_SAN_IP    0x87
#define MADE_SAN_OID   "2.5.29.17"

/* One alternative name and no other. */
static inline void make_san(X509 *certificate, unsigned char tag, const void *bytes, size_t count)
{
    struct made_der *der = calloc(1, sizeof(*der));

    assert_non_null(der);
    make_value(der, tag, bytes, count);
    make_wrapped(der, 0x30);
    make_extension(certificate, MADE_SAN_OID, false, der->data, der->bytes);
    free(der);
}

static inline void make_usage(X509 *certificate, const char *usages)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, usages);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* Signs, and gives what its DER reads as; NULL where OpenSSL reads nothing. Frees what was begun. */
static inline X509 *make_signed(X509 *begun, EVP_PKEY *key, const EVP_MD *digest)
{
    unsigned char *der = NULL;
    const unsigned char *at;
    X509 *certificate;
    int bytes;

    assert_true(X509_sign(begun, key, digest) > 0);
    bytes = i2d_X509(begun, &der);
    assert_true(bytes > 0);
    X509_free(begun);
    at = der;
    certificate = d2i_X509(NULL, &at, bytes);
    OPENSSL_free(der);
    return certificate;
}

static inline X509 *make_done(X509 *begun)
{
    X509 *certificate = make_signed(begun, make_usual_key(), EVP_sha256());

    assert_non_null(certificate);
    return certificate;
}

#endif
