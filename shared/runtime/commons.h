/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What many clients have in common, kept once for all of them for as long as somebody holds it. What it is,
 * and when it is the same, says its kind: see role_sets.h, shapes.h and layouts.h. One thread at a time.
 */
#ifndef BEDNET_RUNTIME_COMMONS_H
#define BEDNET_RUNTIME_COMMONS_H

#include "core/hash.h"
#include "runtime/index.h"

/* First in what is kept, which malloc gave. Who has one that is held may hold it once more by counting. */
struct bednet_common {
    struct bednet_index_link link;
    size_t holders;
};

struct bednet_commons {
    struct bednet_hash_key key; /* for whoever hashes what is wanted */
    struct bednet_index index;
};

struct bednet_common_kind {
    bool (*is_same)(const struct bednet_common *common, const void *wanted);
    /* A copy of what is wanted; NULL without memory. */
    struct bednet_common *(*make)(const void *wanted);
};

/* Must not be moved. */
void bednet_commons_open(struct bednet_commons *commons, const struct bednet_hash_key *key);

/* All were released. */
void bednet_commons_close(struct bednet_commons *commons);

/* The same as what is wanted, which has this hash, until it is released; NULL without memory. */
struct bednet_common *bednet_commons_hold(struct bednet_commons *commons,
                                          const struct bednet_common_kind *kind, uint64_t hash,
                                          const void *wanted);

/* One that was held, once for each time. */
void bednet_commons_release(struct bednet_commons *commons, struct bednet_common *common);

#endif
