/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_limit.so: rate limits. Only objects, never grants. */
#include "broker/module.h"
#include "plugins/limit/limiter.h"
#include "runtime/clock.h"
#include "runtime/process.h"
#include "runtime/standing.h"

#include <stdlib.h>

struct limit {
    struct bednet_chain *chain;
    struct bednet_limiter *limiter;
};

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    struct limit *limit = calloc(1, sizeof *limit);
    if (limit == NULL)
        return BEDNET_NOMEM;
    limit->chain = chain;
    limit->limiter = bednet_limiter_new(&bednet_process()->key, BEDNET_LIMITER_CLIENTS_MAX);
    if (limit->limiter == NULL) {
        free(limit);
        return BEDNET_NOMEM;
    }
    *state = limit;
    return BEDNET_OK;
}

static void stop(void *state)
{
    struct limit *limit = state;
    bednet_limiter_free(limit->limiter);
    free(limit);
}

/*
 * A role may lift the limits. Who sends is looked up only when a message is beyond them, or would be counted
 * together with others'.
 */
static void excuses(void *state, const struct bednet_message *message, struct bednet_decision *decision)
{
    const struct limit *limit = state;
    struct bednet_standing standing;
    bednet_standing_of(limit->chain, &message->client, &standing);
    if ((standing.exemptions & BEDNET_EXEMPT_LIMITS) == 0)
        return;
    decision->verdict = BEDNET_DEFER;
    if ((standing.excepted & BEDNET_EXEMPT_LIMITS) != 0)
        bednet_standing_except(limit->chain, &standing, BEDNET_EXEMPT_LIMITS, decision);
}

struct sender {
    struct bednet_chain *chain;
    const struct bednet_message *message;
};

static bool is_exempt(void *context)
{
    const struct sender *sender = context;
    struct bednet_client client = sender->message->client;
    struct bednet_standing standing;
    sender->message->complete(&client);
    bednet_standing_of(sender->chain, &client, &standing);
    return (standing.exemptions & BEDNET_EXEMPT_LIMITS) != 0;
}

static void message(void *state, const struct bednet_message *message, struct bednet_decision *decision)
{
    struct limit *limit = state;
    const struct bednet_limits_policy *policy = &bednet_chain_policy(limit->chain)->limits;
    if (policy->publish_count == 0) {
        decision->verdict = BEDNET_DEFER;
        return;
    }
    struct sender sender = {limit->chain, message};
    const struct bednet_limiter_message taken = {
        .client_id = message->client.client_id,
        .bytes = message->topic.len + message->payload_bytes,
        .now_ns = bednet_clock_coarse_ns(),
        .exact_ns = bednet_clock_monotonic_ns,
        .is_exempt = is_exempt,
        .context = &sender,
    };
    bednet_limiter_take(limit->limiter, policy, bednet_chain_generation(limit->chain), &taken, decision);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_LIMIT,
    .start = start,
    .stop = stop,
    .message = message,
    .excuses = excuses,
};
