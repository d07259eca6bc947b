/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/chain.h"

#include "runtime/clock.h"
#include "runtime/counters.h"
#include "runtime/keeper.h"
#include "runtime/process.h"

#include <stdlib.h>

#define NS_PER_MS 1000000

struct bednet_chain {
    struct bednet_chain_front front;
    struct bednet_chain *next;
    char *policy_path;
    char *name;
    struct bednet_keeper *keeper; /* NULL: the policy names no store */
    uint64_t exceptions;          /* see bednet_chain_exceptions */
    struct bednet_identities_cursor cursors[BEDNET_PLUGINS];
    struct bednet_factor factor; /* spec NULL: none was left */
    const void *login_handle;    /* only compared */
    size_t count;
    struct bednet_attachment attached[BEDNET_PLUGINS]; /* in the order of the plugin lines */
};

static struct bednet_chain *chains;
static uint32_t generations;
static int64_t policies; /* that were taken into use */

/*
 * Mosquitto asks in the order of the plugin lines and stops at the first answer, so whoever only objects must
 * stand before whoever grants. A lower rank stands first; plugins without a rank may stand anywhere.
 */
static const int rank[BEDNET_PLUGINS] = {
    [BEDNET_PLUGIN_TOPIC] = 1, [BEDNET_PLUGIN_LIMIT] = 1, [BEDNET_PLUGIN_CERT] = 2,
    [BEDNET_PLUGIN_JWT] = 3,   [BEDNET_PLUGIN_ACL] = 4,
};

static struct bednet_chain *find_chain(const char *policy_path, const char *name)
{
    struct bednet_chain *chain = chains;
    while (chain != NULL && (strcmp(chain->policy_path, policy_path) != 0 || strcmp(chain->name, name) != 0))
        chain = chain->next;
    return chain;
}

static bool misses(const struct bednet_chain *chain, const struct bednet_policy *policy,
                   enum bednet_plugin plugin)
{
    return policy->section[plugin].line != 0 && !bednet_chain_has(chain, plugin);
}

/* Each event asks for the answers, which change only with the policy or the plugins. */
static void take_stock(struct bednet_chain *chain)
{
    chain->front.plugins = 0;
    chain->front.last_judge = BEDNET_PLUGINS;
    for (size_t i = 0; i < chain->count; i++) {
        chain->front.plugins |= 1u << chain->attached[i].plugin;
        if (chain->attached[i].judges_actions)
            chain->front.last_judge = chain->attached[i].plugin;
    }
    chain->front.missing = BEDNET_PLUGINS;
    for (int i = BEDNET_PLUGINS; i-- > 0;)
        if (i != BEDNET_PLUGIN_METRICS && misses(chain, chain->front.policy, (enum bednet_plugin)i))
            chain->front.missing = (enum bednet_plugin)i;
}

static void set_exceptions(struct bednet_chain *chain, uint64_t exceptions)
{
    int64_t before = __builtin_popcountll(chain->exceptions);
    bednet_gauge_add(BEDNET_GAUGE_POLICY_EXCEPTIONS, __builtin_popcountll(exceptions) - before);
    chain->exceptions = exceptions;
}

/* The old one is the caller's. */
static void adopt(struct bednet_chain *chain, struct bednet_policy *policy)
{
    int64_t rules_before = 0;
    if (chain->front.policy != NULL)
        rules_before = (int64_t)bednet_rules_count(chain->front.policy->acl.rules);
    bednet_gauge_add(BEDNET_GAUGE_ACL_RULES, (int64_t)bednet_rules_count(policy->acl.rules) - rules_before);
    chain->front.policy = policy;
    chain->front.generation = ++generations;
    set_exceptions(chain, bednet_policy_exceptions_at(policy, bednet_clock_wall_s()));
    take_stock(chain);
    bednet_keeper_configure(chain->keeper, policy);
    bednet_gauge_set(BEDNET_GAUGE_POLICY_GENERATION, ++policies);
}

static void drop_chain(struct bednet_chain *chain)
{
    if (chain->front.policy != NULL)
        bednet_gauge_add(BEDNET_GAUGE_ACL_RULES,
                         -(int64_t)bednet_rules_count(chain->front.policy->acl.rules));
    set_exceptions(chain, 0);
    bednet_policy_free(chain->front.policy);
    free(chain->policy_path);
    free(chain->name);
    free(chain);
}

static enum bednet_status new_chain(const char *policy_path, const char *name, struct bednet_diag *diag,
                                    struct bednet_chain **out)
{
    enum bednet_status status = BEDNET_NOMEM;
    struct bednet_policy *policy = NULL;
    struct bednet_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL || bednet_process_acquire() == NULL) {
        free(chain);
        return BEDNET_NOMEM;
    }
    chain->policy_path = strdup(policy_path);
    chain->name = strdup(name);
    uint64_t from_ns = bednet_clock_monotonic_ns();
    if (chain->policy_path != NULL && chain->name != NULL)
        status = bednet_policy_load(policy_path, diag, &policy);
    bednet_count_load_time((bednet_clock_monotonic_ns() - from_ns) / NS_PER_MS);
    if (status == BEDNET_OK)
        status = bednet_keeper_acquire(policy, chain, name, diag, &chain->keeper);
    if (status != BEDNET_OK) {
        if (policy != NULL)
            bednet_identities_remove_chain(bednet_process()->identities, chain);
        bednet_policy_free(policy);
        drop_chain(chain);
        bednet_process_release();
        return status;
    }
    adopt(chain, policy);
    bednet_gauge_set(BEDNET_GAUGE_RELOAD_SUCCESSFUL, 1);
    bednet_gauge_set(BEDNET_GAUGE_RELOAD_SUCCESS_TIME, bednet_clock_wall_s());
    *out = chain;
    return BEDNET_OK;
}

static bool order_is_right(const struct bednet_chain *chain, const struct bednet_attachment *newcomer,
                           struct bednet_diag *diag)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct bednet_attachment *earlier = &chain->attached[i];
        if (rank[newcomer->plugin] == 0 || rank[earlier->plugin] <= rank[newcomer->plugin])
            continue;
        bednet_diag_add(diag, BEDNET_ERROR, NULL, (struct bednet_source){0},
                        "wrong order of plugin lines: move the line `plugin %s` above the line `plugin %s` "
                        "(%s only objects or identifies, and is never asked once %s has answered)",
                        newcomer->module_path, earlier->module_path, bednet_plugin_name(newcomer->plugin),
                        bednet_plugin_name(earlier->plugin));
        return false;
    }
    return true;
}

static bool may_attach(const struct bednet_chain *chain, const struct bednet_attachment *newcomer,
                       struct bednet_diag *diag)
{
    if (bednet_chain_has(chain, newcomer->plugin)) {
        bednet_diag_add(
            diag, BEDNET_ERROR, NULL, (struct bednet_source){0},
            "`plugin %s` is loaded twice for policy %s and chain `%s` (with per_listener_settings "
            "give the lines of each listener a `plugin_opt_chain NAME` of their own)",
            newcomer->module_path, chain->policy_path, chain->name);
        return false;
    }
    return order_is_right(chain, newcomer, diag);
}

enum bednet_status bednet_chain_attach(const char *policy_path, const char *name,
                                       const struct bednet_attachment *attachment, struct bednet_diag *diag,
                                       struct bednet_chain **out)
{
    struct bednet_chain *chain = find_chain(policy_path, name);
    if (chain == NULL) {
        enum bednet_status status = new_chain(policy_path, name, diag, &chain);
        if (status != BEDNET_OK)
            return status;
        chain->next = chains;
        chains = chain;
    } else if (!may_attach(chain, attachment, diag)) {
        return BEDNET_INVALID;
    }
    chain->attached[chain->count++] = *attachment;
    take_stock(chain);
    bednet_count_plugin_loaded(attachment->plugin);
    *out = chain;
    return BEDNET_OK;
}

static void unlink_chain(const struct bednet_chain *chain)
{
    struct bednet_chain **link = &chains;
    while (*link != chain)
        link = &(*link)->next;
    *link = chain->next;
}

void bednet_chain_detach(struct bednet_chain *chain, enum bednet_plugin plugin)
{
    size_t kept = 0;
    for (size_t i = 0; i < chain->count; i++)
        if (chain->attached[i].plugin != plugin)
            chain->attached[kept++] = chain->attached[i];
    chain->count = kept;
    chain->factor.spec = NULL;
    take_stock(chain);
    if (kept > 0)
        return;

    bednet_keeper_release(chain->keeper, chain);
    size_t live = bednet_identities_remove_chain(bednet_process()->identities, chain);
    bednet_subscriptions_forget_chain(bednet_process()->subscriptions, chain);
    bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, -(int64_t)live);
    unlink_chain(chain);
    drop_chain(chain);
    bednet_process_release();
}

bool bednet_chain_leads(const struct bednet_chain *chain, enum bednet_plugin plugin)
{
    return chain->count > 0 && chain->attached[0].plugin == plugin;
}

const char *bednet_chain_policy_path(const struct bednet_chain *chain)
{
    return chain->policy_path;
}

struct bednet_keeper *bednet_chain_keeper(const struct bednet_chain *chain)
{
    return chain->keeper;
}

void bednet_chain_keep(const struct bednet_chain *chain, struct bednet_identity *identity, bool persists)
{
    bednet_keeper_note(chain->keeper, bednet_text(chain->name), identity, persists);
}

uint64_t bednet_chain_exceptions(const struct bednet_chain *chain)
{
    return chain->exceptions;
}

uint64_t bednet_chain_end_exceptions(struct bednet_chain *chain, int64_t now_s)
{
    if (chain->exceptions == 0)
        return 0;
    uint64_t ended = chain->exceptions & ~bednet_policy_exceptions_at(chain->front.policy, now_s);
    if (ended != 0) {
        set_exceptions(chain, chain->exceptions & ~ended);
        chain->front.generation = ++generations;
    }
    return ended;
}

unsigned bednet_chain_excepted(const struct bednet_chain *chain, const uint16_t *roles, size_t role_count)
{
    return bednet_policy_excepted(chain->front.policy, chain->exceptions, roles, role_count);
}

const struct bednet_exception *bednet_chain_exception(const struct bednet_chain *chain, const uint16_t *roles,
                                                      size_t role_count, unsigned exemptions)
{
    return bednet_policy_exception(chain->front.policy, chain->exceptions, roles, role_count, exemptions);
}

bool bednet_chain_keeps(const struct bednet_chain *chain, const struct bednet_access *access,
                        enum bednet_plugin *plugin, struct bednet_decision *decision)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct bednet_attachment *judge = &chain->attached[i];
        if (judge->keeps == NULL || chain->front.policy->observe[judge->plugin])
            continue;
        *decision = (struct bednet_decision){.verdict = BEDNET_DENY, .reason = BEDNET_REASON_INTERNAL};
        judge->keeps(judge->state, access, decision);
        *plugin = judge->plugin;
        if (decision->verdict == BEDNET_DENY)
            return false;
    }
    return true;
}

bool bednet_chain_misses_metrics(const struct bednet_chain *chain)
{
    return misses(chain, chain->front.policy, BEDNET_PLUGIN_METRICS);
}

bool bednet_chain_gate_ends_sessions(const struct bednet_chain *chain)
{
    return (bednet_chain_has(chain, BEDNET_PLUGIN_JWT) || bednet_chain_has(chain, BEDNET_PLUGIN_CERT)) &&
           !bednet_chain_has(chain, BEDNET_PLUGIN_ACL);
}

struct bednet_identities_cursor *bednet_chain_cursor(struct bednet_chain *chain, enum bednet_plugin plugin)
{
    return &chain->cursors[plugin];
}

static const struct bednet_attachment *find_discoverer(const struct bednet_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->attached[i].discover != NULL)
            return &chain->attached[i];
    return NULL;
}

bool bednet_chain_discovers(const struct bednet_chain *chain)
{
    return find_discoverer(chain) != NULL;
}

bool bednet_chain_discover(const struct bednet_chain *chain, const struct bednet_client *client, bool leaves)
{
    const struct bednet_attachment *plugin = find_discoverer(chain);
    return plugin == NULL || plugin->discover(plugin->state, client, leaves);
}

void bednet_chain_leave_factor(struct bednet_chain *chain, const struct bednet_factor *factor)
{
    chain->factor = *factor;
}

bool bednet_chain_take_factor(struct bednet_chain *chain, const void *handle, struct bednet_factor *factor)
{
    *factor = chain->factor;
    chain->factor.spec = NULL;
    return factor->spec != NULL && factor->spec->handle == handle;
}

void bednet_chain_open_login(struct bednet_chain *chain, const void *handle)
{
    chain->login_handle = handle;
    chain->factor.spec = NULL;
}

bool bednet_chain_login_is_open(const struct bednet_chain *chain, const void *handle)
{
    return chain->login_handle == handle;
}

bool bednet_chain_close_login(struct bednet_chain *chain, const void *handle)
{
    bool is_open = chain->login_handle == handle;
    if (is_open)
        chain->login_handle = NULL;
    return is_open;
}

static void report_missing(const struct bednet_chain *chain, const struct bednet_policy *next,
                           struct bednet_diag *diag)
{
    for (int i = 0; i < BEDNET_PLUGINS; i++) {
        enum bednet_plugin plugin = (enum bednet_plugin)i;
        if (misses(chain, next, plugin))
            bednet_diag_add(diag, plugin == BEDNET_PLUGIN_METRICS ? BEDNET_WARNING : BEDNET_ERROR,
                            chain->policy_path, next->section[plugin],
                            "this section needs a plugin that is not loaded (expected a line `plugin "
                            ".../bednet_%s.so` in mosquitto.conf)",
                            bednet_plugin_name(plugin));
    }
}

/* Every plugin is asked, so that every objection is heard. */
static void prepare_all(const struct bednet_chain *chain, const struct bednet_policy *next,
                        struct bednet_diag *diag)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct bednet_attachment *plugin = &chain->attached[i];
        if (plugin->prepare != NULL)
            plugin->prepare(plugin->state, next, diag);
    }
}

static void abort_all(const struct bednet_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct bednet_attachment *plugin = &chain->attached[i];
        if (plugin->abort != NULL)
            plugin->abort(plugin->state);
    }
}

static void commit_all(const struct bednet_chain *chain, const struct bednet_policy *next)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct bednet_attachment *plugin = &chain->attached[i];
        if (plugin->commit != NULL)
            plugin->commit(plugin->state, next);
    }
}

void bednet_chain_tick(const struct bednet_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct bednet_attachment *plugin = &chain->attached[i];
        if (plugin->tick != NULL)
            plugin->tick(plugin->state);
    }
}

enum bednet_status bednet_chain_exchange(struct bednet_chain *chain, struct bednet_policy **policy,
                                         struct bednet_diag *diag)
{
    struct bednet_policy *next = *policy, *before = chain->front.policy;
    report_missing(chain, next, diag);
    bednet_keeper_prepare(chain->keeper, next, diag);
    prepare_all(chain, next, diag);
    if (bednet_diag_failed(diag)) {
        abort_all(chain);
        return BEDNET_INVALID;
    }
    commit_all(chain, next);
    adopt(chain, next);
    *policy = before;
    return BEDNET_OK;
}
