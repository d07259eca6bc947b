/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern that a whole string fits or does not, and that takes parts of it: literals, and `{name}` for one
 * or more bytes. A part holds no `/`, and not the byte with which the next literal begins, so that there is
 * at most one way to fit and it is found in one pass. Two parts never stand side by side. What no accepted
 * value holds (`*`, `+`, `#`) and `${` are refused: somebody meant something else. Frozen after parsing;
 * pure.
 */
#ifndef BEDNET_CORE_PATTERN_H
#define BEDNET_CORE_PATTERN_H

#include "core/arena.h"
#include "core/status.h"
#include "core/text.h"

#define BEDNET_PATTERN_PARTS_MAX      16
#define BEDNET_PATTERN_CAPTURES_MAX   8
#define BEDNET_PATTERN_NAME_BYTES_MAX 32

struct bednet_pattern_part {
    bool captures;
    struct bednet_text text; /* the literal, or the name of what is taken */
};

struct bednet_pattern {
    struct bednet_text text; /* as written */
    const struct bednet_pattern_part *parts;
    size_t part_count;
    size_t capture_count;
};

/*
 * Parses `text` into `out`, which lives in the arena with a copy of the text. Names are of `a-z`, digits and
 * `_`, begin with a letter and stand once. On BEDNET_INVALID *error is a constant sentence that names the
 * fault and what was expected, *offset the byte where it stands.
 */
enum bednet_status bednet_pattern_parse(struct bednet_arena *arena, struct bednet_text text,
                                        struct bednet_pattern *out, const char **error, size_t *offset);

/*
 * True when the whole of `text` fits; `captures` then has what the names took, in the order of the names in
 * the pattern. Takes time in proportion to the text; allocates nothing.
 */
bool bednet_pattern_match(const struct bednet_pattern *pattern, struct bednet_text text,
                          struct bednet_text captures[BEDNET_PATTERN_CAPTURES_MAX]);

/* True for what can be the name of a part: `a-z`, digits and `_`, a letter first, not too long. */
bool bednet_pattern_is_name(struct bednet_text name);

/* The name of capture `index`, below capture_count. */
struct bednet_text bednet_pattern_name(const struct bednet_pattern *pattern, size_t index);

#endif
