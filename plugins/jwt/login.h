/* SPDX-License-Identifier: Apache-2.0 */
/* A login by token: verified, bound to the client, and made an identity. See docs/jwt.md. */
#ifndef BEDNET_PLUGINS_JWT_LOGIN_H
#define BEDNET_PLUGINS_JWT_LOGIN_H

#include "plugins/jwt/collector.h"
#include "plugins/jwt/view.h"
#include "runtime/event.h"
#include "runtime/mapping.h"
#include "token/permissions.h"

/* What a login works with; one for each plugin line, reused. */
struct bednet_jwt_login {
    struct bednet_collector collector;
    struct bednet_mapped mapped;
    struct bednet_permissions_work permissions_work;
    struct bednet_permissions permissions;
};

/*
 * Defers on what carries no token. Otherwise grants, with `spec` filled in except for chain, handle and
 * credential (everything in it borrows from `work` and the login), or denies with the reason. `now_s` is
 * wall-clock time. What the policy adds to the end of a session as jitter is the caller's.
 */
void bednet_jwt_judge(struct bednet_jwt_login *work, const struct bednet_jwt_view *view,
                      const struct bednet_login *login, int64_t now_s, struct bednet_identity_spec *spec,
                      struct bednet_decision *decision);

#endif
