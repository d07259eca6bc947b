/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/expiry.h"

#include <stdbool.h>

/* No two have the same place, so that there is one order of all, and one tree. */
static bool is_before(const struct bednet_expiry_item *a, const struct bednet_expiry_item *b)
{
    return a->ends_s < b->ends_s || (a->ends_s == b->ends_s && (uintptr_t)a < (uintptr_t)b);
}

/*
 * Like chance, whatever distance the allocator leaves between records: nothing is lost by either step, and
 * each bit of the result depends on all bits of the address.
 */
static uint64_t priority(const struct bednet_expiry_item *item)
{
    uint64_t mixed = (uintptr_t)item;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

static struct bednet_expiry_item **side(struct bednet_expiry_item *node,
                                        const struct bednet_expiry_item *item)
{
    return is_before(item, node) ? &node->earlier : &node->later;
}

/* A tree becomes two: what comes before the item, and what comes after it. */
static void split(struct bednet_expiry_item *tree, struct bednet_expiry_item *item)
{
    struct bednet_expiry_item **earlier = &item->earlier, **later = &item->later;
    while (tree != NULL) {
        if (is_before(tree, item)) {
            *earlier = tree;
            earlier = &tree->later;
            tree = tree->later;
        } else {
            *later = tree;
            later = &tree->earlier;
            tree = tree->earlier;
        }
    }
    *earlier = *later = NULL;
}

/* Two trees become one; all of the first come before all of the second. */
static void join(struct bednet_expiry_item **at, struct bednet_expiry_item *earlier,
                 struct bednet_expiry_item *later)
{
    while (earlier != NULL && later != NULL) {
        if (priority(earlier) > priority(later)) {
            *at = earlier;
            at = &earlier->later;
            earlier = earlier->later;
        } else {
            *at = later;
            at = &later->earlier;
            later = later->earlier;
        }
    }
    *at = earlier != NULL ? earlier : later;
}

void bednet_expiry_add(struct bednet_expiry *expiry, struct bednet_expiry_item *item)
{
    struct bednet_expiry_item **at = &expiry->root;
    uint64_t own = priority(item);
    while (*at != NULL && priority(*at) > own)
        at = side(*at, item);
    split(*at, item);
    *at = item;
    if (expiry->first == NULL || is_before(item, expiry->first))
        expiry->first = item;
    expiry->count++;
}

void bednet_expiry_remove(struct bednet_expiry *expiry, struct bednet_expiry_item *item)
{
    struct bednet_expiry_item **at = &expiry->root;
    while (*at != item)
        at = side(*at, item);
    join(at, item->earlier, item->later);
    expiry->count--;
    if (expiry->first != item)
        return;
    expiry->first = expiry->root;
    while (expiry->first != NULL && expiry->first->earlier != NULL)
        expiry->first = expiry->first->earlier;
}
