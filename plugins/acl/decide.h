/* SPDX-License-Identifier: Apache-2.0 */
/* May this client do this with this topic? The roles of the policy answer; see docs/acl.md. */
#ifndef BEDNET_PLUGINS_ACL_DECIDE_H
#define BEDNET_PLUGINS_ACL_DECIDE_H

#include "runtime/event.h"
#include "runtime/standing.h"

/*
 * Grants or denies, never defers: acl ends the chain. Deny beats allow. A subscription is granted when an
 * allowed filter covers the whole of it, `$share/group/` aside; unsubscribing is always granted. Allocates
 * nothing.
 */
void bednet_acl_decide(const struct bednet_policy *policy, const struct bednet_standing *standing,
                       const struct bednet_access *access, struct bednet_decision *decision);

#endif
