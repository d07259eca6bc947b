/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the process's table of subscriptions in step with the broker, as far as it tells: see
 * runtime/subscriptions.h. Only where somebody looks at it; elsewhere all of this does nothing.
 */
#ifndef BEDNET_BROKER_SUBSCRIPTIONS_H
#define BEDNET_BROKER_SUBSCRIPTIONS_H

#include "broker/instance.h"

/* Fills in what a subscribe is judged by: `access->is_new` and `access->subscriptions`. */
void bednet_subscriptions_weigh(const struct bednet_instance *instance, const struct mosquitto *broker_client,
                                struct bednet_access *access);

/*
 * A plugin did not deny a subscribe or unsubscribe. Where nobody of the chain is asked after it, the broker
 * is about to do it, and it is noted. False where a subscribe could not be noted, although they are counted:
 * it must be denied, which is reported.
 */
bool bednet_subscriptions_note(const struct bednet_instance *instance, enum bednet_action action,
                               const struct mosquitto_evt_acl_check *data);

/*
 * A plugin, or the gate, denied a subscribe: where the broker asked about a filter that the session has, for
 * it is closing the connection (bednet_instance_kick), it is about to drop it. When the client itself asks
 * again for a filter that it has, it keeps it.
 */
void bednet_subscriptions_note_denial(const struct bednet_instance *instance,
                                      const struct mosquitto_evt_acl_check *data);

/* The broker accepted this client; 2.1 only. It has what its session had, or begins anew. */
void bednet_subscriptions_begin(const struct bednet_instance *instance,
                                const struct mosquitto *broker_client);

/* DISCONNECT or CLIENT_OFFLINE of a client that has an id. */
void bednet_subscriptions_end(const struct bednet_instance *instance, int event,
                              const struct mosquitto_evt_disconnect *data);

#endif
