/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/review.h"

#include "runtime/clock.h"
#include "runtime/counters.h"
#include "runtime/process.h"
#include "runtime/report.h"
#include "runtime/session.h"
#include "runtime/standing.h"

enum stage { DONE, AT_ROLES, AT_SUBSCRIPTIONS };

void bednet_review_begin(struct bednet_review *review, const struct bednet_chain *chain)
{
    bednet_subscriptions_watch(bednet_process()->subscriptions, &review->subscriptions);
    review->generation = bednet_chain_generation(chain);
    review->begun = true;
}

void bednet_review_end(struct bednet_review *review)
{
    if (!review->begun)
        return;
    bednet_subscriptions_unwatch(bednet_process()->subscriptions, &review->subscriptions);
    review->begun = false;
}

static void restart(struct bednet_review *review, uint32_t generation)
{
    bednet_identities_rewind(&review->identities);
    bednet_subscriptions_rewind(bednet_process()->subscriptions, &review->subscriptions);
    review->generation = generation;
    review->again = false;
    review->stage = AT_ROLES;
}

static void look_again(struct bednet_review *review)
{
    bednet_subscriptions_rewind(bednet_process()->subscriptions, &review->subscriptions);
    review->again = false;
    review->stage = AT_SUBSCRIPTIONS;
}

void bednet_review_login(struct bednet_review *review, const struct bednet_chain *chain,
                         const struct bednet_client *client)
{
    if (review->begun && bednet_subscriptions_succeed(bednet_process()->subscriptions, chain, client))
        review->again = true;
}

static bool is_there(const struct bednet_identity *identity)
{
    return identity->state == BEDNET_IDENTITY_LIVE && !identity->ended;
}

static void end_roleless(const struct bednet_chain *chain, struct bednet_identity *identity)
{
    const struct bednet_change_policy *policy = &bednet_chain_policy(chain)->on_change;
    const struct bednet_client client = {.client_id = bednet_identity_client_id(identity),
                                         .username = bednet_identity_username(identity)};
    const struct bednet_occasion occasion = {.action = BEDNET_ACTION_LOGIN, .client = &client};
    const struct bednet_decision decision = {.reason = BEDNET_REASON_NO_ROLE, .rule = policy->source};
    bednet_report_change(chain, BEDNET_PLUGINS, "disconnect", &occasion, &decision);
    bednet_session_end_by_policy(identity, !policy->drops_will);
}

/* True when all were seen. */
static bool look_at_roles(struct bednet_review *review, struct bednet_chain *chain)
{
    if (!bednet_chain_policy(chain)->on_change.ends_roleless)
        return true;
    for (int i = 0; i < BEDNET_SESSION_REVIEW_MAX; i++) {
        const void *of;
        struct bednet_identity *identity =
            bednet_identities_next(bednet_process()->identities, &review->identities, &of);
        if (identity == NULL)
            return true;
        if (of == chain && is_there(identity) && bednet_standing_lost_roles(chain, identity))
            end_roleless(chain, identity);
    }
    return false;
}

static void take_away(const struct bednet_chain *chain, const struct bednet_review_broker *broker,
                      const struct bednet_subscription *subscription)
{
    struct bednet_subscriptions *table = bednet_process()->subscriptions;
    if (broker->remove(subscription->client_id.ptr, subscription->filter.ptr)) {
        bednet_count(BEDNET_COUNTER_SUBSCRIPTIONS_REMOVED);
        bednet_subscriptions_remove(table, chain, subscription->client_id, subscription->filter);
    } else {
        bednet_subscriptions_forget(table, chain, subscription->client_id);
    }
}

/*
 * Where the broker takes no subscription away, those that acl denies are no more than a name: it denies each
 * delivery. Whoever else objects does not judge deliveries, and only a new connection ends it: that of
 * somebody who is away is closed when he comes back.
 */
static void enforce(const struct bednet_chain *chain, const struct bednet_review_broker *broker,
                    const struct bednet_subscription *subscription, const struct bednet_access *access,
                    struct bednet_identity *identity, enum bednet_plugin plugin,
                    const struct bednet_decision *decision)
{
    const struct bednet_change_policy *policy = &bednet_chain_policy(chain)->on_change;
    const struct bednet_occasion occasion = {
        .action = BEDNET_ACTION_SUBSCRIBE, .client = &access->client, .topic = access->topic};
    bool disconnects = policy->subscription == BEDNET_CHANGE_DISCONNECTS ||
                       (broker->remove == NULL && plugin != BEDNET_PLUGIN_ACL);
    if (disconnects && is_there(identity)) {
        bednet_report_change(chain, plugin, "disconnect", &occasion, decision);
        bednet_session_end_by_policy(identity, !policy->drops_will);
    } else if (broker->remove != NULL) {
        bednet_report_change(chain, plugin, "remove", &occasion, decision);
        take_away(chain, broker, subscription);
    } else if (disconnects) {
        bednet_subscriptions_await(bednet_process()->subscriptions, chain, subscription->client_id);
    }
}

/* One that is about to be disconnected keeps what it has: the broker sees to that. */
static bool may_be_judged(const struct bednet_identity *identity)
{
    return identity != NULL && !identity->ended && !identity->unproven &&
           identity->state != BEDNET_IDENTITY_PENDING;
}

static void look_at(struct bednet_review *review, struct bednet_chain *chain,
                    const struct bednet_review_broker *broker, const struct bednet_subscription *subscription)
{
    enum bednet_plugin plugin;
    struct bednet_decision decision;
    struct bednet_access access = {
        .action = BEDNET_ACTION_SUBSCRIBE, .topic = subscription->filter, .now_s = bednet_clock_wall_s()};
    enum bednet_review_party party = broker->find(subscription, &access);
    review->again = review->again || party == BEDNET_REVIEW_LATER;
    if (party == BEDNET_REVIEW_GONE)
        bednet_subscriptions_forget(bednet_process()->subscriptions, chain, subscription->client_id);
    if (party != BEDNET_REVIEW_FOUND)
        return;
    struct bednet_identity *identity =
        bednet_identities_find(bednet_process()->identities, chain, &access.client);
    if (may_be_judged(identity) && !bednet_chain_keeps(chain, &access, &plugin, &decision))
        enforce(chain, broker, subscription, &access, identity, plugin, &decision);
}

/* True when all were seen. */
static bool look_at_subscriptions(struct bednet_review *review, struct bednet_chain *chain,
                                  const struct bednet_review_broker *broker)
{
    if (bednet_chain_policy(chain)->on_change.subscription == BEDNET_CHANGE_KEEPS)
        return true;
    for (int i = 0; i < BEDNET_REVIEW_SUBSCRIPTIONS_MAX; i++) {
        struct bednet_subscription subscription;
        if (!bednet_subscriptions_next(&review->subscriptions, &subscription))
            return true;
        if (subscription.chain == chain)
            look_at(review, chain, broker, &subscription);
    }
    return false;
}

void bednet_review_turn(struct bednet_review *review, struct bednet_chain *chain,
                        const struct bednet_review_broker *broker)
{
    enum bednet_plugin missing;
    uint32_t generation = bednet_chain_generation(chain);
    if (!review->begun)
        bednet_review_begin(review, chain);
    if (review->generation != generation)
        restart(review, generation);
    else if (review->stage == DONE && review->again)
        look_again(review);
    if (review->stage == DONE || bednet_chain_misses(chain, &missing))
        return;
    if (review->stage == AT_ROLES && look_at_roles(review, chain))
        review->stage = AT_SUBSCRIPTIONS;
    else if (review->stage == AT_SUBSCRIPTIONS && look_at_subscriptions(review, chain, broker))
        review->stage = DONE;
}
