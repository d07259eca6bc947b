/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target functions: bednet_pattern_parse, bednet_pattern_match, bednet_pattern_name.
 *
 * Input: a byte that says how long the pattern is, the pattern, and a text up to the end. What was parsed
 * must be the pattern again when it is written down, and whether the text fits and what is taken must be what
 * trying every way to fit finds, of which there may be one at most.
 */
#include "core/escape.h"
#include "core/pattern.h"
#include "fuzz/must.h"
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trial {
    const struct bednet_pattern *pattern;
    struct bednet_text text;
    struct bednet_text taken[BEDNET_PATTERN_CAPTURES_MAX];
    struct bednet_text found[BEDNET_PATTERN_CAPTURES_MAX]; /* of the last way that fitted */
    size_t ways;
};

static void try_from(struct trial *trial, size_t part, size_t at, size_t captures);

static void try_lengths(struct trial *trial, size_t part, size_t at, size_t captures)
{
    const struct bednet_pattern_part *next =
        part + 1 < trial->pattern->part_count ? &trial->pattern->parts[part + 1] : NULL;

    for (size_t end = at; end < trial->text.len; end++) {
        if (trial->text.ptr[end] == '/' || (next != NULL && trial->text.ptr[end] == next->text.ptr[0])) {
            break; /* a part holds neither; it may end before it */
        }
        trial->taken[captures] = (struct bednet_text){trial->text.ptr + at, end + 1 - at};
        try_from(trial, part + 1, end + 1, captures + 1);
    }
}

static void try_from(struct trial *trial, size_t part, size_t at, size_t captures)
{
    const struct bednet_pattern_part *here = &trial->pattern->parts[part];

    if (part == trial->pattern->part_count) {
        if (at == trial->text.len) {
            trial->ways++;
            memcpy(trial->found, trial->taken, sizeof(trial->found));
        }
        return;
    }
    if (here->captures) {
        try_lengths(trial, part, at, captures);
    } else if (here->text.len <= trial->text.len - at &&
               memcmp(here->text.ptr, trial->text.ptr + at, here->text.len) == 0) {
        try_from(trial, part + 1, at + here->text.len, captures);
    }
}

static void check_match(const struct bednet_pattern *pattern, struct bednet_text text)
{
    struct trial trial = {.pattern = pattern, .text = text};
    struct bednet_text captures[BEDNET_PATTERN_CAPTURES_MAX];
    bool fits = bednet_pattern_match(pattern, text, captures);
    bool clean = bednet_utf8_is_clean(text);

    try_from(&trial, 0, 0, 0);
    MUST(trial.ways <= 1);
    MUST(fits == (trial.ways == 1));
    for (size_t i = 0; fits && i < pattern->capture_count; i++) {
        MUST(captures[i].ptr == trial.found[i].ptr && captures[i].len == trial.found[i].len);
        MUST(captures[i].len > 0);
        /* No character is ever cut in two. */
        MUST(!clean || bednet_utf8_is_clean(captures[i]));
    }
}

static void check_name(const struct bednet_pattern *pattern, size_t index)
{
    struct bednet_text name = bednet_pattern_name(pattern, index);

    MUST(name.len > 0 && name.len <= BEDNET_PATTERN_NAME_BYTES_MAX);
    for (size_t i = 0; i < index; i++) {
        MUST(!bednet_text_equal(bednet_pattern_name(pattern, i), name));
    }
}

static void check_parts(const struct bednet_pattern *pattern, struct bednet_text text)
{
    size_t at = 0, captures = 0;

    MUST(pattern->part_count > 0 && pattern->part_count <= BEDNET_PATTERN_PARTS_MAX);
    MUST(pattern->capture_count <= BEDNET_PATTERN_CAPTURES_MAX);
    for (size_t i = 0; i < pattern->part_count; i++) {
        const struct bednet_pattern_part *part = &pattern->parts[i];

        MUST(part->text.len > 0);
        MUST(i == 0 || !part->captures || !pattern->parts[i - 1].captures);
        MUST(text.len - at >= part->text.len + (part->captures ? 2 : 0));
        if (part->captures) {
            MUST(text.ptr[at] == '{' && text.ptr[at + part->text.len + 1] == '}');
            at++;
        }
        MUST(memcmp(text.ptr + at, part->text.ptr, part->text.len) == 0);
        at += part->text.len + (part->captures ? 1 : 0);
        if (part->captures) {
            check_name(pattern, captures++);
        }
    }
    MUST(at == text.len && captures == pattern->capture_count);
    MUST(bednet_pattern_name(pattern, captures).ptr == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_pattern pattern;
    const char *error = NULL;
    struct bednet_text written, text;
    size_t offset = SIZE_MAX, bytes;
    char *copy;

    MUST(arena != NULL);
    if (size < 1) {
        bednet_arena_free(arena);
        return 0;
    }
    bytes = data[0] < size - 1 ? data[0] : size - 1;
    written = (struct bednet_text){(const char *)data + 1, bytes};
    /* In memory of its very size, so that ASan sees what reads past its end. */
    text.len = size - 1 - bytes;
    copy = malloc(text.len > 0 ? text.len : 1);
    MUST(copy != NULL);
    memcpy(copy, data + 1 + bytes, text.len);
    text.ptr = copy;
    if (bednet_pattern_parse(arena, written, &pattern, &error, &offset) == BEDNET_OK) {
        check_parts(&pattern, written);
        check_match(&pattern, text);
    } else {
        MUST(error != NULL && offset <= written.len);
    }
    free(copy);
    bednet_arena_free(arena);
    return 0;
}
