/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/reload.h"
#include "refresh/errand.h"
#include "runtime/clock.h"
#include "runtime/counters.h"

#include <stdlib.h>

#define NS_PER_MS 1000000

/* The thread's while an errand is away. */
struct task {
    const char *path;
    bool loads; /* else it frees what is here */
    enum bednet_status status;
    struct bednet_policy *policy; /* that was loaded, or that was in force before */
    struct bednet_diag *diag;     /* NULL: there was no memory for it */
};

struct bednet_reload {
    struct bednet_errand *errand;
    struct task task;
    bool again; /* somebody asked while a reload was under way */
};

static void load(struct task *task)
{
    uint64_t from_ns = bednet_clock_monotonic_ns();
    task->status = BEDNET_NOMEM;
    task->diag = bednet_diag_new();
    if (task->diag != NULL)
        task->status = bednet_policy_load(task->path, task->diag, &task->policy);
    bednet_count_load_time((bednet_clock_monotonic_ns() - from_ns) / NS_PER_MS);
}

static void discard(struct task *task)
{
    bednet_policy_free(task->policy);
    bednet_diag_free(task->diag);
    task->policy = NULL;
    task->diag = NULL;
}

static void run(void *argument)
{
    struct task *task = argument;
    if (task->loads)
        load(task);
    else
        discard(task);
}

enum bednet_status bednet_reload_start(struct bednet_instance *instance)
{
    struct bednet_reload *reload = calloc(1, sizeof *reload);
    if (reload == NULL)
        return BEDNET_NOMEM;
    reload->task.path = bednet_chain_policy_path(instance->chain);
    reload->errand = bednet_errand_open("bednet-policy", run, &reload->task);
    if (reload->errand == NULL) {
        free(reload);
        return BEDNET_NOMEM;
    }
    instance->reload = reload;
    return BEDNET_OK;
}

static void enter(struct bednet_instance *instance, enum bednet_reload_stage stage)
{
    bednet_gauge_add(BEDNET_GAUGE_RELOADS_RUNNING,
                     (stage != BEDNET_RELOAD_NONE) - (instance->reload_stage != BEDNET_RELOAD_NONE));
    instance->reload_stage = stage;
}

void bednet_reload_stop(struct bednet_instance *instance)
{
    struct bednet_reload *reload = instance->reload;
    if (reload == NULL)
        return;
    bednet_errand_close(reload->errand);
    discard(&reload->task);
    enter(instance, BEDNET_RELOAD_NONE);
    free(reload);
    instance->reload = NULL;
}

/* Only the first one of all can fail. */
static bool send(struct bednet_instance *instance, enum bednet_reload_stage stage)
{
    instance->reload->task.loads = stage == BEDNET_RELOAD_LOADING;
    if (!bednet_errand_send(instance->reload->errand))
        return false;
    enter(instance, stage);
    return true;
}

/* Counted and told. */
static void conclude(const struct bednet_instance *instance, enum bednet_status status)
{
    const struct bednet_policy *policy = bednet_chain_policy(instance->chain);
    bednet_count_reload(status == BEDNET_OK);
    if (status == BEDNET_OK)
        mosquitto_log_printf(MOSQ_LOG_INFO, "bednet: policy %s reloaded: %zu roles, %zu rules",
                             policy->path.ptr, policy->acl.role_count, bednet_rules_count(policy->acl.rules));
    else
        mosquitto_log_printf(MOSQ_LOG_ERR,
                             "bednet: policy %s was not reloaded (%s): the old one stays in force",
                             policy->path.ptr, bednet_status_text(status));
}

void bednet_reload_ask(struct bednet_instance *instance)
{
    bool is_under_way = instance->reload_stage != BEDNET_RELOAD_NONE;
    mosquitto_log_printf(MOSQ_LOG_INFO, "bednet: policy %s is being reloaded%s",
                         bednet_chain_policy_path(instance->chain),
                         is_under_way ? " already: it is read once more afterwards" : "");
    if (is_under_way) {
        instance->reload->again = true;
    } else if (!send(instance, BEDNET_RELOAD_LOADING)) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "bednet: cannot start the thread that reloads the policy "
                                           "(expected memory and leave for one more)");
        conclude(instance, BEDNET_NOMEM);
    }
}

/* What is left in the task then is for the thread to free, be it the old policy or a refused one. */
static void take(const struct bednet_instance *instance)
{
    struct task *task = &instance->reload->task;
    enum bednet_status status = task->status;
    if (status == BEDNET_OK)
        status = bednet_chain_exchange(instance->chain, &task->policy, task->diag);
    if (task->diag != NULL)
        bednet_log_diag(task->diag);
    conclude(instance, status);
}

void bednet_reload_proceed(struct bednet_instance *instance)
{
    struct bednet_reload *reload = instance->reload;
    if (!bednet_errand_is_back(reload->errand))
        return;
    if (instance->reload_stage == BEDNET_RELOAD_LOADING) {
        take(instance);
        instance->gate_rest = 0;
        send(instance, BEDNET_RELOAD_FREEING);
    } else if (reload->again) {
        reload->again = false;
        send(instance, BEDNET_RELOAD_LOADING);
    } else {
        enter(instance, BEDNET_RELOAD_NONE);
    }
}
