/* SPDX-License-Identifier: Apache-2.0 */
/* Mosquitto's three entry points. Whatever goes wrong while starting keeps the broker from starting. */
#include "broker/instance.h"
#include "broker/options.h"
#include "broker/reload.h"
#include "runtime/report.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>

#define PLUGIN_API_VERSION 5
#define EXPORT             __attribute__((visibility("default")))

EXPORT int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    for (int i = 0; i < supported_version_count; i++)
        if (supported_versions[i] == PLUGIN_API_VERSION)
            return PLUGIN_API_VERSION;
    return -1;
}

/* The path as the dynamic loader was given it, which is the one in mosquitto.conf. */
static const char *module_path(void)
{
    Dl_info info;
    return dladdr((const void *)&bednet_module, &info) != 0 ? info.dli_fname : "";
}

static void forward_prepare(void *state, const struct bednet_policy *next, struct bednet_diag *diag)
{
    const struct bednet_instance *instance = state;
    if (bednet_module.prepare != NULL)
        bednet_module.prepare(instance->state, next, diag);
}

static void forward_commit(void *state, const struct bednet_policy *next)
{
    const struct bednet_instance *instance = state;
    if (bednet_module.commit != NULL)
        bednet_module.commit(instance->state, next);
}

static void forward_abort(void *state)
{
    const struct bednet_instance *instance = state;
    if (bednet_module.abort != NULL)
        bednet_module.abort(instance->state);
}

static void forward_keeps(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    const struct bednet_instance *instance = state;
    bednet_module.keeps(instance->state, access, decision);
}

static void forward_tick(void *state)
{
    struct bednet_instance *instance = state;
    instance->module_has_ticked = true;
    if (bednet_module.tick != NULL)
        bednet_module.tick(instance->state, bednet_instance_kick, bednet_log_severity);
}

static enum bednet_status attach(struct bednet_instance *instance, const struct bednet_options *options,
                                 struct bednet_diag *diag)
{
    struct bednet_attachment attachment = {
        .plugin = bednet_module.plugin,
        .module_path = module_path(),
        .judges_actions = bednet_module.access != NULL,
        .state = instance,
        .prepare = forward_prepare,
        .commit = forward_commit,
        .abort = forward_abort,
        .keeps = bednet_module.keeps != NULL ? forward_keeps : NULL,
        .tick = forward_tick,
        .discover = bednet_module.discovers ? bednet_instance_discovers : NULL,
    };
    return bednet_chain_attach(options->policy, options->chain, &attachment, diag, &instance->chain);
}

static enum bednet_status register_all(struct bednet_instance *instance, struct bednet_diag *diag)
{
    bool leads = bednet_chain_leads(instance->chain, bednet_module.plugin);
    enum bednet_status status = leads ? bednet_reload_start(instance) : BEDNET_OK;
    if (status != BEDNET_OK)
        return status;
    if (leads)
        status = bednet_register_housekeeping(instance);
    if (status == BEDNET_OK)
        status = bednet_register_callbacks(instance);
    if (status != BEDNET_OK)
        bednet_diag_add(diag, BEDNET_ERROR, NULL, (struct bednet_source){0},
                        "the broker refused a callback of %s (is the same plugin line there twice?)",
                        module_path());
    return status;
}

static enum bednet_status start(struct bednet_instance *instance, const struct mosquitto_opt *options,
                                int option_count, struct bednet_diag *diag)
{
    struct bednet_options read;
    if (!bednet_options_read(options, option_count, diag, &read))
        return BEDNET_INVALID;
    enum bednet_status status = attach(instance, &read, diag);
    if (status != BEDNET_OK)
        return status;
    if (bednet_module.start != NULL)
        status = bednet_module.start(instance->chain, &instance->state, diag);
    if (status != BEDNET_OK)
        return status;
    instance->started = true;
    return register_all(instance, diag);
}

static void stop(struct bednet_instance *instance)
{
    bednet_reload_stop(instance);
    if (instance->started && bednet_module.stop != NULL)
        bednet_module.stop(instance->state);
    bednet_review_end(&instance->review);
    if (instance->started)
        bednet_report_drain(bednet_log_denial);
    if (instance->chain != NULL)
        bednet_chain_detach(instance->chain, bednet_module.plugin);
    free(instance);
}

static void say_started(const struct bednet_instance *instance)
{
    const struct bednet_policy *policy = bednet_chain_policy(instance->chain);
    mosquitto_log_printf(MOSQ_LOG_INFO,
                         "bednet: %s " BEDNET_VERSION " started with policy %s: %zu roles, %zu rules",
                         bednet_plugin_name(bednet_module.plugin), policy->path.ptr, policy->acl.role_count,
                         bednet_rules_count(policy->acl.rules));
}

static enum bednet_status start_logged(struct bednet_instance *instance, const struct mosquitto_opt *options,
                                       int option_count)
{
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        return BEDNET_NOMEM;
    enum bednet_status status = start(instance, options, option_count, diag);
    bednet_log_diag(diag);
    bednet_diag_free(diag);
    /* What reading a policy took and gave back would stay with the process, some 60 bytes a rule. */
    malloc_trim(0);
    return status;
}

EXPORT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
                                 struct mosquitto_opt *options, int option_count)
{
    struct bednet_instance *instance = calloc(1, sizeof *instance);
    enum bednet_status status = BEDNET_NOMEM;
    if (instance != NULL) {
        instance->identifier = identifier;
        instance->features = bednet_broker_features();
        instance->broker_thread = pthread_self();
        instance->grants = bednet_tally_of(bednet_module.plugin, BEDNET_GRANT);
        instance->passes = bednet_tally_of(bednet_module.plugin, BEDNET_DEFER);
        bednet_broker_introduce(identifier, bednet_plugin_name(bednet_module.plugin));
        status = start_logged(instance, options, option_count);
    }
    if (status == BEDNET_OK) {
        say_started(instance);
        *userdata = instance;
        return bednet_init_code(BEDNET_OK);
    }
    mosquitto_log_printf(MOSQ_LOG_ERR, "bednet: %s did not start: %s",
                         bednet_plugin_name(bednet_module.plugin), bednet_status_text(status));
    /* 2.1 calls plugin_cleanup for a plugin whose init failed, with whatever userdata holds. */
    *userdata = NULL;
    if (instance != NULL)
        stop(instance);
    return bednet_init_code(status);
}

EXPORT int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int option_count)
{
    (void)options;
    (void)option_count;
    if (userdata != NULL)
        stop(userdata);
    return MOSQ_ERR_SUCCESS;
}
