/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain: the plugins that judge one listener (or all of them) by one policy. The runtime keeps the policy
 * snapshot, knows which plugins attached and in which order, and swaps the snapshot on reload. Broker thread
 * only.
 */
#ifndef BEDNET_RUNTIME_CHAIN_H
#define BEDNET_RUNTIME_CHAIN_H

#include "core/status.h"
#include "policy/policy.h"
#include "runtime/identity.h"

struct bednet_chain;

/* Called by a plugin's adapter while the broker starts. See attach. */
struct bednet_attachment {
    enum bednet_plugin plugin;
    const char *module_path; /* for messages that name a line of mosquitto.conf */
    bool judges_actions;     /* it answers ACL_CHECK */
    void *state;
    /*
     * Reload in two steps, so that all plugins change or none. `prepare` gets the policy to come and may
     * refuse it by adding an error; exactly one of `commit` and `abort` follows. All may be NULL.
     */
    void (*prepare)(void *state, const struct bednet_policy *next, struct bednet_diag *diag);
    void (*commit)(void *state, const struct bednet_policy *next);
    void (*abort)(void *state);
    /* What has to be done from time to time; see bednet_chain_tick. May be NULL. */
    void (*tick)(void *state);
};

/*
 * Attaches to the chain of policy file `policy_path` and name `name`; the first one loads the policy.
 * Refuses, with an error in `diag` and BEDNET_INVALID, a policy that does not load, a plugin that is attached
 * already and a wrong order of plugin lines. Every attach that succeeded needs a detach.
 */
enum bednet_status bednet_chain_attach(const char *policy_path, const char *name,
                                       const struct bednet_attachment *attachment, struct bednet_diag *diag,
                                       struct bednet_chain **chain);

/* Called some times a second by the plugin that leads: it is the turn of all of them. */
void bednet_chain_tick(const struct bednet_chain *chain);

/* The last one out frees policy and chain. */
void bednet_chain_detach(struct bednet_chain *chain, enum bednet_plugin plugin);

/* True for the plugin that attached first: its adapter does the chain's housekeeping. */
bool bednet_chain_leads(const struct bednet_chain *chain, enum bednet_plugin plugin);

/* The policy in force. Valid until the next reload. */
const struct bednet_policy *bednet_chain_policy(const struct bednet_chain *chain);

/* Grows with every policy that is taken into use; never 0. */
uint32_t bednet_chain_generation(const struct bednet_chain *chain);

/* The plugin that a section of the policy asks for and nobody attached: true, and which one. Never metrics.
 */
bool bednet_chain_misses(const struct bednet_chain *chain, enum bednet_plugin *plugin);

/* True when the policy speaks of metrics and no plugin serves them: worth a warning. */
bool bednet_chain_misses_metrics(const struct bednet_chain *chain);

/*
 * True when `plugin` is where an action ends up that no plugin of the chain had an answer to, because acl is
 * not there and no later plugin judges actions. The policy's `default` is then its to apply. For the leading
 * plugin's gate the question is asked with BEDNET_PLUGINS: it is the last where nobody judges actions.
 */
bool bednet_chain_is_last_judge(const struct bednet_chain *chain, enum bednet_plugin plugin);

/* True where sessions of the chain may end while they are connected, and no acl is there to deny them then.
 */
bool bednet_chain_gate_ends_sessions(const struct bednet_chain *chain);

/* Where the review of the chain's sessions stands; see session.h. */
struct bednet_identities_cursor *bednet_chain_cursor(struct bednet_chain *chain);

/*
 * The leading plugin saw the login of this client begin; the others ask whether it did. Where it did not, the
 * plugin lines of one chain stand in different listeners, and none of them is complete.
 */
void bednet_chain_open_login(struct bednet_chain *chain, const void *handle);
bool bednet_chain_login_is_open(const struct bednet_chain *chain, const void *handle);

/*
 * Loads the policy file anew. All or nothing: on any error the old snapshot stays, and `diag` holds every
 * error. A policy with a section whose plugin is not attached is such an error, except for metrics.
 */
enum bednet_status bednet_chain_reload(struct bednet_chain *chain, struct bednet_diag *diag);

#endif
