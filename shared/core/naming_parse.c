/* SPDX-License-Identifier: Apache-2.0 */
/* Naming templates out of their text. */
#include "core/naming.h"

#include "core/pattern.h"
#include "core/utf8.h"

struct parser {
    struct bednet_arena *arena;
    const struct bednet_topic_segment *segments;
    size_t segment_count;
    const char *begin; /* of the whole text */
    struct bednet_naming_level *levels;
    size_t count; /* of levels that were parsed */
    const char *error;
    const char *error_at;
};

static enum bednet_status fail(struct parser *parser, const char *at, const char *error)
{
    parser->error = error;
    parser->error_at = at;
    return BEDNET_INVALID;
}

/* How much of `text` there is before the first of the characters in `ends` that is not inside of `${...}`. */
static size_t span_until(struct bednet_text text, const char *ends)
{
    size_t at = 0;

    while (at < text.len && strchr(ends, text.ptr[at]) == NULL) {
        const char *close = NULL;

        if (text.ptr[at] == '$' && at + 1 < text.len && text.ptr[at + 1] == '{') {
            close = memchr(text.ptr + at, '}', text.len - at);
        }
        at = close != NULL ? (size_t)(close - text.ptr) + 1 : at + 1;
    }
    return at;
}

/* Takes the next level from the front of *rest; false where there was none. A text begins with one. */
static bool next_level(struct bednet_text *rest, struct bednet_text *level)
{
    size_t bytes;

    if (rest->ptr == NULL) {
        return false;
    }
    bytes = span_until(*rest, "/");
    *level = (struct bednet_text){rest->ptr, bytes};
    if (bytes == rest->len) {
        *rest = (struct bednet_text){NULL, 0};
    } else {
        *rest = (struct bednet_text){rest->ptr + bytes + 1, rest->len - bytes - 1};
    }
    return true;
}

/* A literal, or the value of a name. */
static enum bednet_status parse_value(struct parser *parser, struct bednet_text text,
                                      struct bednet_naming_level *level)
{
    size_t good = span_until(text, "+#/{}"), offset;
    const char *error;
    enum bednet_status status;

    if (good < text.len) {
        return fail(parser, text.ptr + good,
                    "a character that stands in no level here (expected a literal, `{name}` or `${...}`)");
    }
    status = bednet_template_parse(parser->arena, text, &level->value, &error, &offset);
    if (status == BEDNET_INVALID) {
        return fail(parser, text.ptr + offset, error);
    }
    level->bound = status == BEDNET_OK && !bednet_template_is_literal(&level->value);
    return status;
}

static enum bednet_status check_name(struct parser *parser, struct bednet_text name)
{
    if (!bednet_pattern_is_name(name)) {
        return fail(parser, name.ptr,
                    "no name (expected a-z, 0-9 and _, a letter first, at most 32 of them)");
    }
    for (size_t i = 0; i < parser->count; i++) {
        if (bednet_text_equal(parser->levels[i].name, name)) {
            return fail(parser, name.ptr, "a name that stands there already (expected another)");
        }
    }
    return BEDNET_OK;
}

/* `{name}`, `{name=VALUE}` or `{name...}`. */
static enum bednet_status parse_name(struct parser *parser, struct bednet_text text, bool is_last,
                                     struct bednet_naming_level *level)
{
    struct bednet_text inner = {text.ptr + 1, text.len - 1};
    size_t end = span_until(inner, "}");
    struct bednet_text name = {inner.ptr, 0};
    enum bednet_status status;

    if (end == inner.len) {
        return fail(parser, text.ptr, "`{` without its `}`");
    }
    if (end + 1 != inner.len) {
        return fail(parser, inner.ptr + end + 1, "something behind `}` (expected `/` or the end)");
    }
    inner.len = end;
    name.len = span_until(inner, ".=");
    status = check_name(parser, name);
    if (status != BEDNET_OK) {
        return status;
    }
    level->name = name;
    level->segment = bednet_segment_named(parser->segments, parser->segment_count, name);
    inner = (struct bednet_text){name.ptr + name.len, inner.len - name.len};
    if (inner.len == 0) {
        return BEDNET_OK;
    }
    if (inner.ptr[0] == '=' && inner.len > 1) {
        return parse_value(parser, (struct bednet_text){inner.ptr + 1, inner.len - 1}, level);
    }
    if (!bednet_text_equal(inner, BEDNET_TEXT_LITERAL("..."))) {
        return fail(parser, inner.ptr, "something behind the name (expected `}`, `...}` or `=VALUE}`)");
    }
    level->many = true;
    return is_last ? BEDNET_OK : fail(parser, text.ptr, "`{name...}` before the end (expected it last)");
}

static enum bednet_status parse_levels(struct parser *parser, struct bednet_text text)
{
    struct bednet_text rest = text, level;

    while (next_level(&rest, &level)) {
        struct bednet_naming_level *out = &parser->levels[parser->count];
        enum bednet_status status = level.len > 0 && level.ptr[0] == '{'
                                        ? parse_name(parser, level, rest.ptr == NULL, out)
                                        : parse_value(parser, level, out);

        if (status != BEDNET_OK) {
            return status;
        }
        parser->count++;
    }
    return BEDNET_OK;
}

static enum bednet_status check_text(struct parser *parser, struct bednet_text text, size_t *level_count)
{
    struct bednet_text rest = text, level;
    size_t clean = bednet_utf8_clean_bytes(text);

    if (text.len == 0) {
        return fail(parser, text.ptr, "empty (expected levels and names, such as acme/{device}/{data...})");
    }
    if (clean != text.len) {
        return fail(parser, text.ptr + clean,
                    "a control character or invalid UTF-8 (expected printable characters)");
    }
    for (*level_count = 0; next_level(&rest, &level); ++*level_count) {
        if (*level_count == BEDNET_TOPIC_LEVELS_MAX) {
            return fail(parser, level.ptr, "too many levels (expected at most 201)");
        }
    }
    return BEDNET_OK;
}

enum bednet_status bednet_naming_parse(struct bednet_arena *arena, struct bednet_text text,
                                       const struct bednet_topic_segment *segments, size_t segment_count,
                                       struct bednet_naming *out, const char **error, size_t *offset)
{
    struct bednet_text copy = bednet_arena_text(arena, text);
    struct parser parser = {arena, segments, segment_count, copy.ptr, NULL, 0, NULL, NULL};
    enum bednet_status status = copy.ptr != NULL ? BEDNET_OK : BEDNET_NOMEM;
    size_t level_count = 0;

    if (status == BEDNET_OK) {
        status = check_text(&parser, copy, &level_count);
    }
    if (status == BEDNET_OK) {
        parser.levels = bednet_arena_array(arena, level_count, sizeof(*parser.levels));
        status = parser.levels != NULL ? parse_levels(&parser, copy) : BEDNET_NOMEM;
    }
    if (status == BEDNET_INVALID) {
        *error = parser.error;
        *offset = (size_t)(parser.error_at - parser.begin);
    }
    if (status != BEDNET_OK) {
        return status;
    }
    out->text = copy;
    out->levels = parser.levels;
    out->level_count = level_count;
    out->bound = false;
    for (size_t i = 0; i < level_count; i++) {
        out->bound = out->bound || parser.levels[i].bound;
    }
    return BEDNET_OK;
}
