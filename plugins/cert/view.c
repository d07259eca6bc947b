/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/cert/view.h"

bool bednet_cert_is_revoked(const struct bednet_cert_view *view, const struct bednet_certificate_mark *mark)
{
    return bednet_certificate_list_has(&view->policy->certificate.deny, mark) ||
           bednet_crls_revoke(view->crls, mark->issued);
}
