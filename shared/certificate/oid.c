/* SPDX-License-Identifier: Apache-2.0 */
/* Dotted decimal to base 128 (X.690 section 8.19), by schoolbook arithmetic: UUIDs make numbers of 128 bits.
 */
#include "certificate/oid.h"

/* One number of the text, of digits alone and without a leading zero; false where there is none. */
static bool take_number(struct bednet_text *rest, struct bednet_text *number)
{
    size_t length = 0;

    while (length < rest->len && rest->ptr[length] >= '0' && rest->ptr[length] <= '9') {
        length++;
    }
    *number = (struct bednet_text){rest->ptr, length};
    rest->ptr += length;
    rest->len -= length;
    return length > 0 && (length == 1 || number->ptr[0] != '0');
}

/*
 * Appends number + more (below 128 together with a carry of a digit). A digit of ten makes less than four
 * bits, so that there are never more digits of base 128 than of base 10.
 */
static void append(struct bednet_oid *oid, struct bednet_text number, unsigned more)
{
    unsigned char digits[BEDNET_OID_TEXT_MAX + 1] = {0}; /* the lowest first */
    size_t count = 1;

    for (size_t i = 0; i < number.len; i++) {
        unsigned carry = (unsigned)(number.ptr[i] - '0') + (i + 1 == number.len ? more : 0);

        for (size_t at = 0; at < count || carry > 0; at++) {
            carry += digits[at] * 10u;
            digits[at] = carry & 0x7F;
            carry >>= 7;
            count = at < count ? count : at + 1;
        }
    }
    while (count-- > 0) {
        oid->der[oid->bytes++] = (unsigned char)(digits[count] | (count > 0 ? 0x80 : 0));
    }
}

bool bednet_oid_parse(struct bednet_text text, struct bednet_oid *out)
{
    struct bednet_text number;
    unsigned first;

    out->bytes = 0;
    if (text.ptr == NULL || text.len > BEDNET_OID_TEXT_MAX || !take_number(&text, &number) ||
        number.len != 1 || number.ptr[0] > '2') {
        return false;
    }
    first = (unsigned)(number.ptr[0] - '0');
    for (size_t i = 0; i == 0 || text.len > 0; i++) {
        if (text.len == 0 || text.ptr[0] != '.') {
            return false;
        }
        text.ptr++;
        text.len--;
        if (!take_number(&text, &number)) {
            return false;
        }
        /* The first two numbers are one. */
        if (i == 0 && first < 2 && (number.len > 2 || (number.len == 2 && number.ptr[0] > '3'))) {
            return false;
        }
        append(out, number, i == 0 ? first * 40 : 0);
    }
    return true;
}
