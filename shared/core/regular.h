/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular patterns of one level of a topic: literals, `.`, `[a-z]`, `[^a-z]`, `(a|b)`, `?`, `*`, `+`,
 * `{m,n}`. A pattern fits the whole text or does not. There is no backtracking: all ways to fit are followed
 * at once, as a set of positions in the pattern, so that a character of the text costs the same whatever the
 * pattern. Frozen after parsing; pure.
 */
#ifndef BEDNET_CORE_REGULAR_H
#define BEDNET_CORE_REGULAR_H

#include "core/arena.h"
#include "core/status.h"
#include "core/text.h"

/* Characters and classes of a pattern, those inside of `{m,n}` counted n times. */
#define BEDNET_REGULAR_POSITIONS_MAX 64
#define BEDNET_REGULAR_DEPTH_MAX     16 /* of groups in groups */

struct bednet_regular;

/*
 * Parses `text` into an object that lives in the arena. Patterns are ASCII; `.` and `[^...]` take any one
 * character, but never a `/`. Behind a `\` every punctuation mark stands for itself. What no level can hold
 * is refused. On BEDNET_INVALID *error is a constant sentence that names the fault and what was expected,
 * *offset the byte where it stands.
 */
enum bednet_status bednet_regular_parse(struct bednet_arena *arena, struct bednet_text text,
                                        const struct bednet_regular **out, const char **error,
                                        size_t *offset);

/*
 * True when the whole of `text` fits, which is not so where it is no UTF-8. Takes time in proportion to the
 * text; allocates nothing. Any thread.
 */
bool bednet_regular_match(const struct bednet_regular *regular, struct bednet_text text);

#endif
