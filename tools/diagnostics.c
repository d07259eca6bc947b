/* SPDX-License-Identifier: Apache-2.0 */
/* One line for each. */
#include "diagnostics.h"

#include <stdio.h>

void bednet_diagnostics_print(const struct bednet_diag *diag, bool warnings)
{
    char line[BEDNET_DIAG_TEXT_BYTES + 1024];
    fflush(stdout); /* in this order also where both go to one file */
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        const struct bednet_diag_entry *entry = bednet_diag_at(diag, i);
        bool is_error = entry->severity == BEDNET_ERROR;
        if (!is_error && !warnings)
            continue;
        bednet_diag_format(entry, line, sizeof line);
        fprintf(stderr, "%s%s\n", is_error ? "" : "warning: ", line);
    }
    if (bednet_diag_dropped(diag) > 0)
        fprintf(stderr, "and %zu more\n", bednet_diag_dropped(diag));
}
