/* SPDX-License-Identifier: Apache-2.0 */
/* See stencil.h. */
#include "stencil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MAX = 20 };

/* A placeholder at `at`, which is a '%': its letter (0: none that is known), its width and where it ends. */
static char read_placeholder(const char *at, int *width, const char **end)
{
    size_t digits = strspn(at + 1, "0123456789");
    *width = digits > 0 && digits <= 3 ? atoi(at + 1) : digits > 0 ? WIDTH_MAX + 1 : 0;
    char letter = at[1 + digits];
    bool known = letter != '\0' && strchr("dct%", letter) != NULL;
    if (digits > 0 && (at[1] != '0' || (letter != 'd' && letter != 't')))
        known = false;
    *end = at + 1 + digits + (letter != '\0' ? 1 : 0);
    return known && *width <= WIDTH_MAX ? letter : '\0';
}

const char *bednet_stencil_objects(const char *template, const char *allowed)
{
    const char *end;
    int width;
    for (const char *at = strchr(template, '%'); at != NULL; at = strchr(end, '%')) {
        char letter = read_placeholder(at, &width, &end);
        if (letter == '\0')
            return "expected %d, %06d, %c, %t or %% after a percent sign";
        if (letter != '%' && strchr(allowed, letter) == NULL)
            return letter == 't'   ? "%t stands only in topics"
                   : letter == 'c' ? "%c cannot stand in an id itself"
                                   : "there is no number for %d here";
    }
    return NULL;
}

bool bednet_stencil_has(const char *template, char placeholder)
{
    const char *end;
    int width;
    for (const char *at = strchr(template, '%'); at != NULL; at = strchr(end, '%'))
        if (read_placeholder(at, &width, &end) == placeholder)
            return true;
    return false;
}

/* What stands for a placeholder; `digits` is room for a number. */
static const char *value_of(char letter, int width, const struct bednet_stencil *filling, char digits[32])
{
    if (letter == '%')
        return "%";
    if (letter == 'c')
        return filling->id != NULL ? filling->id : "";
    snprintf(digits, 32, "%0*lu", width, letter == 'd' ? filling->number : filling->turn);
    return digits;
}

static bool append(char **out, size_t *left, const char *text, size_t length)
{
    if (length >= *left)
        return false;
    memcpy(*out, text, length);
    *out += length;
    *left -= length;
    **out = '\0';
    return true;
}

bool bednet_stencil_put(const char *template, const struct bednet_stencil *filling, char *out, size_t size)
{
    while (*template != '\0') {
        char digits[32];
        int width;
        size_t plain = strcspn(template, "%");
        if (!append(&out, &size, template, plain))
            return false;
        template += plain;
        if (*template == '\0')
            return true;
        char letter = read_placeholder(template, &width, &template);
        const char *value = value_of(letter, width, filling, digits);
        if (!append(&out, &size, value, strlen(value)))
            return false;
    }
    return append(&out, &size, "", 0);
}

char *bednet_stencil_filter(const char *template)
{
    char *filter = malloc(strlen(template) + 1), *to = filter;
    if (filter == NULL)
        return NULL;
    for (bool more = true; more; template ++) {
        size_t length = strcspn(template, "/");
        char *level = strndup(template, length);
        if (level == NULL) {
            free(filter);
            return NULL;
        }
        bool varies = bednet_stencil_has(level, 't');
        to = mempcpy(to, varies ? "+" : level, varies ? 1 : length);
        free(level);
        template += length;
        more = *template == '/';
        *to++ = more ? '/' : '\0';
    }
    return filter;
}
