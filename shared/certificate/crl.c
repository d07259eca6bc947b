/* SPDX-License-Identifier: Apache-2.0 */
/* A set of lists: put together, asked, and spoken of. */
#include "certificate/crl_internal.h"
#include "certificate/errors.h"

#include <stdio.h>
#include <stdlib.h>

void bednet_crl_list_clear(struct bednet_crl_list *list)
{
    X509_NAME_free(list->issuer);
    ASN1_INTEGER_free(list->number);
    free(list->marks);
    *list = (struct bednet_crl_list){0};
}

void bednet_crls_free(struct bednet_crls *crls)
{
    if (crls == NULL)
        return;
    for (size_t i = 0; i < crls->list_count; i++)
        bednet_crl_list_clear(&crls->lists[i]);
    bednet_crl_table_clear(&crls->table);
    free(crls);
}

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

static bool begin(struct bednet_crl_reading *reading)
{
    reading->crls = calloc(1, sizeof *reading->crls);
    return reading->crls != NULL || bednet_crl_out_of_memory(reading);
}

static enum bednet_status end(struct bednet_crl_reading *reading, struct bednet_crls **out)
{
    struct bednet_crls *crls = reading->crls;
    if (reading->status == BEDNET_OK && !bednet_crl_table_build(&crls->table, crls->lists, crls->list_count))
        bednet_crl_out_of_memory(reading);
    if (reading->status == BEDNET_OK)
        *out = crls;
    else
        bednet_crls_free(crls);
    ERR_clear_error();
    return reading->status;
}

static void read_all(struct bednet_crl_reading *reading, const struct bednet_text *paths, size_t count,
                     bool (*read)(struct bednet_crl_reading *reading, const char *path))
{
    for (size_t i = 0; i < count && bednet_crl_goes_on(reading); i++) {
        char *path = strndup(paths[i].ptr, paths[i].len);
        if (path != NULL)
            read(reading, path);
        else
            bednet_crl_out_of_memory(reading);
        reading->file = NULL;
        free(path);
    }
}

enum bednet_status bednet_crls_load(const struct bednet_crl_sources *sources,
                                    const struct bednet_authorities *authorities, int64_t now_s,
                                    struct bednet_diag *diag, struct bednet_crls **out)
{
    struct bednet_crl_reading reading = {.authorities = authorities, .now_s = now_s, .diag = diag};
    if (begin(&reading)) {
        read_all(&reading, sources->files, sources->file_count, bednet_crl_read_file);
        reading.in_folder = true;
        read_all(&reading, sources->folders, sources->folder_count, bednet_crl_read_folder);
    }
    return end(&reading, out);
}

enum bednet_status bednet_crls_parse(const char *name, struct bednet_text bytes,
                                     const struct bednet_authorities *authorities, int64_t now_s,
                                     struct bednet_diag *diag, struct bednet_crls **out)
{
    struct bednet_crl_reading reading = {
        .authorities = authorities, .now_s = now_s, .diag = diag, .file = name};
    if (begin(&reading))
        bednet_crl_read(&reading, bytes);
    return end(&reading, out);
}

bool bednet_crls_revoke(const struct bednet_crls *crls, const unsigned char mark[BEDNET_MARK_BYTES])
{
    return crls != NULL && bednet_crl_table_has(&crls->table, mark);
}

enum bednet_crl_answer bednet_crls_ask(const struct bednet_crls *crls, const X509_NAME *issuer,
                                       const unsigned char mark[BEDNET_MARK_BYTES], int64_t now_s,
                                       int64_t *stale_s)
{
    const struct bednet_crl_list *list = NULL;
    for (size_t i = 0; crls != NULL && list == NULL && i < crls->list_count; i++)
        if (X509_NAME_cmp(crls->lists[i].issuer, issuer) == 0)
            list = &crls->lists[i];
    bool stale = list != NULL && list->next_update_s != 0 && now_s > list->next_update_s;
    if (stale_s != NULL)
        *stale_s = stale ? now_s - list->next_update_s : 0;
    if (bednet_crls_revoke(crls, mark))
        return BEDNET_CRL_REVOKED;
    if (list == NULL)
        return BEDNET_CRL_MISSING;
    return stale ? BEDNET_CRL_STALE : BEDNET_CRL_GOOD;
}

void bednet_crls_summarize(const struct bednet_crls *crls, struct bednet_crls_summary *out)
{
    *out = (struct bednet_crls_summary){0};
    for (size_t i = 0; crls != NULL && i < crls->list_count; i++) {
        const struct bednet_crl_list *list = &crls->lists[i];
        out->lists++;
        out->entries += list->count;
        if (i == 0 || list->this_update_s < out->oldest_update_s)
            out->oldest_update_s = list->this_update_s;
        if (list->next_update_s != 0 && (out->next_update_s == 0 || list->next_update_s < out->next_update_s))
            out->next_update_s = list->next_update_s;
    }
}
