/* SPDX-License-Identifier: Apache-2.0 */
/* One `plugin` line of mosquitto.conf: what the callbacks of this module get as their userdata. */
#ifndef BEDNET_BROKER_INSTANCE_H
#define BEDNET_BROKER_INSTANCE_H

#include "broker/module.h"
#include "broker/versions.h"
#include "runtime/counters.h"
#include "runtime/review.h"

#include <pthread.h>
#include <sys/single_threaded.h>

/* See reload.h. */
struct bednet_reload;
enum bednet_reload_stage { BEDNET_RELOAD_NONE, BEDNET_RELOAD_LOADING, BEDNET_RELOAD_FREEING };

struct bednet_instance {
    mosquitto_plugin_id_t *identifier;
    struct bednet_broker_features features;
    pthread_t broker_thread;
    struct bednet_chain *chain; /* NULL until attached */
    bool started;
    void *state; /* the plugin's own */
    bednet_tally *grants;
    bednet_tally *passes; /* of messages */
    bool module_has_ticked;
    struct bednet_glimpse seen; /* by the glance at the action that is being judged */

    /* Of the plugin that leads the chain; see housekeeping.c. */
    bool gate_judges_actions;
    bool gate_ends_sessions; /* see bednet_chain_gate_ends_sessions */
    bool has_ticked;
    uint8_t gate_rest; /* deliveries for which it need not be asked; see bednet_gate_rests */
    uint64_t turn_ns;  /* when it last was everybody's turn */
    int64_t ticked_s;  /* the same by the wall clock */
    struct bednet_reload *reload;
    enum bednet_reload_stage reload_stage;
    bool reauthenticating;    /* between SIGHUP and the next tick */
    uint64_t reloaded_ns;     /* 0: never */
    uint32_t told_generation; /* of the chain: its exceptions were logged */
    struct bednet_review review;
    int64_t caught_up_s; /* when sessions were last looked at where the broker never ticks */
};

/* True in http_api's thread of Mosquitto 2.1, where nothing of the broker or of Bednet may be touched. */
static inline bool bednet_instance_is_off_thread(const struct bednet_instance *instance)
{
    return instance->features.has_other_threads && !__libc_single_threaded &&
           !pthread_equal(pthread_self(), instance->broker_thread);
}

/* The party of an event; `username` as the event gives it or as the session is called. Borrowed. */
static inline struct bednet_client bednet_instance_client(const struct mosquitto *client,
                                                          const char *username)
{
    return (struct bednet_client){
        .handle = client,
        .client_id = bednet_text(mosquitto_client_id(client)),
        .username = bednet_text(username),
    };
}

/* The action that an access of ACL_CHECK stands for. */
static inline enum bednet_action bednet_instance_action(int access)
{
    switch (access) {
    case MOSQ_ACL_READ:
        return BEDNET_ACTION_RECEIVE;
    case MOSQ_ACL_SUBSCRIBE:
        return BEDNET_ACTION_SUBSCRIBE;
    case MOSQ_ACL_UNSUBSCRIBE:
        return BEDNET_ACTION_UNSUBSCRIBE;
    default:
        return BEDNET_ACTION_PUBLISH;
    }
}

/* Registers one callback, with the instance as its userdata; false where the broker refuses. */
bool bednet_instance_registers(struct bednet_instance *instance, int event,
                               MOSQ_FUNC_generic_callback callback);

/*
 * The gate: true, and reported, where the chain is incomplete, or the session has ended and no acl says so.
 * Asked by the callback for actions of the plugin that leads, as long as `gate_judges_actions`;
 * housekeeping.c has a callback of its own where there is none.
 */
bool bednet_gate_denies(struct bednet_instance *instance, enum bednet_action action,
                        const struct mosquitto_evt_acl_check *data);

/* The answer to whoever asks from another thread than the broker's; counted where the gate judges actions. */
int bednet_gate_refuses_thread(const struct bednet_instance *instance,
                               const struct mosquitto_evt_acl_check *data);

/*
 * True where the gate surely has nothing to say and may be left out. A delivery follows some other event,
 * which the gate has seen, and what it goes by changes at none but a reload, which wakes it; only what the
 * broker itself publishes comes without one, so it looks at one delivery of many.
 */
static inline bool bednet_gate_rests(struct bednet_instance *instance, enum bednet_action action)
{
    if (action != BEDNET_ACTION_RECEIVE || instance->gate_rest == 0)
        return false;
    instance->gate_rest--;
    return true;
}

/*
 * A client of the chain does something, or with `leaves` its connection ends: if nothing is known of it, and
 * it has a certificate, it is judged by that. False where it is to be denied, for nothing could be
 * remembered.
 */
bool bednet_instance_meets(const struct bednet_instance *instance, const struct bednet_client *client,
                           bool leaves);

/* The broker accepted this client, which a plugin may never have been asked about; 2.1 only. */
void bednet_instance_accepts(const struct bednet_instance *instance, const struct bednet_client *client);

/* See struct bednet_attachment; `state` is the instance of the plugin that knows certificates. */
bool bednet_instance_discovers(void *state, const struct bednet_client *client, bool leaves);

/* Registers the plugin's own callbacks; BEDNET_INVALID where the broker refuses. */
enum bednet_status bednet_register_callbacks(struct bednet_instance *instance);

/* Registers the chain's housekeeping; only for the plugin that leads, before its own callbacks. */
enum bednet_status bednet_register_housekeeping(struct bednet_instance *instance);

/*
 * Closes a connection; see bednet_session_kick. Before it does, the broker asks about each filter that the
 * session is subscribed to, if the session is to last, and drops those that are denied.
 */
void bednet_instance_kick(const char *client_id, bool with_will);

/* One line of a plugin, at the level that its severity stands for. */
void bednet_log_severity(enum bednet_severity severity, const char *line);

/* A denial's line. */
void bednet_log_denial(const char *line);

/* Every diagnostic at its level, each behind the plugin's name. */
void bednet_log_diag(const struct bednet_diag *diag);

#endif
