/* SPDX-License-Identifier: Apache-2.0 */
/* What a command reads: named files, and standard input for what should not stand on a command line. */
#ifndef BEDNET_TOOLS_INPUT_H
#define BEDNET_TOOLS_INPUT_H

#include "core/text.h"
#include "policy/load.h"

/*
 * Reads `path`, or standard input for `-`, into *out, which the caller frees with bednet_file_free. Gives an
 * exit code; where it is not BEDNET_EXIT_OK the fault was printed and there is nothing to free.
 */
int bednet_input_read(const char *path, size_t bytes_max, struct bednet_file *out);

/*
 * The token of a command whose arguments are left in `argv` from optind on: the only one of them, or where
 * there is none or `-`, standard input. White space around it is taken off; *token borrows from *out. As
 * above.
 */
int bednet_input_token(const char *command, int argc, char **argv, struct bednet_file *out,
                       struct bednet_text *token);

#endif
