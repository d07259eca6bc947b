/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loader whose objects are the texts of files, and what it does, counted. Nothing here waits for time: the
 * thread tells after each attempt, and tests wait for that.
 */
#ifndef BEDNET_TESTS_REFRESH_LOADER_TESTING_H
#define BEDNET_TESTS_REFRESH_LOADER_TESTING_H

#include "cmocka_first.h"

#include "../policy/scratch.h"
#include "refresh/loader.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>

/* Nothing here waits so long unless it hangs. */
#define AWAIT_S 60

struct text_plan {
    char path[PATH_MAX];
    sem_t *gate; /* the thread waits here before it reads; NULL: it does not */
    sem_t *at_gate;
};

struct text {
    char text[64];
};

static struct bednet_loader *loader;
static sem_t told; /* after each attempt of the thread */
static atomic_int attempts, plans, objects;
static atomic_bool freed_here; /* something was freed on the thread of the test, while the loader ran */
static atomic_bool blocked;    /* the thread has all signals blocked */
static pthread_t here;
static char said[16384];

static void note_thread(void)
{
    if (pthread_equal(pthread_self(), here))
        atomic_store(&freed_here, true);
}

static void free_text_plan(void *plan)
{
    if (plan == NULL)
        return;
    atomic_fetch_sub(&plans, 1);
    free(plan);
}

static void free_text_object(void *object)
{
    note_thread();
    atomic_fetch_sub(&objects, 1);
    free(object);
}

static void note_signals(void)
{
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    atomic_store(&blocked, sigismember(&set, SIGHUP) == 1 && sigismember(&set, SIGTERM) == 1 &&
                               sigismember(&set, SIGINT) == 1 && sigismember(&set, SIGCHLD) == 1);
}

static enum bednet_status read_text(const char *path, struct bednet_diag *diag, struct text *text)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        bednet_diag_add(diag, BEDNET_ERROR, path, (struct bednet_source){0}, "cannot be read");
        return BEDNET_IO;
    }
    if (fgets(text->text, sizeof text->text, file) == NULL)
        text->text[0] = '\0';
    fclose(file);
    if (strncmp(text->text, "odd", 3) == 0)
        bednet_diag_add(diag, BEDNET_WARNING, path, (struct bednet_source){0}, "an odd text");
    if (strncmp(text->text, "bad", 3) != 0)
        return BEDNET_OK;
    bednet_diag_add(diag, BEDNET_WARNING, path, (struct bednet_source){0}, "a hint");
    bednet_diag_add(diag, BEDNET_ERROR, path, (struct bednet_source){1, 1}, "a \"bad\" text");
    return BEDNET_INVALID;
}

static enum bednet_status load_text(const void *argument, struct bednet_stamp *stamp,
                                    struct bednet_diag *diag, void **object)
{
    const struct text_plan *plan = argument;
    atomic_fetch_add(&attempts, 1);
    note_signals();
    if (plan->gate != NULL) {
        sem_post(plan->at_gate);
        sem_wait(plan->gate);
    }
    if (!bednet_stamp_add(stamp, plan->path))
        return BEDNET_NOMEM;
    struct text *text = malloc(sizeof *text);
    enum bednet_status status = text != NULL ? read_text(plan->path, diag, text) : BEDNET_NOMEM;
    if (status == BEDNET_OK) {
        atomic_fetch_add(&objects, 1);
        *object = text;
    } else {
        free(text);
    }
    return status;
}

static void tell_text(const void *object, struct bednet_messages *messages)
{
    if (object != NULL)
        bednet_messages_add(messages, BEDNET_NOTICE, "read: %s", ((const struct text *)object)->text);
    bednet_messages_post(messages);
    sem_post(&told);
}

static const struct bednet_loader_kind eager = {.thread = "bednet-test",
                                                .subject = "texts",
                                                .look_ms = 1,
                                                .retry_ms = 1,
                                                .load = load_text,
                                                .tell = tell_text,
                                                .free_object = free_text_object,
                                                .free_plan = free_text_plan};

static inline struct text_plan *plan_of(const char *name)
{
    struct text_plan *plan = calloc(1, sizeof *plan);
    assert_non_null(plan);
    snprintf(plan->path, sizeof plan->path, "%s", scratch_path(name));
    atomic_fetch_add(&plans, 1);
    return plan;
}

/* In one piece, as whoever replaces a file should. */
static inline void put(const char *name, const char *text)
{
    scratch_write(".new", text, 0600);
    assert_int_equal(rename(scratch_path(".new"), scratch_path(name)), 0);
}

static inline void await(sem_t *what)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += AWAIT_S;
    while (sem_timedwait(what, &until) != 0)
        if (errno != EINTR)
            fail_msg("in vain");
}

static inline void hear(enum bednet_severity severity, const char *line)
{
    static const char marks[] = {[BEDNET_ERROR] = 'E', [BEDNET_WARNING] = 'W', [BEDNET_NOTICE] = 'N'};
    size_t length = strlen(said);
    snprintf(said + length, sizeof said - length, "%c %s\n", marks[severity], line);
}

/* How often a text was said since the beginning of the test. */
static inline int times_said(const char *text)
{
    int times = 0;
    bednet_loader_drain(loader, hear);
    for (const char *at = said; (at = strstr(at, text)) != NULL; at++)
        times++;
    return times;
}

static inline const char *current(void)
{
    const struct text *text = bednet_loader_current(loader);
    return text != NULL ? text->text : "(none)";
}

static inline int texts_begin(void **state)
{
    if (scratch_begin(state) != 0)
        return -1;
    sem_init(&told, 0, 0);
    atomic_store(&attempts, 0);
    atomic_store(&freed_here, false);
    here = pthread_self();
    said[0] = '\0';
    put("a", "first");
    put("b", "other");
    return 0;
}

/* Nothing is left, and while it ran only the thread freed objects. */
static inline int texts_end(void **state)
{
    assert_false(atomic_load(&freed_here));
    bednet_loader_stop(loader);
    loader = NULL;
    assert_int_equal(atomic_load(&plans), 0);
    assert_int_equal(atomic_load(&objects), 0);
    sem_destroy(&told);
    return scratch_end(state);
}

#endif
