/* SPDX-License-Identifier: Apache-2.0 */
/* What to do about a refused login: the sentences of docs/reasons.md in short. */
#ifndef BEDNET_TOOLS_REMEDY_H
#define BEDNET_TOOLS_REMEDY_H

#include "core/verdict.h"

/* NULL for a reason that the plugin (jwt or cert) refuses no login with. A constant string. */
const char *bednet_remedy(enum bednet_plugin plugin, enum bednet_reason reason);

/*
 * Of a login by token: the members of header and claims that a reason is about, for showing what the token
 * has; NULL-terminated, at most three.
 */
const char *const *bednet_remedy_header_members(enum bednet_reason reason);
const char *const *bednet_remedy_claims(enum bednet_reason reason);

#endif
