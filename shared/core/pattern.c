/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that take parts of a string: parsed once, then fitted in one pass that never looks back. */
#include "core/pattern.h"

#include "core/utf8.h"

struct parser {
    struct bednet_text rest;
    size_t offset; /* of rest in the whole text */
    struct bednet_pattern_part parts[BEDNET_PATTERN_PARTS_MAX];
    size_t part_count;
    size_t capture_count;
    const char *error;
};

static enum bednet_status fail(struct parser *parser, const char *error)
{
    parser->error = error;
    return BEDNET_INVALID;
}

static void advance(struct parser *parser, size_t bytes)
{
    parser->rest.ptr += bytes;
    parser->rest.len -= bytes;
    parser->offset += bytes;
}

static bool is_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

bool bednet_pattern_is_name(struct bednet_text name)
{
    if (name.len == 0 || name.len > BEDNET_PATTERN_NAME_BYTES_MAX || !is_letter(name.ptr[0])) {
        return false;
    }
    for (size_t i = 1; i < name.len; i++) {
        if (!is_letter(name.ptr[i]) && name.ptr[i] != '_' && (name.ptr[i] < '0' || name.ptr[i] > '9')) {
            return false;
        }
    }
    return true;
}

static bool is_taken(const struct parser *parser, struct bednet_text name)
{
    for (size_t i = 0; i < parser->part_count; i++) {
        if (parser->parts[i].captures && bednet_text_equal(parser->parts[i].text, name)) {
            return true;
        }
    }
    return false;
}

static enum bednet_status parse_capture(struct parser *parser, struct bednet_pattern_part *part)
{
    const char *end = memchr(parser->rest.ptr, '}', parser->rest.len);
    struct bednet_text name;

    if (end == NULL) {
        return fail(parser, "`{` without its `}`");
    }
    name = (struct bednet_text){parser->rest.ptr + 1, (size_t)(end - parser->rest.ptr) - 1};
    if (!bednet_pattern_is_name(name)) {
        return fail(parser,
                    "not a name between `{` and `}` (expected a letter of a-z, then at most 31 of a-z, "
                    "0-9 and _)");
    }
    if (parser->part_count > 0 && parser->parts[parser->part_count - 1].captures) {
        return fail(parser,
                    "two `{...}` side by side (expected something between them, or nobody knows where "
                    "one ends)");
    }
    if (is_taken(parser, name)) {
        return fail(parser, "a name that was taken before (expected each name once)");
    }
    *part = (struct bednet_pattern_part){true, name};
    parser->capture_count++;
    advance(parser, name.len + 2);
    return BEDNET_OK;
}

/* What stands in a literal, and was surely meant as something else. */
static const char *literal_fault(struct bednet_text rest, size_t at)
{
    switch (rest.ptr[at]) {
    case '}':
        return "`}` without its `{`";
    case '*':
    case '+':
    case '#':
        return "`*`, `+` or `#`, which no accepted value holds (expected `{name}` for what may differ)";
    case '$':
        return at + 1 < rest.len && rest.ptr[at + 1] == '{'
                   ? "`${` in a pattern (expected `{name}`: a pattern takes values, it is not given any)"
                   : NULL;
    default:
        return NULL;
    }
}

static enum bednet_status parse_literal(struct parser *parser, struct bednet_pattern_part *part)
{
    size_t length = 0;

    for (; length < parser->rest.len && parser->rest.ptr[length] != '{'; length++) {
        const char *fault = literal_fault(parser->rest, length);

        if (fault != NULL) {
            advance(parser, length);
            return fail(parser, fault);
        }
    }
    *part = (struct bednet_pattern_part){false, {parser->rest.ptr, length}};
    advance(parser, length);
    return BEDNET_OK;
}

static enum bednet_status parse_parts(struct parser *parser)
{
    if (parser->rest.len == 0) {
        return fail(parser,
                    "an empty pattern (expected the value itself, with `{name}` for what may differ)");
    }
    while (parser->rest.len > 0) {
        struct bednet_pattern_part *part = &parser->parts[parser->part_count];
        enum bednet_status status;

        if (parser->rest.ptr[0] == '{' && parser->capture_count == BEDNET_PATTERN_CAPTURES_MAX) {
            return fail(parser, "too many `{...}` in one pattern (expected at most 8)");
        }
        if (parser->part_count == BEDNET_PATTERN_PARTS_MAX) {
            return fail(parser, "too many parts in one pattern (expected at most 16)");
        }
        status = parser->rest.ptr[0] == '{' ? parse_capture(parser, part) : parse_literal(parser, part);
        if (status != BEDNET_OK) {
            return status;
        }
        parser->part_count++;
    }
    return BEDNET_OK;
}

enum bednet_status bednet_pattern_parse(struct bednet_arena *arena, struct bednet_text text,
                                        struct bednet_pattern *out, const char **error, size_t *offset)
{
    struct bednet_text copy = bednet_arena_text(arena, text);
    struct parser parser = {.rest = copy};
    struct bednet_pattern_part *parts;
    size_t clean;

    if (copy.ptr == NULL) {
        return BEDNET_NOMEM;
    }
    clean = bednet_utf8_clean_bytes(copy);
    if (clean != copy.len) {
        parser.offset = clean;
        fail(&parser, "a control character or invalid UTF-8 (expected printable characters)");
    }
    if (parser.error != NULL || parse_parts(&parser) != BEDNET_OK) {
        *error = parser.error;
        *offset = parser.offset;
        return BEDNET_INVALID;
    }
    parts = bednet_arena_array(arena, parser.part_count, sizeof(*parts));
    if (parts == NULL) {
        return BEDNET_NOMEM;
    }
    memcpy(parts, parser.parts, parser.part_count * sizeof(*parts));
    *out = (struct bednet_pattern){copy, parts, parser.part_count, parser.capture_count};
    return BEDNET_OK;
}

/* How much of `text` a part takes before the literal `next`, or before the end where that is absent. */
static size_t taken_bytes(struct bednet_text text, struct bednet_text next)
{
    const char *end = memchr(text.ptr, '/', text.len);

    if (end != NULL) {
        text.len = (size_t)(end - text.ptr);
    }
    if (next.ptr != NULL && (end = memchr(text.ptr, next.ptr[0], text.len)) != NULL) {
        text.len = (size_t)(end - text.ptr);
    }
    return text.len;
}

bool bednet_pattern_match(const struct bednet_pattern *pattern, struct bednet_text text,
                          struct bednet_text captures[BEDNET_PATTERN_CAPTURES_MAX])
{
    size_t count = 0;

    if (text.ptr == NULL) {
        return false;
    }
    for (size_t i = 0; i < pattern->part_count; i++) {
        const struct bednet_pattern_part *part = &pattern->parts[i];
        size_t taken = part->text.len;

        if (part->captures) {
            struct bednet_text next = {NULL, 0};

            if (i + 1 < pattern->part_count) {
                next = pattern->parts[i + 1].text;
            }
            taken = taken_bytes(text, next);
            if (taken == 0) {
                return false;
            }
            captures[count++] = (struct bednet_text){text.ptr, taken};
        } else if (taken > text.len || memcmp(part->text.ptr, text.ptr, taken) != 0) {
            return false;
        }
        text.ptr += taken;
        text.len -= taken;
    }
    return text.len == 0 && pattern->part_count > 0;
}

struct bednet_text bednet_pattern_name(const struct bednet_pattern *pattern, size_t index)
{
    for (size_t i = 0; i < pattern->part_count; i++) {
        if (pattern->parts[i].captures && index-- == 0) {
            return pattern->parts[i].text;
        }
    }
    return (struct bednet_text){NULL, 0};
}
