/* SPDX-License-Identifier: Apache-2.0 */
/* Fields by their names; which part of a certificate each comes from. */
#include "certificate/field.h"

#include "certificate/authority.h"
#include "certificate/digest.h"
#include "certificate/errors.h"
#include "certificate/field_internal.h"
#include "certificate/oid.h"
#include "core/escape.h"

#include <openssl/x509.h>

const char *const bednet_field_names[] = {
#define X(name, text) text,
    BEDNET_FIELD_LIST(X)
#undef X
        NULL};

static const struct bednet_text oid_prefix = {"oid.", 4};

bool bednet_field_named(struct bednet_text name, struct bednet_field *out)
{
    struct bednet_oid oid;

    for (size_t i = 0; bednet_field_names[i] != NULL; i++) {
        if (bednet_text_equal(name, bednet_text(bednet_field_names[i]))) {
            *out = (struct bednet_field){(enum bednet_field_kind)i, {NULL, 0}};
            return true;
        }
    }
    if (name.len <= oid_prefix.len || memcmp(name.ptr, oid_prefix.ptr, oid_prefix.len) != 0) {
        return false;
    }
    *out = (struct bednet_field){BEDNET_FIELD_OID, {name.ptr + oid_prefix.len, name.len - oid_prefix.len}};
    return bednet_oid_parse(out->oid, &oid);
}

/* The number in as many digits as it takes; what nobody may issue has none. */
static enum bednet_status read_serial(const X509 *certificate, struct bednet_field_values *out)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    const unsigned char *bytes = ASN1_STRING_get0_data(serial);
    int count = ASN1_STRING_length(serial);
    enum bednet_status status;

    while (count > 0 && bytes[0] == 0) {
        bytes++;
        count--;
    }
    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || count <= 0 || count > BEDNET_SERIAL_BYTES_MAX) {
        return BEDNET_INVALID;
    }
    status = bednet_values_add_hex(out, bytes, (size_t)count);
    if (status == BEDNET_OK && out->values[0].ptr[0] == '0') {
        out->values[0].ptr++;
        out->values[0].len--;
    }
    return status;
}

static enum bednet_status read_digest(const X509 *certificate, enum bednet_field_kind kind,
                                      struct bednet_field_values *out)
{
    unsigned char digest[BEDNET_SHA256_BYTES];

    if (!(kind == BEDNET_FIELD_KEY ? bednet_digest_key(certificate, digest)
                                   : bednet_digest_certificate(certificate, digest))) {
        return BEDNET_NOMEM;
    }
    return bednet_values_add_hex(out, digest, sizeof(digest));
}

static enum bednet_status read_field(X509 *certificate, const struct bednet_field *field,
                                     struct bednet_field_values *out)
{
    switch (field->kind) {
    case BEDNET_FIELD_SAN_DNS:
    case BEDNET_FIELD_SAN_URI:
    case BEDNET_FIELD_SAN_EMAIL:
    case BEDNET_FIELD_SAN_IP:
        return bednet_field_read_san(certificate, field->kind, out);
    case BEDNET_FIELD_SERIAL:
        return read_serial(certificate, out);
    case BEDNET_FIELD_FINGERPRINT:
    case BEDNET_FIELD_KEY:
        return read_digest(certificate, field->kind, out);
    case BEDNET_FIELD_OID:
        return bednet_field_read_oid(certificate, field->oid, out);
    case BEDNET_FIELDS:
        return BEDNET_INVALID;
    default:
        return bednet_field_read_name(certificate, field->kind, out);
    }
}

enum bednet_status bednet_field_read(X509 *certificate, const struct bednet_field *field,
                                     struct bednet_field_values *out)
{
    enum bednet_status status;

    out->count = out->used = 0;
    bednet_errors_begin();
    status = bednet_errors_end(read_field(certificate, field, out));
    if (status != BEDNET_OK) {
        out->count = out->used = 0;
    }
    return status;
}

bool bednet_field_is_name(const struct bednet_field *field, struct bednet_text value)
{
    (void)field; /* an ID of SPIFFE is one wherever it stands */
    if (value.ptr == NULL || value.len == 0 || value.len > BEDNET_FIELD_BYTES_MAX ||
        !bednet_utf8_is_clean(value)) {
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '+' || value.ptr[i] == '#' || value.ptr[i] == '*') {
            return false;
        }
    }
    return !bednet_spiffe_is_meant(value) || bednet_spiffe_is_id(value);
}
