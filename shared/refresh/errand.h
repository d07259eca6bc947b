/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that runs one errand at a time for the broker's, and nothing by itself. Unlike a loader's, each
 * errand comes back, whatever came of it; sending one and looking for it needs no memory, no descriptor and
 * no lock, once the first has been sent. All functions on the broker's thread.
 */
#ifndef BEDNET_REFRESH_ERRAND_H
#define BEDNET_REFRESH_ERRAND_H

#include "core/status.h"
#include <stdbool.h>

struct bednet_errand;

/*
 * Nothing is started yet: in a process that has a second thread, the C library takes a lock for each piece of
 * memory, and most brokers never send an errand. `name`: see thread.h; run() is to be called with `task`.
 * Both are borrowed until close. NULL without memory.
 */
struct bednet_errand *bednet_errand_open(const char *name, void (*run)(void *task), void *task);

/*
 * One call of run(). The last one must be back; the task is the thread's until this one is. The first time
 * the thread is started, with all signals blocked, to give way to the broker's; it stays until close. False
 * where it cannot be, and then the task stays the caller's; later ones never fail.
 */
bool bednet_errand_send(struct bednet_errand *errand);

/* True when the task is the caller's (again). An atomic load. */
bool bednet_errand_is_back(const struct bednet_errand *errand);

/* Waits for what is under way, joins the thread: the task is the caller's. NULL is allowed. */
void bednet_errand_close(struct bednet_errand *errand);

#endif
