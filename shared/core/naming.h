/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Naming templates: what the topics of a broker are to look like, level by level.
 *
 *   acme/{location}/{device_id=${client_id}}/{data...}
 *
 * A level is a literal, in which `${...}` of core/template.h may stand, or a name: `{name}` stands for one
 * level of the type that its segment says (of any, where it has none), `{name=VALUE}` for one that equals
 * VALUE as well, `{name...}`, the last, for one or more. A level with a `${...}` is bound: it is the asker's
 * own. As in MQTT, a level that begins with `$` fits nothing but a literal at the beginning of a topic.
 */
#ifndef BEDNET_CORE_NAMING_H
#define BEDNET_CORE_NAMING_H

#include "core/segment.h"
#include "core/template.h"
#include "core/topic.h"

struct bednet_naming_level {
    struct bednet_text name;                    /* absent: a literal */
    const struct bednet_topic_segment *segment; /* NULL: of no type */
    struct bednet_template value;               /* part_count 0: whatever the type says */
    bool bound;
    bool many; /* one or more levels; the last */
};

struct bednet_naming {
    struct bednet_text text; /* as written */
    const struct bednet_naming_level *levels;
    size_t level_count;
    bool bound; /* some level is */
    struct bednet_source source;
};

/*
 * Parses `text` into `out`, which lives in the arena with a copy of the text and refers to `segments`. A
 * slash inside `${...}` belongs to the name there. `source` is left alone. On BEDNET_INVALID *error is a
 * constant sentence that names the fault and what was expected, *offset the byte where it stands.
 */
enum bednet_status bednet_naming_parse(struct bednet_arena *arena, struct bednet_text text,
                                       const struct bednet_topic_segment *segments, size_t segment_count,
                                       struct bednet_naming *out, const char **error, size_t *offset);

/*
 * Whether a topic, split into levels, is named by the template. `subject` is who asks; NULL is nobody in
 * particular, whom no bound level fits, nor does one for whom its value is missing or unsafe. Where it is
 * not, *reached is the first level that keeps it from that. Allocates nothing. Any thread.
 */
bool bednet_naming_fits(const struct bednet_naming *naming, const struct bednet_levels *topic,
                        const struct bednet_subject *subject, size_t *reached);

enum bednet_naming_fit {
    BEDNET_NAMING_DIFFERENT,
    BEDNET_NAMING_FITS,
    BEDNET_NAMING_INTRUDES /* a wildcard stands for a bound level, so for everybody's */
};

/*
 * The same for a filter, of which `+` stands for any level and `#` for all that are left, be it none. What
 * intrudes should not be had, whatever other templates say of it. For nobody in particular whatever may
 * intrude for somebody does.
 */
enum bednet_naming_fit bednet_naming_judge_filter(const struct bednet_naming *naming,
                                                  const struct bednet_levels *filter,
                                                  const struct bednet_subject *subject, size_t *reached);

/* The level of the template that stands for level `index` of a topic; NULL behind its end. */
const struct bednet_naming_level *bednet_naming_level_at(const struct bednet_naming *naming, size_t index);

#endif
