/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/recall.h"

#include "runtime/quick_hash.h"

#include <stdlib.h>

#define SLOT_BITS 16

_Static_assert(BEDNET_ACTIONS <= 8, "an asker has three bits for the action");

/* Two cache lines. A generation of 0 says that the slot is free. */
struct bednet_recall_slot {
    uint64_t asker;
    uint32_t generation;
    uint32_t topic_bytes;
    char topic[BEDNET_RECALL_TOPIC_BYTES_MAX];
};

_Static_assert(sizeof(struct bednet_recall_slot) == 128, "the parts of a slot leave no gap");

struct bednet_recall {
    struct bednet_recall_slot slots[1 << SLOT_BITS];
};

struct bednet_recall *bednet_recall_new(void)
{
    return calloc(1, sizeof(struct bednet_recall));
}

void bednet_recall_free(struct bednet_recall *recall)
{
    free(recall);
}

static inline struct bednet_recall_slot *slot_of(struct bednet_recall *recall, uint64_t asker,
                                                 struct bednet_text topic)
{
    if (topic.ptr == NULL || topic.len > BEDNET_RECALL_TOPIC_BYTES_MAX)
        return NULL;
    return &recall->slots[bednet_quick_hash(asker, topic) >> (64 - SLOT_BITS)];
}

bool bednet_recall_knows(struct bednet_recall *recall, uint32_t generation, uint64_t asker,
                         struct bednet_text topic, struct bednet_recall_slot **slot)
{
    struct bednet_recall_slot *found = slot_of(recall, asker, topic);
    if (found != NULL && found->asker == asker && found->generation == generation &&
        found->topic_bytes == topic.len && bednet_quick_equal(found->topic, topic.ptr, topic.len))
        return true;
    *slot = found;
    return false;
}

struct bednet_recall_slot *bednet_recall_slot(struct bednet_recall *recall, uint64_t asker,
                                              struct bednet_text topic)
{
    return slot_of(recall, asker, topic);
}

void bednet_recall_note(struct bednet_recall_slot *slot, uint32_t generation, uint64_t asker,
                        struct bednet_text topic)
{
    if (slot == NULL)
        return;
    slot->asker = asker;
    slot->generation = generation;
    slot->topic_bytes = (uint32_t)topic.len;
    memcpy(slot->topic, topic.ptr, topic.len);
}
