/* SPDX-License-Identifier: Apache-2.0 */
/* Running a command to its end and having what it wrote. */
#ifndef BEDNET_TESTS_BROKER_COMMAND_H
#define BEDNET_TESTS_BROKER_COMMAND_H

#include <stddef.h>

/*
 * Runs `words` (NULL at the end, looked up in PATH) with `input` as its standard input (at most 4096 bytes),
 * and gives its standard output, NUL-terminated, owned by the caller; *length, when asked for, its bytes.
 * NULL when the command could not be run. Its exit code is not looked at: what it says is.
 */
char *command_output(const char *const *words, const void *input, size_t input_bytes, size_t *length);

#endif
