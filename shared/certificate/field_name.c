/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a certificate's subject and issuer. */
#include "certificate/field_internal.h"

#include <openssl/x509.h>

/* The longest text that a name may make needs no more in DER, whatever its strings are. */
#define NAME_DER_BYTES_MAX 8192

struct attribute {
    int nid;
    bool of_issuer;
};

static const struct attribute attributes[BEDNET_FIELDS] = {
    [BEDNET_FIELD_CN] = {NID_commonName, false},
    [BEDNET_FIELD_O] = {NID_organizationName, false},
    [BEDNET_FIELD_OU] = {NID_organizationalUnitName, false},
    [BEDNET_FIELD_C] = {NID_countryName, false},
    [BEDNET_FIELD_ST] = {NID_stateOrProvinceName, false},
    [BEDNET_FIELD_L] = {NID_localityName, false},
    [BEDNET_FIELD_DC] = {NID_domainComponent, false},
    [BEDNET_FIELD_UID] = {NID_userId, false},
    [BEDNET_FIELD_TITLE] = {NID_title, false},
    [BEDNET_FIELD_SERIAL_NUMBER] = {NID_serialNumber, false},
    [BEDNET_FIELD_EMAIL] = {NID_pkcs9_emailAddress, false},
    [BEDNET_FIELD_SUBJECT] = {NID_undef, false},
    [BEDNET_FIELD_ISSUER] = {NID_undef, true},
    [BEDNET_FIELD_ISSUER_CN] = {NID_commonName, true},
    [BEDNET_FIELD_ISSUER_O] = {NID_organizationName, true},
    [BEDNET_FIELD_ISSUER_OU] = {NID_organizationalUnitName, true},
};

static enum bednet_status read_attribute(const X509_NAME *name, int nid, struct bednet_field_values *out)
{
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0;) {
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
        enum bednet_status status = bednet_values_add_string(out, value);

        if (status != BEDNET_OK) {
            return status;
        }
    }
    return BEDNET_OK;
}

/* Printing would escape what spoils a value, and so make something of it after all. */
static enum bednet_status check_entries(const X509_NAME *name, struct bednet_field_values *scratch)
{
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        enum bednet_status status;

        scratch->count = scratch->used = 0;
        status = bednet_values_add_string(scratch, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
        if (status != BEDNET_OK) {
            return status;
        }
    }
    scratch->count = scratch->used = 0;
    return BEDNET_OK;
}

static enum bednet_status print_name(const X509_NAME *name, struct bednet_field_values *out)
{
    enum bednet_status status = BEDNET_NOMEM;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long bytes;

    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
        bytes = BIO_get_mem_data(bio, &text);
        status = bytes > 0 ? bednet_values_add(out, (struct bednet_text){text, (size_t)bytes}) : BEDNET_OK;
    }
    BIO_free(bio);
    return status;
}

static enum bednet_status read_whole(const X509_NAME *name, struct bednet_field_values *out)
{
    const unsigned char *der;
    enum bednet_status status;
    size_t bytes;

    if (X509_NAME_get0_der(name, &der, &bytes) != 1) {
        return BEDNET_NOMEM;
    }
    if (bytes > NAME_DER_BYTES_MAX) {
        return BEDNET_INVALID;
    }
    status = check_entries(name, out);
    return status == BEDNET_OK ? print_name(name, out) : status;
}

enum bednet_status bednet_field_read_name(const struct x509_st *certificate, enum bednet_field_kind kind,
                                          struct bednet_field_values *out)
{
    const struct attribute *attribute = &attributes[kind];
    const X509_NAME *name =
        attribute->of_issuer ? X509_get_issuer_name(certificate) : X509_get_subject_name(certificate);

    return attribute->nid == NID_undef ? read_whole(name, out) : read_attribute(name, attribute->nid, out);
}
