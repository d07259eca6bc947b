/* SPDX-License-Identifier: Apache-2.0 */
/* Topic filters and their syntax (MQTT 5 section 4.7, 4.8.2), levels of topics. Pure; any thread. */
#ifndef BEDNET_CORE_TOPIC_H
#define BEDNET_CORE_TOPIC_H

#include "core/level.h"

#define BEDNET_TOPIC_BYTES_MAX 65535
/* Mosquitto refuses more than 200 separators; what has more levels than this is denied unseen. */
#define BEDNET_TOPIC_LEVELS_MAX 201

enum bednet_topic_fault {
    BEDNET_TOPIC_OK,
    BEDNET_TOPIC_EMPTY,
    BEDNET_TOPIC_TOO_LONG,
    BEDNET_TOPIC_TOO_DEEP,
    BEDNET_TOPIC_UTF8,     /* invalid UTF-8 or NUL (MQTT 5 section 1.5.4) */
    BEDNET_TOPIC_WILDCARD, /* a wildcard where it may not stand */
    BEDNET_TOPIC_SHARE     /* a `$share/` filter without group or filter */
};

/* A topic filter as in SUBSCRIBE, `$share/group/filter` included. */
enum bednet_topic_fault bednet_filter_check(struct bednet_text filter);

/*
 * The filter behind `$share/group/` (MQTT 5 section 4.8.2), or the filter itself where it is not shared;
 * *shared says which. A `$share/` filter without group or rest gives the absent text.
 */
struct bednet_text bednet_filter_unshared(struct bednet_text filter, bool *shared);

struct bednet_levels {
    size_t count;
    struct bednet_level level[BEDNET_TOPIC_LEVELS_MAX];
};

/* Splits at `/`; empty levels count. False when there are more than BEDNET_TOPIC_LEVELS_MAX, or no text.
 * Borrows. */
bool bednet_levels_split(struct bednet_text topic, struct bednet_levels *out);

#endif
