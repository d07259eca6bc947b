/* SPDX-License-Identifier: Apache-2.0 */
/* A password that is a token: verified, bound to the client, and made an identity. See docs/jwt.md. */
#ifndef BEDNET_PLUGINS_JWT_LOGIN_H
#define BEDNET_PLUGINS_JWT_LOGIN_H

#include "plugins/jwt/collector.h"
#include "runtime/event.h"

#define BEDNET_USERNAME_BYTES_MAX 512

/* What a login works with; one for each plugin line, reused. */
struct bednet_jwt_login {
    struct bednet_collector collector;
    struct bednet_text role_names[BEDNET_ROLES_PER_CLIENT_MAX];
    char username[BEDNET_USERNAME_BYTES_MAX + 1];
};

/*
 * Defers on what is not meant as a token. Otherwise grants, with `spec` filled in except for chain and handle
 * (everything in it borrows from `work` and the login), or denies with the reason. `now_s` is wall-clock
 * time.
 */
void bednet_jwt_judge(struct bednet_jwt_login *work, const struct bednet_policy *policy,
                      const struct bednet_login *login, int64_t now_s, struct bednet_identity_spec *spec,
                      struct bednet_decision *decision);

#endif
