/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a client for as long as it is there, in few bytes: its names and those texts that it does
 * not have in common with others, one behind the other, and a layout that says which text is which, and that
 * many clients share. See core/subject.h for how it is asked, runtime/shapes.h and runtime/layouts.h for what
 * they share.
 */
#ifndef BEDNET_CORE_PACK_H
#define BEDNET_CORE_PACK_H

#include "core/level.h"
#include <stdbool.h>
#include <stdint.h>

/* Which text it is: the N-th of the client's own where `at` is N, one of the shape's, or one of those below.
 */
struct bednet_span {
    uint16_t at;
    uint16_t bytes; /* of the shape's; else 0. With the mark below */
};

/* Set in `at`: in the bytes of the shape, from there on. */
#define BEDNET_SPAN_SHARED UINT16_C(0x8000)
/* As `at`: there is no text, or it is a name of the client. */
#define BEDNET_SPAN_ABSENT    UINT16_C(0x7fff)
#define BEDNET_SPAN_CLIENT_ID UINT16_C(0x7ffe)
#define BEDNET_SPAN_USERNAME  UINT16_C(0x7ffd)
#define BEDNET_SPAN_AT_MAX    UINT16_C(0x7ffc)

/* Set in `bytes`: no text, or one that may not stand in a topic; see core/template.h. Of attributes. */
#define BEDNET_SPAN_UNSAFE UINT16_C(0x8000)

#define BEDNET_SHAPE_HINTS 8

/* The names of attributes, and the values that they have with many. */
struct bednet_shape {
    const struct bednet_level *names; /* each as if it were one */
    const struct bednet_span *values;
    const char *bytes;
    /* By length, where a name was found that stands there once, counted from 1: it is looked for there first.
     */
    _Atomic(uint8_t) hints[BEDNET_SHAPE_HINTS];
};

struct bednet_layout {
    struct bednet_shape *shape; /* NULL where there are no attributes */
    struct bednet_span spans[]; /* of the attributes, then of the roles */
};

/*
 * The texts lie in the same allocation: the client id, a NUL, the user name, a NUL, and the client's own
 * ones. Before them, from there towards the front, are the places of the latter, and of the end of the last.
 */
struct bednet_pack {
    const struct bednet_layout *layout; /* NULL where there are neither attributes nor roles */
    uint16_t texts_at;                  /* from the pack on */
    uint16_t client_id_bytes;
    uint16_t username_bytes; /* BEDNET_SPAN_ABSENT: it has none; BEDNET_SPAN_CLIENT_ID: it is the client id */
    uint8_t attribute_count : 7;
    bool client_id_is_safe : 1; /* it may stand in a topic; see core/template.h */
    uint8_t role_count : 7;     /* of their names */
    bool username_is_safe : 1;
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
    switch (pack->username_bytes) {
    case BEDNET_SPAN_ABSENT:
        return (struct bednet_text){NULL, 0};
    case BEDNET_SPAN_CLIENT_ID:
        return bednet_pack_client_id(pack);
    default:
        return (struct bednet_text){bednet_pack_texts(pack) + pack->client_id_bytes + 1,
                                    pack->username_bytes};
    }
}

/* One of the client's own. */
static inline struct bednet_text bednet_pack_own(const struct bednet_pack *pack, size_t number)
{
    const char *texts = bednet_pack_texts(pack);
    const uint16_t *place = (const uint16_t *)(const void *)texts - 1 - number;
    return (struct bednet_text){texts + place[0], (size_t)place[-1] - place[0]};
}

static inline struct bednet_text bednet_pack_text(const struct bednet_pack *pack, struct bednet_span span)
{
    if ((span.at & BEDNET_SPAN_SHARED) != 0)
        return (struct bednet_text){pack->layout->shape->bytes + (span.at & ~BEDNET_SPAN_SHARED),
                                    span.bytes & (size_t)~BEDNET_SPAN_UNSAFE};
    if (span.at <= BEDNET_SPAN_AT_MAX)
        return bednet_pack_own(pack, span.at);
    switch (span.at) {
    case BEDNET_SPAN_CLIENT_ID:
        return bednet_pack_client_id(pack);
    case BEDNET_SPAN_USERNAME:
        return bednet_pack_username(pack);
    default:
        return (struct bednet_text){NULL, 0};
    }
}

static inline struct bednet_text bednet_pack_value(const struct bednet_pack *pack, size_t attribute)
{
    return bednet_pack_text(pack, pack->layout->spans[attribute]);
}

static inline struct bednet_text bednet_pack_role(const struct bednet_pack *pack, size_t role)
{
    return bednet_pack_text(pack, pack->layout->spans[pack->attribute_count + role]);
}

#endif
