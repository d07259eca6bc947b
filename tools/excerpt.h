/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a file that a diagnostic speaks of, with a caret below the place. */
#ifndef BEDNET_TOOLS_EXCERPT_H
#define BEDNET_TOOLS_EXCERPT_H

#include "core/diag.h"
#include "core/text.h"

#include <stdio.h>

/*
 * Writes the line at `source` of `file` and a line with a caret, each indented. What a terminal could take
 * for a command is shown as '?', and of a long line only the surroundings. Writes nothing where there is no
 * such place.
 */
void bednet_excerpt_print(FILE *stream, struct bednet_text file, struct bednet_source source, bool colour);

#endif
