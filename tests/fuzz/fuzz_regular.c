/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target functions: bednet_regular_parse, bednet_regular_match.
 *
 * Input: a byte that says how long the pattern is, the pattern, and a text up to the end. What is refused is
 * refused for a reason and at a place of the pattern; what is not fits what regexec() says fits, as far as
 * both languages are the same.
 */
#include "core/regular.h"
#include "fuzz/must.h"
#include <regex.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No backslash, which in a class stands for itself elsewhere; and texts of one ASCII level. */
static bool is_common(struct bednet_text pattern, struct bednet_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || text.ptr[i] == '/' || (unsigned char)text.ptr[i] >= 0x80) {
            return false;
        }
    }
    return pattern.len < 64 && memchr(pattern.ptr, '\\', pattern.len) == NULL;
}

static void compare(const struct bednet_regular *regular, struct bednet_text pattern, struct bednet_text text)
{
    char anchored[80], copy[256];
    regex_t other;

    snprintf(anchored, sizeof(anchored), "^(%.*s)$", (int)pattern.len, pattern.ptr);
    snprintf(copy, sizeof(copy), "%.*s", (int)text.len, text.ptr);
    /* What it does not take for a pattern, such as [a-b-c], it says nothing of. */
    if (regcomp(&other, anchored, REG_EXTENDED | REG_NOSUB) != 0) {
        return;
    }
    MUST(bednet_regular_match(regular, text) == (regexec(&other, copy, 0, NULL, 0) == 0));
    regfree(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bednet_arena *arena;
    const struct bednet_regular *regular = NULL;
    const char *error = NULL;
    size_t offset = SIZE_MAX;
    struct bednet_text pattern, text;

    if (size == 0) {
        return 0;
    }
    pattern = (struct bednet_text){(const char *)data + 1, data[0] < size - 1 ? data[0] : size - 1};
    text = (struct bednet_text){pattern.ptr + pattern.len, size - 1 - pattern.len};
    arena = bednet_arena_new();
    MUST(arena != NULL);
    if (bednet_regular_parse(arena, pattern, &regular, &error, &offset) == BEDNET_OK) {
        bednet_regular_match(regular, text);
        if (text.len < 200 && is_common(pattern, text)) {
            compare(regular, pattern, text);
        }
    } else {
        MUST(regular == NULL && error != NULL && offset <= pattern.len);
    }
    bednet_arena_free(arena);
    return 0;
}
