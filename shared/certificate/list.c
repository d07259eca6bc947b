/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted marks, found by halves. */
#include "certificate/list.h"

#include <stdlib.h>

typedef unsigned char mark_bytes[BEDNET_MARK_BYTES];

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, BEDNET_MARK_BYTES);
}

enum bednet_status bednet_certificate_list_set(struct bednet_certificate_list *list,
                                               struct bednet_arena *arena, enum bednet_listed_by kind,
                                               const unsigned char (*marks)[BEDNET_MARK_BYTES], size_t count)
{
    mark_bytes *sorted;
    size_t kept = 0;

    if (count > BEDNET_CERTIFICATE_LIST_MAX) {
        return BEDNET_LIMIT;
    }
    if (count == 0) {
        list->marks[kind] = NULL;
        list->counts[kind] = 0;
        return BEDNET_OK;
    }
    sorted = bednet_arena_array(arena, count, sizeof(*sorted));
    if (sorted == NULL) {
        return BEDNET_NOMEM;
    }
    memcpy(sorted, marks, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare(sorted[i], sorted[kept - 1]) != 0) {
            memmove(sorted[kept++], sorted[i], sizeof(*sorted));
        }
    }
    list->marks[kind] = (const mark_bytes *)sorted;
    list->counts[kind] = kept;
    return BEDNET_OK;
}

static bool has(const struct bednet_certificate_list *list, enum bednet_listed_by kind,
                const unsigned char mark[BEDNET_MARK_BYTES])
{
    return list->counts[kind] > 0 &&
           bsearch(mark, list->marks[kind], list->counts[kind], BEDNET_MARK_BYTES, compare) != NULL;
}

bool bednet_certificate_list_has(const struct bednet_certificate_list *list,
                                 const struct bednet_certificate_mark *mark)
{
    return has(list, BEDNET_LISTED_BY_FINGERPRINT, mark->fingerprint) ||
           has(list, BEDNET_LISTED_BY_KEY, mark->key) || has(list, BEDNET_LISTED_BY_SERIAL, mark->issued);
}
