/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/jwt/view.h"

void bednet_jwt_view_of(const struct bednet_policy *policy, struct bednet_jwt_view *view)
{
    const struct bednet_token_rules *rules = &policy->jwt.rules;
    view->policy = policy;
    view->revocations = policy->jwt.revocations;
    view->rules = *rules;
    view->rules.issuers = view->issuers;
    for (size_t i = 0; i < rules->issuer_count; i++)
        view->issuers[i] = rules->issuers[i];
}
