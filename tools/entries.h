/* SPDX-License-Identifier: Apache-2.0 */
/* What each entry of `accept` says of a certificate. */
#ifndef BEDNET_TOOLS_ENTRIES_H
#define BEDNET_TOOLS_ENTRIES_H

#include "explanation.h"

/* One line for each entry. */
void bednet_entries_print(const struct bednet_explanation *explanation);

/* The same as a list; NULL without memory. */
json_t *bednet_entries_json(const struct bednet_explanation *explanation);

#endif
