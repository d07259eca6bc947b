/* SPDX-License-Identifier: Apache-2.0 */
/* The broker's side: the thread's life, what it is to do, and what it has done. */
#include "refresh/limits.h"
#include "refresh/worker.h"
#include "runtime/counters.h"
#include "thread/thread.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

const struct bednet_refresh_limits bednet_refresh_limits = {
    .schedule = {.ask_ms = BEDNET_REFRESH_ASK_S * 1000,
                 .least_ms = 60 * 1000,
                 .retry_first_ms = 2000,
                 .retry_most_ms = 300 * 1000},
    .connect_ms = 5000,
    .total_ms = 15000,
    .stalled_s = 5,
    .watch_ms = 1000,
};

/* What the broker knows of a source. */
struct known {
    uint64_t ticket; /* 0: none, the keys are in a file */
    int64_t stale_s;
    unsigned char identity[BEDNET_SOURCE_IDENTITY_BYTES];
};

struct bednet_refresher {
    struct bednet_refresh_worker worker;
    pthread_t thread;
    bool has_thread;
    uint64_t generation;
    uint64_t tickets; /* given out so far */
    struct known known[BEDNET_ISSUERS_MAX];
    struct bednet_bulletin *current; /* NULL before the first */
};

static void work(void *argument)
{
    bednet_refresh_work(argument);
}

/* The counter is far from full, so that this never blocks. */
static void wake(struct bednet_refresher *refresher)
{
    eventfd_write(refresher->worker.wake, 1);
}

/*
 * A look-up of a name may outlive everybody who wanted it, in a thread of libcurl's. The library must then
 * still be there, even when the broker has unloaded the module that brought it.
 */
static void keep_libcurl(void)
{
    Dl_info info;
    if (dladdr((const void *)(uintptr_t)&curl_global_init, &info) != 0 && info.dli_fname != NULL &&
        dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) == NULL)
        dlerror();
}

enum bednet_status bednet_refresher_start_with(const struct bednet_refresh_limits *limits,
                                               struct bednet_refresher **out)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return BEDNET_NOMEM;
    keep_libcurl();
    struct bednet_refresher *refresher = calloc(1, sizeof *refresher);
    if (refresher != NULL) {
        refresher->worker.limits = *limits;
        refresher->worker.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (refresher->worker.wake >= 0) {
            *out = refresher;
            return BEDNET_OK;
        }
    }
    free(refresher);
    curl_global_cleanup();
    return BEDNET_NOMEM;
}

enum bednet_status bednet_refresher_start(struct bednet_refresher **out)
{
    return bednet_refresher_start_with(&bednet_refresh_limits, out);
}

void bednet_refresher_stop(struct bednet_refresher *refresher)
{
    if (refresher == NULL)
        return;
    if (refresher->has_thread) {
        atomic_store_explicit(&refresher->worker.stopping, true, memory_order_release);
        wake(refresher);
        pthread_join(refresher->thread, NULL);
    }
    bednet_bulletin_free(refresher->current);
    bednet_refresh_worker_clear(&refresher->worker);
    close(refresher->worker.wake);
    free(refresher);
    curl_global_cleanup();
}

/* The ticket that a source had so far; 0 for a new one. */
static uint64_t ticket_of(const struct bednet_refresher *refresher, const struct known *wanted,
                          const struct known *taken, size_t count)
{
    for (size_t i = 0; i < BEDNET_ISSUERS_MAX; i++) {
        const struct known *known = &refresher->known[i];
        if (known->ticket == 0 || memcmp(known->identity, wanted->identity, sizeof known->identity) != 0)
            continue;
        bool free_still = true;
        for (size_t j = 0; j < count; j++)
            free_still = free_still && taken[j].ticket != known->ticket;
        if (free_still)
            return known->ticket;
    }
    return 0;
}

static bool add_source(const struct bednet_refresher *refresher, const struct bednet_key_source *from,
                       size_t index, struct bednet_refresh_plan *plan, struct known *known)
{
    struct known *mine = &known[index];
    if (from->origin == BEDNET_KEYS_FILE)
        return true;
    if (!bednet_source_identity(from, mine->identity))
        return false;
    mine->ticket = ticket_of(refresher, mine, known, index);
    if (mine->ticket == 0)
        mine->ticket = refresher->tickets + 1 + index;
    mine->stale_s = from->stale_s;
    plan->sources[plan->count] = bednet_source_new(from, mine->ticket);
    if (plan->sources[plan->count] == NULL)
        return false;
    plan->count++;
    return true;
}

static bool fill_plan(const struct bednet_refresher *refresher, const struct bednet_jwt_policy *jwt,
                      struct bednet_refresh_plan *plan, struct known *known)
{
    if (jwt->rules.issuer_count > BEDNET_ISSUERS_MAX ||
        !bednet_refresh_copy(jwt->key_cache, &plan->key_cache) ||
        !bednet_refresh_copy(jwt->revocations_path, &plan->revocations_path))
        return false;
    for (size_t i = 0; i < jwt->rules.issuer_count; i++) {
        if (!add_source(refresher, &jwt->mappings[i].keys, i, plan, known))
            return false;
    }
    return true;
}

/* A thread with nothing to fetch would still make every system call of the broker's a little dearer. */
static bool ensure_thread(struct bednet_refresher *refresher, const struct bednet_refresh_plan *plan)
{
    bool needed = plan->count > 0 || plan->revocations_path != NULL;
    const struct bednet_thread_work fetching = {
        .run = work, .argument = &refresher->worker, .kept = {refresher->worker.wake}, .kept_count = 1};
    if (needed && !refresher->has_thread)
        refresher->has_thread = bednet_thread_start(&refresher->thread, "bednet-refresh", &fetching) == 0;
    return !needed || refresher->has_thread;
}

enum bednet_status bednet_refresher_configure(struct bednet_refresher *refresher,
                                              const struct bednet_jwt_policy *jwt)
{
    struct known known[BEDNET_ISSUERS_MAX] = {0};
    struct bednet_refresh_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL || !fill_plan(refresher, jwt, plan, known) || !ensure_thread(refresher, plan)) {
        bednet_plan_free(plan);
        return BEDNET_NOMEM;
    }
    plan->generation = ++refresher->generation;
    refresher->tickets += BEDNET_ISSUERS_MAX;
    memcpy(refresher->known, known, sizeof known);
    bednet_mailbox_put_plan(&refresher->worker.mailbox, plan);
    wake(refresher);
    return BEDNET_OK;
}

bool bednet_refresher_take(struct bednet_refresher *refresher)
{
    struct bednet_bulletin *bulletin = bednet_mailbox_take_bulletin(&refresher->worker.mailbox);
    if (bulletin == NULL)
        return false;
    if (refresher->current != NULL) {
        bednet_mailbox_return(&refresher->worker.mailbox, refresher->current);
        wake(refresher);
    }
    refresher->current = bulletin;
    return true;
}

const struct bednet_keyring *bednet_refresher_keys(const struct bednet_refresher *refresher, size_t index)
{
    if (index >= BEDNET_ISSUERS_MAX || refresher->known[index].ticket == 0 || refresher->current == NULL)
        return NULL;
    const struct known *known = &refresher->known[index];
    for (size_t i = 0; i < refresher->current->count; i++) {
        const struct bednet_bulletin_entry *entry = &refresher->current->entries[i];
        if (entry->ticket == known->ticket)
            return bednet_refresh_now_ms() - entry->good_ms <= known->stale_s * 1000 ? entry->set->keyring
                                                                                     : NULL;
    }
    return NULL;
}

/* A list that was read before the policy was may be older than the policy's own. */
const struct bednet_revocations *bednet_refresher_revocations(const struct bednet_refresher *refresher)
{
    const struct bednet_bulletin *current = refresher->current;
    if (current == NULL || current->generation != refresher->generation || current->revocations == NULL)
        return NULL;
    return current->revocations->revocations;
}

/* Only the first one since the last fetch began wakes the worker up; a flood is a flag that is set already.
 */
void bednet_refresher_ask(struct bednet_refresher *refresher)
{
    bednet_count(BEDNET_COUNTER_JWKS_UNKNOWN_KID);
    if (!atomic_exchange_explicit(&refresher->worker.asked, true, memory_order_acq_rel))
        wake(refresher);
}

void bednet_refresher_drain(struct bednet_refresher *refresher,
                            void (*log)(enum bednet_severity severity, const char *line))
{
    bednet_messages_drain(&refresher->worker.messages, log);
}
