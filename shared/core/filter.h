/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one filter says about one topic or another filter (MQTT 5 section 4.7). This is the meaning; rules.h
 * is the same for a hundred thousand filters at once. Pure, allocates nothing; any thread. Arguments are
 * syntactically valid; `$share/` was stripped.
 */
#ifndef BEDNET_CORE_FILTER_H
#define BEDNET_CORE_FILTER_H

#include "core/text.h"

/* True when `filter` matches `name`. A leading wildcard matches no name that starts with `$` (4.7.2). */
bool bednet_filter_matches(struct bednet_text filter, struct bednet_text name);

/*
 * True when every topic name that `requested` matches is matched by `filter` too. `a/+` does not cover
 * `a/#`; `a/#` covers `a`. No name is empty: so `+/#` covers `#`, and `/+/#` covers `/#`.
 */
bool bednet_filter_covers(struct bednet_text filter, struct bednet_text requested);

#endif
