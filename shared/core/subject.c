/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up what is known of a subject. */
#include "core/subject.h"

#include <stdatomic.h>

/* A later search begins there. */
struct bednet_text bednet_pack_search(const struct bednet_pack *pack, struct bednet_text name,
                                      _Atomic(uint8_t) *hint)
{
    struct bednet_text found = {NULL, 0};
    size_t times = 0, place = 0;

    for (size_t i = 0; i < pack->attribute_count; i++) {
        if (!bednet_name_is(pack->layout->shape->names[i], name)) {
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
        if (!bednet_name_is(subject->attributes[i].name, name)) {
            continue;
        }
        if (found.ptr != NULL) {
            return (struct bednet_text){NULL, 0};
        }
        found = subject->attributes[i].value;
    }
    return found;
}
