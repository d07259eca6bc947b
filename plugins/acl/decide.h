/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this client do this with this topic? The roles of the policy answer, and what its credential says of
 * topics; see docs/acl.md and docs/permissions.md.
 */
#ifndef BEDNET_PLUGINS_ACL_DECIDE_H
#define BEDNET_PLUGINS_ACL_DECIDE_H

#include "runtime/event.h"
#include "runtime/standing.h"

/*
 * Grants or denies, never defers: acl ends the chain. Deny beats allow, whether roles or the credential say
 * so. A subscription is granted when an allowed filter covers the whole of it, `$share/group/` aside;
 * unsubscribing is always granted. Allocates nothing.
 *
 * True for a grant that holds for the client's next action of the same kind and topic, too, whatever its QoS
 * and retain flag, wherever it comes from and whenever: no condition had a say in it.
 */
bool bednet_acl_decide(const struct bednet_policy *policy, const struct bednet_standing *standing,
                       const struct bednet_access *access, struct bednet_decision *decision);

/*
 * True where bednet_acl_decide surely grants it, whatever the situation: roles allow it and nothing else has
 * a say. It costs a third of that, and lasts as what that returns true for. False says nothing. `identity` is
 * known (see bednet_identities_known), and its roles are those of this policy.
 */
bool bednet_acl_allows(const struct bednet_policy *policy, const struct bednet_identity *identity,
                       enum bednet_action action, const struct bednet_text *topic);

/*
 * Whether a subscription that is there may stay: where it is granted, and where a condition has a say, for
 * that may be otherwise in a moment, and each delivery is judged. *decision is as above.
 */
bool bednet_acl_keeps(const struct bednet_policy *policy, const struct bednet_standing *standing,
                      const struct bednet_access *access, struct bednet_decision *decision);

#endif
