/* SPDX-License-Identifier: Apache-2.0 */
/* DER, value by value, out of a certificate's extensions. */
#include "certificate/der.h"

#include <limits.h>
#include <openssl/x509.h>

bool bednet_der_take(struct bednet_text *rest, struct bednet_der *out)
{
    const unsigned char *start = (const unsigned char *)rest->ptr, *at = start;
    long length = 0;
    int flags;

    if (rest->ptr == NULL || rest->len == 0 || rest->len > INT_MAX) {
        return false;
    }
    flags = ASN1_get_object(&at, &length, &out->tag, &out->class, (long)rest->len);
    if ((flags & ~V_ASN1_CONSTRUCTED) != 0) {
        return false; /* unreadable, or of a length that is not said */
    }
    out->constructed = (flags & V_ASN1_CONSTRUCTED) != 0;
    out->content = (struct bednet_text){(const char *)at, (size_t)length};
    if (ASN1_object_size(out->constructed, (int)length, out->tag) != (at - start) + length) {
        return false;
    }
    rest->ptr = out->content.ptr + out->content.len;
    rest->len -= (size_t)(at - start) + out->content.len;
    return true;
}

bool bednet_der_only(struct bednet_text rest, struct bednet_der *out)
{
    return bednet_der_take(&rest, out) && rest.len == 0;
}

enum bednet_status bednet_der_extension(const struct x509_st *certificate, const struct bednet_oid *oid,
                                        struct bednet_text *out)
{
    enum bednet_status status = BEDNET_NOT_FOUND;

    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        X509_EXTENSION *extension = X509_get_ext(certificate, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        const ASN1_OCTET_STRING *value;

        if (OBJ_length(object) != oid->bytes || memcmp(OBJ_get0_data(object), oid->der, oid->bytes) != 0) {
            continue;
        }
        if (status == BEDNET_OK) {
            return BEDNET_INVALID;
        }
        value = X509_EXTENSION_get_data(extension);
        *out = (struct bednet_text){(const char *)ASN1_STRING_get0_data(value),
                                    (size_t)ASN1_STRING_length(value)};
        status = BEDNET_OK;
    }
    return status;
}
