/* SPDX-License-Identifier: Apache-2.0 */
/* Strings of ASN.1, made UTF-8 or refused. */
#include "certificate/field_internal.h"
#include "core/escape.h"

#include <openssl/asn1.h>
#include <openssl/crypto.h>

enum bednet_status bednet_values_add(struct bednet_field_values *values, struct bednet_text value)
{
    if (value.len > BEDNET_FIELD_BYTES_MAX || !bednet_utf8_is_clean(value)) {
        return BEDNET_INVALID;
    }
    if (values->count == BEDNET_FIELD_VALUES_MAX) {
        return BEDNET_LIMIT;
    }
    if (value.len > 0) {
        memcpy(values->bytes + values->used, value.ptr, value.len);
    }
    values->values[values->count++] = (struct bednet_text){values->bytes + values->used, value.len};
    values->used += value.len;
    return BEDNET_OK;
}

enum bednet_status bednet_values_add_hex(struct bednet_field_values *values, const unsigned char *bytes,
                                         size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char text[BEDNET_FIELD_BYTES_MAX];

    if (count > sizeof(text) / 2) {
        return BEDNET_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0x0F];
    }
    return bednet_values_add(values, (struct bednet_text){text, 2 * count});
}

static bool is_ascii(struct bednet_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* BMPString and UniversalString, of `width` bytes a character. */
static enum bednet_status add_wide(struct bednet_field_values *values, const ASN1_STRING *string, int width)
{
    enum bednet_status status;
    unsigned char *utf8 = NULL;
    int bytes;

    if (ASN1_STRING_length(string) > width * BEDNET_FIELD_BYTES_MAX) {
        return BEDNET_INVALID; /* each character makes at least one byte */
    }
    bytes = ASN1_STRING_to_UTF8(&utf8, string);
    if (bytes < 0) {
        return BEDNET_INVALID;
    }
    status = bednet_values_add(values, (struct bednet_text){(const char *)utf8, (size_t)bytes});
    OPENSSL_free(utf8);
    return status;
}

enum bednet_status bednet_values_add_tagged(struct bednet_field_values *values, int tag,
                                            struct bednet_text content)
{
    switch (tag) {
    case V_ASN1_UTF8STRING:
        return bednet_values_add(values, content);
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_T61STRING: /* in which other bytes mean whatever its writer thought they did */
        return is_ascii(content) ? bednet_values_add(values, content) : BEDNET_INVALID;
    default:
        return BEDNET_INVALID;
    }
}

enum bednet_status bednet_values_add_string(struct bednet_field_values *values, const ASN1_STRING *string)
{
    int tag = ASN1_STRING_type(string);

    if (tag == V_ASN1_BMPSTRING || tag == V_ASN1_UNIVERSALSTRING) {
        return add_wide(values, string, tag == V_ASN1_BMPSTRING ? 2 : 4);
    }
    return bednet_values_add_tagged(values, tag,
                                    (struct bednet_text){(const char *)ASN1_STRING_get0_data(string),
                                                         (size_t)ASN1_STRING_length(string)});
}
