/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that runs one errand at a time for the broker's, and nothing by itself. Unlike a loader's, each
 * errand comes back, whatever came of it; sending one and looking for it needs no memory, no descriptor and
 * no lock. All functions on the broker's thread.
 */
#ifndef BEDNET_REFRESH_ERRAND_H
#define BEDNET_REFRESH_ERRAND_H

#include "core/status.h"
#include <stdbool.h>

struct bednet_errand;

/*
 * Starts the thread, with all signals blocked; it gives way to the broker's. `name`: see thread.h. run() is
 * called there with `task`, which is borrowed until close. BEDNET_NOMEM where that cannot be: *out is then
 * left alone.
 */
enum bednet_status bednet_errand_open(const char *name, void (*run)(void *task), void *task,
                                      struct bednet_errand **out);

/* One call of run(). The last one must be back; the task is the thread's until this one is. */
void bednet_errand_send(struct bednet_errand *errand);

/* True when the task is the caller's (again). An atomic load. */
bool bednet_errand_is_back(const struct bednet_errand *errand);

/* Waits for what is under way, joins the thread: the task is the caller's. NULL is allowed. */
void bednet_errand_close(struct bednet_errand *errand);

#endif
