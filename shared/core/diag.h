/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics: everything wrong with a file, collected, as `file:line:col: what is wrong (what was
 * expected)`. Bounded: after BEDNET_DIAG_MAX entries further ones are only counted, except that an error
 * takes the place of the last warning. One thread at a time.
 */
#ifndef BEDNET_CORE_DIAG_H
#define BEDNET_CORE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEDNET_DIAG_MAX        100
#define BEDNET_DIAG_TEXT_BYTES 512

/* A place in a file; lines and columns count from 1, line 0 means "no place". */
struct bednet_source {
    uint32_t line;
    uint32_t column;
};

enum bednet_severity { BEDNET_ERROR, BEDNET_WARNING, BEDNET_NOTICE };

struct bednet_diag_entry {
    enum bednet_severity severity;
    struct bednet_source source;
    const char *file;                  /* owned by the diag */
    char text[BEDNET_DIAG_TEXT_BYTES]; /* one line, already escaped, NUL-terminated */
};

struct bednet_diag;

/* An empty list; NULL without memory. Free with bednet_diag_free. */
struct bednet_diag *bednet_diag_new(void);
void bednet_diag_free(struct bednet_diag *diag);

/*
 * Adds an entry; `file` is copied and may be NULL. The formatted text is escaped and truncated. When memory
 * fails the entry is counted nevertheless, so that bednet_diag_failed still tells the truth.
 */
void bednet_diag_add(struct bednet_diag *diag, enum bednet_severity severity, const char *file,
                     struct bednet_source source, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* True when any error (not warning) was added, kept or not. */
bool bednet_diag_failed(const struct bednet_diag *diag);

/* The number of entries that were kept, and of those that were not. */
size_t bednet_diag_count(const struct bednet_diag *diag);
size_t bednet_diag_dropped(const struct bednet_diag *diag);

/* Entry `index` in the order they were added, NULL beyond the last; borrowed until the next bednet_diag_add.
 */
const struct bednet_diag_entry *bednet_diag_at(const struct bednet_diag *diag, size_t index);

/* Writes `file:line:col: text` (parts without a value left out) into out, always NUL-terminated. */
void bednet_diag_format(const struct bednet_diag_entry *entry, char *out, size_t out_bytes);

#endif
