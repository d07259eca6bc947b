/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units. */
#include "policy/scalar.h"

#include <time.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* The digits that `text` begins with; *rest is what follows them. */
static enum bednet_status leading_number(struct bednet_text text, uint64_t *out, struct bednet_text *rest)
{
    uint64_t number = 0;
    size_t digits = 0;
    for (; digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9'; digits++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text.ptr[digits] - '0'), &number))
            return BEDNET_LIMIT;
    if (digits == 0 || (digits > 1 && text.ptr[0] == '0'))
        return BEDNET_INVALID;
    *out = number;
    *rest = (struct bednet_text){text.ptr + digits, text.len - digits};
    return BEDNET_OK;
}

static enum bednet_status with_unit(struct bednet_text text, const struct unit *units, size_t unit_count,
                                    uint64_t *out)
{
    uint64_t number;
    struct bednet_text rest;
    enum bednet_status status = leading_number(text, &number, &rest);
    if (status != BEDNET_OK)
        return status;
    for (size_t i = 0; i < unit_count; i++)
        if (bednet_text_equal(rest, bednet_text(units[i].name)))
            return __builtin_mul_overflow(number, units[i].factor, out) ? BEDNET_LIMIT : BEDNET_OK;
    return BEDNET_INVALID;
}

enum bednet_status bednet_scalar_number(struct bednet_text text, uint64_t *out)
{
    static const struct unit units[] = {{"", 1}};
    return with_unit(text, units, 1, out);
}

enum bednet_status bednet_scalar_duration(struct bednet_text text, uint64_t *out_s)
{
    static const struct unit units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    return with_unit(text, units, sizeof units / sizeof units[0], out_s);
}

enum bednet_status bednet_scalar_size(struct bednet_text text, uint64_t *out_bytes)
{
    static const struct unit units[] = {
        {"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};
    return with_unit(text, units, sizeof units / sizeof units[0], out_bytes);
}

enum bednet_status bednet_scalar_rate(struct bednet_text text, bool sizes, struct bednet_bucket_rate *out)
{
    static const struct unit periods[] = {{"/s", 1}, {"/m", 60}, {"/h", 3600}};
    if (text.len < 2)
        return BEDNET_INVALID;
    struct bednet_text amount = {text.ptr, text.len - 2};
    struct bednet_text period = {text.ptr + amount.len, 2};
    uint64_t seconds = 0;
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++)
        if (bednet_text_equal(period, bednet_text(periods[i].name)))
            seconds = periods[i].factor;
    if (seconds == 0)
        return BEDNET_INVALID;
    uint64_t tokens;
    enum bednet_status status =
        sizes ? bednet_scalar_size(amount, &tokens) : bednet_scalar_number(amount, &tokens);
    if (status != BEDNET_OK)
        return status;
    if (tokens == 0 || tokens > BEDNET_BUCKET_TOKENS_MAX)
        return BEDNET_LIMIT;
    out->tokens = tokens;
    out->period_ns = seconds * UINT64_C(1000000000);
    return BEDNET_OK;
}

/* The number that stands in `digits` places of `text`, or -1. */
static int fixed_number(struct bednet_text text, size_t offset, size_t digits)
{
    int number = 0;
    for (size_t i = offset; i < offset + digits; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        number = number * 10 + (text.ptr[i] - '0');
    }
    return number;
}

/* Days of the month and leap years are the library's: what it has to set right was no date. */
static bool is_real(const struct tm *written, int64_t *out_s)
{
    struct tm normal = *written;
    time_t seconds = timegm(&normal);
    *out_s = (int64_t)seconds;
    return normal.tm_mday == written->tm_mday && normal.tm_mon == written->tm_mon;
}

static bool has_form(struct bednet_text text, const char *form)
{
    if (text.len != strlen(form))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (form[i] != 'd' && form[i] != text.ptr[i])
            return false;
    return true;
}

/* `Z`, or `+02:00`: so much is the time ahead of UTC. */
static bool offset_of(struct bednet_text zone, int64_t *out_s)
{
    *out_s = 0;
    if (has_form(zone, "Z"))
        return true;
    if (!has_form(zone, "+dd:dd") && !has_form(zone, "-dd:dd"))
        return false;
    int hours = fixed_number(zone, 1, 2);
    int minutes = fixed_number(zone, 4, 2);
    *out_s = (zone.ptr[0] == '-' ? -60 : 60) * (hours * 60 + minutes);
    return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

/* What stands before the zone. */
static bool date_and_time(struct bednet_text text, int64_t *out_s)
{
    if (!has_form(text, "dddd-dd-ddTdd:dd:dd"))
        return false;
    struct tm written = {.tm_year = fixed_number(text, 0, 4) - 1900,
                         .tm_mon = fixed_number(text, 5, 2) - 1,
                         .tm_mday = fixed_number(text, 8, 2),
                         .tm_hour = fixed_number(text, 11, 2),
                         .tm_min = fixed_number(text, 14, 2),
                         .tm_sec = fixed_number(text, 17, 2)};
    return written.tm_year >= 69 && written.tm_mon >= 0 && written.tm_mon <= 11 && written.tm_mday >= 1 &&
           written.tm_hour >= 0 && written.tm_hour <= 23 && written.tm_min >= 0 && written.tm_min <= 59 &&
           written.tm_sec >= 0 && written.tm_sec <= 59 && is_real(&written, out_s);
}

enum bednet_status bednet_scalar_time(struct bednet_text text, int64_t *out_s)
{
    static const size_t local_bytes = sizeof "dddd-dd-ddTdd:dd:dd" - 1;
    static const int64_t end_s = INT64_C(253402300800); /* 10000-01-01T00:00:00Z */
    uint64_t number;
    int64_t seconds;
    if (text.len <= local_bytes || text.ptr[local_bytes - 9] != 'T') {
        enum bednet_status status = bednet_scalar_number(text, &number);
        if (status == BEDNET_OK && number >= (uint64_t)end_s)
            return BEDNET_LIMIT;
        if (status == BEDNET_OK)
            *out_s = (int64_t)number;
        return status;
    }
    int64_t offset_s;
    if (!date_and_time((struct bednet_text){text.ptr, local_bytes}, &seconds) ||
        !offset_of((struct bednet_text){text.ptr + local_bytes, text.len - local_bytes}, &offset_s) ||
        seconds - offset_s < 0 || seconds - offset_s >= end_s)
        return BEDNET_INVALID;
    *out_s = seconds - offset_s;
    return BEDNET_OK;
}

enum bednet_status bednet_scalar_boolean(struct bednet_text text, bool *out)
{
    bool is_true = bednet_text_equal(text, BEDNET_TEXT_LITERAL("true"));
    if (!is_true && !bednet_text_equal(text, BEDNET_TEXT_LITERAL("false")))
        return BEDNET_INVALID;
    *out = is_true;
    return BEDNET_OK;
}
