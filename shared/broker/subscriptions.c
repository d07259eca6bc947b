/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/subscriptions.h"
#include "runtime/process.h"
#include "runtime/report.h"

static bool are_bounded(const struct bednet_instance *instance)
{
    return bednet_chain_policy(instance->chain)->topics.subscriptions_max.source.line != 0;
}

/* Whether on_change may end a client for a subscription, on a broker that takes none back. */
static bool may_end_clients(const struct bednet_instance *instance)
{
    enum bednet_subscription_change change = bednet_chain_policy(instance->chain)->on_change.subscription;
    return change == BEDNET_CHANGE_DISCONNECTS ||
           (change == BEDNET_CHANGE_REMOVES && bednet_chain_has(instance->chain, BEDNET_PLUGIN_TOPIC));
}

/* 2.1 lets plugins take a subscription back, for which they must know of it. */
static bool are_followed(const struct bednet_instance *instance)
{
    return instance->features.can_unsubscribe || are_bounded(instance) || may_end_clients(instance);
}

/*
 * Whether this client goes on with the session that is known under its name. It is asked for when a client
 * does something, and not when it logs in: a login may still be refused, and whoever was refused must not
 * wipe what counts against another.
 */
static void settle(const struct bednet_instance *instance, const struct bednet_client *client,
                   const struct mosquitto *broker_client)
{
    struct bednet_subscriptions *table = bednet_process()->subscriptions;
    struct bednet_subscribed known;
    if (bednet_subscriptions_look(table, instance->chain, client->client_id, &known) &&
        (known.departed || known.handle != client->handle) &&
        bednet_broker_session_is_new(&instance->features, broker_client, known.count > known.shared))
        bednet_subscriptions_forget(table, instance->chain, client->client_id);
}

/* What could not be kept counts as too many. What the broker asks about on its own account it has already. */
void bednet_subscriptions_weigh(const struct bednet_instance *instance, const struct mosquitto *broker_client,
                                struct bednet_access *access)
{
    struct bednet_subscriptions *table = bednet_process()->subscriptions;
    struct bednet_subscribed known;
    struct bednet_text client_id = access->client.client_id;
    if (!are_bounded(instance))
        return;
    settle(instance, &access->client, broker_client);
    bednet_subscriptions_look(table, instance->chain, client_id, &known);
    access->is_new = !bednet_process()->closing &&
                     !bednet_subscriptions_has(table, instance->chain, client_id, access->topic);
    if (known.overflowed || !bednet_subscriptions_has_room(table, instance->chain, client_id, access->topic))
        access->subscriptions = UINT32_MAX;
    else
        access->subscriptions =
            bednet_broker_subscriptions(&instance->features, broker_client, known.count, known.shared);
}

static bool add(const struct bednet_instance *instance, struct bednet_client *client,
                const struct mosquitto_evt_acl_check *data)
{
    struct bednet_text filter = bednet_text(data->topic);
    settle(instance, client, data->client);
    enum bednet_status status =
        bednet_subscriptions_add(bednet_process()->subscriptions, instance->chain, client, filter);
    if (status != BEDNET_NOMEM || !are_bounded(instance))
        return true;
    client->address = mosquitto_client_address(data->client);
    struct bednet_occasion occasion = {.action = BEDNET_ACTION_SUBSCRIBE, .client = client, .topic = filter};
    bednet_report_gate_denial(instance->chain, &occasion, BEDNET_REASON_INTERNAL);
    return false;
}

static __attribute__((noinline)) bool follow(const struct bednet_instance *instance,
                                             enum bednet_action action,
                                             const struct mosquitto_evt_acl_check *data)
{
    struct bednet_client client =
        bednet_instance_client(data->client, mosquitto_client_username(data->client));
    if (action == BEDNET_ACTION_SUBSCRIBE)
        return add(instance, &client, data);
    bednet_subscriptions_remove(bednet_process()->subscriptions, instance->chain, client.client_id,
                                bednet_text(data->topic));
    return true;
}

bool bednet_subscriptions_note(const struct bednet_instance *instance, enum bednet_action action,
                               const struct mosquitto_evt_acl_check *data)
{
    if (!are_followed(instance) || !bednet_chain_is_last_judge(instance->chain, bednet_module.plugin))
        return true;
    return follow(instance, action, data);
}

void bednet_subscriptions_note_denial(const struct bednet_instance *instance,
                                      const struct mosquitto_evt_acl_check *data)
{
    if (bednet_process()->closing)
        bednet_subscriptions_remove(bednet_process()->subscriptions, instance->chain,
                                    bednet_text(mosquitto_client_id(data->client)), bednet_text(data->topic));
}

void bednet_subscriptions_begin(const struct bednet_instance *instance, const struct mosquitto *broker_client)
{
    if (!are_followed(instance))
        return;
    struct bednet_client client = bednet_instance_client(broker_client, NULL);
    settle(instance, &client, broker_client);
    bednet_subscriptions_arrive(bednet_process()->subscriptions, instance->chain, &client);
}

/*
 * A takeover tells the end of the old connection after the login of the new one, and a refused login tells an
 * end under somebody else's name: only that of the client that the session is with counts.
 */
void bednet_subscriptions_end(const struct bednet_instance *instance, int event,
                              const struct mosquitto_evt_disconnect *data)
{
    struct bednet_subscriptions *table = bednet_process()->subscriptions;
    struct bednet_client client = bednet_instance_client(data->client, NULL);
    struct bednet_subscribed known;
    if (!bednet_subscriptions_look(table, instance->chain, client.client_id, &known) || known.departed ||
        known.handle != client.handle)
        return;
    if (bednet_broker_session_is_over(&instance->features, event, data))
        bednet_subscriptions_forget(table, instance->chain, client.client_id);
    else
        bednet_subscriptions_depart(table, instance->chain, &client);
}
