/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics on standard error, as `bednet check` prints them but without excerpts. */
#ifndef BEDNET_TOOLS_DIAGNOSTICS_H
#define BEDNET_TOOLS_DIAGNOSTICS_H

#include "core/diag.h"

/* Prints the errors, and the warnings where `warnings`. */
void bednet_diagnostics_print(const struct bednet_diag *diag, bool warnings);

#endif
