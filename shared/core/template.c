/* SPDX-License-Identifier: Apache-2.0 */
/* Strings with `${...}` in them: parsed once, then compared or written part by part. */
#include "core/template.h"

#include "core/bytes.h"
#include "core/escape.h"
#include "core/pattern.h"
#include "core/utf8.h"

struct parser {
    struct bednet_arena *arena;
    struct bednet_text rest;
    size_t offset; /* of rest in the whole text */
    struct bednet_part parts[BEDNET_TEMPLATE_PARTS_MAX];
    size_t count;
    const char *error;
};

static bool starts_placeholder(struct bednet_text text)
{
    return text.len >= 2 && text.ptr[0] == '$' && text.ptr[1] == '{';
}

static void advance(struct parser *parser, size_t bytes)
{
    parser->rest.ptr += bytes;
    parser->rest.len -= bytes;
    parser->offset += bytes;
}

static enum bednet_status fail(struct parser *parser, const char *error)
{
    parser->error = error;
    return BEDNET_INVALID;
}

static bool begins_with(struct bednet_text name, struct bednet_text prefix)
{
    return name.len > prefix.len && memcmp(name.ptr, prefix.ptr, prefix.len) == 0;
}

static bool is_attribute(struct bednet_text name)
{
    static const struct bednet_text match = {"match.", 6};

    if (begins_with(name, match)) {
        return bednet_pattern_is_name((struct bednet_text){name.ptr + match.len, name.len - match.len});
    }
    return begins_with(name, BEDNET_TEXT_LITERAL("claim.")) ||
           begins_with(name, BEDNET_TEXT_LITERAL("cert."));
}

/* Gives the kind behind a name between the braces; false where it is none. */
static bool name_part(struct bednet_text name, struct bednet_part *part)
{
    part->text = name;
    if (bednet_text_equal(name, BEDNET_TEXT_LITERAL("client_id"))) {
        part->kind = BEDNET_PART_CLIENT_ID;
    } else if (bednet_text_equal(name, BEDNET_TEXT_LITERAL("username"))) {
        part->kind = BEDNET_PART_USERNAME;
    } else if (is_attribute(name)) {
        part->kind = BEDNET_PART_ATTRIBUTE;
    } else {
        return false;
    }
    return true;
}

static enum bednet_status parse_placeholder(struct parser *parser, struct bednet_part *part)
{
    const char *end = memchr(parser->rest.ptr, '}', parser->rest.len);
    struct bednet_text name;

    if (end == NULL) {
        return fail(parser, "`${` without its `}`");
    }
    name = (struct bednet_text){parser->rest.ptr + 2, (size_t)(end - parser->rest.ptr) - 2};
    for (size_t i = 0; i < name.len; i++) {
        if (starts_placeholder((struct bednet_text){name.ptr + i, name.len - i})) {
            return fail(parser, "`${` without its `}`");
        }
    }
    if (!name_part(name, part)) {
        return fail(parser, "unknown name in `${...}` (expected client_id, username, claim.NAME, cert.NAME "
                            "or match.NAME)");
    }
    advance(parser, name.len + 3);
    return BEDNET_OK;
}

static void parse_literal(struct parser *parser, struct bednet_part *part)
{
    size_t length = 0;

    while (length < parser->rest.len &&
           !starts_placeholder((struct bednet_text){parser->rest.ptr + length, parser->rest.len - length})) {
        length++;
    }
    *part = (struct bednet_part){BEDNET_PART_LITERAL, {parser->rest.ptr, length}};
    advance(parser, length);
}

/* An empty text is one empty literal: no parts at all would read as "no template here". */
static enum bednet_status parse_parts(struct parser *parser)
{
    do {
        enum bednet_status status = BEDNET_OK;
        struct bednet_part *part = &parser->parts[parser->count];

        if (parser->count == BEDNET_TEMPLATE_PARTS_MAX) {
            return fail(parser, "too many `${...}` in one string (expected at most 16 parts)");
        }
        if (starts_placeholder(parser->rest)) {
            status = parse_placeholder(parser, part);
        } else {
            parse_literal(parser, part);
        }
        if (status != BEDNET_OK) {
            return status;
        }
        parser->count++;
    } while (parser->rest.len > 0);
    return BEDNET_OK;
}

enum bednet_status bednet_template_parse(struct bednet_arena *arena, struct bednet_text text,
                                         struct bednet_template *out, const char **error, size_t *offset)
{
    struct bednet_text copy = bednet_arena_text(arena, text);
    struct parser parser = {.arena = arena, .rest = copy};
    struct bednet_part *parts;
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
    parts = bednet_arena_array(arena, parser.count, sizeof(*parts));
    if (parts == NULL) {
        return BEDNET_NOMEM;
    }
    memcpy(parts, parser.parts, parser.count * sizeof(*parts));
    *out = (struct bednet_template){copy, parts, parser.count};
    return BEDNET_OK;
}

bool bednet_template_is_literal(const struct bednet_template *tmpl)
{
    for (size_t i = 0; i < tmpl->part_count; i++) {
        if (tmpl->parts[i].kind != BEDNET_PART_LITERAL) {
            return false;
        }
    }
    return true;
}

static inline struct bednet_text part_value(const struct bednet_part *part,
                                            const struct bednet_subject *subject)
{
    switch (part->kind) {
    case BEDNET_PART_LITERAL:
        return part->text;
    case BEDNET_PART_CLIENT_ID:
        return subject->client_id;
    case BEDNET_PART_USERNAME:
        return subject->username;
    case BEDNET_PART_ATTRIBUTE:
        return bednet_subject_attribute(subject, part->text);
    }
    return (struct bednet_text){NULL, 0};
}

/*
 * Has the high bit set somewhere where a byte is `+`, `#`, `/`, a control character, DEL or not ASCII; and an
 * apostrophe, which differs from those three in the same bits as they do. Of other ASCII it has none: a
 * subtraction borrows only from a byte that was to be found.
 */
static inline uint64_t suspicious(uint64_t word)
{
    const uint64_t ones = BEDNET_BYTES(1);

    return word | (word - BEDNET_BYTES(0x20)) | (((word | BEDNET_BYTES(0x0C)) ^ BEDNET_BYTES('/')) - ones) |
           (word + ones);
}

/* The same for every byte of a value that is not empty. */
static uint64_t suspicious_value(struct bednet_text value)
{
    uint64_t found = 0;

    if (value.len >= 8) {
        for (size_t at = 0; at + 8 < value.len; at += 8) {
            found |= suspicious(bednet_word_at(value.ptr + at));
        }
        return found | suspicious(bednet_word_at(value.ptr + value.len - 8));
    }
    if (value.len >= 4) {
        return suspicious((uint64_t)bednet_half_word_at(value.ptr) << 32 |
                          bednet_half_word_at(value.ptr + value.len - 4));
    }
    for (size_t i = 0; i < value.len; i++) {
        found |= suspicious(BEDNET_BYTES((unsigned char)value.ptr[i]));
    }
    return found;
}

/* The same by all of its bytes. */
static __attribute__((noinline)) bool value_is_clean(struct bednet_text value)
{
    return memchr(value.ptr, '+', value.len) == NULL && memchr(value.ptr, '#', value.len) == NULL &&
           memchr(value.ptr, '/', value.len) == NULL && bednet_utf8_is_clean(value);
}

/* True for a value that can be a level, or part of one, and nothing else. */
static inline bool value_is_safe(struct bednet_text value)
{
    return value.ptr != NULL && value.len > 0 &&
           ((suspicious_value(value) & BEDNET_BYTES(0x80)) == 0 || value_is_clean(value));
}

static __attribute__((noinline)) enum bednet_template_fit
judge_parts(const struct bednet_template *tmpl, const struct bednet_subject *subject, struct bednet_text text)
{
    bool equal = text.ptr != NULL && tmpl->part_count > 0;

    for (size_t i = 0; i < tmpl->part_count; i++) {
        const struct bednet_part *part = &tmpl->parts[i];
        struct bednet_text value = part_value(part, subject);

        if (part->kind != BEDNET_PART_LITERAL && !value_is_safe(value)) {
            return BEDNET_FIT_UNUSABLE;
        }
        equal = equal && value.len <= text.len && bednet_bytes_equal(value.ptr, text.ptr, value.len);
        if (equal) {
            text.ptr += value.len;
            text.len -= value.len;
        }
    }
    return equal && text.len == 0 ? BEDNET_FIT_EQUAL : BEDNET_FIT_DIFFERENT;
}

/* Most templates are one value, which then is the whole text. */
enum bednet_template_fit bednet_template_judge(const struct bednet_template *tmpl,
                                               const struct bednet_subject *subject, struct bednet_text text)
{
    struct bednet_text value;

    if (tmpl->part_count != 1 || tmpl->parts[0].kind == BEDNET_PART_LITERAL) {
        return judge_parts(tmpl, subject, text);
    }
    value = part_value(&tmpl->parts[0], subject);
    if (!value_is_safe(value)) {
        return BEDNET_FIT_UNUSABLE;
    }
    return text.ptr != NULL && value.len == text.len && bednet_bytes_equal(value.ptr, text.ptr, value.len)
               ? BEDNET_FIT_EQUAL
               : BEDNET_FIT_DIFFERENT;
}

bool bednet_template_fits(const struct bednet_template *tmpl, const struct bednet_pack *pack,
                          const struct bednet_level *level)
{
    struct bednet_subject subject = bednet_pack_subject(pack);

    return bednet_template_judge(tmpl, &subject, bednet_level_text(level)) == BEDNET_FIT_EQUAL;
}

bool bednet_template_accepts(struct bednet_text value)
{
    return value_is_safe(value);
}

bool bednet_template_is_usable(const struct bednet_template *tmpl, const struct bednet_subject *subject)
{
    return bednet_template_judge(tmpl, subject, (struct bednet_text){NULL, 0}) != BEDNET_FIT_UNUSABLE;
}

enum bednet_status bednet_template_expand(const struct bednet_template *tmpl,
                                          const struct bednet_subject *subject, char *out, size_t out_bytes)
{
    size_t length = 0;

    for (size_t i = 0; i < tmpl->part_count; i++) {
        const struct bednet_part *part = &tmpl->parts[i];
        struct bednet_text value = part_value(part, subject);

        if (value.ptr == NULL || (value.len == 0 && part->kind != BEDNET_PART_LITERAL)) {
            return BEDNET_NOT_FOUND;
        }
        if (!bednet_utf8_is_clean(value)) {
            return BEDNET_INVALID;
        }
        if (value.len >= out_bytes - length) {
            return BEDNET_LIMIT;
        }
        memcpy(out + length, value.ptr, value.len);
        length += value.len;
    }
    if (length >= out_bytes) {
        return BEDNET_LIMIT;
    }
    out[length] = '\0';
    return BEDNET_OK;
}
