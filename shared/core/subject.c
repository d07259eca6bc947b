/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up what is known of a subject. */
#include "core/subject.h"

#include "core/bytes.h"

static struct bednet_text name_at(const struct bednet_subject *subject, size_t index)
{
    return subject->pack != NULL ? subject->pack->layout->names[index] : subject->attributes[index].name;
}

struct bednet_text bednet_subject_attribute(const struct bednet_subject *subject, struct bednet_text name)
{
    struct bednet_text found = {NULL, 0};

    if (name.ptr == NULL) {
        return found;
    }
    for (size_t i = 0; i < subject->attribute_count; i++) {
        struct bednet_text candidate = name_at(subject, i);

        if (candidate.len != name.len || !bednet_bytes_equal(candidate.ptr, name.ptr, name.len)) {
            continue;
        }
        if (found.ptr != NULL) {
            return (struct bednet_text){NULL, 0};
        }
        found = bednet_subject_attribute_at(subject, i).value;
    }
    return found;
}
