/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/reload.h"
#include "runtime/clock.h"
#include "runtime/counters.h"

static void say_reloaded(const struct bednet_instance *instance, enum bednet_status status)
{
    const struct bednet_policy *policy = bednet_chain_policy(instance->chain);
    if (status == BEDNET_OK)
        mosquitto_log_printf(MOSQ_LOG_INFO, "bednet: policy %s reloaded: %zu roles, %zu rules",
                             policy->path.ptr, policy->acl.role_count, bednet_rules_count(policy->acl.rules));
    else
        mosquitto_log_printf(MOSQ_LOG_ERR,
                             "bednet: policy %s was not reloaded (%s): the old one stays in force",
                             policy->path.ptr, bednet_status_text(status));
}

int bednet_reload(int event, void *event_data, void *userdata)
{
    (void)event;
    (void)event_data;
    struct bednet_instance *instance = userdata;
    struct bednet_diag *diag = bednet_diag_new();
    enum bednet_status status = BEDNET_NOMEM;
    if (diag != NULL) {
        status = bednet_chain_reload(instance->chain, diag);
        bednet_log_diag(diag);
        bednet_diag_free(diag);
    } else {
        bednet_count_reload(false);
    }
    say_reloaded(instance, status);
    instance->reauthenticating = true;
    instance->reloaded_ns = bednet_clock_monotonic_ns();
    return bednet_reload_code(&instance->features);
}
