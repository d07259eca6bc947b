/* SPDX-License-Identifier: Apache-2.0 */
/* base64url in its one canonical spelling. */
#include "token/base64url.h"

/* The value of each character plus one; 0 for what is foreign. */
static const unsigned char values[256] = {
    /* clang-format off */
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
    ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
    /* clang-format on */
};

bool bednet_base64url_is_plausible(struct bednet_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (values[(unsigned char)text.ptr[i]] == 0)
            return false;
    }
    return text.len % 4 != 1;
}

/* Appends the 2 or 3 characters that are left over after the last group of four. */
static bool decode_rest(const unsigned char *in, size_t chars, unsigned char *out)
{
    unsigned a = values[in[0]], b = values[in[1]], c = chars == 3 ? values[in[2]] : 1u;
    if (a == 0 || b == 0 || c == 0)
        return false;
    unsigned bits = (a - 1) << 12 | (b - 1) << 6 | (c - 1);
    unsigned spare = chars == 3 ? 0x3u : 0x3ffu;
    if ((bits & spare) != 0)
        return false;
    out[0] = (unsigned char)(bits >> 10);
    if (chars == 3)
        out[1] = (unsigned char)(bits >> 2);
    return true;
}

bool bednet_base64url_decode(struct bednet_text text, unsigned char *out, size_t *bytes)
{
    const unsigned char *in = (const unsigned char *)text.ptr;
    size_t rest = text.len % 4, at = 0;
    if (rest == 1)
        return false;

    for (size_t i = 0; i + 4 <= text.len; i += 4) {
        unsigned a = values[in[i]], b = values[in[i + 1]], c = values[in[i + 2]], d = values[in[i + 3]];
        if (a == 0 || b == 0 || c == 0 || d == 0)
            return false;
        unsigned bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        out[at++] = (unsigned char)(bits >> 16);
        out[at++] = (unsigned char)(bits >> 8);
        out[at++] = (unsigned char)bits;
    }
    if (rest != 0) {
        if (!decode_rest(in + text.len - rest, rest, out + at))
            return false;
        at += rest - 1;
    }
    *bytes = at;
    return true;
}
