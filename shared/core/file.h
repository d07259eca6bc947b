/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way into memory: regular ones that not everybody may write, of bounded size. */
#ifndef BEDNET_CORE_FILE_H
#define BEDNET_CORE_FILE_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

#define BEDNET_FILE_FAULT_BYTES 128

struct bednet_file {
    char *bytes; /* owned */
    size_t length;
    bool world_readable;
};

/*
 * Reads `path`, following symbolic links and judging what they lead to. BEDNET_IO where it cannot be read or
 * is no regular file, BEDNET_INVALID where anybody may write it, it is longer than `bytes_max` or it changed
 * meanwhile, BEDNET_NOMEM. Except without memory `fault` then says why, with what was expected. Never blocks
 * on a FIFO.
 */
enum bednet_status bednet_file_read(const char *path, size_t bytes_max, struct bednet_file *out,
                                    char fault[BEDNET_FILE_FAULT_BYTES]);

/* Wipes and frees. */
void bednet_file_free(struct bednet_file *file);

#endif
