/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listener and the one thread that serves it: accepts, answers and closes, and never lets the broker wait.
 * All functions are for the broker's thread.
 */
#ifndef BEDNET_METRICS_SERVER_H
#define BEDNET_METRICS_SERVER_H

#include "plugins/metrics/listener.h"

struct bednet_metrics_server;

/*
 * Listens on `address` as bednet_metrics_listen does, and serves. *server is owned by the caller. On failure
 * an error is in `diag`, and nothing is kept.
 */
enum bednet_status bednet_metrics_server_start(const struct bednet_metrics_address *address, bool share,
                                               const struct bednet_policy *policy, struct bednet_diag *diag,
                                               struct bednet_metrics_server **server);

/* Drops what is being served and joins the thread; waits for no client. NULL is allowed. */
void bednet_metrics_server_stop(struct bednet_metrics_server *server);

/* The port that is listened on. */
uint16_t bednet_metrics_server_port(const struct bednet_metrics_server *server);

/* See bednet_metrics_listener_share. */
void bednet_metrics_server_share(struct bednet_metrics_server *server);

#endif
