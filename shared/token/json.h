/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict reader of JSON (RFC 8259) that allocates nothing: it unescapes strings where they stand and fills
 * a table that the caller brings. Why not a library: docs/decisions/0002-claims-without-libjwt.md.
 *
 * Refused besides what the grammar refuses: duplicate members, the character U+0000, half surrogate pairs,
 * invalid UTF-8, more than BEDNET_JSON_DEPTH_MAX levels, and more values than the table holds.
 * Pure; any thread.
 */
#ifndef BEDNET_TOKEN_JSON_H
#define BEDNET_TOKEN_JSON_H

#include "core/text.h"
#include <stdint.h>

#define BEDNET_JSON_DEPTH_MAX 16

enum bednet_json_type {
    BEDNET_JSON_OBJECT,
    BEDNET_JSON_ARRAY,
    BEDNET_JSON_STRING,
    BEDNET_JSON_INTEGER, /* a number without fraction and exponent, of any size */
    BEDNET_JSON_REAL,
    BEDNET_JSON_TRUE,
    BEDNET_JSON_FALSE,
    BEDNET_JSON_NULL
};

/* One value. What it holds follows it in the table: the first at value + 1, each next one `span` further. */
struct bednet_json {
    enum bednet_json_type type;
    uint32_t size;           /* members of an object, elements of an array */
    uint32_t span;           /* values in the table from this one to the end of what it holds */
    uint32_t offset;         /* where it begins in the text */
    struct bednet_text name; /* of a member; absent in arrays and at the top */
    struct bednet_text text; /* a string's content; a number as it is written; of others absent */
    bool name_is_plain;      /* nothing but printable ASCII, and not escaped; false where that is not known */
    bool text_is_plain;      /* the same of a string's content */
};

struct bednet_json_fault {
    const char *text; /* constant: what is wrong */
    size_t offset;
};

/* A table of so many values suffices for `text`. */
size_t bednet_json_values(struct bednet_text text);

/*
 * Reads exactly one value with nothing but white space around it into `values`, which is then the root and
 * borrows from `text`, as long as that is not touched. On false *fault says why, and the text is spoilt.
 */
bool bednet_json_read(char *text, size_t bytes, struct bednet_json *values, size_t capacity,
                      struct bednet_json_fault *fault);

/* The member of that name; NULL where there is none or `object` is no object. Borrowed. */
const struct bednet_json *bednet_json_find(const struct bednet_json *object, struct bednet_text name);

/* The same for a name that is known when this is compiled. */
static inline const struct bednet_json *bednet_json_member(const struct bednet_json *object, const char *name)
{
    return bednet_json_find(object, (struct bednet_text){name, strlen(name)});
}

/* True when the value, which may be NULL, is a string and equals `text`. */
bool bednet_json_is(const struct bednet_json *value, struct bednet_text text);

/*
 * A number as a whole one, rounded down, or up where `up`. False where the value, which may be NULL, is no
 * number or the result does not fit.
 */
bool bednet_json_whole(const struct bednet_json *value, bool up, int64_t *out);

#endif
