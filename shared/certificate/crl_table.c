/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, and the table of all their entries: built in two passes, asked with a binary search in one bucket.
 */
#include "certificate/crl_internal.h"

#include <stdlib.h>
#include <string.h>

void bednet_crl_list_clear(struct bednet_crl_list *list)
{
    X509_NAME_free(list->issuer);
    ASN1_INTEGER_free(list->number);
    free(list->marks);
    *list = (struct bednet_crl_list){0};
}

/* Fewer are more of the index; more are more of the search. */
#define MARKS_PER_BUCKET 4

static size_t bucket_of(const struct bednet_crl_table *table, const unsigned char *mark)
{
    uint32_t first = (uint32_t)mark[0] << 24 | (uint32_t)mark[1] << 16 | (uint32_t)mark[2] << 8 | mark[3];
    return first >> (32 - table->bits);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, BEDNET_MARK_BYTES);
}

/* From the number of marks in each bucket, at the place of the next one, to where each begins. */
static void add_up(struct bednet_crl_table *table, size_t buckets)
{
    for (size_t i = 0; i < buckets; i++)
        table->starts[i + 1] += table->starts[i];
}

/* Each bucket's start moves on as it is filled, and is in the end where the next one's was. */
static void fill(struct bednet_crl_table *table, size_t buckets, struct bednet_crl_list *lists, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < lists[i].count; j++)
            table->marks[table->starts[bucket_of(table, lists[i].marks[j].bytes)]++] = lists[i].marks[j];
        free(lists[i].marks);
        lists[i].marks = NULL;
    }
    memmove(table->starts + 1, table->starts, buckets * sizeof *table->starts);
    table->starts[0] = 0;
    for (size_t i = 0; i < buckets; i++)
        qsort(table->marks + table->starts[i], table->starts[i + 1] - table->starts[i], sizeof *table->marks,
              compare);
}

bool bednet_crl_table_build(struct bednet_crl_table *table, struct bednet_crl_list *lists, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += lists[i].count;
    table->bits = 1;
    while ((size_t)MARKS_PER_BUCKET << table->bits < total)
        table->bits++;
    size_t buckets = (size_t)1 << table->bits;
    table->starts = calloc(buckets + 1, sizeof *table->starts);
    table->marks = malloc((total > 0 ? total : 1) * sizeof *table->marks);
    if (table->starts == NULL || table->marks == NULL)
        return false;
    table->count = total;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lists[i].count; j++)
            table->starts[bucket_of(table, lists[i].marks[j].bytes) + 1]++;
    add_up(table, buckets);
    fill(table, buckets, lists, count);
    return true;
}

bool bednet_crl_table_has(const struct bednet_crl_table *table, const unsigned char mark[BEDNET_MARK_BYTES])
{
    size_t bucket = bucket_of(table, mark);
    size_t low = table->starts[bucket], high = table->starts[bucket + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(mark, table->marks[middle].bytes, BEDNET_MARK_BYTES);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

void bednet_crl_table_clear(struct bednet_crl_table *table)
{
    free(table->marks);
    free(table->starts);
    *table = (struct bednet_crl_table){0};
}
