/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded list of diagnostics. Entries share the copies of their files' names. */
#include "core/diag.h"

#include "core/escape.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES = 512 };

struct bednet_diag {
    struct bednet_diag_entry *entries[BEDNET_DIAG_MAX];
    size_t count;
    size_t dropped;
    bool failed;
    char *files[BEDNET_DIAG_MAX]; /* at most one per entry that ever was kept; then no more are */
    size_t file_count;
};

struct bednet_diag *bednet_diag_new(void)
{
    return calloc(1, sizeof(struct bednet_diag));
}

void bednet_diag_free(struct bednet_diag *diag)
{
    if (diag == NULL) {
        return;
    }
    for (size_t i = 0; i < diag->count; i++) {
        free(diag->entries[i]);
    }
    for (size_t i = 0; i < diag->file_count; i++) {
        free(diag->files[i]);
    }
    free(diag);
}

/* The diag's own copy of a file's name; NULL without memory or room. */
static const char *share_file(struct bednet_diag *diag, const char *file)
{
    for (size_t i = diag->file_count; i > 0; i--) {
        if (strcmp(diag->files[i - 1], file) == 0) {
            return diag->files[i - 1];
        }
    }
    if (diag->file_count == BEDNET_DIAG_MAX) {
        return NULL;
    }
    diag->files[diag->file_count] = strdup(file);
    return diag->files[diag->file_count] != NULL ? diag->files[diag->file_count++] : NULL;
}

/*
 * Makes room for an error by forgetting the last warning: a refusal that is explained by nothing but warnings
 * helps nobody.
 */
static bool displace_warning(struct bednet_diag *diag)
{
    for (size_t i = diag->count; i > 0; i--) {
        if (diag->entries[i - 1]->severity == BEDNET_WARNING) {
            free(diag->entries[i - 1]);
            memmove(&diag->entries[i - 1], &diag->entries[i], (diag->count - i) * sizeof(diag->entries[0]));
            diag->count--;
            diag->dropped++;
            return true;
        }
    }
    return false;
}

static struct bednet_diag_entry *append(struct bednet_diag *diag, enum bednet_severity severity,
                                        const char *file)
{
    struct bednet_diag_entry *entry = calloc(1, sizeof(*entry));
    const char *shared = file != NULL && entry != NULL ? share_file(diag, file) : NULL;

    if (entry == NULL || (file != NULL && shared == NULL)) {
        free(entry);
        return NULL;
    }
    if (diag->count == BEDNET_DIAG_MAX && (severity != BEDNET_ERROR || !displace_warning(diag))) {
        free(entry);
        return NULL;
    }
    entry->file = shared;
    entry->severity = severity;
    diag->entries[diag->count++] = entry;
    return entry;
}

void bednet_diag_add(struct bednet_diag *diag, enum bednet_severity severity, const char *file,
                     struct bednet_source source, const char *format, ...)
{
    char raw[2 * BEDNET_DIAG_TEXT_BYTES]; /* longer than the text kept, so that the cut is made by escaping */
    struct bednet_diag_entry *entry;
    va_list arguments;

    diag->failed |= severity == BEDNET_ERROR;
    entry = append(diag, severity, file);
    if (entry == NULL) {
        diag->dropped++;
        return;
    }
    va_start(arguments, format);
    if (vsnprintf(raw, sizeof(raw), format, arguments) < 0) {
        snprintf(raw, sizeof(raw), "(message could not be formatted)");
    }
    va_end(arguments);
    entry->source = source;
    bednet_escape_sentence(bednet_text(raw), entry->text, sizeof(entry->text));
}

bool bednet_diag_failed(const struct bednet_diag *diag)
{
    return diag->failed;
}

size_t bednet_diag_count(const struct bednet_diag *diag)
{
    return diag->count;
}

size_t bednet_diag_dropped(const struct bednet_diag *diag)
{
    return diag->dropped;
}

const struct bednet_diag_entry *bednet_diag_at(const struct bednet_diag *diag, size_t index)
{
    return index < diag->count ? diag->entries[index] : NULL;
}

void bednet_diag_format(const struct bednet_diag_entry *entry, char *out, size_t out_bytes)
{
    char file[FILE_BYTES] = "";
    char place[32] = "";
    char line[sizeof(file) + sizeof(place) + sizeof(entry->text) + 4];

    if (out_bytes < 8) {
        if (out_bytes > 0) {
            out[0] = '\0';
        }
        return;
    }
    if (entry->file != NULL) {
        bednet_escape_sentence(bednet_text(entry->file), file, sizeof(file));
    }
    if (entry->source.line != 0 && entry->source.column != 0) {
        snprintf(place, sizeof(place), "%u:%u", entry->source.line, entry->source.column);
    } else if (entry->source.line != 0) {
        snprintf(place, sizeof(place), "%u", entry->source.line);
    }
    snprintf(line, sizeof(line), "%s%s%s%s%s", file, file[0] != '\0' && place[0] != '\0' ? ":" : "", place,
             file[0] != '\0' || place[0] != '\0' ? ": " : "", entry->text);
    bednet_escape_sentence(bednet_text(line), out, out_bytes);
}
