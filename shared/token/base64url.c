/* SPDX-License-Identifier: Apache-2.0 */
/* base64url in its one canonical spelling. */
#include "token/base64url.h"
#include <endian.h>
#include <stdint.h>

/* What a foreign character contributes: a bit below the three bytes of a group. */
#define FOREIGN UINT32_C(1)

/* What character c of the alphabet stands for, shifted to where it belongs in its group. */
#define VALUE(c)                                                                                             \
    ((c) >= 'A' && (c) <= 'Z'   ? (c) - 'A'                                                                  \
     : (c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 26                                                             \
     : (c) >= '0' && (c) <= '9' ? (c) - '0' + 52                                                             \
     : (c) == '-'               ? 62                                                                         \
     : (c) == '_'               ? 63                                                                         \
                                : -1)
#define CELL(c, shift)  (VALUE(c) < 0 ? FOREIGN : (uint32_t)VALUE(c) << (shift))
#define ROW4(c, shift)  CELL(c, shift), CELL((c) + 1, shift), CELL((c) + 2, shift), CELL((c) + 3, shift)
#define ROW16(c, shift) ROW4(c, shift), ROW4((c) + 4, shift), ROW4((c) + 8, shift), ROW4((c) + 12, shift)
#define ROW64(c, shift)                                                                                      \
    ROW16(c, shift), ROW16((c) + 16, shift), ROW16((c) + 32, shift), ROW16((c) + 48, shift)
#define TABLE(shift)                                                                                         \
    {                                                                                                        \
        ROW64(0, shift), ROW64(64, shift), ROW64(128, shift), ROW64(192, shift)                              \
    }

/* One table for each place in a group of four: four look-ups and no shift give its bytes, uppermost first. */
static const uint32_t first[256] = TABLE(26), second[256] = TABLE(20), third[256] = TABLE(14),
                      fourth[256] = TABLE(8);

bool bednet_base64url_is_plausible(struct bednet_text text)
{
    uint32_t seen = 0;
    for (size_t i = 0; i < text.len; i++)
        seen |= fourth[(unsigned char)text.ptr[i]];
    return (seen & FOREIGN) == 0 && text.len % 4 != 1;
}

/* Decodes the 2 or 3 characters that are left over after the last group of four. */
static bool decode_rest(const unsigned char *in, size_t chars, unsigned char *out)
{
    uint32_t bits = first[in[0]] | second[in[1]] | (chars == 3 ? third[in[2]] : 0);
    uint32_t spare = chars == 3 ? 0xffff : 0xffffff; /* FOREIGN is among them */
    if ((bits & spare) != 0)
        return false;
    out[0] = (unsigned char)(bits >> 24);
    if (chars == 3)
        out[1] = (unsigned char)(bits >> 16);
    return true;
}

bool bednet_base64url_decode(struct bednet_text text, unsigned char *out, size_t *bytes)
{
    const unsigned char *in = (const unsigned char *)text.ptr;
    size_t groups = text.len / 4, rest = text.len % 4;
    if (rest == 1)
        return false;

    /* Foreign characters are looked for once, at the end: a branch for each would cost more than the rest. */
    uint32_t seen = 0;
    unsigned char *at = out;
    for (const unsigned char *end = in + 4 * groups; in < end; in += 4, at += 3) {
        uint32_t bits = first[in[0]] | second[in[1]] | third[in[2]] | fourth[in[3]];
        uint32_t stored = htobe32(bits);
        seen |= bits;
        /* The fourth byte is the next group's, or the spare room that the contract asks for. */
        memcpy(at, &stored, sizeof stored);
    }
    if ((seen & FOREIGN) != 0)
        return false;
    if (rest != 0) {
        if (!decode_rest(in, rest, at))
            return false;
        at += rest - 1;
    }
    *bytes = (size_t)(at - out);
    return true;
}
