/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a list while it is read, on its way to whoever asked for it. */
#include "certificate/crl_internal.h"
#include "certificate/errors.h"

#include <stdio.h>

static void report(struct bednet_crl_reading *reading, enum bednet_severity severity, const char *text)
{
    bednet_diag_add(reading->diag, severity, reading->file, (struct bednet_source){0}, "%s", text);
}

static void note(struct bednet_crl_reading *reading, enum bednet_status status, const char *text)
{
    if (reading->status == BEDNET_OK)
        reading->status = status;
    report(reading, BEDNET_ERROR, text);
    ERR_clear_error();
}

bool bednet_crl_out_of_memory(struct bednet_crl_reading *reading)
{
    note(reading, BEDNET_NOMEM, bednet_status_text(BEDNET_NOMEM));
    return false;
}

bool bednet_crl_goes_on(const struct bednet_crl_reading *reading)
{
    return reading->status != BEDNET_NOMEM && reading->crls->entries <= BEDNET_CRL_ENTRIES_MAX;
}

bool bednet_crl_refuse(struct bednet_crl_reading *reading, enum bednet_status status, const char *format, ...)
{
    char text[BEDNET_DIAG_TEXT_BYTES];
    va_list arguments;
    /* What libcrypto calls malformed may be what it had no memory for. */
    if (bednet_errors_drain())
        return bednet_crl_out_of_memory(reading);
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    note(reading, status, text);
    return false;
}

void bednet_crl_warn(struct bednet_crl_reading *reading, const char *format, ...)
{
    char text[BEDNET_DIAG_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report(reading, BEDNET_WARNING, text);
}

void bednet_crl_name(const X509_NAME *name, char out[BEDNET_CRL_NAME_BYTES])
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long length = 0;
    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        length = BIO_get_mem_data(bio, &text);
    int shown = length < BEDNET_CRL_NAME_BYTES ? (int)length : BEDNET_CRL_NAME_BYTES - 4;
    snprintf(out, BEDNET_CRL_NAME_BYTES, "%.*s%s", shown, shown > 0 ? text : "", shown < length ? "..." : "");
    BIO_free(bio);
}
