/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a level leads to a child behind `${...}`, told without a call where the whole level stands for one
 * value: most branches are such. Pure; any thread.
 */
#ifndef BEDNET_CORE_RULES_BRANCH_H
#define BEDNET_CORE_RULES_BRANCH_H

#include "core/rules_internal.h"

/* What bednet_template_fits says, or that it has to be asked. */
enum bednet_rules_fit { BEDNET_RULES_DIFFERS, BEDNET_RULES_FITS, BEDNET_RULES_UNKNOWN };

/*
 * A value that is safe is asked for. Where it is `brief` there is no call, of which a caller would have to
 * think: what is long then is unknown. The same holds for the next.
 */
static inline __attribute__((always_inline)) enum bednet_rules_fit
bednet_rules_fit_value(struct bednet_text value, const struct bednet_level *level, bool brief)
{
    if (value.len != level->len) {
        return BEDNET_RULES_DIFFERS;
    }
    if (brief && bednet_level_is_long(level)) {
        return BEDNET_RULES_UNKNOWN;
    }
    return bednet_bytes_equal(value.ptr, level->ptr, value.len) ? BEDNET_RULES_FITS : BEDNET_RULES_DIFFERS;
}

/* For a branch that is `${client_id}` and nothing else. */
static inline __attribute__((always_inline)) enum bednet_rules_fit
bednet_rules_fit_client_id(const struct bednet_pack *pack, const struct bednet_level *level, bool brief)
{
    return pack->client_id_is_safe ? bednet_rules_fit_value(bednet_pack_client_id(pack), level, brief)
                                   : BEDNET_RULES_DIFFERS;
}

/* For a branch that is one attribute and nothing else. */
static inline __attribute__((always_inline)) enum bednet_rules_fit
bednet_rules_fit_attribute(const struct bednet_rules_branch *branch, const struct bednet_pack *pack,
                           const struct bednet_level *level, bool brief)
{
    const struct bednet_level *name = branch->attribute;
    struct bednet_span span;
    size_t place;

    if (pack->attribute_count == 0) {
        return BEDNET_RULES_DIFFERS;
    }
    if (brief && bednet_level_is_long(name)) {
        return BEDNET_RULES_UNKNOWN;
    }
    place = bednet_pack_hint(pack, name);
    if (place == 0 || !(brief ? bednet_level_short_equal(&pack->layout->shape->names[place - 1], name)
                              : bednet_level_equal(&pack->layout->shape->names[place - 1], name))) {
        return BEDNET_RULES_UNKNOWN;
    }
    span = pack->layout->spans[place - 1];
    return (span.bytes & BEDNET_SPAN_UNSAFE) == 0
               ? bednet_rules_fit_value(bednet_pack_text(pack, span), level, brief)
               : BEDNET_RULES_DIFFERS;
}

/* For any branch. */
static inline enum bednet_rules_fit bednet_rules_fit(const struct bednet_rules_branch *branch,
                                                     const struct bednet_pack *pack,
                                                     const struct bednet_level *level)
{
    switch (branch->only) {
    case BEDNET_PART_CLIENT_ID:
        return bednet_rules_fit_client_id(pack, level, false);
    case BEDNET_PART_USERNAME:
        return pack->username_is_safe ? bednet_rules_fit_value(bednet_pack_username(pack), level, false)
                                      : BEDNET_RULES_DIFFERS;
    case BEDNET_PART_ATTRIBUTE:
        return bednet_rules_fit_attribute(branch, pack, level, false);
    default:
        return BEDNET_RULES_UNKNOWN;
    }
}

#endif
