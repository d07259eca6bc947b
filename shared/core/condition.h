/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule may ask for beside the topic, and whether it is so. Pure, allocates nothing; any thread. */
#ifndef BEDNET_CORE_CONDITION_H
#define BEDNET_CORE_CONDITION_H

#include "core/address.h"
#include "core/hours.h"
#include <stddef.h>

/* What conditions may be about; a mask. */
enum bednet_condition_aspect {
    BEDNET_ASPECT_QOS = 1 << 0,
    BEDNET_ASPECT_RETAIN = 1 << 1,
    BEDNET_ASPECT_ADDRESS = 1 << 2,
    BEDNET_ASPECT_PROTOCOL = 1 << 3,
    BEDNET_ASPECT_TIME = 1 << 4
};

/* All that it asks for must be so; what `aspects` does not have is not asked. */
struct bednet_condition {
    unsigned aspects;
    uint8_t qos;       /* mask of 1 << QoS */
    bool retain;       /* the flag must be this */
    uint8_t protocols; /* mask of 1 << protocol level: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5 */
    const struct bednet_network *networks; /* one of them must hold the address */
    size_t network_count;
    struct bednet_hours hours; /* without a zone nothing is known */
};

/* What is known of an event. `looked_at` and `parsed` are the judge's: zero to begin with. */
struct bednet_situation {
    uint8_t qos;
    bool retain;
    uint8_t protocol;    /* level; 0: unknown */
    int64_t now_s;       /* since 1970; 0: unknown */
    const char *address; /* as the broker gives it; NULL: unknown */
    enum { BEDNET_ADDRESS_UNREAD, BEDNET_ADDRESS_KNOWN, BEDNET_ADDRESS_UNKNOWN } looked_at;
    struct bednet_address parsed;
};

enum bednet_condition_fit { BEDNET_CONDITION_FAILS, BEDNET_CONDITION_UNKNOWN, BEDNET_CONDITION_HOLDS };

/*
 * Whether what the condition asks of these aspects is so. FAILS where something is not, UNKNOWN where nothing
 * is known to fail but something cannot be told; whoever allows then takes it for no, whoever denies for yes.
 */
enum bednet_condition_fit bednet_condition_judge(const struct bednet_condition *condition, unsigned aspects,
                                                 struct bednet_situation *situation);

#endif
