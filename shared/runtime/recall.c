/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/recall.h"

#include <sys/mman.h>

_Static_assert(BEDNET_ACTIONS <= 8, "an asker has three bits for the action");
_Static_assert(sizeof(struct bednet_recall_slot) == 128, "the parts of a slot leave no gap");

/*
 * From the system: pages that are never touched take no memory, and no slot lies in three cache lines. What
 * calloc gives comes from the heap once a large policy was read, and is cleared then, all 8 MiB of it.
 */
struct bednet_recall *bednet_recall_new(void)
{
    void *pages =
        mmap(NULL, sizeof(struct bednet_recall), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages != MAP_FAILED ? pages : NULL;
}

void bednet_recall_free(struct bednet_recall *recall)
{
    if (recall != NULL)
        munmap(recall, sizeof *recall);
}
