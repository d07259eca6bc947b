/* SPDX-License-Identifier: Apache-2.0 */
/* A regular pattern as it is kept. Internal to regular*.c. */
#ifndef BEDNET_CORE_REGULAR_INTERNAL_H
#define BEDNET_CORE_REGULAR_INTERNAL_H

#include "core/regular.h"

#include <stdint.h>

/* Sets of positions are words of bits. */
struct bednet_regular {
    uint64_t reach[128]; /* by ASCII character: the positions that take it */
    uint64_t wide;       /* those that take a character beyond ASCII */
    uint64_t first;      /* where a text may begin */
    uint64_t last;       /* where it may end */
    bool nullable;       /* the empty text fits */
    size_t table_count;
    /* What may follow a set: one table for each eight positions, by the byte that they are in the set. */
    uint64_t follow[][256];
};

#endif
