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
    return (struct bednet_attribute){bednet_level_text(&subject->pack->layout->shape->names[index]),
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

/*
 * Where the only attribute of this name may stand in a pack that has some, counted from 1; 0: nobody knows.
 * The hint is of a name that stands there once, and whether it is this one has to be looked at each time.
 */
static inline size_t bednet_pack_hint(const struct bednet_pack *pack, const struct bednet_level *name)
{
    return atomic_load_explicit(&pack->layout->shape->hints[name->len % BEDNET_SHAPE_HINTS],
                                memory_order_relaxed);
}

/* The only value of an attribute; absent as above. Borrowed. Any thread. */
struct bednet_text bednet_pack_attribute(const struct bednet_pack *pack, struct bednet_text name);

#endif
