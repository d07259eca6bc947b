/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of clients that are there when what is in force changes (`on_change` of the policy): who has
 * no role any more, and subscriptions that would be refused now. Some at a turn, so that messages do not
 * wait. A change that comes meanwhile begins it anew. So does, for subscriptions, the return of somebody who
 * would have been ended for one and was away. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_REVIEW_H
#define BEDNET_RUNTIME_REVIEW_H

#include "runtime/chain.h"
#include "runtime/subscriptions.h"

/* So many subscriptions are looked at in a turn; clients as in bednet_session_review. */
#define BEDNET_REVIEW_SUBSCRIPTIONS_MAX 1024

enum bednet_review_party {
    BEDNET_REVIEW_UNKNOWN, /* nobody knows whose it is now: it stays */
    BEDNET_REVIEW_FOUND,
    BEDNET_REVIEW_LATER, /* somebody is about to have it: to be asked again */
    BEDNET_REVIEW_GONE   /* the broker has no such session */
};

/* What a review needs of the broker. */
struct bednet_review_broker {
    /*
     * Whose subscription this is: fills in `access->client`, as for an event, and `access->protocol`. Where
     * the broker's client is not known there is no address, and the handle may be NULL or an old one.
     */
    enum bednet_review_party (*find)(const struct bednet_subscription *subscription,
                                     struct bednet_access *access);
    /* Takes a subscription away; false where there is no such session. NULL: the broker cannot. */
    bool (*remove)(const char *client_id, const char *filter);
};

/* Where one chain's review stands. All zero until it is begun. */
struct bednet_review {
    bool begun;
    bool again; /* subscriptions are to be gone through once more */
    int stage;
    uint32_t generation; /* of the chain: this far it is reviewed, or is about to be */
    struct bednet_identities_cursor identities;
    struct bednet_subscriptions_cursor subscriptions;
};

/* The chain is new: there is nothing to review until it changes. */
void bednet_review_begin(struct bednet_review *review, const struct bednet_chain *chain);

/* Before the chain is detached. Nothing where it was not begun. */
void bednet_review_end(struct bednet_review *review);

/*
 * Somebody logs in where the broker does not say who goes on with which session. Cheap; nothing where the
 * review was not begun.
 */
void bednet_review_login(struct bednet_review *review, const struct bednet_chain *chain,
                         const struct bednet_client *client);

/*
 * One turn. Sessions that end by it are ended, and the next bednet_session_expire closes their connections.
 * Cheap where nothing has changed.
 */
void bednet_review_turn(struct bednet_review *review, struct bednet_chain *chain,
                        const struct bednet_review_broker *broker);

#endif
