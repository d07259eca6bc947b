/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/worker.h"
#include "runtime/counters.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>

/* The longest sleep: staleness is judged so often. Waking up once a second costs nothing that shows. */
#define SLEEP_MS 1000
/* With nothing to do but to wait for another policy, which wakes it up. */
#define IDLE_MS 3600000
/* After libcurl failed to wait, for want of kernel memory. */
#define PAUSE_MS 100

static struct bednet_source_context context_of(struct bednet_refresh_worker *worker)
{
    return (struct bednet_source_context){.limits = &worker->limits,
                                          .messages = &worker->messages,
                                          .multi = worker->multi,
                                          .key_cache = worker->plan != NULL ? worker->plan->key_cache : NULL};
}

static struct bednet_refresh_source *find(struct bednet_refresh_plan *plan, uint64_t ticket, size_t *index)
{
    for (*index = 0; plan != NULL && *index < plan->count; ++*index) {
        if (plan->sources[*index] != NULL && plan->sources[*index]->ticket == ticket)
            return plan->sources[*index];
    }
    return NULL;
}

/* Sources that stay the same move over with all they have, their transfers included. */
static void take_plan(struct bednet_refresh_worker *worker)
{
    struct bednet_refresh_plan *plan = bednet_mailbox_take_plan(&worker->mailbox);
    if (plan == NULL)
        return;
    struct bednet_refresh_plan *old = worker->plan;
    worker->plan = plan;
    struct bednet_source_context context = context_of(worker);
    for (size_t i = 0; i < plan->count; i++) {
        size_t at;
        struct bednet_refresh_source *known = find(old, plan->sources[i]->ticket, &at);
        if (known != NULL) {
            bednet_source_adjust(known, plan->sources[i]);
            bednet_source_free(plan->sources[i]);
            plan->sources[i] = known;
            old->sources[at] = NULL;
        } else {
            bednet_schedule_start(&plan->sources[i]->schedule, bednet_refresh_now_ms());
            bednet_source_warm(plan->sources[i], &context);
        }
    }
    bednet_plan_free(old);
    bednet_watch_reset(&worker->watch);
    worker->look_ms = 0;
    worker->news = true;
}

static void pass_question_on(struct bednet_refresh_worker *worker)
{
    for (size_t i = 0; i < worker->plan->count; i++)
        bednet_schedule_ask(&worker->plan->sources[i]->schedule, &worker->limits.schedule,
                            bednet_refresh_now_ms());
}

/* The flag stays: asked once more, nothing would change. See bednet_refresher_ask. */
static void take_question(struct bednet_refresh_worker *worker)
{
    if (worker->plan != NULL && atomic_load_explicit(&worker->asked, memory_order_acquire))
        pass_question_on(worker);
}

static void begin_due(struct bednet_refresh_worker *worker)
{
    struct bednet_source_context context = context_of(worker);
    for (size_t i = 0; worker->plan != NULL && i < worker->plan->count; i++) {
        struct bednet_refresh_source *source = worker->plan->sources[i];
        if (source->fetch != NULL || bednet_refresh_now_ms() < source->schedule.due_ms)
            continue;
        /* What is asked from now on may be about keys that this fetch comes too early for. What was asked
         * until now is not forgotten with the flag: the other sources must know. */
        if (atomic_exchange_explicit(&worker->asked, false, memory_order_acq_rel))
            pass_question_on(worker);
        bednet_source_begin(source, &context);
    }
}

static void run_transfers(struct bednet_refresh_worker *worker)
{
    struct bednet_source_context context = context_of(worker);
    int running;
    int left;
    CURLMsg *message;
    curl_multi_perform(worker->multi, &running);
    while ((message = curl_multi_info_read(worker->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        /* The message is gone as soon as its transfer is. */
        CURLcode code = message->data.result;
        struct bednet_refresh_source *source = bednet_fetch_owner(message->easy_handle);
        if (source != NULL && bednet_source_proceed(source, &context, code))
            worker->news = true;
    }
}

static void look_around(struct bednet_refresh_worker *worker)
{
    struct bednet_source_context context = context_of(worker);
    int64_t now_ms = bednet_refresh_now_ms();
    if (worker->plan == NULL)
        return;
    for (size_t i = 0; i < worker->plan->count; i++) {
        if (bednet_source_expire(worker->plan->sources[i], &context))
            worker->news = true;
    }
    if (worker->plan->revocations_path == NULL || now_ms < worker->look_ms)
        return;
    worker->look_ms = now_ms + worker->limits.watch_ms;
    if (bednet_watch_look(&worker->watch, worker->plan->revocations_path, context.messages))
        worker->news = true;
}

static void show(enum bednet_gauge gauge, int64_t *shown, int64_t value)
{
    bednet_gauge_add(gauge, value - *shown);
    *shown = value;
}

/* Workers of several chains add up, except that the last one to look says when the oldest success was. */
static void count(struct bednet_refresh_worker *worker)
{
    const struct bednet_refresh_plan *plan = worker->plan;
    int64_t now_ms = bednet_refresh_now_ms();
    int64_t keys = 0;
    int64_t unusable = 0;
    int64_t oldest = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct bednet_refresh_source *source = plan->sources[i];
        bool usable = bednet_source_usable(source, now_ms);
        keys += usable ? (int64_t)bednet_keyring_count(source->set->keyring) : 0;
        unusable += !usable;
        if (source->set != NULL && (oldest == 0 || source->good_wall_s < oldest))
            oldest = source->good_wall_s;
    }
    show(BEDNET_GAUGE_JWKS_KEYS, &worker->shown[0], keys);
    show(BEDNET_GAUGE_JWKS_STALE_SOURCES, &worker->shown[1], unusable);
    if (plan->count > 0)
        bednet_gauge_set(BEDNET_GAUGE_JWKS_LAST_SUCCESS, oldest);
}

/* False: without memory the news wait, and so does what is said of them. */
static bool publish(struct bednet_refresh_worker *worker)
{
    if (!worker->news || worker->plan == NULL)
        return true;
    struct bednet_bulletin *bulletin = calloc(1, sizeof *bulletin);
    if (bulletin == NULL)
        return false;
    int64_t now_ms = bednet_refresh_now_ms();
    bulletin->generation = worker->plan->generation;
    for (size_t i = 0; i < worker->plan->count; i++) {
        const struct bednet_refresh_source *source = worker->plan->sources[i];
        if (!bednet_source_usable(source, now_ms))
            continue;
        source->set->users++;
        bulletin->entries[bulletin->count++] =
            (struct bednet_bulletin_entry){source->ticket, source->set, source->good_ms};
    }
    bulletin->revocations = worker->watch.list;
    if (bulletin->revocations != NULL)
        bulletin->revocations->users++;
    bednet_mailbox_put_bulletin(&worker->mailbox, bulletin);
    worker->news = false;
    count(worker);
    return true;
}

static int sleep_ms(const struct bednet_refresh_worker *worker)
{
    int64_t now_ms = bednet_refresh_now_ms();
    int64_t until_ms = now_ms + SLEEP_MS;
    if (worker->plan == NULL || (worker->plan->count == 0 && worker->plan->revocations_path == NULL))
        return IDLE_MS;
    if (worker->plan->revocations_path != NULL && worker->look_ms < until_ms)
        until_ms = worker->look_ms;
    for (size_t i = 0; i < worker->plan->count; i++) {
        const struct bednet_refresh_source *source = worker->plan->sources[i];
        if (source->fetch == NULL && source->schedule.due_ms < until_ms)
            until_ms = source->schedule.due_ms;
    }
    return until_ms > now_ms ? (int)(until_ms - now_ms) : 0;
}

static void rest(struct bednet_refresh_worker *worker)
{
    struct curl_waitfd wake = {.fd = worker->wake, .events = CURL_WAIT_POLLIN};
    eventfd_t count;
    if (curl_multi_poll(worker->multi, &wake, 1, sleep_ms(worker), NULL) != CURLM_OK)
        poll(NULL, 0, PAUSE_MS);
    else if (wake.revents != 0)
        eventfd_read(worker->wake, &count);
}

static bool is_stopping(const struct bednet_refresh_worker *worker)
{
    return atomic_load_explicit(&worker->stopping, memory_order_acquire);
}

/* False when the thread is to end before there was memory. */
static bool open_multi(struct bednet_refresh_worker *worker)
{
    while (!is_stopping(worker) && (worker->multi = curl_multi_init()) == NULL)
        poll(NULL, 0, PAUSE_MS);
    return worker->multi != NULL;
}

/* Connections are the thread's, and nobody else can close them. */
static void close_all(struct bednet_refresh_worker *worker)
{
    show(BEDNET_GAUGE_JWKS_KEYS, &worker->shown[0], 0);
    show(BEDNET_GAUGE_JWKS_STALE_SOURCES, &worker->shown[1], 0);
    bednet_plan_free(worker->plan);
    bednet_watch_reset(&worker->watch);
    curl_multi_cleanup(worker->multi);
}

void bednet_refresh_work(struct bednet_refresh_worker *worker)
{
    if (!open_multi(worker))
        return;
    while (!is_stopping(worker)) {
        bednet_mailbox_free_returned(&worker->mailbox);
        take_plan(worker);
        take_question(worker);
        run_transfers(worker);
        begin_due(worker);
        look_around(worker);
        if (publish(worker))
            bednet_messages_post(&worker->messages);
        rest(worker);
    }
    close_all(worker);
}

void bednet_refresh_worker_clear(struct bednet_refresh_worker *worker)
{
    bednet_mailbox_clear(&worker->mailbox);
}
