/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/layouts.h"

#include <stdlib.h>

struct record {
    struct bednet_index_link link;
    size_t holders;
    size_t count;
    struct bednet_layout layout; /* last, for its spans follow */
};

static struct record *record_of(const struct bednet_layout *layout)
{
    return (struct record *)(uintptr_t)((const char *)layout - offsetof(struct record, layout));
}

void bednet_layouts_open(struct bednet_layouts *layouts, const struct bednet_hash_key *key)
{
    layouts->key = *key;
    bednet_index_open(&layouts->index);
}

void bednet_layouts_close(struct bednet_layouts *layouts)
{
    bednet_index_close(&layouts->index);
}

static uint64_t hash(const struct bednet_layouts *layouts, const struct bednet_shape *shape,
                     const struct bednet_span *spans, size_t count)
{
    struct bednet_text bytes = {(const char *)spans, count * sizeof *spans};
    return bednet_hash_keyed_wide(&layouts->key, bytes) + (uintptr_t)shape * UINT64_C(0x9E3779B97F4A7C15);
}

static struct record *find(const struct bednet_layouts *layouts, const struct bednet_shape *shape,
                           const struct bednet_span *spans, size_t count, uint64_t hash)
{
    for (struct bednet_index_link *link = bednet_index_find(&layouts->index, hash); link != NULL;
         link = bednet_index_find_next(link)) {
        struct record *record = BEDNET_INDEX_RECORD(link, struct record, link);
        if (record->layout.shape == shape && record->count == count &&
            memcmp(record->layout.spans, spans, count * sizeof *spans) == 0)
            return record;
    }
    return NULL;
}

static struct record *add(struct bednet_layouts *layouts, struct bednet_shape *shape,
                          const struct bednet_span *spans, size_t count, uint64_t hash)
{
    struct record *record = malloc(sizeof *record + count * sizeof *spans);
    if (record == NULL)
        return NULL;
    record->holders = 0;
    record->count = count;
    record->layout.shape = shape;
    record->layout.names = shape != NULL ? shape->names : NULL;
    memcpy(record->layout.spans, spans, count * sizeof *spans);
    bednet_index_add(&layouts->index, &record->link, hash);
    return record;
}

const struct bednet_layout *bednet_layouts_hold(struct bednet_layouts *layouts, struct bednet_shape *shape,
                                                const struct bednet_span *spans, size_t count)
{
    uint64_t hashed = hash(layouts, shape, spans, count);
    struct record *record = find(layouts, shape, spans, count, hashed);
    if (record == NULL)
        record = add(layouts, shape, spans, count, hashed);
    if (record == NULL)
        return NULL;
    record->holders++;
    return &record->layout;
}

void bednet_layouts_release(struct bednet_layouts *layouts, const struct bednet_layout *layout)
{
    if (layout == NULL || --record_of(layout)->holders > 0)
        return;
    bednet_index_remove(&layouts->index, &record_of(layout)->link);
    free(record_of(layout));
}
