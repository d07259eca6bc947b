/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a file to the set: PEM or DER, and which of several lists of one issuer counts. */
#include "certificate/crl_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

static const char begin_line[] = "-----BEGIN ";

/* By the time it was made, then by number; of two that are alike in both, nothing that one revokes is lost.
 */
static bool is_newer(const struct bednet_crl_list *a, const struct bednet_crl_list *b)
{
    if (a->this_update_s != b->this_update_s)
        return a->this_update_s > b->this_update_s;
    int order = (a->number != NULL) - (b->number != NULL);
    if (a->number != NULL && b->number != NULL)
        order = ASN1_INTEGER_cmp(a->number, b->number);
    return order != 0 ? order > 0 : a->count > b->count;
}

static struct bednet_crl_list *known_list(struct bednet_crls *crls, const X509_NAME *issuer)
{
    for (size_t i = 0; i < crls->list_count; i++)
        if (X509_NAME_cmp(crls->lists[i].issuer, issuer) == 0)
            return &crls->lists[i];
    return NULL;
}

/* There are no more issuers than authorities, for every list has one. */
static void keep(struct bednet_crl_reading *reading, struct bednet_crl_list *list)
{
    struct bednet_crls *crls = reading->crls;
    struct bednet_crl_list *before = known_list(crls, list->issuer);
    if (before == NULL) {
        before = &crls->lists[crls->list_count++];
    } else if (is_newer(list, before)) {
        crls->entries -= before->count;
        bednet_crl_list_clear(before);
    } else {
        bednet_crl_list_clear(list);
        return;
    }
    *before = *list;
    crls->entries += list->count;
}

static bool take(struct bednet_crl_reading *reading, X509_CRL *crl)
{
    struct bednet_crl_list list = {0};
    bool good = bednet_crl_judge(reading, crl, &list) &&
                (list.issuer == NULL || bednet_crl_entries(reading, crl, &list));
    if (good && list.issuer != NULL)
        keep(reading, &list);
    else
        bednet_crl_list_clear(&list);
    if (reading->crls->entries > BEDNET_CRL_ENTRIES_MAX)
        return bednet_crl_refuse(reading, BEDNET_LIMIT, BEDNET_CRL_TOO_MANY, BEDNET_CRL_ENTRIES_MAX);
    return good;
}

static bool read_der(struct bednet_crl_reading *reading, const unsigned char *der, size_t length)
{
    const unsigned char *at = der;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)length);
    if (crl == NULL)
        return bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "is not a list of revoked certificates (expected one in PEM or DER)");
    bool good = at == der + length
                    ? take(reading, crl)
                    : bednet_crl_refuse(reading, BEDNET_INVALID,
                                        "something follows the list (expected nothing; several lists only "
                                        "in PEM)");
    X509_CRL_free(crl);
    return good;
}

/* One block. The function of libcrypto that reads lists would ask at the terminal for a password. */
static bool read_block(struct bednet_crl_reading *reading, BIO *bio)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long length;
    if (PEM_read_bio(bio, &name, &header, &der, &length) != 1)
        return bednet_crl_refuse(reading, BEDNET_INVALID, "a block of PEM is damaged (expected whole ones)");
    bool good = strcmp(name, PEM_STRING_X509_CRL) == 0 && header[0] == '\0'
                    ? read_der(reading, der, (size_t)length)
                    : bednet_crl_refuse(reading, BEDNET_INVALID,
                                        "a block is \"%.64s\" (expected nothing but \"X509 CRL\")", name);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    return good;
}

/* Counted beforehand: a reader of PEM passes over a block whose first line is damaged. */
static size_t count_blocks(struct bednet_text bytes)
{
    size_t count = 0, step = sizeof begin_line - 1;
    const char *at = bytes.ptr, *end = bytes.ptr + bytes.len;
    while ((at = memmem(at, (size_t)(end - at), begin_line, step)) != NULL) {
        count++;
        at += step;
    }
    return count;
}

static bool read_pem(struct bednet_crl_reading *reading, struct bednet_text bytes, size_t blocks)
{
    BIO *bio = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
    if (bio == NULL)
        return bednet_crl_out_of_memory(reading);
    bool good = true;
    for (size_t i = 0; i < blocks && good; i++)
        good = read_block(reading, bio);
    BIO_free(bio);
    return good;
}

bool bednet_crl_read(struct bednet_crl_reading *reading, struct bednet_text bytes)
{
    if (bytes.len > BEDNET_CRL_BYTES_MAX)
        return bednet_crl_refuse(reading, BEDNET_LIMIT, "is larger than %u bytes (expected a smaller file)",
                                 BEDNET_CRL_BYTES_MAX);
    ERR_clear_error();
    size_t blocks = count_blocks(bytes);
    bool is_der = bytes.len > 0 && bytes.ptr[0] == V_ASN1_SEQUENCE + V_ASN1_CONSTRUCTED;
    if (!is_der && blocks > 0)
        return read_pem(reading, bytes, blocks);
    return read_der(reading, (const unsigned char *)bytes.ptr, bytes.len);
}
