/* SPDX-License-Identifier: Apache-2.0 */
/* Does a topic, or a filter, fit one of the policy's naming templates? */
#ifndef BEDNET_PLUGINS_TOPIC_NAMING_H
#define BEDNET_PLUGINS_TOPIC_NAMING_H

#include "policy/policy.h"

/*
 * False where `topics.templates` has none that fits; `decision` then says why not, by the template that came
 * closest. `subject` may be NULL: nobody in particular. Allocates nothing.
 */
bool bednet_topic_is_named(const struct bednet_topics_policy *policy, const struct bednet_levels *levels,
                           bool is_filter, const struct bednet_subject *subject,
                           struct bednet_decision *decision);

#endif
