/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/commons.h"

#include <stdlib.h>

void bednet_commons_open(struct bednet_commons *commons, const struct bednet_hash_key *key)
{
    commons->key = *key;
    bednet_index_open(&commons->index);
}

void bednet_commons_close(struct bednet_commons *commons)
{
    bednet_index_close(&commons->index);
}

static struct bednet_common *find(const struct bednet_commons *commons, const struct bednet_common_kind *kind,
                                  uint64_t hash, const void *wanted)
{
    for (struct bednet_index_link *link = bednet_index_find(&commons->index, hash); link != NULL;
         link = bednet_index_find_next(link)) {
        struct bednet_common *common = BEDNET_INDEX_RECORD(link, struct bednet_common, link);
        if (kind->is_same(common, wanted))
            return common;
    }
    return NULL;
}

struct bednet_common *bednet_commons_hold(struct bednet_commons *commons,
                                          const struct bednet_common_kind *kind, uint64_t hash,
                                          const void *wanted)
{
    struct bednet_common *common = find(commons, kind, hash, wanted);
    if (common == NULL) {
        common = kind->make(wanted);
        if (common == NULL)
            return NULL;
        common->holders = 0;
        bednet_index_add(&commons->index, &common->link, hash);
    }
    common->holders++;
    return common;
}

void bednet_commons_release(struct bednet_commons *commons, struct bednet_common *common)
{
    if (--common->holders > 0)
        return;
    bednet_index_remove(&commons->index, &common->link);
    free(common);
}
