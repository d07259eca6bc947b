/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_hash_frozen for those who hash several times in one check; internal to core. */
#ifndef BEDNET_CORE_HASH_INLINE_H
#define BEDNET_CORE_HASH_INLINE_H

#include "core/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t bednet_hash_frozen_inline(struct bednet_text text)
{
    return XXH3_64bits(text.ptr, text.len);
}

#endif
