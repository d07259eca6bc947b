/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of many by one template: `%d` is the number of the client, `%c` its id, `%t` the turn of a topic,
 * `%%` a percent sign; `%06d` has six digits at least.
 */
#ifndef BEDNET_LOAD_STENCIL_H
#define BEDNET_LOAD_STENCIL_H

#include <stdbool.h>
#include <stddef.h>

#define BEDNET_STENCIL_BYTES_MAX 65535 /* of a name: MQTT's own limit */

struct bednet_stencil {
    unsigned long number; /* of %d */
    const char *id;       /* of %c; NULL: not known here */
    unsigned long turn;   /* of %t */
};

/* NULL where `template` may be used, with no other placeholders than `allowed` ("dct"); else what is wrong.
 */
const char *bednet_stencil_objects(const char *template, const char *allowed);

/* Whether that placeholder stands in it. */
bool bednet_stencil_has(const char *template, char placeholder);

/*
 * Writes the name, NUL-terminated, into `out`; false where it has more than `size` - 1 bytes. The template
 * has passed bednet_stencil_objects.
 */
bool bednet_stencil_put(const char *template, const struct bednet_stencil *filling, char *out, size_t size);

/*
 * The filter that all topics of a template match: `+` in place of each level with a `%t`. The caller frees
 * it; NULL without memory.
 */
char *bednet_stencil_filter(const char *template);

#endif
