/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON numbers as whole ones, in exact decimal arithmetic: strtod depends on the locale of the process, which
 * is the broker's affair, and a double rounds.
 */
#include "token/json.h"

/* No exponent beyond it makes a difference to a number that fits in a token. */
#define EXPONENT_MAX 1000000

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The exponent of a number as written, 0 without one; clipped. */
static long exponent_of(struct bednet_text number)
{
    size_t i = 0;
    while (i < number.len && number.ptr[i] != 'e' && number.ptr[i] != 'E')
        i++;
    if (i == number.len)
        return 0;
    i++;
    bool negative = number.ptr[i] == '-';
    if (negative || number.ptr[i] == '+')
        i++;
    long exponent = 0;
    for (; i < number.len; i++) {
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (number.ptr[i] - '0');
    }
    return negative ? -exponent : exponent;
}

/* Digits before the decimal point as written. */
static long whole_digits(struct bednet_text digits)
{
    long count = 0;
    while ((size_t)count < digits.len && is_digit(digits.ptr[count]))
        count++;
    return count;
}

/* Puts one more digit behind a magnitude that may grow to 2^63. */
static bool append_digit(uint64_t *magnitude, unsigned digit)
{
    const uint64_t limit = (uint64_t)INT64_MAX + 1;
    if (*magnitude > (limit - digit) / 10)
        return false;
    *magnitude = *magnitude * 10 + digit;
    return true;
}

/*
 * The whole part of an unsigned number, and whether anything not zero stands behind the point. The point is
 * where `whole` digits were consumed.
 */
static bool magnitude_of(struct bednet_text digits, long whole, uint64_t *magnitude, bool *fraction)
{
    *magnitude = 0;
    *fraction = false;
    long seen = 0;
    for (size_t i = 0; i < digits.len && digits.ptr[i] != 'e' && digits.ptr[i] != 'E'; i++) {
        if (!is_digit(digits.ptr[i]))
            continue;
        unsigned digit = (unsigned)(digits.ptr[i] - '0');
        if (seen++ >= whole)
            *fraction |= digit != 0;
        else if (!append_digit(magnitude, digit))
            return false;
    }
    /* Zero stays zero however many digits follow, so the loop is short. */
    for (; seen < whole && *magnitude != 0; seen++) {
        if (!append_digit(magnitude, 0))
            return false;
    }
    return true;
}

/* A whole number as nearly all times are: digits that fit however large they are. */
static bool is_short(const struct bednet_json *value)
{
    return value->type == BEDNET_JSON_INTEGER && value->text.len <= 18 && value->text.ptr[0] != '-';
}

static int64_t short_value(struct bednet_text digits)
{
    int64_t whole = 0;
    for (size_t i = 0; i < digits.len; i++)
        whole = whole * 10 + (digits.ptr[i] - '0');
    return whole;
}

bool bednet_json_whole(const struct bednet_json *value, bool up, int64_t *out)
{
    if (value == NULL || (value->type != BEDNET_JSON_INTEGER && value->type != BEDNET_JSON_REAL))
        return false;
    if (is_short(value)) {
        *out = short_value(value->text);
        return true;
    }
    bool negative = value->text.ptr[0] == '-', fraction;
    struct bednet_text digits = {value->text.ptr + negative, value->text.len - negative};
    uint64_t magnitude;
    if (!magnitude_of(digits, whole_digits(digits) + exponent_of(digits), &magnitude, &fraction))
        return false;
    /* Towards zero is the wrong way for a positive number going up and for a negative one going down. */
    if (fraction && up != negative)
        magnitude++;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *out = !negative || magnitude == 0 ? (int64_t)magnitude : -(int64_t)(magnitude - 1) - 1;
    return true;
}
