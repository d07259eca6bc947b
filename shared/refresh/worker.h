/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread: one loop over all sources, the transfers that are under way, the file of revocations and the
 * mailbox. Building keys and the disk hold it up for moments, the network never does.
 */
#ifndef BEDNET_REFRESH_WORKER_H
#define BEDNET_REFRESH_WORKER_H

#include "refresh/mailbox.h"
#include "refresh/watch.h"

struct bednet_refresh_worker {
    /* Of both threads. */
    struct bednet_mailbox mailbox;
    struct bednet_messages messages;
    atomic_bool asked; /* somebody asked, and no fetch has begun since */
    atomic_bool stopping;
    int wake; /* eventfd; the broker's thread writes to it when there is something new */

    /* The worker's own. */
    CURLM *multi; /* NULL before there was memory for it */
    struct bednet_refresh_limits limits;
    struct bednet_refresh_plan *plan; /* NULL before the first */
    struct bednet_watch watch;
    int64_t look_ms;  /* the next look at the file of revocations */
    bool news;        /* that no bulletin has told yet */
    int64_t shown[2]; /* what this worker adds to the gauges: keys, sources without a usable set */
};

/* The loop, until `stopping`; then frees what is the worker's own, and takes its part out of the gauges. */
void bednet_refresh_work(struct bednet_refresh_worker *worker);

/* Frees what is on its way between the threads. When the worker's is gone. */
void bednet_refresh_worker_clear(struct bednet_refresh_worker *worker);

#endif
