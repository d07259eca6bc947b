/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/shapes.h"

#include <stdlib.h>

/* One allocation: the record, the names, the values, then the bytes of both. */
struct record {
    struct bednet_common common;
    struct bednet_shape shape;
    size_t count;
    struct bednet_level names[];
};

static struct record *record_of(struct bednet_shape *shape)
{
    return (struct record *)(void *)((char *)shape - offsetof(struct record, shape));
}

void bednet_shapes_open(struct bednet_shapes *shapes, const struct bednet_hash_key *key)
{
    bednet_commons_open(&shapes->commons, key);
    shapes->last = NULL;
}

void bednet_shapes_close(struct bednet_shapes *shapes)
{
    bednet_commons_close(&shapes->commons);
}

/* Names in another order are another shape. */
static uint64_t hash(const struct bednet_shapes *shapes, const struct bednet_subject *subject)
{
    uint64_t hash = subject->attribute_count;
    for (size_t i = 0; i < subject->attribute_count; i++)
        hash = hash * UINT64_C(0x9E3779B97F4A7C15) +
               bednet_hash_keyed_wide(&shapes->commons.key, bednet_subject_attribute_at(subject, i).name);
    return hash;
}

static bool fits(const struct bednet_common *common, const void *wanted)
{
    const struct record *record = (const struct record *)common;
    const struct bednet_subject *subject = wanted;
    bool fits = record->count == subject->attribute_count;
    for (size_t i = 0; fits && i < record->count; i++)
        fits = bednet_text_equal(bednet_level_text(&record->names[i]),
                                 bednet_subject_attribute_at(subject, i).name);
    return fits;
}

static size_t text_bytes(const struct bednet_subject *subject)
{
    size_t bytes = 0;
    for (size_t i = 0; i < subject->attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(subject, i);
        bytes += attribute.name.len + attribute.value.len;
    }
    return bytes;
}

static size_t put(char *bytes, size_t used, struct bednet_text text)
{
    if (text.len > 0)
        memcpy(bytes + used, text.ptr, text.len);
    return used + text.len;
}

static void fill(struct record *record, const struct bednet_subject *subject)
{
    struct bednet_span *values = (struct bednet_span *)(record->names + subject->attribute_count);
    char *bytes = (char *)(values + subject->attribute_count);
    size_t used = 0;
    for (size_t i = 0; i < subject->attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(subject, i);
        size_t at = used;
        used = put(bytes, used, attribute.name);
        record->names[i] = bednet_level_of((struct bednet_text){bytes + at, attribute.name.len});
        values[i] = (struct bednet_span){
            attribute.value.ptr != NULL ? (uint16_t)used : BEDNET_SPAN_ABSENT,
            (uint16_t)attribute.value.len,
        };
        used = put(bytes, used, attribute.value);
    }
    record->count = subject->attribute_count;
    record->shape = (struct bednet_shape){.names = record->names, .values = values, .bytes = bytes};
}

static struct bednet_common *make(const void *wanted)
{
    const struct bednet_subject *subject = wanted;
    struct record *record = malloc(
        sizeof *record + subject->attribute_count * (sizeof *record->names + sizeof *record->shape.values) +
        text_bytes(subject));
    if (record == NULL)
        return NULL;
    fill(record, subject);
    return &record->common;
}

struct bednet_shape *bednet_shapes_hold(struct bednet_shapes *shapes, const struct bednet_subject *subject)
{
    static const struct bednet_common_kind kind = {fits, make};
    struct record *record = shapes->last != NULL ? record_of(shapes->last) : NULL;
    if (record != NULL && fits(&record->common, subject)) {
        record->common.holders++;
        return &record->shape;
    }
    record = (struct record *)bednet_commons_hold(&shapes->commons, &kind, hash(shapes, subject), subject);
    if (record == NULL)
        return NULL;
    shapes->last = &record->shape;
    return &record->shape;
}

void bednet_shapes_release(struct bednet_shapes *shapes, struct bednet_shape *shape)
{
    if (shape == NULL)
        return;
    struct record *record = record_of(shape);
    if (record->common.holders == 1 && shapes->last == shape)
        shapes->last = NULL;
    bednet_commons_release(&shapes->commons, &record->common);
}
