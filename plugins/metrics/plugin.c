/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_metrics: shows what the suite counts to Prometheus. Judges nothing. */
#include "broker/module.h"
#include "plugins/metrics/endpoint.h"

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    struct bednet_metrics_endpoint *endpoint;
    enum bednet_status status = bednet_metrics_endpoint_open(bednet_chain_policy(chain), diag, &endpoint);
    if (status == BEDNET_OK)
        *state = endpoint;
    return status;
}

static void stop(void *state)
{
    bednet_metrics_endpoint_close(state);
}

static void prepare(void *state, const struct bednet_policy *next, struct bednet_diag *diag)
{
    bednet_metrics_endpoint_prepare(state, next, diag);
}

static void commit(void *state, const struct bednet_policy *next)
{
    (void)next;
    bednet_metrics_endpoint_commit(state);
}

static void abort_reload(void *state)
{
    bednet_metrics_endpoint_abort(state);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_METRICS,
    .start = start,
    .stop = stop,
    .prepare = prepare,
    .commit = commit,
    .abort = abort_reload,
};
