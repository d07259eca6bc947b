/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table for records of which there is one for each client: the link in a record is 16 bytes, and the
 * table takes 4 to 8 more for each. Records stand in the order of their hashes, which have 64 bits, and
 * those of the same hash in the order of their addresses: so whoever walks through all of them needs to
 * remember nothing but where the last one stood, whatever comes, goes or makes the table grow meanwhile.
 *
 * Nothing here fails: where there is no memory for a larger table, the old one stays and becomes slower. The
 * caller computes hashes, under a key where a client chooses what is hashed, and compares what was hashed.
 * Owns its buckets alone. One thread at a time.
 */
#ifndef BEDNET_RUNTIME_INDEX_H
#define BEDNET_RUNTIME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a record. In one index at a time; nobody else writes to it. */
struct bednet_index_link {
    struct bednet_index_link *next;
    uint64_t hash;
};

struct bednet_index {
    struct bednet_index_link *
        *buckets; /* `only` where there is one; a bucket for each value of the upper bits */
    struct bednet_index_link *only;
    size_t count;
    unsigned shift;
};

/* Where a walker stands: behind this one. All zero: before all. */
struct bednet_index_place {
    uint64_t hash;
    const struct bednet_index_link *link; /* only compared, for it may be gone */
};

/* Empty. It must not be moved. */
void bednet_index_open(struct bednet_index *index);

/* What is in it is not touched any more. */
void bednet_index_close(struct bednet_index *index);

/* A link that is in no index. Several may have the same hash. */
void bednet_index_add(struct bednet_index *index, struct bednet_index_link *link, uint64_t hash);

/* A link that is in this index. */
void bednet_index_remove(struct bednet_index *index, struct bednet_index_link *link);

/* The next one of a walk, and *place behind it; NULL at the end. */
struct bednet_index_link *bednet_index_next(const struct bednet_index *index,
                                            struct bednet_index_place *place);

/* The first one with this hash; NULL where there is none. */
static inline struct bednet_index_link *bednet_index_find(const struct bednet_index *index, uint64_t hash)
{
    struct bednet_index_link *link = index->buckets[hash >> 1 >> index->shift];
    while (link != NULL && link->hash < hash)
        link = link->next;
    return link != NULL && link->hash == hash ? link : NULL;
}

/* The next one with the same hash; NULL where there is none. */
static inline struct bednet_index_link *bednet_index_find_next(const struct bednet_index_link *link)
{
    return link->next != NULL && link->next->hash == link->hash ? link->next : NULL;
}

/* The record of type `type` whose member `member` is this link, which may be NULL. */
#define BEDNET_INDEX_RECORD(link, type, member)                                                              \
    ((link) != NULL ? (type *)(void *)((char *)(link)-offsetof(type, member)) : NULL)

#endif
