/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends first: a binary heap of items by the second in which they end. Each item knows its place, so that
 * taking out any of them costs no search. Owns nothing but its array; broker thread only.
 */
#ifndef BEDNET_RUNTIME_EXPIRY_H
#define BEDNET_RUNTIME_EXPIRY_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of what ends. Zeroed at first; `ends_s` must not change while the item is in. */
struct bednet_expiry_item {
    int64_t ends_s;
    size_t place; /* from 1 on; 0: it is in no heap */
};

/* All zero is an empty one. */
struct bednet_expiry {
    struct bednet_expiry_item **items;
    size_t count;
    size_t capacity;
};

void bednet_expiry_clear(struct bednet_expiry *expiry);

/* Room for `count` items in all, so that bednet_expiry_add cannot fail up to there. BEDNET_NOMEM. */
enum bednet_status bednet_expiry_reserve(struct bednet_expiry *expiry, size_t count);

/* An item that is in no heap; room for it was reserved. */
void bednet_expiry_add(struct bednet_expiry *expiry, struct bednet_expiry_item *item);

/* Does nothing with an item that is in no heap. */
void bednet_expiry_remove(struct bednet_expiry *expiry, struct bednet_expiry_item *item);

/* One of those that end first; NULL where there is none. */
struct bednet_expiry_item *bednet_expiry_first(const struct bednet_expiry *expiry);

#endif
