/* SPDX-License-Identifier: Apache-2.0 */
/* Matching and covering, level by level, for one pair at a time. */
#include "core/filter.h"

/* Takes the next level off *rest; false behind the last one. */
static bool next_level(struct bednet_text *rest, struct bednet_text *level)
{
    const char *slash;

    if (rest->ptr == NULL) {
        return false;
    }
    slash = memchr(rest->ptr, '/', rest->len);
    if (slash == NULL) {
        *level = *rest;
        rest->ptr = NULL;
        return true;
    }
    *level = (struct bednet_text){rest->ptr, (size_t)(slash - rest->ptr)};
    rest->ptr = slash + 1;
    rest->len -= level->len + 1;
    return true;
}

static bool is_wildcard(struct bednet_text level, char wildcard)
{
    return level.len == 1 && level.ptr[0] == wildcard;
}

/* MQTT 5 section 4.7.2: a leading wildcard says nothing about names that begin with `$`. */
static bool is_out_of_reach(struct bednet_text filter, struct bednet_text other)
{
    return filter.len > 0 && (filter.ptr[0] == '+' || filter.ptr[0] == '#') && other.len > 0 &&
           other.ptr[0] == '$';
}

bool bednet_filter_matches(struct bednet_text filter, struct bednet_text name)
{
    struct bednet_text wanted, given;

    if (filter.ptr == NULL || name.ptr == NULL || is_out_of_reach(filter, name)) {
        return false;
    }
    for (;;) {
        bool more_wanted = next_level(&filter, &wanted);
        bool more_given = next_level(&name, &given);

        if (more_wanted && is_wildcard(wanted, '#')) {
            return true;
        }
        if (!more_wanted || !more_given) {
            return more_wanted == more_given;
        }
        if (!is_wildcard(wanted, '+') && !bednet_text_equal(wanted, given)) {
            return false;
        }
    }
}

/*
 * A `#` asks for its parent too. Where the parent would be an empty name, which there is none of, it asks for
 * no more than a `+/#` in its place.
 */
static bool asks_for_a_level(struct bednet_text requested)
{
    return bednet_text_equal(requested, BEDNET_TEXT_LITERAL("#")) ||
           bednet_text_equal(requested, BEDNET_TEXT_LITERAL("/#"));
}

bool bednet_filter_covers(struct bednet_text filter, struct bednet_text requested)
{
    bool parent_is_no_name = asks_for_a_level(requested);
    struct bednet_text wide, narrow;

    if (filter.ptr == NULL || requested.ptr == NULL || is_out_of_reach(filter, requested)) {
        return false;
    }
    for (;;) {
        bool more_wide = next_level(&filter, &wide);
        bool more_narrow = next_level(&requested, &narrow);

        if (more_wide && is_wildcard(wide, '#')) {
            return true;
        }
        if (!more_wide || !more_narrow) {
            return more_wide == more_narrow;
        }
        if (is_wildcard(narrow, '#')) {
            return parent_is_no_name && is_wildcard(wide, '+') &&
                   bednet_text_equal(filter, BEDNET_TEXT_LITERAL("#"));
        }
        if (!is_wildcard(wide, '+') && !bednet_text_equal(wide, narrow)) {
            return false;
        }
    }
}
