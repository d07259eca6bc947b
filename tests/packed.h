/* SPDX-License-Identifier: Apache-2.0 */
/* A pack as identities have one, made of a subject by hand: all values are those of the shape. */
#ifndef BEDNET_TESTS_PACKED_H
#define BEDNET_TESTS_PACKED_H

#include "core/subject.h"

#include <assert.h>

#define PACKED_ATTRIBUTES_MAX 8
#define PACKED_BYTES_MAX      512

struct packed {
    struct bednet_pack pack;
    char texts[PACKED_BYTES_MAX]; /* the names */
    struct bednet_shape shape;
    struct bednet_text names[PACKED_ATTRIBUTES_MAX];
    char bytes[PACKED_BYTES_MAX]; /* the values */
    /* A struct bednet_layout and its spans. */
    _Alignas(struct bednet_layout) char layout[sizeof(struct bednet_layout) +
                                               PACKED_ATTRIBUTES_MAX * sizeof(struct bednet_span)];
};

static inline size_t packed_put(char *bytes, size_t used, struct bednet_text text)
{
    assert(used + text.len < PACKED_BYTES_MAX);
    if (text.len > 0)
        memcpy(bytes + used, text.ptr, text.len);
    bytes[used + text.len] = '\0';
    return used + text.len;
}

/* Refers to itself, and borrows the names of attributes. A client id that is absent is empty: all have one.
 */
static inline const struct bednet_pack *pack_subject(struct packed *packed,
                                                     const struct bednet_subject *subject)
{
    struct bednet_layout *layout = (struct bednet_layout *)(void *)packed->layout;
    size_t used = 0;
    memset(packed, 0, sizeof *packed);
    packed_put(packed->texts, packed_put(packed->texts, 0, subject->client_id) + 1, subject->username);
    assert(subject->attribute_count <= PACKED_ATTRIBUTES_MAX);
    for (size_t i = 0; i < subject->attribute_count; i++) {
        struct bednet_text value = subject->attributes[i].value;
        packed->names[i] = subject->attributes[i].name;
        layout->spans[i].at = value.ptr != NULL ? (uint16_t)(used | BEDNET_SPAN_SHARED) : BEDNET_SPAN_ABSENT;
        layout->spans[i].bytes = (uint16_t)value.len;
        used = packed_put(packed->bytes, used, value);
    }
    packed->shape.names = packed->names;
    packed->shape.values = layout->spans;
    packed->shape.bytes = packed->bytes;
    layout->shape = &packed->shape;
    packed->pack.layout = layout;
    packed->pack.texts_at = (uint16_t)offsetof(struct packed, texts);
    packed->pack.client_id_bytes = (uint16_t)subject->client_id.len;
    packed->pack.username_bytes =
        subject->username.ptr != NULL ? (uint16_t)subject->username.len : BEDNET_SPAN_ABSENT;
    packed->pack.attribute_count = (uint8_t)subject->attribute_count;
    return &packed->pack;
}

#endif
