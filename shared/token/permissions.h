/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions inside a verified token, whichever language they are written in, resolved for its holder. */
#ifndef BEDNET_TOKEN_PERMISSIONS_H
#define BEDNET_TOKEN_PERMISSIONS_H

#include "core/permissions.h"
#include "core/subject.h"
#include "token/verify.h"

/* Reused from login to login; what was read borrows from it. */
struct bednet_permissions_work {
    struct bednet_permission entries[BEDNET_PERMISSIONS_MAX];
    size_t count;
    bool conditional;
    char bytes[BEDNET_PERMISSIONS_BYTES_MAX];
    size_t used;
};

/*
 * Reads the claim `name` (`a.b` for a member of an object). NONE with *present false where there is none;
 * NONE with *present true and `work` filled in; PERMISSIONS where it is anything but a complete list in
 * `format` that fits: an entry that was left out might deny something. Placeholders of the format
 * (`${clientid}`, `${username}` and their kin) are filled in from `holder`; a value that is missing or holds
 * `+`, `#`, `/` or a control character refuses the token. Allocates nothing.
 */
enum bednet_reason bednet_claims_permissions(const struct bednet_claims *claims, struct bednet_text name,
                                             enum bednet_permissions_format format,
                                             const struct bednet_subject *holder,
                                             struct bednet_permissions_work *work, bool *present);

#endif
