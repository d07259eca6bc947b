/* SPDX-License-Identifier: Apache-2.0 */
/* The broker's side: the thread's life, the plan it follows, and the object in force. */
#include "refresh/loader.h"
#include "refresh/loader_worker.h"
#include "thread/thread.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct bednet_loader {
    struct bednet_loader_worker worker;
    pthread_t thread;
    bool has_thread;
    uint64_t generation;           /* of the plan that was given last */
    struct bednet_loaded *current; /* NULL: none is in force */
};

static void work(void *argument)
{
    bednet_thread_give_way();
    bednet_loader_work(argument);
}

/* The counter is at most one, so that this never blocks. */
static void wake(struct bednet_loader *loader)
{
    uint64_t one = 1;
    ssize_t written = write(loader->worker.wake, &one, sizeof one);
    (void)written;
}

/* A thread with nothing to load would still make every system call of the broker's a little dearer. */
static bool ensure_thread(struct bednet_loader *loader)
{
    const struct bednet_thread_work loading = {
        .run = work, .argument = &loader->worker, .kept = {loader->worker.wake}, .kept_count = 1};
    if (!loader->has_thread)
        loader->has_thread = bednet_thread_start(&loader->thread, loader->worker.kind->thread, &loading) == 0;
    return loader->has_thread;
}

/* The first object, built where everybody waits for it. */
static enum bednet_status build_first(struct bednet_loader *loader, struct bednet_diag *diag)
{
    struct bednet_loader_worker *worker = &loader->worker;
    if (worker->job == NULL)
        return BEDNET_OK;
    enum bednet_status status = bednet_loader_build(worker, diag, &loader->current);
    worker->tried = true;
    return status;
}

static void clear(struct bednet_loader *loader)
{
    bednet_loaded_free(loader->worker.kind, loader->current);
    bednet_loader_worker_clear(&loader->worker);
    if (loader->worker.wake >= 0)
        close(loader->worker.wake);
    free(loader);
}

enum bednet_status bednet_loader_start(const struct bednet_loader_kind *kind, void *plan,
                                       struct bednet_diag *diag, struct bednet_loader **out)
{
    struct bednet_loader *loader = calloc(1, sizeof *loader);
    struct bednet_loader_job *job = plan != NULL ? bednet_loader_job_new(kind, plan, 0) : NULL;
    if (loader == NULL || (plan != NULL && job == NULL)) {
        bednet_loader_job_free(kind, job);
        free(loader);
        return BEDNET_NOMEM;
    }
    loader->worker.kind = kind;
    loader->worker.job = job;
    loader->worker.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum bednet_status status = loader->worker.wake >= 0 ? build_first(loader, diag) : BEDNET_NOMEM;
    if (status == BEDNET_OK && plan != NULL && !ensure_thread(loader))
        status = BEDNET_NOMEM;
    if (status == BEDNET_OK)
        *out = loader;
    else
        clear(loader);
    return status;
}

void bednet_loader_stop(struct bednet_loader *loader)
{
    if (loader == NULL)
        return;
    if (loader->has_thread) {
        atomic_store_explicit(&loader->worker.stopping, true, memory_order_release);
        wake(loader);
        pthread_join(loader->thread, NULL);
    }
    clear(loader);
}

enum bednet_status bednet_loader_configure(struct bednet_loader *loader, void *plan)
{
    struct bednet_loader_worker *worker = &loader->worker;
    struct bednet_loader_job *job = &bednet_loader_no_job;
    if (plan != NULL)
        job = bednet_loader_job_new(worker->kind, plan, loader->generation + 1);
    if (job == NULL || (plan != NULL && !ensure_thread(loader))) {
        bednet_loader_job_free(worker->kind, job);
        return BEDNET_NOMEM;
    }
    loader->generation++;
    bednet_loader_job_free(worker->kind,
                           atomic_exchange_explicit(&worker->next_job, job, memory_order_acq_rel));
    wake(loader);
    return BEDNET_OK;
}

void bednet_loader_reload(struct bednet_loader *loader)
{
    atomic_store_explicit(&loader->worker.again, true, memory_order_release);
    wake(loader);
}

/* One thread puts and the other takes all at once, so that no address is mistaken for an older one. */
static void give_back(struct bednet_loader *loader, struct bednet_loaded *loaded)
{
    struct bednet_loader_worker *worker = &loader->worker;
    if (loaded == NULL)
        return;
    loaded->next = atomic_load_explicit(&worker->returned, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&worker->returned, &loaded->next, loaded,
                                                  memory_order_release, memory_order_relaxed)) {
    }
    wake(loader);
}

/* The load spares the other thread's cache line where there is nothing, which is nearly always. */
bool bednet_loader_take(struct bednet_loader *loader)
{
    struct bednet_loader_worker *worker = &loader->worker;
    if (atomic_load_explicit(&worker->ready, memory_order_relaxed) == NULL)
        return false;
    struct bednet_loaded *loaded = atomic_exchange_explicit(&worker->ready, NULL, memory_order_acq_rel);
    if (loaded == NULL)
        return false;
    if (loaded->generation != loader->generation) {
        give_back(loader, loaded);
        return false;
    }
    give_back(loader, loader->current);
    loader->current = loaded;
    return true;
}

const void *bednet_loader_current(const struct bednet_loader *loader)
{
    return loader->current != NULL ? loader->current->object : NULL;
}

bool bednet_loader_settled(const struct bednet_loader *loader)
{
    return loader->current != NULL && loader->current->generation == loader->generation;
}

void bednet_loader_drop(struct bednet_loader *loader)
{
    give_back(loader, loader->current);
    loader->current = NULL;
}

void bednet_loader_drain(struct bednet_loader *loader,
                         void (*log)(enum bednet_severity severity, const char *line))
{
    bednet_messages_drain(&loader->worker.messages, log);
}
