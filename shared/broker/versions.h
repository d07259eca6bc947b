/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that knows how Mosquitto's versions differ and which return codes they take. A wrong code
 * can disconnect a publisher, open an ACL or end the broker, so nothing else in Bednet returns one.
 */
#ifndef BEDNET_BROKER_VERSIONS_H
#define BEDNET_BROKER_VERSIONS_H

#include "broker/mosquitto_api.h"
#include "core/status.h"
#include "core/verdict.h"

/* What this broker can do. 2.0.11 and 2.0.21 cannot be told apart and need not be. */
struct bednet_broker_features {
    bool has_connect_event;  /* CONNECT and CLIENT_OFFLINE: 2.1 */
    bool has_other_threads;  /* http_api listeners ask plugins from a thread of their own: 2.1 */
    bool reload_must_defer;  /* RELOAD: 2.0 goes on only after PLUGIN_DEFER, 2.1 exits on it */
    bool has_quota_exceeded; /* a dropped message may say why; 2.0 closes the connection instead */
    bool can_unsubscribe;    /* a plugin may take a client's subscription back: 2.1 */
};

/* Asks the running broker, not the headers: one binary serves all versions. */
struct bednet_broker_features bednet_broker_features(void);

/* Tells a 2.1 broker the plugin's name, for its log; 2.0 has no use for it. */
void bednet_broker_introduce(mosquitto_plugin_id_t *identifier, const char *name);

/*
 * Between RELOAD and the next tick: whether BASIC_AUTH asks about a session that the broker has under this
 * client pointer, and not about a new login. 2.1 tells. 2.0 asks about all of its sessions at once, and takes
 * no new ones before it ticks, but those of websockets; where it does not tick nobody knows.
 */
enum bednet_asked { BEDNET_ASKED_NEW, BEDNET_ASKED_EITHER, BEDNET_ASKED_AGAIN };
enum bednet_asked bednet_broker_asks(const struct mosquitto *client, bool ticks);

/* False where the session surely ends with its connection. MQTT 5 tells no plugin how long it lasts. */
bool bednet_client_persists(const struct mosquitto *client);

/* The client that has the session of that id, offline or not; NULL where there is none, and always on 2.0. */
const struct mosquitto *bednet_broker_client(const char *client_id);

/*
 * Takes a subscription away, by the filter as ACL_CHECK had it, with or without such a session online; false
 * where there is no session of that id. 2.1 only. The client is not told, nor are plugins.
 */
bool bednet_broker_unsubscribe(const char *client_id, const char *filter);

/*
 * Of a client that has just come: whether it goes on with no session, so that it is subscribed to nothing.
 * `has_plain`: the session that is known under its name had a subscription that is not shared; 2.0.11 tells
 * of no others.
 */
bool bednet_broker_session_is_new(const struct bednet_broker_features *features,
                                  const struct mosquitto *client, bool has_plain);

/*
 * How many subscriptions a session has at most of which `count` are known, `shared` of them shared. 2.1 knows
 * it; 2.0 tells the most that there have been, and 2.0.11 leaves out those that are shared.
 */
uint32_t bednet_broker_subscriptions(const struct bednet_broker_features *features,
                                     const struct mosquitto *client, uint32_t count, uint32_t shared);

/*
 * DISCONNECT or CLIENT_OFFLINE: whether the session surely ends with the connection. Where it was taken over
 * it may go on with another client, and of MQTT 5 nobody tells on 2.0.
 */
bool bednet_broker_session_is_over(const struct bednet_broker_features *features, int event,
                                   const struct mosquitto_evt_disconnect *data);

/* 2.1 may otherwise sleep for long between two ticks; 2.0 ignores it. */
void bednet_tick_again(struct mosquitto_evt_tick *tick, long milliseconds);

/*
 * BASIC_AUTH and EXT_AUTH_START: SUCCESS, AUTH or PLUGIN_DEFER; with another code the broker closes the
 * connection without a word. Where all defer on EXT_AUTH_START the client reads `bad authentication method`.
 */
int bednet_login_code(enum bednet_verdict verdict);

/* EXT_AUTH_CONTINUE: the client is asked for another step. */
int bednet_another_step_code(void);

/* ACL_CHECK: SUCCESS, ACL_DENIED or PLUGIN_DEFER; anything else disconnects the publisher. */
static inline int bednet_access_code(enum bednet_verdict verdict)
{
    if (verdict == BEDNET_GRANT)
        return MOSQ_ERR_SUCCESS;
    return verdict == BEDNET_DEFER ? MOSQ_ERR_PLUGIN_DEFER : MOSQ_ERR_ACL_DENIED;
}

/* MESSAGE: SUCCESS, or what drops the message and keeps the connection. Never PLUGIN_DEFER. */
int bednet_message_code(const struct bednet_broker_features *features, enum bednet_verdict verdict);

/* RELOAD, always the code that lets the broker go on. */
int bednet_reload_code(const struct bednet_broker_features *features);

/* plugin_init: non-zero keeps the broker from starting. */
int bednet_init_code(enum bednet_status status);

#endif
