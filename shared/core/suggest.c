/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal string alignment distance over three rows of its matrix. */
#include "core/suggest.h"

#include <stdint.h>

enum { WORD_BYTES_MAX = 64 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Both at most WORD_BYTES_MAX long. */
static unsigned distance(struct bednet_text a, struct bednet_text b)
{
    uint8_t rows[3][WORD_BYTES_MAX + 1];
    uint8_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.len; j++) {
        last[j] = (uint8_t)j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        uint8_t *free_row = before;

        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned best = least(last[j], row[j - 1]) + 1u;

            best = least(best, last[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1] ? 1u : 0u));
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
                best = least(best, before[j - 2] + 1u);
            }
            row[j] = (uint8_t)best;
        }
        before = last;
        last = row;
        row = free_row;
    }
    return last[b.len];
}

const char *bednet_suggest(struct bednet_text word, const char *const *known, size_t known_count)
{
    const char *nearest = NULL;
    unsigned nearest_distance = 0;

    if (word.ptr == NULL || word.len > WORD_BYTES_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < known_count; i++) {
        struct bednet_text candidate = bednet_text(known[i]);
        size_t longer = candidate.len > word.len ? candidate.len : word.len;
        unsigned found;

        if (candidate.ptr == NULL || candidate.len > WORD_BYTES_MAX) {
            continue;
        }
        found = distance(word, candidate);
        if (found <= (longer < 3 ? 1 : longer / 3) && (nearest == NULL || found < nearest_distance)) {
            nearest = known[i];
            nearest_distance = found;
        }
    }
    return nearest;
}
