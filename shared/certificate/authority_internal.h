/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to certificate. */
#ifndef BEDNET_CERTIFICATE_AUTHORITY_INTERNAL_H
#define BEDNET_CERTIFICATE_AUTHORITY_INTERNAL_H

#include "certificate/authority.h"
#include "certificate/certificate.h"
#include "certificate/digest.h"

/*
 * Reads the one certificate of a file, owned by the caller. On failure `why` is a sentence, except without
 * memory.
 */
enum bednet_status bednet_authority_read(const char *path, struct x509_st **out,
                                         char why[BEDNET_AUTHORITY_WHY_BYTES]);

/* False where it is known without much ado that the authority's key did not sign: by the names, or by what
 * was found out before. */
bool bednet_authority_may_have_issued(const struct bednet_authorities *authorities, size_t index,
                                      const struct bednet_certificate *certificate);

/*
 * Of an authority that may have: bednet_authority_signed, asked at most once for each key, for the
 * certificate remembers the answer.
 */
bool bednet_authority_issued(const struct bednet_authorities *authorities, size_t index,
                             struct bednet_certificate *certificate);

#endif
