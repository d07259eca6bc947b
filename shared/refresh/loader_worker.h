/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a loader, and what it and the broker's share. Internal to refresh. */
#ifndef BEDNET_REFRESH_LOADER_WORKER_H
#define BEDNET_REFRESH_LOADER_WORKER_H

#include "refresh/loader.h"
#include <stdatomic.h>

/* A plan on its way to the thread. */
struct bednet_loader_job {
    uint64_t generation;
    void *plan;
};

/* Stands for no plan at all; on nobody's heap. */
extern struct bednet_loader_job bednet_loader_no_job;

/* NULL without memory; the plan is then freed. */
struct bednet_loader_job *bednet_loader_job_new(const struct bednet_loader_kind *kind, void *plan,
                                                uint64_t generation);

/* NULL is allowed. */
void bednet_loader_job_free(const struct bednet_loader_kind *kind, struct bednet_loader_job *job);

/* An object on its way to the broker's thread and back. */
struct bednet_loaded {
    struct bednet_loaded *next; /* on its way back */
    uint64_t generation;        /* of the plan that it was built by */
    void *object;
};

/* NULL is allowed. */
void bednet_loaded_free(const struct bednet_loader_kind *kind, struct bednet_loaded *loaded);

struct bednet_loader_worker {
    /* Of both threads. Each way is one atomic pointer; what is newer takes the place of what nobody fetched.
     */
    const struct bednet_loader_kind *kind;
    int wake; /* an eventfd */
    atomic_bool stopping;
    atomic_bool again; /* told to build anew */
    _Atomic(struct bednet_loader_job *) next_job;
    _Atomic(struct bednet_loaded *) ready;
    _Atomic(struct bednet_loaded *) returned;
    struct bednet_messages messages;

    /* The thread's own. */
    struct bednet_loader_job *job; /* NULL: none */
    bool tried;                    /* there was an attempt with this job */
    bool failed;                   /* and the last one failed */
    struct bednet_stamp stamp;     /* of the last attempt */
    int64_t retry_ms;              /* when to try again what failed, changed or not */
    int64_t pause_ms;              /* the pause before that */
};

/*
 * One attempt with the job that is there: an object that is ready to be handed over, and the stamp of what it
 * was built from.
 */
enum bednet_status bednet_loader_build(struct bednet_loader_worker *worker, struct bednet_diag *diag,
                                       struct bednet_loaded **out);

/* The loop, until `stopping`. */
void bednet_loader_work(struct bednet_loader_worker *worker);

/* Frees what the worker keeps. When the thread is gone. */
void bednet_loader_worker_clear(struct bednet_loader_worker *worker);

#endif
