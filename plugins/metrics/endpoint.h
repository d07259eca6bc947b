/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server that the policy in force asks for, and during a reload also the one that the next policy asks
 * for: opened before it is certain, so that a reload which cannot have its address changes nothing at all.
 * Broker thread only.
 */
#ifndef BEDNET_METRICS_ENDPOINT_H
#define BEDNET_METRICS_ENDPOINT_H

#include "policy/policy.h"

struct bednet_metrics_endpoint;

/* *endpoint is owned by the caller. On failure an error is in `diag`, and nothing is kept. */
enum bednet_status bednet_metrics_endpoint_open(const struct bednet_policy *policy, struct bednet_diag *diag,
                                                struct bednet_metrics_endpoint **endpoint);

/* Joins every thread. NULL is allowed. */
void bednet_metrics_endpoint_close(struct bednet_metrics_endpoint *endpoint);

/* The steps of struct bednet_module. An address that stays keeps its server. */
void bednet_metrics_endpoint_prepare(struct bednet_metrics_endpoint *endpoint,
                                     const struct bednet_policy *next, struct bednet_diag *diag);
void bednet_metrics_endpoint_commit(struct bednet_metrics_endpoint *endpoint);
void bednet_metrics_endpoint_abort(struct bednet_metrics_endpoint *endpoint);

/* The port that is served now, for tests. */
uint16_t bednet_metrics_endpoint_port(const struct bednet_metrics_endpoint *endpoint);

#endif
