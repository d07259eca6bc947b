/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a client for as long as it is there, in few bytes: texts are places in the bytes that the
 * client has of its own, where those that are alike lie once, or in what many clients have in common. See
 * core/subject.h for how it is asked, and runtime/shapes.h for what they have in common.
 */
#ifndef BEDNET_CORE_PACK_H
#define BEDNET_CORE_PACK_H

#include "core/text.h"
#include <stdbool.h>
#include <stdint.h>

/* Where a text lies, and how long it is. */
struct bednet_span {
    uint16_t at;
    uint16_t bytes;
};

/* Set in `at`: in the bytes of the shape. */
#define BEDNET_SPAN_SHARED UINT16_C(0x8000)
/* As `at`: there is no text. */
#define BEDNET_SPAN_ABSENT UINT16_C(0x7fff)
#define BEDNET_SPAN_AT_MAX UINT16_C(0x7ffe)

/* The names of attributes, and the values that they have with many. */
struct bednet_shape {
    const struct bednet_text *names;
    const struct bednet_span *values;
    const char *bytes;
};

/* The bytes lie in the same allocation: spans of the attributes, spans of the roles, texts. */
struct bednet_pack {
    struct bednet_shape *shape; /* NULL where there are no attributes */
    uint16_t texts_at;          /* from the pack on: the client id, a NUL, the user name, a NUL, and others */
    uint16_t client_id_bytes;
    uint16_t username_bytes; /* BEDNET_SPAN_ABSENT: it has none */
    uint8_t attribute_count;
    uint8_t role_count; /* of their names */
};

static inline const char *bednet_pack_texts(const struct bednet_pack *pack)
{
    return (const char *)pack + pack->texts_at;
}

/* A NUL follows. */
static inline struct bednet_text bednet_pack_client_id(const struct bednet_pack *pack)
{
    return (struct bednet_text){bednet_pack_texts(pack), pack->client_id_bytes};
}

/* A NUL follows. */
static inline struct bednet_text bednet_pack_username(const struct bednet_pack *pack)
{
    if (pack->username_bytes == BEDNET_SPAN_ABSENT)
        return (struct bednet_text){NULL, 0};
    return (struct bednet_text){bednet_pack_texts(pack) + pack->client_id_bytes + 1, pack->username_bytes};
}

/* Those of the attributes, then those of the roles. */
static inline const struct bednet_span *bednet_pack_spans(const struct bednet_pack *pack)
{
    return (const struct bednet_span *)(const void *)bednet_pack_texts(pack) - pack->attribute_count -
           pack->role_count;
}

static inline struct bednet_text bednet_pack_text(const struct bednet_pack *pack, struct bednet_span span)
{
    if (span.at == BEDNET_SPAN_ABSENT)
        return (struct bednet_text){NULL, 0};
    if ((span.at & BEDNET_SPAN_SHARED) != 0)
        return (struct bednet_text){pack->shape->bytes + (span.at & ~BEDNET_SPAN_SHARED), span.bytes};
    return (struct bednet_text){bednet_pack_texts(pack) + span.at, span.bytes};
}

static inline struct bednet_text bednet_pack_value(const struct bednet_pack *pack, size_t attribute)
{
    return bednet_pack_text(pack, bednet_pack_spans(pack)[attribute]);
}

static inline struct bednet_text bednet_pack_role(const struct bednet_pack *pack, size_t role)
{
    return bednet_pack_text(pack, bednet_pack_spans(pack)[pack->attribute_count + role]);
}

#endif
