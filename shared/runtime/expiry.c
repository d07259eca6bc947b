/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/expiry.h"

#include <stdlib.h>

#define CAPACITY_MIN 64

void bednet_expiry_clear(struct bednet_expiry *expiry)
{
    free(expiry->items);
    *expiry = (struct bednet_expiry){0};
}

enum bednet_status bednet_expiry_reserve(struct bednet_expiry *expiry, size_t count)
{
    if (count <= expiry->capacity)
        return BEDNET_OK;
    size_t capacity = expiry->capacity < CAPACITY_MIN ? CAPACITY_MIN : expiry->capacity;
    while (capacity < count)
        capacity *= 2;
    struct bednet_expiry_item **items =
        realloc(expiry->items, capacity * sizeof(struct bednet_expiry_item *));
    if (items == NULL)
        return BEDNET_NOMEM;
    expiry->items = items;
    expiry->capacity = capacity;
    return BEDNET_OK;
}

static void put(struct bednet_expiry *expiry, size_t place, struct bednet_expiry_item *item)
{
    expiry->items[place - 1] = item;
    item->place = place;
}

static void rise(struct bednet_expiry *expiry, size_t place, struct bednet_expiry_item *item)
{
    while (place > 1 && expiry->items[place / 2 - 1]->ends_s > item->ends_s) {
        put(expiry, place, expiry->items[place / 2 - 1]);
        place /= 2;
    }
    put(expiry, place, item);
}

static void sink(struct bednet_expiry *expiry, size_t place, struct bednet_expiry_item *item)
{
    for (size_t child = place * 2; child <= expiry->count; child = place * 2) {
        if (child < expiry->count && expiry->items[child]->ends_s < expiry->items[child - 1]->ends_s)
            child++;
        if (expiry->items[child - 1]->ends_s >= item->ends_s)
            break;
        put(expiry, place, expiry->items[child - 1]);
        place = child;
    }
    put(expiry, place, item);
}

void bednet_expiry_add(struct bednet_expiry *expiry, struct bednet_expiry_item *item)
{
    rise(expiry, ++expiry->count, item);
}

void bednet_expiry_remove(struct bednet_expiry *expiry, struct bednet_expiry_item *item)
{
    size_t place = item->place;
    if (place == 0)
        return;
    item->place = 0;
    struct bednet_expiry_item *last = expiry->items[--expiry->count];
    if (last == item)
        return;
    if (place > 1 && expiry->items[place / 2 - 1]->ends_s > last->ends_s)
        rise(expiry, place, last);
    else
        sink(expiry, place, last);
}

struct bednet_expiry_item *bednet_expiry_first(const struct bednet_expiry *expiry)
{
    return expiry->count > 0 ? expiry->items[0] : NULL;
}
