/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate authorities that a policy names: whose certificates and whose lists of revocations are
 * meant. Frozen once loaded; read by any thread.
 */
#ifndef BEDNET_CERTIFICATE_AUTHORITY_H
#define BEDNET_CERTIFICATE_AUTHORITY_H

#include "certificate/mark.h"
#include "core/diag.h"
#include "core/status.h"
#include "core/text.h"

#define BEDNET_AUTHORITIES_MAX 64
#define BEDNET_AUTHORITY_NONE  SIZE_MAX
#define BEDNET_SERIAL_BYTES_MAX                                                                              \
    20 /* RFC 5280 section 4.1.2.2, without zeros in front; longer ones are refused */
#define BEDNET_AUTHORITIES_FILE_BYTES (1024 * 1024)

struct x509_st;
struct X509_name_st;
struct bednet_authorities;

/* Empty; NULL without memory. */
struct bednet_authorities *bednet_authorities_new(void);

/* The same authorities again, for another thread, which then shares nothing with this one; NULL without
 * memory.
 */
struct bednet_authorities *bednet_authorities_copy(const struct bednet_authorities *authorities);

/* NULL is allowed. */
void bednet_authorities_free(struct bednet_authorities *authorities);

/*
 * Adds the authority `name` from a PEM or DER file with exactly one certificate, which must be one of an
 * authority (basicConstraints CA, and keyCertSign where there is a keyUsage). BEDNET_INVALID, BEDNET_IO or
 * BEDNET_LIMIT, with a sentence of constant form in `why`; BEDNET_NOMEM. Several may have one subject: an
 * authority that changes its key.
 */
#define BEDNET_AUTHORITY_WHY_BYTES 256
enum bednet_status bednet_authorities_add(struct bednet_authorities *authorities, struct bednet_text name,
                                          const char *path, char why[BEDNET_AUTHORITY_WHY_BYTES]);

size_t bednet_authorities_count(const struct bednet_authorities *authorities);
struct bednet_text bednet_authority_name(const struct bednet_authorities *authorities, size_t index);
struct x509_st *bednet_authority_certificate(const struct bednet_authorities *authorities, size_t index);

/* The index of the authority of that name, or BEDNET_AUTHORITY_NONE. */
size_t bednet_authority_named(const struct bednet_authorities *authorities, struct bednet_text name);

/*
 * The first authority whose subject is this name (RFC 5280 section 7.1) at or behind index `from`; NONE where
 * there is none.
 */
size_t bednet_authority_of(const struct bednet_authorities *authorities, const struct X509_name_st *name,
                           size_t from);

/*
 * True where the authority's key signed the certificate. The signature alone; takes as long as it takes.
 */
bool bednet_authority_signed(const struct bednet_authorities *authorities, size_t index,
                             struct x509_st *certificate);

/*
 * What stands in `issued` of a mark: SHA-256 over the length and DER of the subject of the first authority
 * with the issuer's name (of the name itself, where there is none) and the serial number's content octets.
 * False where the number is longer than it may be, or libcrypto fails.
 */
bool bednet_issued_mark(const struct bednet_authorities *authorities, const struct X509_name_st *issuer,
                        struct bednet_text serial, unsigned char mark[BEDNET_MARK_BYTES]);

#endif
