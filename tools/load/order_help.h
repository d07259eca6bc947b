/* SPDX-License-Identifier: Apache-2.0 */
/* What --help says. */
#ifndef BEDNET_LOAD_ORDER_HELP_H
#define BEDNET_LOAD_ORDER_HELP_H

#include <stdio.h>

void bednet_order_help(FILE *out);

#endif
