/* SPDX-License-Identifier: Apache-2.0 */
/* Both sides of a store: what the broker's thread puts, and the thread that writes it. */
#include "store/store.h"
#include "store/database.h"
#include "thread/thread.h"

#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define TIDY_MS         (60 * 1000)
#define COUNT_MS        500
#define RETRY_MS        1000
#define RETRY_MOST_MS   (60 * 1000)

struct bednet_store {
    struct bednet_store_options options;
    struct bednet_database *database;
    uint64_t number; /* given out last; the broker's thread only */
    int wake;
    bool started;
    pthread_t thread;

    struct bednet_change_list list;
    atomic_size_t waiting; /* bytes of all changes that are not written yet */
    atomic_bool stopping;
    _Atomic(int64_t) keep_s;
    atomic_int fault; /* SQLite's code; 0: all is well */
    atomic_uint_fast64_t failures;
    atomic_uint_fast64_t lost;
    atomic_uint_fast64_t records;

    /* The writing thread's. */
    struct bednet_changes *changes;
    struct bednet_change *stuck; /* taken, but there was no memory to gather them */
    int64_t pause_ms;            /* 0: the last attempt succeeded */
    int64_t retry_ms;
    int64_t tidy_ms;
    int64_t count_ms; /* 0: nothing was written since they were counted */
};

/* A machine that sleeps does not retry meanwhile. */
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

static void clear(struct bednet_store *store)
{
    bednet_database_close(store->database);
    bednet_changes_free(store->changes);
    struct bednet_change *change = store->stuck;
    while (change != NULL) {
        struct bednet_change *next = change->next;
        free(change);
        change = next;
    }
    if (store->wake >= 0)
        close(store->wake);
    free(store);
}

static bool tidy(struct bednet_store *store)
{
    int64_t now_s = wall_s();
    uint64_t records = 0;
    bool done = bednet_database_tidy(store->database, now_s, now_s - atomic_load(&store->keep_s),
                                     store->options.records_max, &records);
    store->tidy_ms = now_ms() + TIDY_MS;
    if (done)
        atomic_store(&store->records, records);
    return done;
}

static enum bednet_status open_file(struct bednet_store *store, char why[BEDNET_STORE_WHY_BYTES])
{
    enum bednet_status status = bednet_store_prepare_file(store->options.path, why);
    if (status == BEDNET_OK)
        status = bednet_database_open(store->options.path, &store->database, why);
    if (status == BEDNET_OK)
        status = bednet_database_settle(store->database, why);
    if (status != BEDNET_OK || (tidy(store) && bednet_database_number(store->database, &store->number)))
        return status;
    int fault = bednet_database_fault(store->database);
    snprintf(why, BEDNET_STORE_WHY_BYTES, "%s (expected a file that can be written, on a disk with room)",
             bednet_database_text(fault));
    return (fault & 0xff) == SQLITE_NOMEM ? BEDNET_NOMEM : BEDNET_IO;
}

enum bednet_status bednet_store_open(const struct bednet_store_options *options, struct bednet_store **out,
                                     char why[BEDNET_STORE_WHY_BYTES])
{
    struct bednet_hash_key key;
    struct bednet_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return BEDNET_NOMEM;
    store->options = *options;
    if (store->options.queue_bytes_max == 0)
        store->options.queue_bytes_max = QUEUE_BYTES_MAX;
    atomic_store(&store->keep_s, options->keep_s);
    store->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (getrandom(key.bytes, sizeof key.bytes, 0) == (ssize_t)sizeof key.bytes)
        store->changes = bednet_changes_new(&key);
    enum bednet_status status = BEDNET_NOMEM;
    if (store->wake >= 0 && store->changes != NULL)
        status = open_file(store, why);
    store->options.path = NULL; /* the caller's */
    if (status == BEDNET_OK)
        *out = store;
    else
        clear(store);
    return status;
}

enum bednet_status bednet_store_read(struct bednet_store *store, bednet_store_visit visit, void *context,
                                     char why[BEDNET_STORE_WHY_BYTES])
{
    return bednet_database_read(store->database, visit, context, why);
}

/* The counter is at most one, so that this never blocks. */
static void wake(struct bednet_store *store)
{
    uint64_t one = 1;
    ssize_t written = write(store->wake, &one, sizeof one);
    (void)written;
}

static void release(struct bednet_store *store, size_t bytes)
{
    atomic_fetch_sub_explicit(&store->waiting, bytes, memory_order_relaxed);
}

/* The writing thread, from here on. What cannot be gathered for want of memory stays in its order. */
static bool gather(struct bednet_store *store)
{
    if (store->stuck == NULL)
        store->stuck = bednet_change_list_take(&store->list);
    while (store->stuck != NULL) {
        struct bednet_change *change = store->stuck, *next = change->next;
        size_t freed = 0;
        if (!bednet_changes_add(store->changes, change, &freed))
            return false;
        store->stuck = next;
        release(store, freed);
    }
    return true;
}

static void note_failure(struct bednet_store *store, int fault)
{
    store->pause_ms = store->pause_ms == 0 ? RETRY_MS : store->pause_ms * 2;
    if (store->pause_ms > RETRY_MOST_MS)
        store->pause_ms = RETRY_MOST_MS;
    store->retry_ms = now_ms() + store->pause_ms;
    atomic_fetch_add(&store->failures, 1);
    atomic_store(&store->fault, fault);
}

static void note_success(struct bednet_store *store)
{
    store->pause_ms = 0;
    atomic_store(&store->fault, 0);
}

/* Counting reads all of an index, which need not be after each login. */
static bool count(struct bednet_store *store, bool wrote)
{
    uint64_t records = 0;
    if (store->count_ms == 0 && wrote)
        store->count_ms = now_ms() + COUNT_MS;
    if (store->count_ms == 0 || now_ms() < store->count_ms)
        return true;
    if (!bednet_database_count(store->database, &records))
        return false;
    store->count_ms = 0;
    atomic_store(&store->records, records);
    return true;
}

/* Everything that was gathered, in one transaction. */
static void flush(struct bednet_store *store)
{
    bool all = gather(store);
    bool any = bednet_changes_count(store->changes) > 0;
    bool written = !any || bednet_database_write(store->database, store->changes);
    if (written)
        release(store, bednet_changes_clear(store->changes));
    if (written && now_ms() >= store->tidy_ms)
        written = tidy(store);
    written = written && count(store, any);
    if (!written || !all)
        note_failure(store, written ? SQLITE_NOMEM : bednet_database_fault(store->database));
    else
        note_success(store);
}

static void rest(struct bednet_store *store)
{
    struct pollfd wake_fd = {.fd = store->wake, .events = POLLIN};
    uint64_t count;
    int64_t until_ms =
        store->count_ms > 0 && store->count_ms < store->tidy_ms ? store->count_ms : store->tidy_ms;
    if (store->pause_ms > 0)
        until_ms = store->retry_ms;
    int64_t left_ms = until_ms - now_ms();
    if (left_ms > 0)
        poll(&wake_fd, 1, (int)left_ms);
    if ((wake_fd.revents & POLLIN) != 0 && read(store->wake, &count, sizeof count) < 0)
        return;
}

static void work(void *argument)
{
    struct bednet_store *store = argument;
    while (!atomic_load_explicit(&store->stopping, memory_order_acquire)) {
        if (store->pause_ms == 0 || now_ms() >= store->retry_ms)
            flush(store);
        else
            gather(store);
        rest(store);
    }
    store->tidy_ms = 0;
    flush(store);
    /* Here, too, a limit of the file's size is an error and no signal. */
    bednet_database_close(store->database);
    store->database = NULL;
}

/* The database was opened on the broker's thread, and is used and closed on the other. */
enum bednet_status bednet_store_start(struct bednet_store *store)
{
    const struct bednet_thread_work writing = {.run = work, .argument = store, .keeps_all = true};
    store->started = bednet_thread_start(&store->thread, "bednet-store", &writing) == 0;
    return store->started ? BEDNET_OK : BEDNET_NOMEM;
}

size_t bednet_store_stop(struct bednet_store *store)
{
    if (store == NULL)
        return 0;
    if (store->started) {
        atomic_store_explicit(&store->stopping, true, memory_order_release);
        wake(store);
        pthread_join(store->thread, NULL);
    }
    size_t left = bednet_changes_count(store->changes);
    for (const struct bednet_change *change = store->stuck; change != NULL; change = change->next)
        left++;
    clear(store);
    return left;
}

/* What no longer holds finds room even where no record does. */
static bool push(struct bednet_store *store, enum bednet_change_kind kind, struct bednet_text client_id,
                 uint64_t number, struct bednet_text record)
{
    size_t waiting = atomic_load_explicit(&store->waiting, memory_order_relaxed);
    size_t bytes_max = store->options.queue_bytes_max * (kind == BEDNET_CHANGE_PUT ? 1 : 2);
    struct bednet_change *change = NULL;
    if (client_id.ptr != NULL && client_id.len <= BEDNET_STORE_CLIENT_ID_BYTES_MAX &&
        record.len <= BEDNET_STORE_RECORD_BYTES_MAX && waiting + client_id.len + record.len <= bytes_max)
        change = bednet_change_new(kind, client_id, number, wall_s(), record);
    if (change == NULL) {
        atomic_fetch_add(&store->lost, 1);
        return false;
    }
    atomic_fetch_add_explicit(&store->waiting, bednet_change_bytes(change), memory_order_relaxed);
    if (bednet_change_list_push(&store->list, change))
        wake(store);
    return true;
}

uint64_t bednet_store_put(struct bednet_store *store, struct bednet_text client_id, struct bednet_text bytes)
{
    bool pushed = push(store, BEDNET_CHANGE_PUT, client_id, store->number + 1, bytes);
    return pushed ? ++store->number : 0;
}

void bednet_store_leave(struct bednet_store *store, struct bednet_text client_id, uint64_t number)
{
    push(store, BEDNET_CHANGE_LEAVE, client_id, number, (struct bednet_text){0});
}

void bednet_store_forget(struct bednet_store *store, struct bednet_text client_id, uint64_t number)
{
    push(store, BEDNET_CHANGE_FORGET, client_id, number, (struct bednet_text){0});
}

uint64_t bednet_store_number(const struct bednet_store *store)
{
    return store->number;
}

void bednet_store_set_keep(struct bednet_store *store, int64_t keep_s)
{
    atomic_store(&store->keep_s, keep_s);
}

struct bednet_store_health bednet_store_health(const struct bednet_store *store)
{
    return (struct bednet_store_health){
        .failing = atomic_load(&store->fault) != 0,
        .failures = atomic_load(&store->failures),
        .lost = atomic_load(&store->lost),
        .records = atomic_load(&store->records),
    };
}

const char *bednet_store_fault(const struct bednet_store *store)
{
    return bednet_database_text(atomic_load(&store->fault));
}
