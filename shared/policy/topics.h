/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `topics` that have a file of their own. Internal to this folder. */
#ifndef BEDNET_POLICY_TOPICS_H
#define BEDNET_POLICY_TOPICS_H

#include "policy/build.h"

/* What of the section can only be read once all of it was seen. */
struct bednet_topics_pairs {
    const struct bednet_pair *templates; /* NULL where there is no such key */
    const struct bednet_pair *segments;
};

/* Reads `segments`, then `templates`, which speaks of them. */
void bednet_topics_read_naming(struct bednet_build *build, const struct bednet_topics_pairs *pairs);

#endif
