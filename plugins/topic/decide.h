/* SPDX-License-Identifier: Apache-2.0 */
/* Is this topic, or this filter, one that the policy wants on its broker at all? See docs/topic.md. */
#ifndef BEDNET_PLUGINS_TOPIC_DECIDE_H
#define BEDNET_PLUGINS_TOPIC_DECIDE_H

#include "policy/policy.h"
#include "runtime/event.h"
#include "runtime/standing.h"

/*
 * Judges the topic of a publish or the filter of a subscribe by the section `topics` and denies with the
 * first rule that it breaks, or defers. Without `standing` (NULL) it asks for nobody in particular: who is
 * exempt from nothing, and has no topic of its own; what is deferred then is deferred for everybody. Other
 * actions are deferred. The `$` that opens a name of the broker's own is no matter of `characters`. Allocates
 * nothing.
 */
void bednet_topic_decide(const struct bednet_topics_policy *policy, const struct bednet_standing *standing,
                         const struct bednet_access *access, struct bednet_decision *decision);

/* Which exemptions lift a denial with this reason; mask of enum bednet_exemption. */
unsigned bednet_topic_exemptions(enum bednet_reason reason);

#endif
