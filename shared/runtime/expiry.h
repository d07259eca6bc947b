/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends first: a search tree of items by the second in which they end, kept in balance by chance (a
 * treap, whose priorities come from where the items lie). Whatever is done takes as many steps as the tree is
 * deep, a small multiple of the logarithm of its size. It lies in the items alone: nothing is allocated, so
 * that nothing fails. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_EXPIRY_H
#define BEDNET_RUNTIME_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

/* Part of what ends. `ends_s` must not change while it is in; the links mean nothing while it is not. */
struct bednet_expiry_item {
    struct bednet_expiry_item *earlier;
    struct bednet_expiry_item *later;
    int64_t ends_s;
};

/* All zero is an empty one. */
struct bednet_expiry {
    struct bednet_expiry_item *root;
    struct bednet_expiry_item *first;
    size_t count;
};

/* An item that is not in. */
void bednet_expiry_add(struct bednet_expiry *expiry, struct bednet_expiry_item *item);

/* An item that is in. */
void bednet_expiry_remove(struct bednet_expiry *expiry, struct bednet_expiry_item *item);

/* One of those that end first; NULL where there is none. At once. */
static inline struct bednet_expiry_item *bednet_expiry_first(const struct bednet_expiry *expiry)
{
    return expiry->first;
}

#endif
