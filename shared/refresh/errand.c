/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/errand.h"
#include "refresh/thread.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

struct bednet_errand {
    void (*run)(void *task);
    void *task;
    sem_t wake; /* posted after `away` or `closing` was set */
    atomic_bool away;
    atomic_bool closing;
    pthread_t thread;
};

static void *work(void *argument)
{
    struct bednet_errand *errand = argument;
    bednet_thread_give_way();
    for (;;) {
        while (sem_wait(&errand->wake) != 0) {
            /* Interrupted, as by a debugger. */
        }
        if (atomic_load_explicit(&errand->away, memory_order_acquire)) {
            errand->run(errand->task);
            atomic_store_explicit(&errand->away, false, memory_order_release);
        }
        if (atomic_load_explicit(&errand->closing, memory_order_acquire))
            return NULL;
    }
}

enum bednet_status bednet_errand_open(const char *name, void (*run)(void *task), void *task,
                                      struct bednet_errand **out)
{
    struct bednet_errand *errand = calloc(1, sizeof *errand);
    if (errand == NULL)
        return BEDNET_NOMEM;
    errand->run = run;
    errand->task = task;
    sem_init(&errand->wake, 0, 0);
    if (bednet_thread_start(&errand->thread, name, work, errand) != 0) {
        sem_destroy(&errand->wake);
        free(errand);
        return BEDNET_NOMEM;
    }
    *out = errand;
    return BEDNET_OK;
}

void bednet_errand_send(struct bednet_errand *errand)
{
    atomic_store_explicit(&errand->away, true, memory_order_release);
    sem_post(&errand->wake);
}

bool bednet_errand_is_back(const struct bednet_errand *errand)
{
    return !atomic_load_explicit(&errand->away, memory_order_acquire);
}

void bednet_errand_close(struct bednet_errand *errand)
{
    if (errand == NULL)
        return;
    atomic_store_explicit(&errand->closing, true, memory_order_release);
    sem_post(&errand->wake);
    pthread_join(errand->thread, NULL);
    sem_destroy(&errand->wake);
    free(errand);
}
