/* SPDX-License-Identifier: Apache-2.0 */
/* A login by certificate: found its rule, held against all that the policy asks, and made an identity. */
#ifndef BEDNET_PLUGINS_CERT_LOGIN_H
#define BEDNET_PLUGINS_CERT_LOGIN_H

#include "certificate/certificate.h"
#include "plugins/cert/proofs.h"
#include "plugins/cert/view.h"
#include "runtime/event.h"
#include "runtime/mapping.h"

/* What a login works with; one for each plugin line, reused. About 20 KiB. */
struct bednet_cert_login {
    struct bednet_certificate certificate;
    struct bednet_captures captures;
    struct bednet_field_values values;
    struct bednet_attribute attributes[BEDNET_IDENTITY_ATTRIBUTES_MAX];
    size_t attribute_count;
    char bytes[BEDNET_IDENTITY_DATA_BYTES_MAX / 2];
    size_t used;
    struct bednet_mapped mapped;
};

/*
 * Judges a certificate that came with this client id, as one that would do alone: grants, with `spec` filled
 * in except for chain, handle and credential (everything in it borrows from `work`, the policy and the client
 * id), or denies with the reason. NULL for `x509` is no certificate: defers, or denies where one is required.
 * Defers where the policy has no section for certificates.
 * `proofs` (may be NULL) remembers signatures that were found right. `now_s` is wall-clock time. What the
 * policy adds to the end of a session as jitter is the caller's.
 */
void bednet_cert_judge(struct bednet_cert_login *work, const struct bednet_cert_view *view,
                       struct bednet_cert_proofs *proofs, struct x509_st *x509, struct bednet_text client_id,
                       int64_t now_s, struct bednet_identity_spec *spec, struct bednet_decision *decision);

/*
 * What a certificate that was granted is worth in this login: alone (the decision stays), or as a factor of a
 * token that comes with it: true, and the decision then defers. Denies where a token must come and does not.
 */
bool bednet_cert_is_factor(const struct bednet_cert_view *view, const struct bednet_login *login,
                           struct bednet_decision *decision);

#endif
