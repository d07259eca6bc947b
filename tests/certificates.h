/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorities, the certificates that they issue and the lists that they revoke them by, made on the spot for
 * tests of logins. Whatever fails ends the test.
 */
#ifndef BEDNET_TESTS_CERTIFICATES_H
#define BEDNET_TESTS_CERTIFICATES_H

#include "cmocka_first.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct made_ca {
    EVP_PKEY *key;
    X509 *certificate;
};

/* What a certificate shall hold; what is NULL or 0 is left out. */
struct made_wish {
    const char *cn;
    const char *ou[3];
    const char *san; /* as in openssl.cnf: `URI:a, DNS:b` */
    const char *usage;
    long serial;
    int64_t from_s; /* seconds since 1970 */
    int64_t until_s;
    EVP_PKEY *key; /* NULL: an Ed25519 key that nobody else has */
    X509 *issuer;  /* of whose name it is, NULL: of the authority that signs */
};

static inline void made_name(X509_NAME *name, const char *field, const char *text)
{
    if (text != NULL)
        assert_int_equal(
            X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0),
            1);
}

static inline void made_extension(X509 *certificate, const char *name, const char *text)
{
    X509V3_CTX context;
    if (text == NULL)
        return;
    X509V3_set_ctx(&context, NULL, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &context, name, text);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline EVP_PKEY *made_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(key);
    return key;
}

static inline X509 *made_begin(const struct made_wish *wish)
{
    X509 *certificate = X509_new();
    assert_non_null(certificate);
    assert_int_equal(X509_set_version(certificate, 2), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), wish->serial);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)wish->from_s));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)wish->until_s));
    X509_NAME *subject = X509_get_subject_name(certificate);
    for (size_t i = 0; i < sizeof wish->ou / sizeof *wish->ou; i++)
        made_name(subject, "OU", wish->ou[i]);
    made_name(subject, "CN", wish->cn);
    made_extension(certificate, "subjectAltName", wish->san);
    made_extension(certificate, "extendedKeyUsage", wish->usage);
    return certificate;
}

/* Signed, and read again from its DER as it comes from a client. */
static inline X509 *made_signed(X509 *begun, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    assert_true(X509_sign(begun, key, NULL) > 0);
    int bytes = i2d_X509(begun, &der);
    assert_true(bytes > 0);
    const unsigned char *at = der;
    X509 *certificate = d2i_X509(NULL, &at, bytes);
    assert_non_null(certificate);
    OPENSSL_free(der);
    X509_free(begun);
    return certificate;
}

static inline struct made_ca made_authority(const char *cn, int64_t from_s, int64_t until_s)
{
    struct made_wish wish = {.cn = cn, .serial = 1, .from_s = from_s, .until_s = until_s};
    struct made_ca ca = {.key = made_key()};
    X509 *begun = made_begin(&wish);
    made_extension(begun, "basicConstraints", "critical,CA:TRUE");
    made_extension(begun, "keyUsage", "critical,keyCertSign,cRLSign");
    assert_int_equal(X509_set_issuer_name(begun, X509_get_subject_name(begun)), 1);
    assert_int_equal(X509_set_pubkey(begun, ca.key), 1);
    ca.certificate = made_signed(begun, ca.key);
    return ca;
}

static inline void made_authority_free(struct made_ca *ca)
{
    EVP_PKEY_free(ca->key);
    X509_free(ca->certificate);
    *ca = (struct made_ca){0};
}

static inline X509 *made_issue(const struct made_ca *ca, const struct made_wish *wish)
{
    EVP_PKEY *key = wish->key != NULL ? wish->key : made_key();
    X509 *begun = made_begin(wish);
    X509 *issuer = wish->issuer != NULL ? wish->issuer : ca->certificate;
    assert_int_equal(X509_set_issuer_name(begun, X509_get_subject_name(issuer)), 1);
    assert_int_equal(X509_set_pubkey(begun, key), 1);
    if (wish->key == NULL)
        EVP_PKEY_free(key);
    return made_signed(begun, ca->key);
}

static inline FILE *made_file(const char *path)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    return file;
}

static inline void made_write(const char *path, X509 *certificate)
{
    FILE *file = made_file(path);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0644), 0);
}

/* A list of that authority, with these serial numbers up to a 0. */
static inline X509_CRL *made_list(const struct made_ca *ca, int64_t from_s, int64_t until_s,
                                  const long *serials)
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)from_s), *until = ASN1_TIME_set(NULL, (time_t)until_s);
    assert_true(list != NULL && from != NULL && until != NULL);
    assert_int_equal(X509_CRL_set_version(list, 1), 1);
    assert_int_equal(X509_CRL_set_issuer_name(list, X509_get_subject_name(ca->certificate)), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(list, from), 1);
    assert_int_equal(X509_CRL_set1_nextUpdate(list, until), 1);
    for (; *serials != 0; serials++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();
        assert_int_equal(ASN1_INTEGER_set(serial, *serials), 1);
        assert_int_equal(X509_REVOKED_set_serialNumber(entry, serial), 1);
        assert_int_equal(X509_REVOKED_set_revocationDate(entry, from), 1);
        assert_int_equal(X509_CRL_add0_revoked(list, entry), 1);
        ASN1_INTEGER_free(serial);
    }
    assert_true(X509_CRL_sort(list) == 1 && X509_CRL_sign(list, ca->key, NULL) > 0);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return list;
}

/* Under its name at once, for somebody else may be looking at the file. */
static inline void made_write_list(const char *path, const struct made_ca *ca, int64_t from_s,
                                   int64_t until_s, const long *serials)
{
    char aside[512];
    X509_CRL *list = made_list(ca, from_s, until_s, serials);
    snprintf(aside, sizeof aside, "%s.new", path);
    FILE *file = made_file(aside);
    assert_int_equal(PEM_write_X509_CRL(file, list), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(aside, path), 0);
    X509_CRL_free(list);
}

/* Hexadecimal SHA-256 of the DER. */
static inline void made_fingerprint(X509 *certificate, char out[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, &length), 1);
    for (unsigned i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

#endif
