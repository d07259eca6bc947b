/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/errand.h"
#include "thread/thread.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

struct bednet_errand {
    const char *name;
    void (*run)(void *task);
    void *task;
    sem_t wake; /* posted after `away` or `closing` was set */
    atomic_bool away;
    atomic_bool closing;
    bool has_thread;
    pthread_t thread;
};

static void work(void *argument)
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
            return;
    }
}

struct bednet_errand *bednet_errand_open(const char *name, void (*run)(void *task), void *task)
{
    struct bednet_errand *errand = calloc(1, sizeof *errand);
    if (errand == NULL)
        return NULL;
    errand->name = name;
    errand->run = run;
    errand->task = task;
    sem_init(&errand->wake, 0, 0);
    return errand;
}

bool bednet_errand_send(struct bednet_errand *errand)
{
    const struct bednet_thread_work waiting = {.run = work, .argument = errand};
    if (!errand->has_thread && bednet_thread_start(&errand->thread, errand->name, &waiting) != 0)
        return false;
    errand->has_thread = true;
    atomic_store_explicit(&errand->away, true, memory_order_release);
    sem_post(&errand->wake);
    return true;
}

bool bednet_errand_is_back(const struct bednet_errand *errand)
{
    return !atomic_load_explicit(&errand->away, memory_order_acquire);
}

void bednet_errand_close(struct bednet_errand *errand)
{
    if (errand == NULL)
        return;
    if (errand->has_thread) {
        atomic_store_explicit(&errand->closing, true, memory_order_release);
        sem_post(&errand->wake);
        pthread_join(errand->thread, NULL);
    }
    sem_destroy(&errand->wake);
    free(errand);
}
