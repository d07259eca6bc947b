/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of one list as marks. */
#include "certificate/crl_internal.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

/* What is unknown here may say that the entry is another issuer's, or that it does not count. */
static bool judge_extensions(struct bednet_crl_reading *reading, const X509_REVOKED *entry)
{
    for (int i = 0; i < X509_REVOKED_get_ext_count(entry); i++) {
        X509_EXTENSION *extension = X509_REVOKED_get_ext(entry, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        char name[80];
        int nid = OBJ_obj2nid(object);
        if (nid == NID_certificate_issuer)
            return bednet_crl_refuse(reading, BEDNET_INVALID,
                                     "it is indirect: an entry is of another issuer (expected a list of its "
                                     "issuer's own certificates)");
        if (nid == NID_crl_reason || nid == NID_invalidity_date ||
            X509_EXTENSION_get_critical(extension) == 0)
            continue;
        OBJ_obj2txt(name, sizeof name, object, 0);
        return bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "the critical extension %s of an entry is unknown (expected none that is)",
                                 name);
    }
    return true;
}

/*
 * A number that no mark can be made of (negative, zero, too long) is passed over: no certificate with such a
 * number is let in, revoked or not. Else without its mark there is no list.
 */
static bool add_mark(struct bednet_crl_reading *reading, const ASN1_INTEGER *number,
                     struct bednet_crl_list *list)
{
    struct bednet_text serial = {(const char *)ASN1_STRING_get0_data(number),
                                 (size_t)ASN1_STRING_length(number)};
    if (ASN1_STRING_type(number) != V_ASN1_INTEGER || serial.len > BEDNET_SERIAL_BYTES_MAX ||
        (serial.len == 1 && serial.ptr[0] == '\0'))
        return true;
    if (!bednet_issued_mark(reading->authorities, list->issuer, serial, list->marks[list->count].bytes))
        return bednet_crl_out_of_memory(reading);
    list->count++;
    return true;
}

bool bednet_crl_entries(struct bednet_crl_reading *reading, X509_CRL *crl, struct bednet_crl_list *list)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    int count = entries != NULL ? sk_X509_REVOKED_num(entries) : 0;
    if (count <= 0)
        return true;
    if (count > BEDNET_CRL_ENTRIES_MAX)
        return bednet_crl_refuse(reading, BEDNET_LIMIT, BEDNET_CRL_TOO_MANY, BEDNET_CRL_ENTRIES_MAX);
    list->marks = malloc((size_t)count * sizeof *list->marks);
    if (list->marks == NULL)
        return bednet_crl_out_of_memory(reading);
    for (int i = 0; i < count; i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        if (!judge_extensions(reading, entry) ||
            !add_mark(reading, X509_REVOKED_get0_serialNumber(entry), list))
            return false;
    }
    return true;
}
