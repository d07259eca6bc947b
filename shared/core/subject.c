/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up what is known of a subject. */
#include "core/subject.h"

#include <stdatomic.h>

/* Of one that does not stand where the hint says, and which then does. */
static struct bednet_text search(const struct bednet_pack *pack, const struct bednet_level *name)
{
    struct bednet_shape *shape = pack->layout->shape;
    struct bednet_text found = {NULL, 0};
    size_t times = 0, place = 0;

    for (size_t i = 0; i < pack->attribute_count; i++) {
        if (!bednet_level_equal(&shape->names[i], name)) {
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
        atomic_store_explicit(&shape->hints[name->len % BEDNET_SHAPE_HINTS], (uint8_t)(place + 1),
                              memory_order_relaxed);
    }
    return found;
}

struct bednet_text bednet_pack_attribute(const struct bednet_pack *pack, struct bednet_text name)
{
    struct bednet_level wanted;
    size_t place;

    if (pack->attribute_count == 0 || name.ptr == NULL) {
        return (struct bednet_text){NULL, 0};
    }
    wanted = bednet_level_of(name);
    place = bednet_pack_hint(pack, &wanted);
    return place != 0 && bednet_level_equal(&pack->layout->shape->names[place - 1], &wanted)
               ? bednet_pack_value(pack, place - 1)
               : search(pack, &wanted);
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
        if (!bednet_text_equal(subject->attributes[i].name, name)) {
            continue;
        }
        if (found.ptr != NULL) {
            return (struct bednet_text){NULL, 0};
        }
        found = subject->attributes[i].value;
    }
    return found;
}
