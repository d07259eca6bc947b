/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/recall.h"

#include <stdlib.h>

_Static_assert(BEDNET_ACTIONS <= 8, "an asker has three bits for the action");
_Static_assert(sizeof(struct bednet_recall_slot) == 128, "the parts of a slot leave no gap");

struct bednet_recall *bednet_recall_new(void)
{
    return calloc(1, sizeof(struct bednet_recall));
}

void bednet_recall_free(struct bednet_recall *recall)
{
    free(recall);
}
