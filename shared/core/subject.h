/* SPDX-License-Identifier: Apache-2.0 */
/* Who is being judged, as plain data: what `${...}` in a policy can speak of. */
#ifndef BEDNET_CORE_SUBJECT_H
#define BEDNET_CORE_SUBJECT_H

#include "core/bytes.h"
#include "core/pack.h"
#include "core/text.h"
#include <stdatomic.h>

/*
 * Named as a policy writes it: `claim.site`. An attribute with several values stands several times in a row
 * under the same name.
 */
struct bednet_attribute {
    struct bednet_text name;
    struct bednet_text value;
};

struct bednet_subject {
    struct bednet_text client_id;
    struct bednet_text username; /* absent for an anonymous client */
    const struct bednet_attribute *attributes;
    size_t attribute_count;
    const struct bednet_pack *pack; /* NULL, or where the attributes are instead */
};

/* One of them, in their order. Borrowed. Any thread. */
static inline struct bednet_attribute bednet_subject_attribute_at(const struct bednet_subject *subject,
                                                                  size_t index)
{
    if (subject->pack == NULL)
        return subject->attributes[index];
    return (struct bednet_attribute){subject->pack->layout->shape->names[index],
                                     bednet_pack_value(subject->pack, index)};
}

/* Who the pack is about. Borrows it. */
static inline struct bednet_subject bednet_pack_subject(const struct bednet_pack *pack)
{
    return (struct bednet_subject){
        .client_id = bednet_pack_client_id(pack),
        .username = bednet_pack_username(pack),
        .attribute_count = pack->attribute_count,
        .pack = pack,
    };
}

/* The only value of an attribute; absent when there is none or more than one. Borrowed. Any thread. */
struct bednet_text bednet_subject_attribute(const struct bednet_subject *subject, struct bednet_text name);

/* The same of one that does not stand where the hint says, and which then does. */
struct bednet_text bednet_pack_search(const struct bednet_pack *pack, struct bednet_text name,
                                      _Atomic(uint8_t) *hint);

/* Names mostly differ in their length; those that do not are too short for a call. */
static inline bool bednet_name_is(struct bednet_text candidate, struct bednet_text name)
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

/* The same of a pack. A hint is of a name that stands there once: whether it is this one is looked at each
 * time. */
static inline struct bednet_text bednet_pack_attribute(const struct bednet_pack *pack,
                                                       struct bednet_text name)
{
    _Atomic(uint8_t) *hint;
    size_t place;

    if (pack->attribute_count == 0 || name.ptr == NULL) {
        return (struct bednet_text){NULL, 0};
    }
    hint = &pack->layout->shape->hints[name.len % BEDNET_SHAPE_HINTS];
    place = atomic_load_explicit(hint, memory_order_relaxed);
    return place != 0 && bednet_name_is(pack->layout->shape->names[place - 1], name)
               ? bednet_pack_value(pack, place - 1)
               : bednet_pack_search(pack, name, hint);
}

#endif
