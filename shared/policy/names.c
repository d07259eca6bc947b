/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted arrays of names. */
#include "policy/names.h"

#include <stdlib.h>

bool bednet_name_list_add(struct bednet_name_list *list, struct bednet_name name)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        struct bednet_name *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = name;
    return true;
}

void bednet_name_list_free(struct bednet_name_list *list)
{
    free(list->items);
    *list = (struct bednet_name_list){0};
}

static int compare_texts(struct bednet_text a, struct bednet_text b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, shorter);
    if (order != 0)
        return order;
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return (int)(a.ptr != NULL) - (int)(b.ptr != NULL);
}

static int compare_keys(const struct bednet_name *a, const struct bednet_name *b)
{
    int order = compare_texts(a->name, b->name);
    return order != 0 ? order : compare_texts(a->value, b->value);
}

static int compare(const void *left, const void *right)
{
    const struct bednet_name *a = left;
    const struct bednet_name *b = right;
    int order = compare_keys(a, b);
    return order != 0 ? order : (int)a->role - (int)b->role;
}

struct bednet_name_index bednet_name_list_sort(struct bednet_name_list *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, compare);
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || compare(&list->items[kept - 1], &list->items[i]) != 0)
            list->items[kept++] = list->items[i];
    list->count = kept;
    return (struct bednet_name_index){list->items, list->count};
}

bool bednet_name_index_keep(struct bednet_arena *arena, struct bednet_name_index index,
                            struct bednet_name_index *out)
{
    *out = (struct bednet_name_index){0};
    if (index.count == 0)
        return true;
    struct bednet_name *items = bednet_arena_array(arena, index.count, sizeof *items);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < index.count; i++) {
        const struct bednet_name *from = &index.items[i];
        items[i].role = from->role;
        items[i].name = bednet_arena_text(arena, from->name);
        items[i].value = bednet_arena_text(arena, from->value);
        if (items[i].name.ptr == NULL || (items[i].value.ptr == NULL) != (from->value.ptr == NULL))
            return false;
    }
    *out = (struct bednet_name_index){items, index.count};
    return true;
}

static size_t lower_bound(struct bednet_name_index index, const struct bednet_name *key, int at_least)
{
    size_t low = 0;
    size_t high = index.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(&index.items[middle], key) < at_least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct bednet_name *bednet_name_index_find(struct bednet_name_index index, struct bednet_text name,
                                                 struct bednet_text value, size_t *count)
{
    *count = 0;
    if (name.ptr == NULL || index.count == 0)
        return NULL;
    const struct bednet_name key = {.name = name, .value = value};
    size_t first = lower_bound(index, &key, 0);
    size_t end = lower_bound(index, &key, 1);
    *count = end - first;
    return *count > 0 ? &index.items[first] : NULL;
}
