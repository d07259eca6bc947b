/* SPDX-License-Identifier: Apache-2.0 */
#include "thread/thread.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* A tenth of the broker's share where both want the same core. */
#define NICE 10

#define FIRST_FILE (STDERR_FILENO + 1)

/* The least of those that are kept and not below `from`; -1: there is none. */
static int next_kept(const struct bednet_thread_work *work, int from)
{
    int next = -1;
    for (size_t i = 0; i < work->kept_count; i++) {
        if (work->kept[i] >= from && (next < 0 || work->kept[i] < next))
            next = work->kept[i];
    }
    return next;
}

/*
 * False where all stays shared. What lies behind the last one that is kept goes first: then it is not even
 * copied, however many clients are connected.
 */
static bool part_files(const struct bednet_thread_work *work)
{
#ifdef BEDNET_THREAD_SANITIZER
    return false; /* it knows descriptors by their numbers, and takes two of one number for one */
#endif
    if (work->keeps_all)
        return false;
    int last = FIRST_FILE - 1;
    for (int kept; (kept = next_kept(work, last + 1)) >= 0;)
        last = kept;
    if (close_range((unsigned)last + 1, UINT_MAX, CLOSE_RANGE_UNSHARE) != 0)
        return false;
    int from = FIRST_FILE;
    for (int kept; (kept = next_kept(work, from)) >= 0; from = kept + 1) {
        if (kept > from)
            close_range((unsigned)from, (unsigned)kept - 1, 0);
    }
    return true;
}

/* A thread that was joined may still be ending: what it keeps, a port for one, must be free by then. */
static void *run(void *argument)
{
    struct bednet_thread_work work = *(struct bednet_thread_work *)argument;
    free(argument);
    bool parted = part_files(&work);
    work.run(work.argument);
    if (parted)
        close_range(FIRST_FILE, UINT_MAX, 0);
    return NULL;
}

/*
 * In a process with threads the C library makes each system call a place to cancel the thread, unless it can
 * be cancelled anywhere; and where it cannot be cancelled at all that comes to nothing.
 */
static void be_uncancelled(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
}

int bednet_thread_start(pthread_t *thread, const char *name, const struct bednet_thread_work *work)
{
    sigset_t every;
    sigset_t before;
    struct bednet_thread_work *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return ENOMEM;
    *copy = *work;
    be_uncancelled();
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    int error = pthread_create(thread, NULL, run, copy);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_setname_np(*thread, name);
    else
        free(copy);
    return error;
}

/* Linux has a nice value for each thread; 0 is the one that calls. Where that is forbidden all still works.
 */
void bednet_thread_give_way(void)
{
    setpriority(PRIO_PROCESS, 0, NICE);
}
