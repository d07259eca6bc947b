/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed run of bytes: MQTT strings are counted, and may come without a terminating NUL. */
#ifndef BEDNET_CORE_TEXT_H
#define BEDNET_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* ptr NULL means "absent", which differs from the empty string. Never owns its bytes. */
struct bednet_text {
    const char *ptr;
    size_t len;
};

#define BEDNET_TEXT_LITERAL(s) ((struct bednet_text){(s), sizeof(s) - 1})

/* Borrows s; NULL gives the absent text. */
static inline struct bednet_text bednet_text(const char *s)
{
    return (struct bednet_text){s, s != NULL ? strlen(s) : 0};
}

/* Absent equals nothing, not even absent. */
static inline bool bednet_text_equal(struct bednet_text a, struct bednet_text b)
{
    return a.ptr != NULL && b.ptr != NULL && a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

#endif
