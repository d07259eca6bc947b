/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong while one policy file was read: entries go to the caller's diagnostics, and this remembers
 * whether the file may still become a policy. One thread at a time.
 */
#ifndef BEDNET_POLICY_REPORT_H
#define BEDNET_POLICY_REPORT_H

#include "core/diag.h"
#include "core/status.h"

struct bednet_report {
    struct bednet_diag *diag; /* borrowed */
    const char *file;         /* borrowed; what entries name */
    bool failed;              /* an error was reported: no policy comes of this */
    bool nomem;               /* memory failed: what was reported may not be all */
};

/* Texts read `what is wrong (what was expected)`; foreign words stand in single quotes. */
void bednet_report_error(struct bednet_report *report, struct bednet_source source, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void bednet_report_warning(struct bednet_report *report, struct bednet_source source, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says once that memory failed. */
void bednet_report_nomem(struct bednet_report *report);

/* BEDNET_OK, BEDNET_NOMEM or BEDNET_INVALID, by what was reported so far. */
enum bednet_status bednet_report_status(const struct bednet_report *report);

#endif
