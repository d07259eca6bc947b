/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plugin is to its adapter. Each folder under plugins/ defines one `bednet_module`; entry.c of this
 * folder, compiled into every module, exports Mosquitto's three entry points and calls it. All functions run
 * on the broker's thread, and none may block. Functions that are NULL are events the plugin does not want.
 */
#ifndef BEDNET_BROKER_MODULE_H
#define BEDNET_BROKER_MODULE_H

#include "runtime/chain.h"
#include "runtime/event.h"
#include "runtime/session.h"

struct bednet_module {
    enum bednet_plugin plugin;

    /*
     * After the chain is attached. Puts the plugin's own state, which may stay NULL, into *state. On failure
     * nothing is kept, `diag` says why, and the broker refuses to start.
     */
    enum bednet_status (*start)(struct bednet_chain *chain, void **state, struct bednet_diag *diag);
    /* Before the chain is detached. Joins every thread. */
    void (*stop)(void *state);

    /* See struct bednet_attachment. */
    void (*prepare)(void *state, const struct bednet_policy *next, struct bednet_diag *diag);
    void (*commit)(void *state, const struct bednet_policy *next);
    void (*abort)(void *state);

    /*
     * Decide; counting, logging and enforcing is the adapter's. `decision` comes zeroed, which is a denial.
     * A login that is granted may set *username (borrowed until the next callback) to rename the session.
     */
    void (*login)(void *state, const struct bednet_login *login, struct bednet_decision *decision,
                  struct bednet_text *username);
    void (*access)(void *state, const struct bednet_access *access, struct bednet_decision *decision);
    /* May be NULL. Like `access`, of a subscription that is there already; see bednet_chain_keeps. */
    void (*keeps)(void *state, const struct bednet_access *access, struct bednet_decision *decision);
    /*
     * May be NULL. Asked before `access`, for nearly every message ends here: what can be said of the action
     * without knowing more of the client than the broker's pointer to it. BEDNET_DENY stands for "ask me
     * properly", since only then a denial has its reason: then, and only then, *seen is filled in, and
     * `access` is told. What merely passes (BEDNET_DEFER) is not reported.
     */
    enum bednet_verdict (*glance)(void *state, const void *handle, enum bednet_action action,
                                  const char *topic, struct bednet_glimpse *seen);
    /*
     * May be NULL. Asked when a glance came to BEDNET_DENY, with what it has seen, and before `access`: true
     * for what surely is granted. False says nothing.
     */
    bool (*allows)(void *state, enum bednet_action action, const struct bednet_glimpse *seen);
    /* Denies or defers. The client comes without its user name; see bednet_message.complete. */
    void (*message)(void *state, const struct bednet_message *message, struct bednet_decision *decision);
    /*
     * Some ten times a second, and before a login where the broker never ticks. log() takes a level of
     * bednet_diag; kick() is NULL where connections cannot be ended now.
     */
    void (*tick)(void *state, bednet_session_kick kick,
                 void (*log)(enum bednet_severity severity, const char *line));
    bool enhanced_login; /* `login` is asked for MQTT 5's enhanced authentication, too */
    bool renews;    /* the sessions that it lets in may authenticate anew: nobody behind answers for them */
    bool discovers; /* `login` is asked about clients that the broker lets in without asking, too */
    bool overlooks_deliveries; /* `access` and `glance` defer on BEDNET_ACTION_RECEIVE, and need not be asked
                                */
    /*
     * After a denial by `message`, with the user name: takes it back where this client is exempt from it.
     */
    void (*excuses)(void *state, const struct bednet_message *message, struct bednet_decision *decision);
};

extern const struct bednet_module bednet_module;

#endif
