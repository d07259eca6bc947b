/* SPDX-License-Identifier: Apache-2.0 */
/* See quantity.h. */
#include "quantity.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

/* Digits only at the front: strtoull would take a sign and blanks. */
static bool read_whole(const char *text, uint64_t *out, const char **unit)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    *unit = end;
    return errno == 0;
}

/* No exponent, no hexadecimal, no `inf`. */
static bool read_decimal(const char *text, double *out, const char **unit)
{
    size_t length = strspn(text, "0123456789.");
    char *end;
    *out = isdigit((unsigned char)*text) && length <= 32 ? strtod(text, &end) : -1;
    *unit = text + length;
    return *out >= 0 && isfinite(*out) && end == *unit;
}

bool bednet_quantity_count(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    const char *unit;
    return read_whole(text, out, &unit) && *unit == '\0' && *out >= least && *out <= most;
}

bool bednet_quantity_duration(const char *text, int64_t *ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ms", SECOND_NS / 1000}, {"s", SECOND_NS}, {"m", 60 * SECOND_NS}, {"h", 3600 * SECOND_NS}};
    double value;
    const char *unit;
    if (!read_decimal(text, &value, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].name) == 0 && value * (double)units[i].ns <= 86400.0 * (double)SECOND_NS) {
            *ns = (int64_t)(value * (double)units[i].ns);
            return true;
        }
    return false;
}

bool bednet_quantity_rate(const char *text, double *per_second)
{
    const char *unit;
    if (!read_decimal(text, per_second, &unit))
        return false;
    if (strcmp(unit, "/m") == 0)
        *per_second /= 60;
    else if (*unit != '\0' && strcmp(unit, "/s") != 0)
        return false;
    return *per_second >= 0.0001 && *per_second <= 1e6;
}

bool bednet_quantity_size(const char *text, uint64_t most, uint64_t *bytes)
{
    const char *unit;
    uint64_t each = 1;
    if (!read_whole(text, bytes, &unit))
        return false;
    if (strcmp(unit, "KiB") == 0)
        each = 1024;
    else if (strcmp(unit, "MiB") == 0)
        each = 1024 * 1024;
    else if (*unit != '\0')
        return false;
    return !__builtin_mul_overflow(*bytes, each, bytes) && *bytes <= most;
}

bool bednet_quantity_part(const char *text, double *value, bool *is_share)
{
    const char *unit;
    if (!read_decimal(text, value, &unit))
        return false;
    *is_share = strcmp(unit, "%") == 0;
    if (*is_share)
        *value /= 100;
    return *is_share ? *value <= 1 : *unit == '\0';
}
