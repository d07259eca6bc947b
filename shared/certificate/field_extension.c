/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a certificate's extensions. */
#include "certificate/der.h"
#include "certificate/field_internal.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

static const struct bednet_oid subject_alt_name = {3, {0x55, 0x1D, 0x11}};

/* A GeneralName (RFC 5280 section 4.2.1.6) of the kind that is asked for, or whatever is of another. */
static bool is_general_name(const struct bednet_der *name)
{
    static const bool constructed[] = {
        [GEN_OTHERNAME] = true, [GEN_EMAIL] = false,  [GEN_DNS] = false,
        [GEN_X400] = true,      [GEN_DIRNAME] = true, [GEN_EDIPARTY] = true,
        [GEN_URI] = false,      [GEN_IPADD] = false,  [GEN_RID] = false,
    };

    return name->class == V_ASN1_CONTEXT_SPECIFIC && name->tag >= GEN_OTHERNAME && name->tag <= GEN_RID &&
           name->constructed == constructed[name->tag];
}

static enum bednet_status add_address(struct bednet_field_values *out, struct bednet_text octets)
{
    char text[INET6_ADDRSTRLEN];

    if (octets.len != 4 && octets.len != 16) {
        return BEDNET_INVALID;
    }
    if (inet_ntop(octets.len == 4 ? AF_INET : AF_INET6, octets.ptr, text, sizeof(text)) == NULL) {
        return BEDNET_INVALID;
    }
    return bednet_values_add(out, bednet_text(text));
}

static int wanted_tag(enum bednet_field_kind kind)
{
    switch (kind) {
    case BEDNET_FIELD_SAN_DNS:
        return GEN_DNS;
    case BEDNET_FIELD_SAN_URI:
        return GEN_URI;
    case BEDNET_FIELD_SAN_EMAIL:
        return GEN_EMAIL;
    default:
        return GEN_IPADD;
    }
}

/* Only leaves have IDs of SPIFFE that are theirs. A certificate without a keyUsage has none that is wrong. */
static bool is_leaf(X509 *certificate)
{
    uint32_t usage = X509_get_key_usage(certificate);

    return (X509_get_extension_flags(certificate) & (EXFLAG_CA | EXFLAG_INVALID)) == 0 &&
           (usage == UINT32_MAX || (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0);
}

static enum bednet_status add_uri(X509 *certificate, struct bednet_field_values *out, struct bednet_text uri)
{
    if (bednet_spiffe_is_meant(uri) && !is_leaf(certificate)) {
        return BEDNET_INVALID;
    }
    return bednet_values_add_tagged(out, V_ASN1_IA5STRING, uri);
}

static enum bednet_status add_name(X509 *certificate, struct bednet_field_values *out,
                                   const struct bednet_der *name)
{
    switch (name->tag) {
    case GEN_IPADD:
        return add_address(out, name->content);
    case GEN_URI:
        return add_uri(certificate, out, name->content);
    default:
        return bednet_values_add_tagged(out, V_ASN1_IA5STRING, name->content);
    }
}

enum bednet_status bednet_field_read_san(X509 *certificate, enum bednet_field_kind kind,
                                         struct bednet_field_values *out)
{
    struct bednet_der names, name;
    struct bednet_text rest;
    enum bednet_status status = bednet_der_extension(certificate, &subject_alt_name, &rest);

    if (status != BEDNET_OK) {
        return status == BEDNET_NOT_FOUND ? BEDNET_OK : status;
    }
    if (!bednet_der_only(rest, &names) || names.tag != V_ASN1_SEQUENCE || names.class != V_ASN1_UNIVERSAL ||
        !names.constructed) {
        return BEDNET_INVALID;
    }
    for (rest = names.content; rest.len > 0;) {
        if (!bednet_der_take(&rest, &name) || !is_general_name(&name)) {
            return BEDNET_INVALID;
        }
        if (name.tag != wanted_tag(kind)) {
            continue;
        }
        status = add_name(certificate, out, &name);
        if (status != BEDNET_OK) {
            return status;
        }
    }
    return BEDNET_OK;
}

static bool is_string_by_oid(const struct bednet_der *value)
{
    return value->class == V_ASN1_UNIVERSAL && !value->constructed &&
           (value->tag == V_ASN1_UTF8STRING || value->tag == V_ASN1_IA5STRING ||
            value->tag == V_ASN1_PRINTABLESTRING || value->tag == V_ASN1_VISIBLESTRING);
}

enum bednet_status bednet_field_read_oid(const struct x509_st *certificate, struct bednet_text oid,
                                         struct bednet_field_values *out)
{
    struct bednet_oid wanted;
    struct bednet_text octets;
    struct bednet_der value;
    enum bednet_status status;

    if (!bednet_oid_parse(oid, &wanted)) {
        return BEDNET_INVALID;
    }
    status = bednet_der_extension(certificate, &wanted, &octets);
    if (status != BEDNET_OK) {
        return status == BEDNET_NOT_FOUND ? BEDNET_OK : status;
    }
    if (!bednet_der_only(octets, &value) || !is_string_by_oid(&value)) {
        return BEDNET_INVALID;
    }
    return bednet_values_add_tagged(out, value.tag, value.content);
}
