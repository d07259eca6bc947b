/* SPDX-License-Identifier: Apache-2.0 */
/* A set of lists: put together, asked, and spoken of. */
#include "certificate/crl_internal.h"
#include "certificate/errors.h"

#include <stdlib.h>

void bednet_crls_free(struct bednet_crls *crls)
{
    if (crls == NULL)
        return;
    for (size_t i = 0; i < crls->list_count; i++)
        bednet_crl_list_clear(&crls->lists[i]);
    bednet_crl_table_clear(&crls->table);
    free(crls);
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
