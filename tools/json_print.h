/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that somebody else wrote, laid out for reading. Numbers stay as they were written. */
#ifndef BEDNET_TOOLS_JSON_PRINT_H
#define BEDNET_TOOLS_JSON_PRINT_H

#include "token/json.h"

#include <stdio.h>

/*
 * Writes `value` without a line end; further lines are indented by `indent` blanks. The result is JSON, and
 * nothing in it is a command to a terminal or invisible.
 */
void bednet_json_print(FILE *stream, const struct bednet_json *value, unsigned indent);

/* A string with its quotes; what is not UTF-8 is shown as U+FFFD. */
void bednet_json_print_string(FILE *stream, struct bednet_text text);

#endif
