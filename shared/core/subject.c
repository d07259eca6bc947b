/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up what is known of a subject. */
#include "core/subject.h"

#include "core/bytes.h"
#include <stdatomic.h>

/* Names mostly differ in their length; those that do not are too short for a call. */
static inline bool is_called(struct bednet_text candidate, struct bednet_text name)
{
    if (candidate.len != name.len) {
        return false;
    }
    if (name.len < 8) {
        return bednet_bytes_equal(candidate.ptr, name.ptr, name.len);
    }
    for (size_t at = 0; at + 8 < name.len; at += 8) {
        if (bednet_word_at(candidate.ptr + at) != bednet_word_at(name.ptr + at)) {
            return false;
        }
    }
    return bednet_word_at(candidate.ptr + name.len - 8) == bednet_word_at(name.ptr + name.len - 8);
}

/* The only value of an attribute that does not stand where the hint says. A later search begins there. */
static __attribute__((noinline)) struct bednet_text search(const struct bednet_pack *pack,
                                                           struct bednet_text name, _Atomic(uint8_t) *hint)
{
    struct bednet_text found = {NULL, 0};
    size_t times = 0, place = 0;

    for (size_t i = 0; i < pack->attribute_count; i++) {
        if (!is_called(pack->layout->names[i], name)) {
            continue;
        }
        if (found.ptr != NULL) {
            return (struct bednet_text){NULL, 0};
        }
        found = bednet_pack_value(pack, i);
        place = i;
        times++;
    }
    if (times == 1) {
        atomic_store_explicit(hint, (uint8_t)(place + 1), memory_order_relaxed);
    }
    return found;
}

/* A hint is of a name that stands there once: whether it is this one is looked at each time. */
struct bednet_text bednet_pack_attribute(const struct bednet_pack *pack, struct bednet_text name)
{
    _Atomic(uint8_t) *hint;
    size_t place;

    if (pack->attribute_count == 0 || name.ptr == NULL) {
        return (struct bednet_text){NULL, 0};
    }
    hint = &pack->layout->shape->hints[name.len % BEDNET_SHAPE_HINTS];
    place = atomic_load_explicit(hint, memory_order_relaxed);
    return place != 0 && is_called(pack->layout->names[place - 1], name) ? bednet_pack_value(pack, place - 1)
                                                                         : search(pack, name, hint);
}

struct bednet_text bednet_subject_attribute(const struct bednet_subject *subject, struct bednet_text name)
{
    struct bednet_text found = {NULL, 0};

    if (subject->pack != NULL) {
        return bednet_pack_attribute(subject->pack, name);
    }
    if (name.ptr == NULL) {
        return found;
    }
    for (size_t i = 0; i < subject->attribute_count; i++) {
        if (!is_called(subject->attributes[i].name, name)) {
            continue;
        }
        if (found.ptr != NULL) {
            return (struct bednet_text){NULL, 0};
        }
        found = subject->attributes[i].value;
    }
    return found;
}
