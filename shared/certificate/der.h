/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few values of DER that are read where they lie, because OpenSSL would copy them piece by piece at each
 * question. Internal to certificate. Pure, but for OpenSSL's queue of errors.
 */
#ifndef BEDNET_CERTIFICATE_DER_H
#define BEDNET_CERTIFICATE_DER_H

#include "certificate/oid.h"
#include "core/status.h"
#include "core/text.h"

struct x509_st;

struct bednet_der {
    int tag;
    int class; /* V_ASN1_UNIVERSAL, V_ASN1_CONTEXT_SPECIFIC... */
    bool constructed;
    struct bednet_text content;
};

/*
 * Takes the value that `rest` begins with. False where there is none that is whole, with a length in as few
 * bytes as can be (X.690 section 10.1).
 */
bool bednet_der_take(struct bednet_text *rest, struct bednet_der *out);

/* The same for a `rest` that must be this one value and nothing more. */
bool bednet_der_only(struct bednet_text rest, struct bednet_der *out);

/*
 * The value of the certificate's extension. BEDNET_NOT_FOUND, or BEDNET_INVALID where it stands there twice.
 */
enum bednet_status bednet_der_extension(const struct x509_st *certificate, const struct bednet_oid *oid,
                                        struct bednet_text *out);

#endif
