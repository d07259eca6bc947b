/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure; any thread. */
#ifndef BEDNET_CORE_UTF8_H
#define BEDNET_CORE_UTF8_H

#include "core/text.h"
#include <stdint.h>

/*
 * The bytes of the character that `text` begins with, and the character in *point; 0 where `text` is empty or
 * does not begin with a well-formed character.
 */
size_t bednet_utf8_decode(struct bednet_text text, uint32_t *point);

/* How many characters well-formed text has. */
size_t bednet_utf8_count(struct bednet_text text);

/* True for C0, DEL, C1 and the 66 non-characters, which MQTT 5 section 1.5.4 advises against. */
bool bednet_utf8_is_unclean(uint32_t point);

/* The length of the longest start of `text` that is well-formed and clean. */
size_t bednet_utf8_clean_bytes(struct bednet_text text);

#endif
