/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that are named one by one, to be let in or kept out. Frozen once built; any thread. */
#ifndef BEDNET_CERTIFICATE_LIST_H
#define BEDNET_CERTIFICATE_LIST_H

#include "certificate/mark.h"
#include "core/arena.h"
#include "core/status.h"

#define BEDNET_CERTIFICATE_LIST_MAX 10000

enum bednet_listed_by {
    BEDNET_LISTED_BY_FINGERPRINT,
    BEDNET_LISTED_BY_KEY,
    BEDNET_LISTED_BY_SERIAL, /* of one authority: see bednet_issued_mark */
    BEDNET_LISTED_KINDS
};

struct bednet_certificate_list {
    const unsigned char (*marks[BEDNET_LISTED_KINDS])[BEDNET_MARK_BYTES]; /* ascending */
    size_t counts[BEDNET_LISTED_KINDS];
};

/*
 * Freezes `count` marks of one kind (unsorted, repeated ones allowed) into the list, in the arena.
 * BEDNET_NOMEM.
 */
enum bednet_status bednet_certificate_list_set(struct bednet_certificate_list *list,
                                               struct bednet_arena *arena, enum bednet_listed_by kind,
                                               const unsigned char (*marks)[BEDNET_MARK_BYTES], size_t count);

/* A binary search for each kind. */
bool bednet_certificate_list_has(const struct bednet_certificate_list *list,
                                 const struct bednet_certificate_mark *mark);

#endif
