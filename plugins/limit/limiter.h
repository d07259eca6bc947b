/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages and bytes per second and client, by token buckets under the client id: coming back with the same
 * id does not refill them. Bounded: when the table is full, whoever has been silent longest makes room if its
 * buckets have filled up again; otherwise newcomers share one set of buckets. One thread at a time.
 */
#ifndef BEDNET_PLUGINS_LIMIT_LIMITER_H
#define BEDNET_PLUGINS_LIMIT_LIMITER_H

#include "core/hash.h"
#include "policy/policy.h"

#define BEDNET_LIMITER_CLIENTS_MAX 65536

struct bednet_limiter;

/*
 * At most `capacity` clients are told apart; the gauge RATELIMIT_KEYS says how many are, in all limiters
 * together. NULL without memory.
 */
struct bednet_limiter *bednet_limiter_new(const struct bednet_hash_key *key, size_t capacity);
void bednet_limiter_free(struct bednet_limiter *limiter);

/* One message, and who sends it. */
struct bednet_limiter_message {
    struct bednet_text client_id;
    uint64_t bytes;  /* of topic and payload */
    uint64_t now_ns; /* monotonic, and may be some milliseconds late */
    /* The same to the nanosecond; asked only where what flowed in until `now_ns` is not enough. */
    uint64_t (*exact_ns)(void);
    /* Whether the sender is free of limits; asked only where it would share buckets with others. */
    bool (*is_exempt)(void *context);
    void *context;
};

/*
 * Takes one message from every bucket of the policy, or from none and denies with the reason and the rule.
 * Where memory fails, denies with BEDNET_REASON_INTERNAL. Who is exempt takes nothing from what others share,
 * but is told the same. `generation` says when the policy may be another one: buckets start anew where its
 * limits are others than before, and only there.
 */
void bednet_limiter_take(struct bednet_limiter *limiter, const struct bednet_limits_policy *policy,
                         uint32_t generation, const struct bednet_limiter_message *message,
                         struct bednet_decision *decision);

#endif
