/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/limit/limiter.h"

#include "core/bucket.h"
#include "runtime/counters.h"
#include "runtime/quick_hash.h"
#include "runtime/table.h"

struct buckets {
    struct bednet_bucket messages;
    struct bednet_bucket bytes;
};

struct client {
    UT_hash_handle hh;
    struct client *prev; /* in order of the last message, the most silent first */
    struct client *next;
    const char *id;
    uint32_t edition;         /* of the limits that the buckets are of */
    struct buckets buckets[]; /* one for each rule of the policy, then the bytes of the id */
};

/* Finds most clients again without the keyed hash, which costs more than all the rest. */
#define HINT_BITS 12

struct bednet_limiter {
    struct bednet_hash_key key;
    size_t capacity;
    uint32_t generation; /* of the policy that was looked at last */
    uint32_t edition;    /* how often its limits were others than before */
    uint64_t now_ns;     /* the latest moment that it was told */
    size_t limit_count;
    struct bednet_publish_limit limits[BEDNET_LIMIT_RULES_MAX]; /* of this edition */
    struct client *table;
    struct client *silent;
    struct buckets shared[BEDNET_LIMIT_RULES_MAX]; /* of those for whom there is no room */
    struct client *hints[1 << HINT_BITS];          /* each NULL or in the table */
};

struct bednet_limiter *bednet_limiter_new(const struct bednet_hash_key *key, size_t capacity)
{
    struct bednet_limiter *limiter = calloc(1, sizeof *limiter);
    if (limiter != NULL) {
        limiter->key = *key;
        limiter->capacity = capacity;
    }
    return limiter;
}

static struct client **hint_of(struct bednet_limiter *limiter, struct bednet_text id)
{
    return &limiter->hints[bednet_quick_hash(0, id) >> (64 - HINT_BITS)];
}

static void forget(struct bednet_limiter *limiter, struct client *client)
{
    struct client **hint = hint_of(limiter, (struct bednet_text){client->id, client->hh.keylen});
    if (*hint == client)
        *hint = NULL;
    HASH_DEL(limiter->table, client);
    DL_DELETE(limiter->silent, client);
    free(client);
    bednet_gauge_add(BEDNET_GAUGE_RATELIMIT_KEYS, -1);
}

void bednet_limiter_free(struct bednet_limiter *limiter)
{
    if (limiter == NULL)
        return;
    while (limiter->silent != NULL)
        forget(limiter, limiter->silent);
    free(limiter);
}

static void fill(struct buckets *buckets, const struct bednet_limits_policy *policy, uint64_t now_ns)
{
    for (size_t i = 0; i < policy->publish_count; i++) {
        const struct bednet_publish_limit *limit = &policy->publish[i];
        if (limit->has_messages)
            bednet_bucket_fill(&buckets[i].messages, &limit->messages, now_ns);
        if (limit->has_bytes)
            bednet_bucket_fill(&buckets[i].bytes, &limit->bytes, now_ns);
    }
}

static bool are_full(const struct buckets *buckets, const struct bednet_limits_policy *policy,
                     uint64_t now_ns)
{
    for (size_t i = 0; i < policy->publish_count; i++) {
        const struct bednet_publish_limit *limit = &policy->publish[i];
        if (limit->has_messages && !bednet_bucket_is_full(&buckets[i].messages, &limit->messages, now_ns))
            return false;
        if (limit->has_bytes && !bednet_bucket_is_full(&buckets[i].bytes, &limit->bytes, now_ns))
            return false;
    }
    return true;
}

/* Buckets of other limits, which would start anew. */
static bool is_stale(const struct bednet_limiter *limiter, const struct client *client)
{
    return client->edition != limiter->edition;
}

static bool same_rate(const struct bednet_bucket_rate *a, const struct bednet_bucket_rate *b)
{
    return a->tokens == b->tokens && a->period_ns == b->period_ns && a->burst == b->burst;
}

/* Wherever they stand in the file. */
static bool same_limit(const struct bednet_publish_limit *a, const struct bednet_publish_limit *b)
{
    return a->has_messages == b->has_messages && a->has_bytes == b->has_bytes &&
           (!a->has_messages || same_rate(&a->messages, &b->messages)) &&
           (!a->has_bytes || same_rate(&a->bytes, &b->bytes));
}

static bool same_limits(const struct bednet_limiter *limiter, const struct bednet_limits_policy *policy)
{
    if (limiter->limit_count != policy->publish_count)
        return false;
    for (size_t i = 0; i < policy->publish_count; i++)
        if (!same_limit(&limiter->limits[i], &policy->publish[i]))
            return false;
    return true;
}

static void adopt(struct bednet_limiter *limiter, const struct bednet_limits_policy *policy,
                  uint32_t generation, uint64_t now_ns)
{
    limiter->generation = generation;
    if (same_limits(limiter, policy))
        return;
    limiter->edition++;
    limiter->limit_count = policy->publish_count;
    for (size_t i = 0; i < policy->publish_count; i++)
        limiter->limits[i] = policy->publish[i];
    fill(limiter->shared, policy, now_ns);
}

static bool make_room(struct bednet_limiter *limiter, const struct bednet_limits_policy *policy,
                      uint64_t now_ns)
{
    if (HASH_COUNT(limiter->table) < limiter->capacity)
        return true;
    if (limiter->silent == NULL ||
        (!is_stale(limiter, limiter->silent) && !are_full(limiter->silent->buckets, policy, now_ns)))
        return false;
    forget(limiter, limiter->silent);
    return true;
}

static struct buckets *add(struct bednet_limiter *limiter, const struct bednet_limits_policy *policy,
                           struct bednet_text id, unsigned hash, uint64_t now_ns)
{
    struct client *client = malloc(sizeof *client + policy->publish_count * sizeof(struct buckets) + id.len);
    if (client == NULL)
        return NULL;
    char *copy = (char *)(client->buckets + policy->publish_count);
    memcpy(copy, id.ptr, id.len);
    client->id = copy;
    client->edition = limiter->edition;
    fill(client->buckets, policy, now_ns);

    bool table_oom = false;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, limiter->table, client->id, id.len, hash, client);
    if (table_oom) {
        free(client);
        return NULL;
    }
    DL_APPEND(limiter->silent, client);
    bednet_gauge_add(BEDNET_GAUGE_RATELIMIT_KEYS, 1);
    return client->buckets;
}

static bool is_called(const struct client *client, struct bednet_text id)
{
    return client->hh.keylen == id.len && bednet_quick_equal(client->id, id.ptr, id.len);
}

/* NULL without memory, limiter->shared without room. */
static struct buckets *buckets_of(struct bednet_limiter *limiter, const struct bednet_limits_policy *policy,
                                  struct bednet_text id, uint64_t now_ns)
{
    struct client **hint = hint_of(limiter, id);
    struct client *client = *hint;
    unsigned hash = 0;
    if (client == NULL || !is_called(client, id)) {
        hash = bednet_hash_keyed(&limiter->key, id);
        HASH_FIND_BYHASHVALUE(hh, limiter->table, id.ptr, id.len, hash, client);
    }
    if (client != NULL && is_stale(limiter, client)) {
        hash = client->hh.hashv;
        forget(limiter, client);
        client = NULL;
    }
    if (client != NULL) {
        *hint = client;
        if (client->next != NULL) {
            DL_DELETE(limiter->silent, client);
            DL_APPEND(limiter->silent, client);
        }
        return client->buckets;
    }
    if (!make_room(limiter, policy, now_ns))
        return limiter->shared;
    return add(limiter, policy, id, hash, now_ns);
}

static void deny(struct bednet_decision *decision, enum bednet_reason reason, struct bednet_source rule)
{
    *decision = (struct bednet_decision){.verdict = BEDNET_DENY, .reason = reason, .rule = rule};
}

/* What would be left is in `taken`: a message that one bucket refuses costs nothing in the others. */
static bool take_all(const struct buckets *buckets, const struct bednet_limits_policy *policy, uint64_t bytes,
                     uint64_t now_ns, struct buckets *taken, struct bednet_decision *decision)
{
    for (size_t i = 0; i < policy->publish_count; i++) {
        const struct bednet_publish_limit *limit = &policy->publish[i];
        taken[i] = buckets[i];
        if (limit->has_messages && !bednet_bucket_take(&taken[i].messages, &limit->messages, 1, now_ns)) {
            deny(decision, BEDNET_REASON_MESSAGE_RATE, limit->source);
            return false;
        }
        if (limit->has_bytes && !bednet_bucket_take(&taken[i].bytes, &limit->bytes, bytes, now_ns)) {
            deny(decision, BEDNET_REASON_BYTE_RATE, limit->source);
            return false;
        }
    }
    *decision = (struct bednet_decision){.verdict = BEDNET_DEFER};
    return true;
}

/* Whoever is exempt and among those who share leaves it to them. */
static bool spends(const struct bednet_limiter *limiter, const struct buckets *buckets,
                   const struct bednet_limiter_message *message)
{
    if (buckets != limiter->shared)
        return true;
    if (message->is_exempt(message->context))
        return false;
    bednet_count(BEDNET_COUNTER_LIMIT_SHARED);
    return true;
}

/* Time never goes back, whichever clock is read: what flowed in would flow in twice. */
static uint64_t pass_to(struct bednet_limiter *limiter, uint64_t now_ns)
{
    if (now_ns > limiter->now_ns)
        limiter->now_ns = now_ns;
    return limiter->now_ns;
}

void bednet_limiter_take(struct bednet_limiter *limiter, const struct bednet_limits_policy *policy,
                         uint32_t generation, const struct bednet_limiter_message *message,
                         struct bednet_decision *decision)
{
    uint64_t now_ns = pass_to(limiter, message->now_ns);
    if (limiter->generation != generation)
        adopt(limiter, policy, generation, now_ns);
    struct bednet_text id = message->client_id.ptr != NULL ? message->client_id : BEDNET_TEXT_LITERAL("");
    struct buckets *buckets = buckets_of(limiter, policy, id, now_ns);
    if (buckets == NULL) {
        deny(decision, BEDNET_REASON_INTERNAL, (struct bednet_source){0});
        return;
    }
    bool is_spent = spends(limiter, buckets, message);
    struct buckets taken[BEDNET_LIMIT_RULES_MAX];
    bool fits =
        take_all(buckets, policy, message->bytes, now_ns, taken, decision) ||
        take_all(buckets, policy, message->bytes, pass_to(limiter, message->exact_ns()), taken, decision);
    if (fits && is_spent)
        for (size_t i = 0; i < policy->publish_count; i++)
            buckets[i] = taken[i];
}
