/* SPDX-License-Identifier: Apache-2.0 */
/* Is this topic, or this filter, one that the policy wants on its broker at all? See docs/topic.md. */
#ifndef BEDNET_PLUGINS_TOPIC_DECIDE_H
#define BEDNET_PLUGINS_TOPIC_DECIDE_H

#include "policy/policy.h"
#include "runtime/event.h"

/*
 * Judges the topic of a publish or the filter of a subscribe by the section `topics` and denies with the
 * first rule that it breaks, or defers. `exemptions` is a mask of enum bednet_exemption. Other actions are
 * deferred. The `$` that opens a name of the broker's own is no matter of `characters`. Allocates nothing.
 */
void bednet_topic_decide(const struct bednet_topics_policy *policy, unsigned exemptions,
                         const struct bednet_access *access, struct bednet_decision *decision);

#endif
