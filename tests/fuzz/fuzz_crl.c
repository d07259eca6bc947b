/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target functions: bednet_crls_parse, bednet_crls_ask, bednet_crls_revoke, bednet_crls_summarize.
 *
 * Input: a byte that chooses, and then either a file as it is, or the part of a list that is signed, which is
 * then signed with the authority's key. Whatever is taken was signed, and revokes what OpenSSL finds in it.
 */
#include "certificate/crl.h"
#include "fuzz/must.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <unistd.h>

#define NOW       INT64_C(1800000000)
#define BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static EVP_PKEY *key;
static struct bednet_authorities *authorities;

static void add_authority(X509 *x509)
{
    char path[] = "/tmp/bednet-fuzz-XXXXXX", why[BEDNET_AUTHORITY_WHY_BYTES];
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    MUST(file != NULL && i2d_X509_fp(file, x509) == 1 && fclose(file) == 0);
    authorities = bednet_authorities_new();
    MUST(authorities != NULL);
    MUST(bednet_authorities_add(authorities, BEDNET_TEXT_LITERAL("fuzz"), path, why) == BEDNET_OK);
    unlink(path);
}

/* Always the same key, so that inputs stay what they are. */
static void make_authority(void)
{
    static const unsigned char seed[32] = {1};
    X509 *x509 = X509_new();
    X509_NAME *name = X509_NAME_new();
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    ASN1_OCTET_STRING *is_ca = ASN1_OCTET_STRING_new();
    MUST(key != NULL && is_ca != NULL && X509_set_version(x509, X509_VERSION_3) == 1);
    MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"F", -1, -1, 0) == 1);
    MUST(X509_set_subject_name(x509, name) == 1 && X509_set_issuer_name(x509, name) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    ASN1_OCTET_STRING_set(is_ca, (const unsigned char *)"\x30\x03\x01\x01\xff", 5);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_basic_constraints, 1, is_ca);
    MUST(X509_set_pubkey(x509, key) == 1 && X509_add_ext(x509, extension, -1) == 1);
    MUST(X509_sign(x509, key, NULL) > 0);
    add_authority(x509);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(is_ca);
    X509_NAME_free(name);
    X509_free(x509);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    make_authority();
    return 0;
}

/* SEQUENCE { what is signed, Ed25519, the signature } */
static size_t sign(const uint8_t *tbs, size_t size, unsigned char *out)
{
    static const unsigned char frame[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x41, 0x00};
    size_t body = size + sizeof frame + 64, at = 0, signature_bytes = 64;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    out[at++] = 0x30;
    out[at++] = 0x83;
    out[at++] = (unsigned char)(body >> 16);
    out[at++] = (unsigned char)(body >> 8);
    out[at++] = (unsigned char)body;
    memcpy(out + at, tbs, size);
    at += size;
    memcpy(out + at, frame, sizeof frame);
    at += sizeof frame;
    MUST(EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1);
    MUST(EVP_DigestSign(context, out + at, &signature_bytes, tbs, size) == 1);
    EVP_MD_CTX_free(context);
    return at + signature_bytes;
}

/* Of the lists of PEM only the first one is asked for. */
static X509_CRL *read_again(struct bednet_text bytes)
{
    const unsigned char *der = (const unsigned char *)bytes.ptr;
    X509_CRL *crl = NULL;
    if (bytes.ptr[0] == '\x30')
        return d2i_X509_CRL(NULL, &der, (long)bytes.len);
    BIO *bio = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
    crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return crl;
}

static void compare(struct bednet_text bytes, const struct bednet_crls *crls)
{
    struct bednet_crls_summary summary;
    X509_CRL *crl = read_again(bytes);
    bednet_crls_summarize(crls, &summary);
    MUST(summary.lists <= 1 && (summary.lists == 1 || summary.entries == 0));
    /* What is for certificates of authorities only is left out, whoever signed it. */
    MUST(crl != NULL && (summary.lists == 0 || X509_CRL_verify(crl, key) == 1));
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    for (int i = 0; summary.lists == 1 && i < sk_X509_REVOKED_num(entries); i++) {
        const ASN1_INTEGER *number = X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i));
        struct bednet_text serial = {(const char *)ASN1_STRING_get0_data(number),
                                     (size_t)ASN1_STRING_length(number)};
        unsigned char mark[BEDNET_MARK_BYTES];
        if (ASN1_STRING_type(number) != V_ASN1_INTEGER ||
            !bednet_issued_mark(authorities, X509_CRL_get_issuer(crl), serial, mark))
            continue;
        /* Of several lists of PEM it may not be the one that counts. */
        if (bytes.ptr[0] == '\x30')
            MUST(bednet_crls_ask(crls, X509_CRL_get_issuer(crl), mark, NOW, NULL) == BEDNET_CRL_REVOKED &&
                 bednet_crls_revoke(crls, mark));
        mark[15] ^= 1;
        MUST(bednet_crls_ask(crls, X509_CRL_get_issuer(crl), mark, NOW, NULL) != BEDNET_CRL_REVOKED);
    }
    X509_CRL_free(crl);
    ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char signed_list[BYTES_MAX + 256];
    struct bednet_crls *crls = NULL;
    if (authorities == NULL)
        make_authority();
    if (size == 0 || size > BYTES_MAX)
        return 0;
    struct bednet_text bytes = {(const char *)data + 1, size - 1};
    if ((data[0] & 1) != 0)
        bytes = (struct bednet_text){(const char *)signed_list, sign(data + 1, size - 1, signed_list)};
    struct bednet_diag *diag = bednet_diag_new();
    MUST(diag != NULL);
    enum bednet_status status = bednet_crls_parse("fuzz.crl", bytes, authorities, NOW, diag, &crls);
    MUST((status == BEDNET_OK) == (crls != NULL));
    MUST((status != BEDNET_OK) == bednet_diag_failed(diag));
    MUST(ERR_peek_error() == 0);
    if (crls != NULL)
        compare(bytes, crls);
    bednet_crls_free(crls);
    bednet_diag_free(diag);
    return 0;
}
