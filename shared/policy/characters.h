/* SPDX-License-Identifier: Apache-2.0 */
/* `characters: "A-Za-z0-9_.:-"`, a set of ASCII characters written like a bracket expression. Pure. */
#ifndef BEDNET_POLICY_CHARACTERS_H
#define BEDNET_POLICY_CHARACTERS_H

#include "core/text.h"
#include <stdint.h>

/*
 * Fills in the bitmap: bit c%64 of word c/64 for each character c of the set, and always for '/', which
 * separates levels. On failure gives what is wrong and what was expected (constant string), *offset the byte
 * where it stands, and leaves `out` alone.
 */
const char *bednet_characters_parse(struct bednet_text set, uint64_t out[2], size_t *offset);

#endif
