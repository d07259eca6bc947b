/* SPDX-License-Identifier: Apache-2.0 */
/* Between the readers of the several languages; see permissions.h. */
#ifndef BEDNET_TOKEN_PERMISSIONS_INTERNAL_H
#define BEDNET_TOKEN_PERMISSIONS_INTERNAL_H

#include "core/template.h"
#include "token/json.h"
#include "token/permissions.h"

#define BEDNET_ACTION_BIT(action) (1u << BEDNET_ACTION_##action)

/* A name that a language lets stand in filters for something about the holder. */
struct bednet_placeholder {
    struct bednet_text text;
    struct bednet_template value; /* of one part: templates know which values are safe */
    bool whole_level;             /* means something only where it fills a level */
};

struct bednet_permissions_reader {
    struct bednet_permissions_work *work;
    const struct bednet_subject *holder;
    const struct bednet_placeholder *placeholders;
    size_t placeholder_count; /* 0: the language has none, and `${` is text like any other */
};

/*
 * Adds `entry` for a filter as the token writes it. False where that is no string, no filter, cannot be
 * filled in or does not fit.
 */
bool bednet_permissions_add(struct bednet_permissions_reader *reader, struct bednet_permission entry,
                            const struct bednet_json *filter);

/* The same for each element of an array. False where it is none. */
bool bednet_permissions_add_each(struct bednet_permissions_reader *reader, struct bednet_permission entry,
                                 const struct bednet_json *filters);

/* True when a placeholder of the reader's language begins anywhere in the text. */
bool bednet_permissions_has_placeholder(const struct bednet_permissions_reader *reader,
                                        struct bednet_text text);

/* Reads one language each; false where anything is not understood. */
bool bednet_permissions_read_bednet(struct bednet_permissions_reader *reader,
                                    const struct bednet_json *value);
bool bednet_permissions_read_emqx(struct bednet_permissions_reader *reader, const struct bednet_json *value);
bool bednet_permissions_read_aif(struct bednet_permissions_reader *reader, const struct bednet_json *value);

#endif
