/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uthash, told to report a failed allocation instead of ending the broker. A function that adds to a table
 * declares `bool table_oom = false;` first and looks at it afterwards. Hashes are computed by the caller
 * (HASH_*_BYHASHVALUE), keyed where a client chooses the key: see core/hash.h.
 */
#ifndef BEDNET_RUNTIME_TABLE_H
#define BEDNET_RUNTIME_TABLE_H

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((void)(table_oom = true))
#include <uthash.h>
#include <utlist.h>

#endif
