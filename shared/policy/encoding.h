/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the bytes of a file may be text at all, before a parser sees them. Pure; any thread. */
#ifndef BEDNET_POLICY_ENCODING_H
#define BEDNET_POLICY_ENCODING_H

#include "core/diag.h"
#include "core/text.h"

/*
 * The first fault of `bytes` as UTF-8 text without control characters (tab and line ends apart), a constant
 * string, with its place in *source; NULL where there is none. A byte order mark may stand first.
 */
const char *bednet_encoding_fault(struct bednet_text bytes, struct bednet_source *source);

/* Moves *source over `bytes`, which are UTF-8: lines at LF, CR and CR LF, columns in characters. */
void bednet_encoding_advance(struct bednet_text bytes, struct bednet_source *source);

#endif
