/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/metrics/endpoint.h"
#include "plugins/metrics/server.h"

#include <stdlib.h>

struct bednet_metrics_endpoint {
    struct bednet_metrics_address address; /* as the policy said it, so port 0 stays 0 */
    struct bednet_metrics_server *server;
    struct bednet_metrics_address next_address;
    struct bednet_metrics_server *next; /* NULL unless a reload that moves the server is under way */
};

enum bednet_status bednet_metrics_endpoint_open(const struct bednet_policy *policy, struct bednet_diag *diag,
                                                struct bednet_metrics_endpoint **endpoint)
{
    struct bednet_metrics_endpoint *made = calloc(1, sizeof *made);
    if (made == NULL) {
        bednet_diag_add(diag, BEDNET_ERROR, policy->path.ptr, policy->metrics.source, "out of memory");
        return BEDNET_NOMEM;
    }
    enum bednet_status status = BEDNET_INVALID;
    if (bednet_metrics_address(policy, diag, &made->address))
        status = bednet_metrics_server_start(&made->address, false, policy, diag, &made->server);
    if (status != BEDNET_OK) {
        free(made);
        return status;
    }
    *endpoint = made;
    return BEDNET_OK;
}

void bednet_metrics_endpoint_close(struct bednet_metrics_endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    bednet_metrics_server_stop(endpoint->next);
    bednet_metrics_server_stop(endpoint->server);
    free(endpoint);
}

void bednet_metrics_endpoint_prepare(struct bednet_metrics_endpoint *endpoint,
                                     const struct bednet_policy *next, struct bednet_diag *diag)
{
    if (!bednet_metrics_address(next, diag, &endpoint->next_address) ||
        bednet_metrics_address_equal(&endpoint->address, &endpoint->next_address))
        return;
    /* From 127.0.0.1 to 0.0.0.0 on one port is what people do most, and the kernel forbids it otherwise. */
    bool share =
        bednet_metrics_address_port(&endpoint->next_address) == bednet_metrics_server_port(endpoint->server);
    if (share)
        bednet_metrics_server_share(endpoint->server);
    bednet_metrics_server_start(&endpoint->next_address, share, next, diag, &endpoint->next);
}

void bednet_metrics_endpoint_commit(struct bednet_metrics_endpoint *endpoint)
{
    if (endpoint->next == NULL)
        return;
    bednet_metrics_server_stop(endpoint->server);
    endpoint->server = endpoint->next;
    endpoint->address = endpoint->next_address;
    endpoint->next = NULL;
}

void bednet_metrics_endpoint_abort(struct bednet_metrics_endpoint *endpoint)
{
    bednet_metrics_server_stop(endpoint->next);
    endpoint->next = NULL;
}

uint16_t bednet_metrics_endpoint_port(const struct bednet_metrics_endpoint *endpoint)
{
    return bednet_metrics_server_port(endpoint->server);
}
