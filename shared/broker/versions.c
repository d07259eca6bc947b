/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/versions.h"

#include <stddef.h>

/* Not in 2.0, where the references stay NULL. */
extern int mosquitto_plugin_set_info(mosquitto_plugin_id_t *identifier, const char *plugin_name,
                                     const char *plugin_version) __attribute__((weak));

extern struct mosquitto *mosquitto_client(const char *client_id) __attribute__((weak));

extern int mosquitto_subscription_delete(const char *client_id, const char *filter) __attribute__((weak));

struct bednet_broker_features bednet_broker_features(void)
{
    bool is_2_1 = &mosquitto_plugin_set_info != NULL;
    return (struct bednet_broker_features){
        .has_connect_event = is_2_1,
        .has_other_threads = is_2_1,
        .reload_must_defer = !is_2_1,
        .has_quota_exceeded = is_2_1,
        .can_unsubscribe = is_2_1,
    };
}

void bednet_broker_introduce(mosquitto_plugin_id_t *identifier, const char *name)
{
    if (&mosquitto_plugin_set_info != NULL)
        mosquitto_plugin_set_info(identifier, name, BEDNET_VERSION);
}

enum bednet_asked bednet_broker_asks(const struct mosquitto *client, bool ticks)
{
    if (&mosquitto_client != NULL)
        return mosquitto_client(mosquitto_client_id(client)) == client ? BEDNET_ASKED_AGAIN
                                                                       : BEDNET_ASKED_NEW;
    return ticks && mosquitto_client_protocol(client) != mp_websockets ? BEDNET_ASKED_AGAIN
                                                                       : BEDNET_ASKED_EITHER;
}

bool bednet_client_persists(const struct mosquitto *client)
{
    return mosquitto_client_protocol_version(client) >= 5 || !mosquitto_client_clean_session(client);
}

static uint32_t told_subscriptions(const struct mosquitto *client)
{
    int count = mosquitto_client_sub_count(client);
    return count > 0 ? (uint32_t)count : 0;
}

bool bednet_broker_session_is_new(const struct bednet_broker_features *features,
                                  const struct mosquitto *client, bool has_plain)
{
    return mosquitto_client_clean_session(client) ||
           ((features->has_connect_event || has_plain) && told_subscriptions(client) == 0);
}

uint32_t bednet_broker_subscriptions(const struct bednet_broker_features *features,
                                     const struct mosquitto *client, uint32_t count, uint32_t shared)
{
    uint32_t uncertain = features->has_connect_event ? count : count - shared;
    uint32_t told = told_subscriptions(client);
    return count - uncertain + (told < uncertain ? told : uncertain);
}

/*
 * A broker of 2.0 calls every session clean that is taken over, but by then the one that goes on has what it
 * was subscribed to.
 */
bool bednet_broker_session_is_over(const struct bednet_broker_features *features, int event,
                                   const struct mosquitto_evt_disconnect *data)
{
    if (event == BEDNET_EVT_CLIENT_OFFLINE)
        return false;
    if (features->has_connect_event)
        return data->reason != BEDNET_ERR_SESSION_TAKEN_OVER;
    return mosquitto_client_protocol_version(data->client) < 5 &&
           mosquitto_client_clean_session(data->client) && told_subscriptions(data->client) > 0;
}

void bednet_tick_again(struct mosquitto_evt_tick *tick, long milliseconds)
{
    tick->next_s = 0;
#if __has_include(<mosquitto/broker_plugin.h>)
    tick->next_ms = milliseconds;
#else
    tick->next_ns = milliseconds; /* 2.1 renamed the member and its unit; a 2.0 broker reads neither */
#endif
}

int bednet_login_code(enum bednet_verdict verdict)
{
    switch (verdict) {
    case BEDNET_GRANT:
        return MOSQ_ERR_SUCCESS;
    case BEDNET_DEFER:
        return MOSQ_ERR_PLUGIN_DEFER;
    default:
        return MOSQ_ERR_AUTH;
    }
}

int bednet_another_step_code(void)
{
    return MOSQ_ERR_AUTH_CONTINUE;
}

int bednet_message_code(const struct bednet_broker_features *features, enum bednet_verdict verdict)
{
    if (verdict == BEDNET_GRANT || verdict == BEDNET_DEFER)
        return MOSQ_ERR_SUCCESS;
    return features->has_quota_exceeded ? BEDNET_ERR_QUOTA_EXCEEDED : MOSQ_ERR_ACL_DENIED;
}

int bednet_reload_code(const struct bednet_broker_features *features)
{
    return features->reload_must_defer ? MOSQ_ERR_PLUGIN_DEFER : MOSQ_ERR_SUCCESS;
}

int bednet_init_code(enum bednet_status status)
{
    switch (status) {
    case BEDNET_OK:
        return MOSQ_ERR_SUCCESS;
    case BEDNET_NOMEM:
        return MOSQ_ERR_NOMEM;
    default:
        return MOSQ_ERR_INVAL;
    }
}

const struct mosquitto *bednet_broker_client(const char *client_id)
{
    return &mosquitto_client != NULL ? mosquitto_client(client_id) : NULL;
}

bool bednet_broker_unsubscribe(const char *client_id, const char *filter)
{
    return &mosquitto_subscription_delete != NULL &&
           mosquitto_subscription_delete(client_id, filter) == MOSQ_ERR_SUCCESS;
}
