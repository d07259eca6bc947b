/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `${client_id}`, `${username}`, `${claim.NAME}`, `${cert.NAME}`, `${match.NAME}` inside a string of the
 * policy. Frozen after parsing.
 *
 * A value that holds `+`, `#`, `/` or a control character, that is empty or that does not exist makes the
 * whole template match nothing: what a client calls itself must never widen a rule (CVE-2017-7650).
 */
#ifndef BEDNET_CORE_TEMPLATE_H
#define BEDNET_CORE_TEMPLATE_H

#include "core/arena.h"
#include "core/level.h"
#include "core/status.h"
#include "core/subject.h"

#define BEDNET_TEMPLATE_PARTS_MAX 16

enum bednet_part_kind {
    BEDNET_PART_LITERAL,
    BEDNET_PART_CLIENT_ID,
    BEDNET_PART_USERNAME,
    BEDNET_PART_ATTRIBUTE
};

struct bednet_part {
    enum bednet_part_kind kind;
    struct bednet_text text; /* the literal, or the attribute's name */
};

struct bednet_template {
    struct bednet_text text; /* as written */
    const struct bednet_part *parts;
    size_t part_count;
};

/*
 * Parses `text` into `out`; parts live in the arena and `text` is copied. Attribute names begin with `claim.`
 * or `cert.`, are not empty and hold no control character, or with `match.` and go on like a name of
 * core/pattern.h; which fields certificates have is for others to know. On BEDNET_INVALID *error names the
 * fault and what was expected (constant string), *offset the byte where it stands.
 */
enum bednet_status bednet_template_parse(struct bednet_arena *arena, struct bednet_text text,
                                         struct bednet_template *out, const char **error, size_t *offset);

/* True when there is nothing to fill in. */
bool bednet_template_is_literal(const struct bednet_template *tmpl);

enum bednet_template_fit {
    BEDNET_FIT_DIFFERENT,
    BEDNET_FIT_EQUAL,
    BEDNET_FIT_UNUSABLE /* some value is missing or unsafe */
};

/*
 * Whether the template, filled in for `subject`, equals `text`. Values are checked as said above.
 * Allocates nothing. Any thread.
 */
enum bednet_template_fit bednet_template_judge(const struct bednet_template *tmpl,
                                               const struct bednet_subject *subject, struct bednet_text text);

/* Whether it is BEDNET_FIT_EQUAL for whoever the pack is about, and nothing more. */
bool bednet_template_fits(const struct bednet_template *tmpl, const struct bednet_pack *pack,
                          const struct bednet_level *level);

/*
 * Fills in the template as a name, not as part of a topic: `+`, `#` and `/` are allowed in values, but each
 * must exist, not be empty and be clean UTF-8. Writes out NUL-terminated. BEDNET_NOT_FOUND where a value is
 * missing, BEDNET_INVALID where one is not clean, BEDNET_LIMIT where out_bytes do not suffice.
 */
enum bednet_status bednet_template_expand(const struct bednet_template *tmpl,
                                          const struct bednet_subject *subject, char *out, size_t out_bytes);

/* Whether a value is safe: it is there, and can be a level of a topic, or part of one, and nothing else. */
bool bednet_template_accepts(struct bednet_text value);

/*
 * False when some value is missing or unsafe, so that the template matches nothing for this subject.
 */
bool bednet_template_is_usable(const struct bednet_template *tmpl, const struct bednet_subject *subject);

#endif
