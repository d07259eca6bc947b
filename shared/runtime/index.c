/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/index.h"

#include <stdlib.h>

/* More links than this for each bucket, and the table grows; less than a quarter of one, and it shrinks. */
#define LINKS_PER_BUCKET 2
/* Below this many buckets a table is not made smaller. */
#define BUCKETS_KEPT 64

/* A shift that leaves no bit of a hash, after the one that is always shifted out. */
#define SHIFT_ALL 63

static size_t buckets_at(unsigned shift)
{
    return (size_t)1 << (SHIFT_ALL - shift);
}

static size_t bucket_of(uint64_t hash, unsigned shift)
{
    return hash >> 1 >> shift;
}

void bednet_index_open(struct bednet_index *index)
{
    *index = (struct bednet_index){.buckets = &index->only, .shift = SHIFT_ALL};
}

static void free_buckets(struct bednet_index *index)
{
    if (index->buckets != &index->only)
        free(index->buckets);
}

void bednet_index_close(struct bednet_index *index)
{
    free_buckets(index);
    bednet_index_open(index);
}

/* Those of a bucket come in the order of their hashes, and so do the buckets: each goes behind the one
 * before. */
static void distribute(const struct bednet_index *index, struct bednet_index_link **buckets, unsigned shift)
{
    struct bednet_index_link **end = &buckets[0];
    size_t last = 0;
    for (size_t i = 0; i < buckets_at(index->shift); i++) {
        struct bednet_index_link *next;
        for (struct bednet_index_link *link = index->buckets[i]; link != NULL; link = next) {
            next = link->next;
            size_t bucket = bucket_of(link->hash, shift);
            if (bucket != last)
                end = &buckets[bucket];
            last = bucket;
            link->next = NULL;
            *end = link;
            end = &link->next;
        }
    }
}

static void resize(struct bednet_index *index, unsigned shift)
{
    struct bednet_index_link **buckets = calloc(buckets_at(shift), sizeof *buckets);
    if (buckets == NULL)
        return;
    distribute(index, buckets, shift);
    free_buckets(index);
    index->buckets = buckets;
    index->shift = shift;
}

static bool stands_behind(const struct bednet_index_link *link, uint64_t hash,
                          const struct bednet_index_link *other)
{
    return link->hash > hash || (link->hash == hash && (uintptr_t)link > (uintptr_t)other);
}

void bednet_index_add(struct bednet_index *index, struct bednet_index_link *link, uint64_t hash)
{
    if (index->count >= LINKS_PER_BUCKET * buckets_at(index->shift))
        resize(index, index->shift - 1);
    struct bednet_index_link **at = &index->buckets[bucket_of(hash, index->shift)];
    while (*at != NULL && !stands_behind(*at, hash, link))
        at = &(*at)->next;
    link->hash = hash;
    link->next = *at;
    *at = link;
    index->count++;
}

void bednet_index_remove(struct bednet_index *index, struct bednet_index_link *link)
{
    struct bednet_index_link **at = &index->buckets[bucket_of(link->hash, index->shift)];
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    link->next = NULL;
    index->count--;
    size_t buckets = buckets_at(index->shift);
    if (buckets > BUCKETS_KEPT && index->count < buckets / 4)
        resize(index, index->shift + 2);
}

struct bednet_index_link *bednet_index_next(const struct bednet_index *index,
                                            struct bednet_index_place *place)
{
    size_t bucket = bucket_of(place->hash, index->shift);
    struct bednet_index_link *link = index->buckets[bucket];
    while (link != NULL && !stands_behind(link, place->hash, place->link))
        link = link->next;
    while (link == NULL && ++bucket < buckets_at(index->shift))
        link = index->buckets[bucket];
    if (link != NULL)
        *place = (struct bednet_index_place){link->hash, link};
    return link;
}
