/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates whose issuer's signature was found right, and by whose key. Checking it costs more than all
 * the rest of a login, and it stays right. Only right ones are remembered, by fingerprint, so that no forged
 * certificate can be taken for one of them. A fixed number of slots; whoever wants one that is taken gets it.
 * Indexes are those of one policy: a new one begins with none. One thread.
 */
#ifndef BEDNET_PLUGINS_CERT_PROOFS_H
#define BEDNET_PLUGINS_CERT_PROOFS_H

#include "certificate/authority.h"

struct bednet_cert_proofs;

/* NULL without memory. Takes 2 MiB of address space, of which memory backs what is used. */
struct bednet_cert_proofs *bednet_cert_proofs_new(void);
void bednet_cert_proofs_free(struct bednet_cert_proofs *proofs);

/* Another policy is in force. */
void bednet_cert_proofs_clear(struct bednet_cert_proofs *proofs);

/* Whose signature was found right; BEDNET_AUTHORITY_NONE where that is not known. */
size_t bednet_cert_proofs_find(const struct bednet_cert_proofs *proofs,
                               const struct bednet_certificate_mark *mark);

void bednet_cert_proofs_note(struct bednet_cert_proofs *proofs, const struct bednet_certificate_mark *mark,
                             size_t authority);

#endif
