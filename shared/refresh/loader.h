/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that builds something unchangeable from files, and builds it anew when they change or when it is
 * told to. The broker's thread only ever exchanges a pointer; what it has done with goes back for the thread
 * to free. All functions on the broker's thread unless said otherwise, and none of them waits for anything
 * but start(), which builds the first one, and stop().
 */
#ifndef BEDNET_REFRESH_LOADER_H
#define BEDNET_REFRESH_LOADER_H

#include "core/status.h"
#include "refresh/messages.h"
#include "refresh/stamp.h"

/* What is built, out of what, and how. */
struct bednet_loader_kind {
    const char *thread;  /* its name: at most 15 bytes */
    const char *subject; /* what its lines in the log begin with */
    int64_t look_ms;     /* between two looks at the files */
    int64_t retry_ms;    /* the pause after a failure that nothing was changed after; it doubles each time */

    /*
     * Builds an object by the plan. Adds each path to the stamp before it is read, and fails without memory
     * for that; after a failure, too, the stamp says what to look at. What is wrong or odd goes to `diag`.
     */
    enum bednet_status (*load)(const void *plan, struct bednet_stamp *stamp, struct bednet_diag *diag,
                               void **object);
    /* The thread has put a new object where the broker's finds it; or (NULL) there was a failure. May be
     * NULL. The object may be gone as soon as this returns, not before. */
    void (*tell)(const void *object, struct bednet_messages *messages);
    void (*free_object)(void *object);
    void (*free_plan)(void *plan);
};

struct bednet_loader;

/*
 * Builds the first object here and now, where there is a plan (else NULL), then starts the thread, with all
 * signals blocked; without a plan there is no thread until the first one comes. The plan is the loader's from
 * now on, whatever comes of it; `kind` is borrowed. On failure *out is left alone: what load() gave, or
 * BEDNET_NOMEM.
 */
enum bednet_status bednet_loader_start(const struct bednet_loader_kind *kind, void *plan,
                                       struct bednet_diag *diag, struct bednet_loader **out);

/* Waits for what is being built, joins the thread and frees everything. NULL is allowed. */
void bednet_loader_stop(struct bednet_loader *loader);

/*
 * Another plan, or none (NULL, which never fails). It is the loader's from now on, whatever comes of it.
 * Until there is an object of it, the one in force stays. On BEDNET_NOMEM, also for want of a thread, all
 * stays as it was.
 */
enum bednet_status bednet_loader_configure(struct bednet_loader *loader, void *plan);

/* Builds anew, changed or not. */
void bednet_loader_reload(struct bednet_loader *loader);

/* Takes a newer object into force; true then. An atomic load where there is none. */
bool bednet_loader_take(struct bednet_loader *loader);

/* The object in force; NULL: none. Until the next take, drop or stop. */
const void *bednet_loader_current(const struct bednet_loader *loader);

/* True where that was built by the plan that was given last. */
bool bednet_loader_settled(const struct bednet_loader *loader);

/* No object is in force from now on, until the next one is taken. */
void bednet_loader_drop(struct bednet_loader *loader);

/* Hands over what the thread has to say for the log. */
void bednet_loader_drain(struct bednet_loader *loader,
                         void (*log)(enum bednet_severity severity, const char *line));

#endif
