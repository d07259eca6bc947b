/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last good key sets on disk, for a start without network: one file a source, as it was fetched, whose
 * time of modification says when it was last known to be good. What others could have written is not read.
 * The worker's thread only: all of it waits for the disk.
 */
#ifndef BEDNET_REFRESH_KEY_CACHE_H
#define BEDNET_REFRESH_KEY_CACHE_H

#include "core/status.h"
#include "core/text.h"
#include <stdint.h>

#define BEDNET_KEY_CACHE_NAME_BYTES 72
#define BEDNET_KEY_CACHE_WHY_BYTES  160

/* The file's name, from a hash of what the source is called. False where libcrypto fails. */
bool bednet_key_cache_name(struct bednet_text kind, struct bednet_text source,
                           char out[BEDNET_KEY_CACHE_NAME_BYTES]);

/*
 * Reads a set; *text is the caller's to free. BEDNET_NOT_FOUND where there is none; BEDNET_IO, INVALID or
 * NOMEM, with a sentence in why.
 */
enum bednet_status bednet_key_cache_read(const char *folder, const char *name, char **text, size_t *bytes,
                                         int64_t *good_wall_s, char why[BEDNET_KEY_CACHE_WHY_BYTES]);

/* Writes a set that is good now, whole or not at all. BEDNET_IO or INVALID, with a sentence in why. */
enum bednet_status bednet_key_cache_write(const char *folder, const char *name, struct bednet_text text,
                                          char why[BEDNET_KEY_CACHE_WHY_BYTES]);

/* The set in the file is still good now. Not BEDNET_OK where it must be written again. */
enum bednet_status bednet_key_cache_touch(const char *folder, const char *name);

#endif
