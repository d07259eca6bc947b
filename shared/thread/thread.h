/* SPDX-License-Identifier: Apache-2.0 */
/* How all threads of Bednet start. Any thread. */
#ifndef BEDNET_THREAD_THREAD_H
#define BEDNET_THREAD_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define BEDNET_THREAD_KEPT_MAX 2

struct bednet_thread_work {
    void (*run)(void *argument);
    void *argument;
    int kept[BEDNET_THREAD_KEPT_MAX]; /* descriptors that it shares with the broker */
    size_t kept_count;
    bool keeps_all; /* of the broker's, now and later: for libraries whose descriptors nobody knows */
};

/*
 * Starts a thread with all signals blocked, for the broker's are for the broker's thread. `name` is what
 * `top -H` shows: at most 15 bytes. `work` is copied. 0, or an errno: then there is no thread. The one that
 * calls cannot be cancelled from then on: nobody wants to, and the C library spares it two locked
 * instructions in each system call.
 *
 * The thread has a table of file descriptors of its own, with the standard ones and those that are `kept`,
 * under the same numbers: while threads share a table, the kernel counts the users of a descriptor in each
 * system call, the broker's included (docs/performance.md). What the thread opens nobody else can use. What
 * is kept is open until both sides have closed it; the thread closes all that it has when `run` returns.
 * Where the system forbids that, all is shared, and nothing is closed.
 */
int bednet_thread_start(pthread_t *thread, const char *name, const struct bednet_thread_work *work);

/*
 * The thread that calls gives way to the broker's where cores are scarce: what it does may take longer, the
 * broker may not. It is not starved.
 */
void bednet_thread_give_way(void);

#endif
