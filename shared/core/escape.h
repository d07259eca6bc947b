/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign bytes on their way into one log line. C0, C1, DEL, U+2028, U+2029, bidi controls, non-characters,
 * invalid UTF-8, `"` and `\` become \xNN (or \u{NNNN}, \", \\); the rest stays. Pure; any thread.
 */
#ifndef BEDNET_CORE_ESCAPE_H
#define BEDNET_CORE_ESCAPE_H

#include "core/text.h"

/*
 * Writes the escaped text into out, NUL-terminated, and returns the bytes written without the NUL. What does
 * not fit is cut at a character and marked by `...`. out_bytes must be at least 8. Absent text writes `-`.
 */
size_t bednet_escape(struct bednet_text text, char *out, size_t out_bytes);

/*
 * The same for a sentence of our own with foreign parts in it: `"` and `\` stay, so that quotes remain
 * readable and what was escaped before is not escaped again.
 */
size_t bednet_escape_sentence(struct bednet_text text, char *out, size_t out_bytes);

/* True when text is valid UTF-8 as MQTT 5 section 1.5.4 asks, without NUL, C0, C1, DEL or non-characters. */
bool bednet_utf8_is_clean(struct bednet_text text);

#endif
