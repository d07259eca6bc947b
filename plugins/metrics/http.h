/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP for a handful of connections that somebody else accepted: one request each, and none may live longer
 * than its deadline, however slowly its client reads or writes. No thread, no listener and no clock of its
 * own. One thread at a time; never blocks.
 */
#ifndef BEDNET_METRICS_HTTP_H
#define BEDNET_METRICS_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#define BEDNET_METRICS_CONNECTIONS_MAX 8
#define BEDNET_METRICS_REQUEST_BYTES   4096
#define BEDNET_METRICS_DEADLINE_NS     (UINT64_C(5) * 1000000000)

struct bednet_metrics_http;

/* Owned by the caller; NULL without memory or file descriptors. */
struct bednet_metrics_http *bednet_metrics_http_open(void);

/* Closes every connection. NULL is allowed. */
void bednet_metrics_http_close(struct bednet_metrics_http *http);

/* True while another connection may be added. */
bool bednet_metrics_http_has_room(const struct bednet_metrics_http *http);

/* Takes over the connected stream socket `fd`, and closes it when it cannot serve it. */
void bednet_metrics_http_add(struct bednet_metrics_http *http, int fd, uint64_t now_ns);

/* Readable when there is something to do; borrowed. */
int bednet_metrics_http_fd(const struct bednet_metrics_http *http);

/* After how many milliseconds bednet_metrics_http_run has work even if the descriptor is silent; -1: none. */
int bednet_metrics_http_wait_ms(struct bednet_metrics_http *http, uint64_t now_ns);

/* Does what can be done now. */
void bednet_metrics_http_run(struct bednet_metrics_http *http, uint64_t now_ns);

#endif
