/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/layouts.h"

#include <stdlib.h>

struct record {
    struct bednet_common common;
    size_t count;
    struct bednet_layout layout; /* last, for its spans follow */
};

struct wanted {
    struct bednet_shape *shape;
    const struct bednet_span *spans;
    size_t count;
};

static uint64_t hash(const struct bednet_commons *layouts, const struct wanted *wanted)
{
    struct bednet_text bytes = {(const char *)wanted->spans, wanted->count * sizeof *wanted->spans};
    return bednet_hash_keyed_wide(&layouts->key, bytes) +
           (uintptr_t)wanted->shape * UINT64_C(0x9E3779B97F4A7C15);
}

static bool is_same(const struct bednet_common *common, const void *other)
{
    const struct record *record = (const struct record *)common;
    const struct wanted *wanted = other;
    return record->layout.shape == wanted->shape && record->count == wanted->count &&
           memcmp(record->layout.spans, wanted->spans, wanted->count * sizeof *wanted->spans) == 0;
}

static struct bednet_common *make(const void *other)
{
    const struct wanted *wanted = other;
    struct record *record = malloc(sizeof *record + wanted->count * sizeof *wanted->spans);
    if (record == NULL)
        return NULL;
    record->count = wanted->count;
    record->layout.shape = wanted->shape;
    memcpy(record->layout.spans, wanted->spans, wanted->count * sizeof *wanted->spans);
    return &record->common;
}

const struct bednet_layout *bednet_layouts_hold(struct bednet_commons *layouts, struct bednet_shape *shape,
                                                const struct bednet_span *spans, size_t count)
{
    static const struct bednet_common_kind kind = {is_same, make};
    const struct wanted wanted = {shape, spans, count};
    struct record *record =
        (struct record *)bednet_commons_hold(layouts, &kind, hash(layouts, &wanted), &wanted);
    return record != NULL ? &record->layout : NULL;
}

void bednet_layouts_release(struct bednet_commons *layouts, const struct bednet_layout *layout)
{
    if (layout != NULL)
        bednet_commons_release(layouts,
                               (struct bednet_common *)((uintptr_t)layout - offsetof(struct record, layout)));
}
