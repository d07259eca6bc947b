/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of fields share. Internal to certificate. */
#ifndef BEDNET_CERTIFICATE_FIELD_INTERNAL_H
#define BEDNET_CERTIFICATE_FIELD_INTERNAL_H

#include "certificate/field.h"

struct asn1_string_st;

/* Adds a value that is UTF-8 already; BEDNET_INVALID or BEDNET_LIMIT as in field.h. */
enum bednet_status bednet_values_add(struct bednet_field_values *values, struct bednet_text value);

/* The same in lower-case hexadecimal. */
enum bednet_status bednet_values_add_hex(struct bednet_field_values *values, const unsigned char *bytes,
                                         size_t count);

/* The same for content octets of a string of ASN.1 with this universal tag. */
enum bednet_status bednet_values_add_tagged(struct bednet_field_values *values, int tag,
                                            struct bednet_text content);

enum bednet_status bednet_values_add_string(struct bednet_field_values *values,
                                            const struct asn1_string_st *string);

/* field_name.c: attributes of subject and issuer, and both as a whole. */
enum bednet_status bednet_field_read_name(const struct x509_st *certificate, enum bednet_field_kind kind,
                                          struct bednet_field_values *out);

/* field_extension.c: alternative names, and extensions by their OID. */
enum bednet_status bednet_field_read_san(struct x509_st *certificate, enum bednet_field_kind kind,
                                         struct bednet_field_values *out);
enum bednet_status bednet_field_read_oid(const struct x509_st *certificate, struct bednet_text oid,
                                         struct bednet_field_values *out);

/* spiffe.c: whether a URI begins with `spiffe:` in any case, and whether such a one is an ID that a client
 * may have. Pure. */
bool bednet_spiffe_is_meant(struct bednet_text value);
bool bednet_spiffe_is_id(struct bednet_text value);

#endif
