/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain: the plugins that judge one listener (or all of them) by one policy. The runtime keeps the policy
 * snapshot, knows which plugins attached and in which order, and exchanges the snapshot. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_CHAIN_H
#define BEDNET_RUNTIME_CHAIN_H

#include "core/status.h"
#include "policy/policy.h"
#include "runtime/event.h"
#include "runtime/identity.h"

struct bednet_chain;
struct bednet_keeper;

/*
 * What each event asks of a chain, which begins with it. Only chain.c writes here, and outside it only the
 * functions below look.
 */
struct bednet_chain_front {
    struct bednet_policy *policy;
    uint32_t generation;
    enum bednet_plugin missing; /* the first that a section asks for in vain; BEDNET_PLUGINS where none is */
    enum bednet_plugin last_judge; /* of actions; BEDNET_PLUGINS where nobody judges them */
    unsigned plugins;              /* mask of those that are attached */
};

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
    /* See bednet_chain_keeps. NULL: it does not judge subscriptions. */
    void (*keeps)(void *state, const struct bednet_access *access, struct bednet_decision *decision);
    /* What has to be done from time to time; see bednet_chain_tick. May be NULL. */
    void (*tick)(void *state);
    /* See bednet_chain_discover. NULL: it judges only whom the broker asks about. */
    bool (*discover)(void *state, const struct bednet_client *client, bool leaves);
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

/* True where this plugin is attached. */
static inline bool bednet_chain_has(const struct bednet_chain *chain, enum bednet_plugin plugin)
{
    return (((const struct bednet_chain_front *)(const void *)chain)->plugins >> plugin & 1) != 0;
}

/* The policy in force. Valid until the next exchange. */
static inline const struct bednet_policy *bednet_chain_policy(const struct bednet_chain *chain)
{
    return ((const struct bednet_chain_front *)(const void *)chain)->policy;
}

/* Where it comes from, as it was attached. As long as the chain is there; any thread. */
const char *bednet_chain_policy_path(const struct bednet_chain *chain);

/* Where the identities of the chain outlive the broker; NULL where the policy names no store. */
struct bednet_keeper *bednet_chain_keeper(const struct bednet_chain *chain);

/* Notes an identity of the chain there; see bednet_keeper_note. */
void bednet_chain_keep(const struct bednet_chain *chain, struct bednet_identity *identity, bool persists);

/*
 * Grows with every policy that is taken into use, and with every end of an exception, which changes what is
 * in force as well; never 0.
 */
static inline uint32_t bednet_chain_generation(const struct bednet_chain *chain)
{
    return ((const struct bednet_chain_front *)(const void *)chain)->generation;
}

/*
 * The exceptions of the policy in force that have not ended, as a mask; see bednet_policy_exceptions_at. They
 * end by the wall clock, once: what ended stays so when the clock is put back, until the next reload.
 */
uint64_t bednet_chain_exceptions(const struct bednet_chain *chain);

/* Ends those whose time has come by `now_s`; gives which. A cheap question where there is none. */
uint64_t bednet_chain_end_exceptions(struct bednet_chain *chain, int64_t now_s);

/* What they lift for whoever has these roles, and the first that lifts one of `exemptions`, or NULL. */
unsigned bednet_chain_excepted(const struct bednet_chain *chain, const uint16_t *roles, size_t role_count);
const struct bednet_exception *bednet_chain_exception(const struct bednet_chain *chain, const uint16_t *roles,
                                                      size_t role_count, unsigned exemptions);

/*
 * Whether a client that has subscribed may stay so under what is in force now: `access` is its subscription.
 * False, with the plugin that objects and why, where one does that is not only observed. Nothing is counted,
 * logged or remembered.
 */
bool bednet_chain_keeps(const struct bednet_chain *chain, const struct bednet_access *access,
                        enum bednet_plugin *plugin, struct bednet_decision *decision);

/* The plugin that a section of the policy asks for and nobody attached: true, and which one. Never metrics.
 */
static inline bool bednet_chain_misses(const struct bednet_chain *chain, enum bednet_plugin *plugin)
{
    *plugin = ((const struct bednet_chain_front *)(const void *)chain)->missing;
    return *plugin != BEDNET_PLUGINS;
}

/* True when the policy speaks of metrics and no plugin serves them: worth a warning. */
bool bednet_chain_misses_metrics(const struct bednet_chain *chain);

/*
 * True when `plugin` is where an action ends up that no plugin of the chain had an answer to, because acl is
 * not there and no later plugin judges actions. The policy's `default` is then its to apply. For the leading
 * plugin's gate the question is asked with BEDNET_PLUGINS: it is the last where nobody judges actions.
 */
static inline bool bednet_chain_is_last_judge(const struct bednet_chain *chain, enum bednet_plugin plugin)
{
    return ((const struct bednet_chain_front *)(const void *)chain)->last_judge == plugin;
}

/* True where sessions of the chain may end while they are connected, and no acl is there to deny them then.
 */
bool bednet_chain_gate_ends_sessions(const struct bednet_chain *chain);

/* Where a plugin's review of the chain's sessions stands; see session.h. */
struct bednet_identities_cursor *bednet_chain_cursor(struct bednet_chain *chain, enum bednet_plugin plugin);

/*
 * Mosquitto never asks plugins to authenticate a client that it names by its certificate
 * (use_identity_as_username). Such a client turns up under the names that the broker gave it; a plugin of the
 * chain that knows certificates then judges it as at a login, and what it thinks becomes its session: live,
 * or ended from the start. With `leaves` its connection is about to end, and the session is retired at once:
 * its will is judged by it. False where nothing could be remembered: whatever it asks for is to be denied,
 * and it turns up again.
 */
bool bednet_chain_discover(const struct bednet_chain *chain, const struct bednet_client *client, bool leaves);

/* True where some plugin of the chain would be asked. */
bool bednet_chain_discovers(const struct bednet_chain *chain);

/*
 * A certificate that is only one of two factors: what it says of the client, for the plugin that judges the
 * other one in the same login. Good for that login alone: bednet_chain_open_login forgets it, and so does
 * whoever takes it.
 */
struct bednet_factor {
    const struct bednet_identity_spec *spec; /* as for bednet_session_identify; ends_s 0: ends nothing */
    unsigned agree;                          /* mask of enum bednet_agreement */
    int64_t not_after_s;
    struct bednet_source agree_source;
};

/* Borrowed until the next login; `spec->handle` says whose it is. */
void bednet_chain_leave_factor(struct bednet_chain *chain, const struct bednet_factor *factor);

/* False where nothing was left for this client in this login. */
bool bednet_chain_take_factor(struct bednet_chain *chain, const void *handle, struct bednet_factor *factor);

/*
 * The leading plugin saw the login of this client begin; the others ask whether it did. Where it did not, the
 * plugin lines of one chain stand in different listeners, and none of them is complete.
 */
void bednet_chain_open_login(struct bednet_chain *chain, const void *handle);
bool bednet_chain_login_is_open(const struct bednet_chain *chain, const void *handle);

/* This client's connection ended; true where its login was the last one that began. */
bool bednet_chain_close_login(struct bednet_chain *chain, const void *handle);

/*
 * Takes *policy, which was loaded from the chain's file, into force, and takes no longer for more rules. All
 * or nothing: BEDNET_OK, and *policy is the one that was in force until now, the caller's to free on any
 * thread; or BEDNET_INVALID, with every objection in `diag`, and *policy stays what and whose it was. A
 * section whose plugin is not attached is such an objection, except for metrics.
 */
enum bednet_status bednet_chain_exchange(struct bednet_chain *chain, struct bednet_policy **policy,
                                         struct bednet_diag *diag);

#endif
