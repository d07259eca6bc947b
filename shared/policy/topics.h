/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `topics` that have a file of their own. Internal to this folder. */
#ifndef BEDNET_POLICY_TOPICS_H
#define BEDNET_POLICY_TOPICS_H

#include "policy/build.h"

/* What of the section can only be read once all of it was seen. */
struct bednet_topics_pairs {
    const struct bednet_pair *templates; /* NULL where there is no such key */
    const struct bednet_pair *segments;
    const struct bednet_pair *preset;
};

/* Reads `segments`, then `templates`, which speaks of them. */
void bednet_topics_read_naming(struct bednet_build *build, const struct bednet_topics_pairs *pairs);

/* Reads `preset`, whose rules hold where the section has no others. Last of all. */
void bednet_topics_read_preset(struct bednet_build *build, const struct bednet_topics_pairs *pairs);

/* Reads `wildcards`. */
void bednet_topics_read_wildcards(struct bednet_build *build, const struct bednet_pair *pair, void *into);

/* The rule that this pair sets. */
void bednet_topics_bound(struct bednet_bound *bound, uint64_t value, const struct bednet_pair *pair);

/* Reads `deny` or `allow`. */
void bednet_topics_read_ban(struct bednet_build *build, const struct bednet_pair *pair,
                            struct bednet_ban *ban);

#endif
