/* SPDX-License-Identifier: Apache-2.0 */
/* How all threads of Bednet start. Any thread. */
#ifndef BEDNET_REFRESH_THREAD_H
#define BEDNET_REFRESH_THREAD_H

#include <pthread.h>

/*
 * Starts a thread with all signals blocked, for the broker's are for the broker's thread. `name` is what
 * `top -H` shows: at most 15 bytes. 0, or an errno: then there is no thread.
 */
int bednet_thread_start(pthread_t *thread, const char *name, void *(*work)(void *argument), void *argument);

/*
 * The thread that calls gives way to the broker's where cores are scarce: what it does may take longer, the
 * broker may not. It is not starved.
 */
void bednet_thread_give_way(void);

#endif
