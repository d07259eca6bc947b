/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/review.h"
#include "runtime/process.h"

/* Of a client that the broker surely has. */
static void describe(const struct mosquitto *broker_client, struct bednet_access *access)
{
    int level = mosquitto_client_protocol_version(broker_client);
    access->client = bednet_instance_client(broker_client, mosquitto_client_username(broker_client));
    access->client.address = mosquitto_client_address(broker_client);
    access->protocol = level >= 3 && level <= 5 ? (uint8_t)level : 0;
}

/* 2.1 says which client has the session, offline or not. */
static enum bednet_review_party ask_broker(const struct bednet_subscription *subscription,
                                           struct bednet_access *access)
{
    const struct mosquitto *client = bednet_broker_client(subscription->client_id.ptr);
    if (client == NULL)
        return BEDNET_REVIEW_GONE;
    describe(client, access);
    return BEDNET_REVIEW_FOUND;
}

/* Whether this client, which did not subscribe to any of it, goes on without the session. */
static bool begins_anew(const struct bednet_subscription *subscription, const struct mosquitto *broker_client)
{
    const struct bednet_broker_features features = bednet_broker_features();
    struct bednet_subscribed known;
    bednet_subscriptions_look(bednet_process()->subscriptions, subscription->chain, subscription->client_id,
                              &known);
    return known.handle != broker_client &&
           bednet_broker_session_is_new(&features, broker_client, known.count > known.shared);
}

/* 2.0 tells of nobody who has the session now; but of who logged in last under its name. */
static enum bednet_review_party ask_successor(const struct bednet_subscription *subscription,
                                              struct bednet_access *access)
{
    struct bednet_identities *identities = bednet_process()->identities;
    const struct bednet_client successor = {.handle = subscription->successor,
                                            .client_id = subscription->client_id};
    const struct bednet_identity *identity = bednet_identities_at(identities, successor.handle);
    if (identity == NULL || !bednet_text_equal(bednet_identity_client_id(identity), successor.client_id))
        return BEDNET_REVIEW_UNKNOWN;
    if (identity->state == BEDNET_IDENTITY_PENDING && !identity->unproven)
        return BEDNET_REVIEW_LATER;
    if (!bednet_identities_is_live(identities, subscription->chain, &successor))
        return BEDNET_REVIEW_UNKNOWN;
    if (begins_anew(subscription, subscription->successor))
        return BEDNET_REVIEW_GONE;
    describe(subscription->successor, access);
    return BEDNET_REVIEW_FOUND;
}

/* By names that a credential stands behind he is found, or who came after him; otherwise as who he was. */
static struct bednet_client absentee(const struct bednet_subscription *subscription,
                                     const struct bednet_identity *identity)
{
    return (struct bednet_client){
        .handle = identity->method == BEDNET_METHOD_OTHER ? subscription->handle : NULL,
        .client_id = bednet_identity_client_id(identity),
        .username = bednet_identity_username(identity),
    };
}

/*
 * Else: whoever is live under the pointer of whoever subscribed is there; or that one's names may still be
 * known, and by them who came after it.
 */
static enum bednet_review_party ask_identities(const struct bednet_subscription *subscription,
                                               struct bednet_access *access)
{
    struct bednet_identities *identities = bednet_process()->identities;
    const struct bednet_client subscriber = {.handle = subscription->handle,
                                             .client_id = subscription->client_id};
    enum bednet_review_party party = ask_successor(subscription, access);
    if (party != BEDNET_REVIEW_UNKNOWN)
        return party;
    const struct bednet_identity *identity = bednet_identities_at(identities, subscription->handle);
    if (identity == NULL || !bednet_text_equal(bednet_identity_client_id(identity), subscription->client_id))
        return BEDNET_REVIEW_UNKNOWN;
    if (bednet_identities_is_live(identities, subscription->chain, &subscriber))
        describe(subscription->handle, access);
    else
        access->client = absentee(subscription, identity);
    return BEDNET_REVIEW_FOUND;
}

void bednet_instance_reviews(struct bednet_instance *instance)
{
    static const struct bednet_review_broker takes_away = {ask_broker, bednet_broker_unsubscribe};
    static const struct bednet_review_broker only_closes = {ask_identities, NULL};
    bednet_review_turn(&instance->review, instance->chain,
                       instance->features.can_unsubscribe ? &takes_away : &only_closes);
}
