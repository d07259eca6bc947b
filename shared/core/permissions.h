/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a credential itself says about topics: a short list of filters that came with it, resolved for its
 * holder. The policy says whether it widens or narrows what roles give. Pure, allocates nothing; any thread.
 */
#ifndef BEDNET_CORE_PERMISSIONS_H
#define BEDNET_CORE_PERMISSIONS_H

#include "core/diag.h"
#include "core/text.h"
#include "core/verdict.h"
#include <stdbool.h>
#include <stdint.h>

/* Entries of one credential, and bytes of their filters together. */
#define BEDNET_PERMISSIONS_MAX       64
#define BEDNET_PERMISSIONS_BYTES_MAX 4096

/* Every QoS: no condition. */
#define BEDNET_PERMISSION_QOS_ALL 7

enum bednet_retain_condition { BEDNET_RETAIN_ANY, BEDNET_RETAIN_SET, BEDNET_RETAIN_CLEAR };

struct bednet_permission {
    struct bednet_text filter; /* a valid filter without `$share/` */
    bool denies;
    uint8_t actions; /* mask of 1 << enum bednet_action: publish, subscribe, receive */
    uint8_t qos;     /* mask of 1 << QoS; publish and subscribe only */
    uint8_t retain;  /* enum bednet_retain_condition; publish only */
    bool literal;    /* speaks of a subscription to this very filter, and of no other that it covers */
    bool yields;     /* of one that denies: gives way to entries before it whose filters it covers */
};

/* The languages in which a token may list permissions. */
enum bednet_permissions_format {
    BEDNET_PERMISSIONS_BEDNET, /* {"publish": [...], "subscribe": [...], "receive": [...], "deny": {the same}}
                                */
    BEDNET_PERMISSIONS_EMQX,   /* both forms of EMQX's `acl` claim */
    BEDNET_PERMISSIONS_AIF     /* RFC 9237 with the model of RFC 9431: [["topic", ["pub", "sub"]], ...] */
};

enum bednet_permissions_use {
    BEDNET_PERMISSIONS_WIDEN, /* allowed is what a role or the credential allows */
    BEDNET_PERMISSIONS_NARROW /* allowed is what a role and the credential allow */
};

struct bednet_permissions {
    const struct bednet_permission *entries;
    size_t count;
    enum bednet_permissions_use use;
    bool conditional; /* some entry asks for QoS or retain: an answer is good for this message only */
    struct bednet_source source; /* where the policy speaks of them */
};

enum bednet_permissions_answer {
    BEDNET_PERMISSIONS_SILENT,
    BEDNET_PERMISSIONS_ALLOW,
    BEDNET_PERMISSIONS_DENY /* deny beats allow, except where it yields */
};

/*
 * What the entries say of an action: publish and receive with a topic name, subscribe with a filter that was
 * stripped of `$share/group/` and must be covered as a whole by one entry; a denying entry that covers it, as
 * a whole, denies it. Receive is allowed by what allows subscribe, and denied by what denies it altogether:
 * at every QoS, and not this very filter alone. SILENT for other actions.
 */
enum bednet_permissions_answer bednet_permissions_ask(const struct bednet_permissions *permissions,
                                                      enum bednet_action action, struct bednet_text topic,
                                                      uint8_t qos, bool retain);

#endif
