/* SPDX-License-Identifier: Apache-2.0 */
/* Topics and filters against naming templates. */
#include "core/naming.h"

const struct bednet_naming_level *bednet_naming_level_at(const struct bednet_naming *naming, size_t index)
{
    if (index < naming->level_count) {
        return &naming->levels[index];
    }
    return naming->levels[naming->level_count - 1].many ? &naming->levels[naming->level_count - 1] : NULL;
}

/* Whether the level could stand there for somebody. */
static bool level_may_fit(const struct bednet_naming_level *level, size_t index, struct bednet_text text)
{
    bool is_literal = level->value.part_count > 0 && !level->bound;

    if (index == 0 && text.len > 0 && text.ptr[0] == '$' && !is_literal) {
        return false;
    }
    return level->segment == NULL || bednet_segment_fits(level->segment, text);
}

static bool value_fits(const struct bednet_naming_level *level, struct bednet_text text,
                       const struct bednet_subject *subject)
{
    static const struct bednet_subject nobody = {.attribute_count = 0};

    return level->value.part_count == 0 ||
           bednet_template_judge(&level->value, subject != NULL ? subject : &nobody, text) ==
               BEDNET_FIT_EQUAL;
}

static bool level_fits(const struct bednet_naming_level *level, size_t index, struct bednet_text text,
                       const struct bednet_subject *subject)
{
    return level_may_fit(level, index, text) && value_fits(level, text, subject);
}

static bool is_wildcard(struct bednet_text level, char wildcard)
{
    return level.len == 1 && level.ptr[0] == wildcard;
}

bool bednet_naming_fits(const struct bednet_naming *naming, const struct bednet_levels *topic,
                        const struct bednet_subject *subject, size_t *reached)
{
    for (size_t i = 0; i < topic->count; i++) {
        const struct bednet_naming_level *level = bednet_naming_level_at(naming, i);

        *reached = i;
        if (level == NULL || !level_fits(level, i, bednet_level_text(&topic->level[i]), subject)) {
            return false;
        }
    }
    *reached = topic->count;
    return topic->count >= naming->level_count;
}

/* What became of a filter so far: the first level where it strayed, and how. */
struct walk {
    size_t *reached;
    enum bednet_naming_fit fit;
};

static void stray(struct walk *walk, size_t index, enum bednet_naming_fit how)
{
    if (walk->fit == BEDNET_NAMING_FITS || (walk->fit == BEDNET_NAMING_DIFFERENT && walk->fit != how)) {
        walk->fit = how;
        *walk->reached = index;
    }
}

/* False where the template has nothing that the filter stands for. */
static bool walk_level(struct walk *walk, const struct bednet_naming_level *level, size_t index,
                       struct bednet_text text, const struct bednet_subject *subject)
{
    if (level != NULL && is_wildcard(text, '+')) {
        if (level->bound) {
            stray(walk, index, BEDNET_NAMING_INTRUDES);
        }
        return true;
    }
    if (level == NULL || !level_may_fit(level, index, text)) {
        return false;
    }
    if (value_fits(level, text, subject)) {
        return true;
    }
    if (subject != NULL || !level->bound) {
        return false;
    }
    stray(walk, index, BEDNET_NAMING_DIFFERENT); /* somebody's */
    return true;
}

/* A wildcard at the beginning stands for no name of the broker's (MQTT 5 section 4.7.2). */
static bool is_out_of_reach(const struct bednet_naming *naming, struct bednet_text first)
{
    const struct bednet_naming_level *level = &naming->levels[0];

    return (is_wildcard(first, '+') || is_wildcard(first, '#')) && level->value.part_count > 0 &&
           level->value.text.len > 0 && level->value.text.ptr[0] == '$' && !level->bound;
}

enum bednet_naming_fit bednet_naming_judge_filter(const struct bednet_naming *naming,
                                                  const struct bednet_levels *filter,
                                                  const struct bednet_subject *subject, size_t *reached)
{
    struct walk walk = {reached, BEDNET_NAMING_FITS};
    bool multi = filter->count > 0 && is_wildcard(bednet_level_text(&filter->level[filter->count - 1]), '#');
    size_t count = filter->count - multi;

    *reached = 0;
    if (filter->count == 0 || is_out_of_reach(naming, bednet_level_text(&filter->level[0]))) {
        return BEDNET_NAMING_DIFFERENT;
    }
    *reached = count;
    for (size_t i = 0; i < count; i++) {
        if (!walk_level(&walk, bednet_naming_level_at(naming, i), i, bednet_level_text(&filter->level[i]),
                        subject)) {
            *reached = i;
            return BEDNET_NAMING_DIFFERENT;
        }
    }
    if (!multi && count < naming->level_count) {
        *reached = count;
        return BEDNET_NAMING_DIFFERENT;
    }
    for (size_t i = count; i < naming->level_count; i++) {
        if (naming->levels[i].bound) {
            stray(&walk, i, BEDNET_NAMING_INTRUDES);
        }
    }
    return walk.fit;
}
