/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them on a command line; false for anything else. */
#ifndef BEDNET_LOAD_QUANTITY_H
#define BEDNET_LOAD_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

bool bednet_quantity_count(const char *text, uint64_t least, uint64_t most, uint64_t *out);

/* `500ms`, `30s`, `5m`, `2h`, up to a day. */
bool bednet_quantity_duration(const char *text, int64_t *ns);

/* `100`, `0.5`, `100/s`, `600/m`: so many a second. More than none, a million at the most. */
bool bednet_quantity_rate(const char *text, double *per_second);

/* `20`, `64KiB`, `1MiB`. */
bool bednet_quantity_size(const char *text, uint64_t most, uint64_t *bytes);

/* `10` of them, or `0.5%`, which is then a share from 0 to 1. */
bool bednet_quantity_part(const char *text, double *value, bool *is_share);

#endif
