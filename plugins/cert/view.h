/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates are judged by at this moment: the policy, and the lists of revocations in force now. */
#ifndef BEDNET_PLUGINS_CERT_VIEW_H
#define BEDNET_PLUGINS_CERT_VIEW_H

#include "policy/policy.h"

struct bednet_cert_view {
    const struct bednet_policy *policy;
    const struct bednet_crls *crls; /* NULL: there are none, or none yet */
    bool crls_settled;              /* they are all that the policy names; see crl_loader.h */
};

/*
 * True where the policy or the lists speak against whoever has this certificate, whatever rule once let it
 * in: what a living session is asked again.
 */
bool bednet_cert_is_revoked(const struct bednet_cert_view *view, const struct bednet_certificate_mark *mark);

#endif
