/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/loader_worker.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A pause that doubles ends here. */
#define RETRY_MOST_MS (300 * 1000)
/* Further warnings of one attempt are not told. */
#define WARNINGS_MAX 8

struct bednet_loader_job bednet_loader_no_job;

struct bednet_loader_job *bednet_loader_job_new(const struct bednet_loader_kind *kind, void *plan,
                                                uint64_t generation)
{
    struct bednet_loader_job *job = malloc(sizeof *job);
    if (job != NULL)
        *job = (struct bednet_loader_job){generation, plan};
    else
        kind->free_plan(plan);
    return job;
}

void bednet_loader_job_free(const struct bednet_loader_kind *kind, struct bednet_loader_job *job)
{
    if (job == NULL || job == &bednet_loader_no_job)
        return;
    kind->free_plan(job->plan);
    free(job);
}

void bednet_loaded_free(const struct bednet_loader_kind *kind, struct bednet_loaded *loaded)
{
    if (loaded == NULL)
        return;
    kind->free_object(loaded->object);
    free(loaded);
}

/* A machine that sleeps does not retry meanwhile. */
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum bednet_status bednet_loader_build(struct bednet_loader_worker *worker, struct bednet_diag *diag,
                                       struct bednet_loaded **out)
{
    struct bednet_loaded *loaded = calloc(1, sizeof *loaded);
    enum bednet_status status = BEDNET_NOMEM;
    bednet_stamp_clear(&worker->stamp);
    if (loaded != NULL && diag != NULL)
        status = worker->kind->load(worker->job->plan, &worker->stamp, diag, &loaded->object);
    if (status != BEDNET_OK) {
        free(loaded);
        return status;
    }
    loaded->generation = worker->job->generation;
    *out = loaded;
    return BEDNET_OK;
}

static void tell_failure(struct bednet_loader_worker *worker, const struct bednet_diag *diag,
                         enum bednet_status status)
{
    char line[BEDNET_DIAG_TEXT_BYTES];
    const struct bednet_diag_entry *entry = diag != NULL ? bednet_diag_at(diag, 0) : NULL;
    for (size_t i = 1; entry != NULL && entry->severity != BEDNET_ERROR; i++)
        entry = bednet_diag_at(diag, i);
    if (entry != NULL)
        bednet_diag_format(entry, line, sizeof line);
    bednet_messages_add(&worker->messages, BEDNET_ERROR, "%s: what was read before stays in use: %s",
                        worker->kind->subject, entry != NULL ? line : bednet_status_text(status));
}

static void tell_warnings(struct bednet_loader_worker *worker, const struct bednet_diag *diag)
{
    for (size_t i = 0; i < bednet_diag_count(diag) && i < WARNINGS_MAX; i++) {
        char line[BEDNET_DIAG_TEXT_BYTES];
        bednet_diag_format(bednet_diag_at(diag, i), line, sizeof line);
        bednet_messages_add(&worker->messages, bednet_diag_at(diag, i)->severity, "%s: %s",
                            worker->kind->subject, line);
    }
}

/* tell() comes last: by then the object may be the broker's, but it frees none. */
static void hand_over(struct bednet_loader_worker *worker, struct bednet_loaded *loaded)
{
    const void *object = loaded->object;
    struct bednet_loaded *before = atomic_exchange_explicit(&worker->ready, loaded, memory_order_acq_rel);
    bednet_loaded_free(worker->kind, before);
    if (worker->kind->tell != NULL)
        worker->kind->tell(object, &worker->messages);
}

/* What failed is tried again although nothing changed: there may be memory then, or the right time. */
static void put_off(struct bednet_loader_worker *worker, bool anew)
{
    worker->failed = true;
    worker->pause_ms = anew ? worker->kind->retry_ms : worker->pause_ms * 2;
    if (worker->pause_ms > RETRY_MOST_MS)
        worker->pause_ms = RETRY_MOST_MS;
    worker->retry_ms = now_ms() + worker->pause_ms;
}

static void attempt(struct bednet_loader_worker *worker, bool anew)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_loaded *loaded = NULL;
    enum bednet_status status = bednet_loader_build(worker, diag, &loaded);
    worker->tried = true;
    if (status == BEDNET_OK) {
        worker->failed = false;
        tell_warnings(worker, diag);
        hand_over(worker, loaded);
    } else {
        if (anew)
            tell_failure(worker, diag, status);
        put_off(worker, anew);
        if (worker->kind->tell != NULL)
            worker->kind->tell(NULL, &worker->messages);
    }
    bednet_messages_post(&worker->messages);
    bednet_diag_free(diag);
}

static void take_job(struct bednet_loader_worker *worker)
{
    struct bednet_loader_job *job = atomic_exchange_explicit(&worker->next_job, NULL, memory_order_acq_rel);
    if (job == NULL)
        return;
    bednet_loader_job_free(worker->kind, worker->job);
    worker->job = job != &bednet_loader_no_job ? job : NULL;
    worker->tried = false;
    worker->failed = false;
}

static void look(struct bednet_loader_worker *worker)
{
    bool again = atomic_exchange_explicit(&worker->again, false, memory_order_acq_rel);
    if (worker->job == NULL)
        return;
    if (again || !worker->tried || !bednet_stamp_holds(&worker->stamp))
        attempt(worker, true);
    else if (worker->failed && now_ms() >= worker->retry_ms)
        attempt(worker, false);
}

static void free_returned(struct bednet_loader_worker *worker)
{
    struct bednet_loaded *loaded = atomic_exchange_explicit(&worker->returned, NULL, memory_order_acquire);
    while (loaded != NULL) {
        struct bednet_loaded *next = loaded->next;
        bednet_loaded_free(worker->kind, loaded);
        loaded = next;
    }
}

static void rest(struct bednet_loader_worker *worker)
{
    struct pollfd wake = {.fd = worker->wake, .events = POLLIN};
    uint64_t count;
    poll(&wake, 1, worker->job != NULL ? (int)worker->kind->look_ms : -1);
    if ((wake.revents & POLLIN) != 0 && read(worker->wake, &count, sizeof count) < 0)
        return;
}

/* Whoever wakes it up has said what for before, and it is asked after that: nothing waits for the next time.
 */
void bednet_loader_work(struct bednet_loader_worker *worker)
{
    while (!atomic_load_explicit(&worker->stopping, memory_order_acquire)) {
        free_returned(worker);
        take_job(worker);
        look(worker);
        rest(worker);
    }
}

void bednet_loader_worker_clear(struct bednet_loader_worker *worker)
{
    bednet_loader_job_free(worker->kind, atomic_exchange(&worker->next_job, NULL));
    bednet_loader_job_free(worker->kind, worker->job);
    bednet_loaded_free(worker->kind, atomic_exchange(&worker->ready, NULL));
    free_returned(worker);
    bednet_stamp_clear(&worker->stamp);
}
