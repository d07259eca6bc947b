/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pack as identities have one, made of a subject by hand: some values are those of the shape, some the
 * client's own.
 */
#ifndef BEDNET_TESTS_PACKED_H
#define BEDNET_TESTS_PACKED_H

#include "core/template.h"

#include <assert.h>

#define PACKED_ATTRIBUTES_MAX 8
#define PACKED_BYTES_MAX      512

struct packed {
    struct bednet_pack pack;
    uint16_t
        places[PACKED_ATTRIBUTES_MAX + 1]; /* of its own texts, from the last element towards the first */
    char texts[PACKED_BYTES_MAX];          /* the names, then its own ones */
    struct bednet_shape shape;
    struct bednet_level names[PACKED_ATTRIBUTES_MAX];
    char bytes[PACKED_BYTES_MAX]; /* the values of the shape */
    /* A struct bednet_layout and its spans. */
    _Alignas(struct bednet_layout) char layout[sizeof(struct bednet_layout) +
                                               PACKED_ATTRIBUTES_MAX * sizeof(struct bednet_span)];
};

_Static_assert(offsetof(struct packed, places) + sizeof((struct packed *)0)->places ==
                   offsetof(struct packed, texts),
               "the places lie before the texts");

static inline size_t packed_put(char *bytes, size_t used, struct bednet_text text)
{
    assert(used + text.len < PACKED_BYTES_MAX);
    if (text.len > 0)
        memcpy(bytes + used, text.ptr, text.len);
    bytes[used + text.len] = '\0';
    return used + text.len;
}

/* Every other value is its own, and one that is the client id is that. */
static inline void packed_values(struct packed *packed, const struct bednet_subject *subject, size_t used)
{
    struct bednet_layout *layout = (struct bednet_layout *)(void *)packed->layout;
    size_t shared = 0;
    uint16_t own = 0;
    for (size_t i = 0; i < subject->attribute_count; i++) {
        struct bednet_text value = subject->attributes[i].value;
        struct bednet_span *span = &layout->spans[i];
        if (value.ptr == NULL) {
            span->at = BEDNET_SPAN_ABSENT;
        } else if (bednet_text_equal(value, subject->client_id)) {
            span->at = BEDNET_SPAN_CLIENT_ID;
        } else if (i % 2 != 0) {
            span->at = own;
            packed->places[PACKED_ATTRIBUTES_MAX - own++] = (uint16_t)used;
            used = packed_put(packed->texts, used, value);
            packed->places[PACKED_ATTRIBUTES_MAX - own] = (uint16_t)used;
        } else {
            span->at = (uint16_t)(shared | BEDNET_SPAN_SHARED);
            span->bytes = (uint16_t)value.len;
            shared = packed_put(packed->bytes, shared, value);
        }
        span->bytes |= bednet_template_accepts(value) ? 0 : BEDNET_SPAN_UNSAFE;
        packed->names[i] = bednet_level_of(subject->attributes[i].name);
    }
}

/* Refers to itself, and borrows the names of attributes. A client id that is absent is empty: all have one.
 */
static inline const struct bednet_pack *pack_subject(struct packed *packed,
                                                     const struct bednet_subject *subject)
{
    struct bednet_layout *layout = (struct bednet_layout *)(void *)packed->layout;
    size_t used;
    memset(packed, 0, sizeof *packed);
    used = packed_put(packed->texts, packed_put(packed->texts, 0, subject->client_id) + 1, subject->username);
    assert(subject->attribute_count <= PACKED_ATTRIBUTES_MAX);
    packed_values(packed, subject, used + 1);
    packed->shape.names = packed->names;
    packed->shape.values = layout->spans;
    packed->shape.bytes = packed->bytes;
    layout->shape = &packed->shape;
    packed->pack.layout = layout;
    packed->pack.texts_at = (uint16_t)offsetof(struct packed, texts);
    packed->pack.client_id_bytes = (uint16_t)subject->client_id.len;
    packed->pack.client_id_is_safe = bednet_template_accepts(subject->client_id);
    packed->pack.username_bytes =
        subject->username.ptr != NULL ? (uint16_t)subject->username.len : BEDNET_SPAN_ABSENT;
    packed->pack.username_is_safe = bednet_template_accepts(subject->username);
    packed->pack.attribute_count = subject->attribute_count & 0x7F;
    return &packed->pack;
}

#endif
