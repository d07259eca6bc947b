/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean": the known word nearest to an unknown one. Pure; any thread. */
#ifndef BEDNET_CORE_SUGGEST_H
#define BEDNET_CORE_SUGGEST_H

#include "core/text.h"

/*
 * The word of `known` with the smallest edit distance (insert, delete, replace, swap of neighbours) to
 * `word`, or NULL where even the nearest is further than a third of the longer one's length (at least 1).
 * Words longer than 64 bytes have no neighbour.
 */
const char *bednet_suggest(struct bednet_text word, const char *const *known, size_t known_count);

#endif
