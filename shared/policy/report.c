/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and warnings of one policy file on their way into the caller's diagnostics. */
#include "policy/report.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct bednet_report *report, enum bednet_severity severity, struct bednet_source source,
                const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void add(struct bednet_report *report, enum bednet_severity severity, struct bednet_source source,
                const char *format, va_list arguments)
{
    char text[BEDNET_DIAG_TEXT_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    bednet_diag_add(report->diag, severity, report->file, source, "%s", text);
}

void bednet_report_error(struct bednet_report *report, struct bednet_source source, const char *format, ...)
{
    report->failed = true;
    va_list arguments;
    va_start(arguments, format);
    add(report, BEDNET_ERROR, source, format, arguments);
    va_end(arguments);
}

void bednet_report_warning(struct bednet_report *report, struct bednet_source source, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(report, BEDNET_WARNING, source, format, arguments);
    va_end(arguments);
}

void bednet_report_nomem(struct bednet_report *report)
{
    if (!report->nomem)
        bednet_report_error(report, (struct bednet_source){0}, "out of memory while reading the policy");
    report->nomem = true;
}

enum bednet_status bednet_report_status(const struct bednet_report *report)
{
    if (report->nomem)
        return BEDNET_NOMEM;
    return report->failed ? BEDNET_INVALID : BEDNET_OK;
}
