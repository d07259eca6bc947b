/* SPDX-License-Identifier: Apache-2.0 */
/* What the broker asks a plugin, in Bednet's words. Everything is borrowed for the duration of the callback.
 */
#ifndef BEDNET_RUNTIME_EVENT_H
#define BEDNET_RUNTIME_EVENT_H

#include "core/text.h"
#include "core/verdict.h"
#include <stdint.h>

struct x509_st; /* libcrypto's X509 */

/* The party of an event. `handle` is the broker's pointer: an identity's key, never dereferenced here. */
struct bednet_client {
    const void *handle;
    struct bednet_text client_id;
    struct bednet_text username; /* absent where there is none */
    const char *address;         /* NULL where it is unknown */
};

/* BASIC_AUTH, or the first packet of MQTT 5's enhanced authentication (section 4.12). */
struct bednet_login {
    struct bednet_client client;
    struct bednet_text
        password;              /* absent where there is none; ends at the first NUL on all brokers to date */
    struct bednet_text method; /* Authentication Method; absent for a login by user name and password */
    struct bednet_text data;   /* Authentication Data: any bytes */
    bool renews;               /* the client is logged in and authenticates anew (section 4.12.1) */
    /* The broker let the client in by its certificate alone, under the names that it has: see chain.h. */
    bool discovered;
    /*
     * The certificate that the client showed, a reference that the caller frees; NULL where it showed none.
     * A pointer that is NULL: it showed none.
     */
    struct x509_st *(*certificate)(const struct bednet_client *client);
};

/*
 * What a glance at an action (see broker/module.h) found out of it, so that nobody has to find it out again.
 * All zero: nothing.
 */
struct bednet_glimpse {
    struct bednet_identity *identity; /* whose names are the client's; see bednet_identities_known */
    struct bednet_recall_slot *slot;  /* where it is noted if it is permitted; see recall.h */
    struct bednet_text topic;
};

/* ACL_CHECK. */
struct bednet_access {
    struct bednet_client client;
    enum bednet_action action;
    struct bednet_text topic; /* the filter as sent for subscribe and unsubscribe */
    size_t payload_bytes;
    uint8_t qos;
    bool retain;
    uint8_t protocol; /* level of the protocol: 3, 4, 5; 0 where it is unknown or no rule asks for it */
    int64_t now_s;    /* wall time; 0 where no rule asks for it */
    struct bednet_glimpse glimpse;
    /* Of a subscribe, and only where the policy bounds their number: whether the session has the filter
     * already, and how many it has. */
    bool is_new;
    uint32_t subscriptions;
};

/* MESSAGE: a PUBLISH that was already authorised. */
struct bednet_message {
    struct bednet_client client;
    struct bednet_text topic;
    size_t payload_bytes;
    uint8_t qos;
    bool retain;
    /* Adds what `client` comes without, for few messages need it: user name and address. */
    void (*complete)(struct bednet_client *client);
};

#endif
