/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was permitted a moment ago. Clients want to do the same few things again and again, and whether they
 * may depends on nothing but the policy, who asks, the action and the topic: what was found permitted once
 * under this policy need not be worked out again. A fixed number of slots, each for one permission; whoever
 * wants a slot that is taken gets it, so the worst that happens to an entry, or that a client can do to
 * another's, is that it has to be worked out again. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_RECALL_H
#define BEDNET_RUNTIME_RECALL_H

#include "core/verdict.h"
#include "runtime/quick_hash.h"

/* Longer topics are never remembered. */
#define BEDNET_RECALL_TOPIC_BYTES_MAX 112

#define BEDNET_RECALL_SLOT_BITS 16

/* Two cache lines. */
struct bednet_recall_slot {
    uint64_t asker;
    uint64_t mark; /* see bednet_recall_mark; 0: the slot is free */
    char topic[BEDNET_RECALL_TOPIC_BYTES_MAX];
};

struct bednet_recall {
    struct bednet_recall_slot slots[1 << BEDNET_RECALL_SLOT_BITS];
};

/* NULL without memory. Takes 8 MiB of address space, of which memory backs what is used. */
struct bednet_recall *bednet_recall_new(void);
void bednet_recall_free(struct bednet_recall *recall);

/*
 * Who asks for what: `who` is a number below 2^61 that is never given to anybody else, or 0 where it does not
 * matter who asks.
 */
static inline uint64_t bednet_recall_asker(uint64_t who, enum bednet_action action)
{
    return who << 3 | (unsigned)action;
}

static inline bool bednet_recall_takes(struct bednet_text topic)
{
    return topic.ptr != NULL && topic.len <= BEDNET_RECALL_TOPIC_BYTES_MAX;
}

static inline struct bednet_recall_slot *bednet_recall_find(struct bednet_recall *recall, uint64_t asker,
                                                            struct bednet_text topic)
{
    return &recall->slots[bednet_quick_hash(asker, topic) >> (64 - BEDNET_RECALL_SLOT_BITS)];
}

/* Where it belongs, until the recall is freed. NULL for a topic that is absent or too long. */
static inline struct bednet_recall_slot *bednet_recall_slot(struct bednet_recall *recall, uint64_t asker,
                                                            struct bednet_text topic)
{
    return bednet_recall_takes(topic) ? bednet_recall_find(recall, asker, topic) : NULL;
}

/* The policy's generation, which is never 0, and the bytes of the topic, to be compared at once. */
static inline uint64_t bednet_recall_mark(uint32_t generation, size_t topic_bytes)
{
    return (uint64_t)generation << 32 | topic_bytes;
}

/*
 * True when this was noted under the policy of `generation` and nothing else took its slot since. A
 * topic that is absent or too long never was. Where it is false, *slot is where it belongs, for
 * bednet_recall_note. Inline, for it is most of what a remembered action costs.
 */
static inline bool bednet_recall_knows(struct bednet_recall *recall, uint32_t generation, uint64_t asker,
                                       struct bednet_text topic, struct bednet_recall_slot **slot)
{
    if (!bednet_recall_takes(topic)) {
        *slot = NULL;
        return false;
    }
    struct bednet_recall_slot *found = bednet_recall_find(recall, asker, topic);
    if (found->asker == asker && found->mark == bednet_recall_mark(generation, topic.len) &&
        bednet_quick_equal(found->topic, topic.ptr, topic.len))
        return true;
    *slot = found;
    return false;
}

/* Notes in its slot, unless that is NULL, that it is permitted. */
static inline void bednet_recall_note(struct bednet_recall_slot *slot, uint32_t generation, uint64_t asker,
                                      struct bednet_text topic)
{
    if (slot == NULL)
        return;
    slot->asker = asker;
    slot->mark = bednet_recall_mark(generation, topic.len);
    bednet_quick_copy(slot->topic, topic);
}

#endif
