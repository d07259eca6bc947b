/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_jwt.so: authentication by JSON Web Tokens. Defers on passwords that are none. */
#include "broker/module.h"
#include "plugins/jwt/login.h"
#include "runtime/clock.h"
#include "runtime/session.h"

#include <stdlib.h>

struct jwt {
    struct bednet_chain *chain;
    struct bednet_jwt_login work;
};

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    struct jwt *jwt = calloc(1, sizeof *jwt);
    if (jwt == NULL)
        return BEDNET_NOMEM;
    jwt->chain = chain;
    *state = jwt;
    return BEDNET_OK;
}

static enum bednet_reason reason_of(enum bednet_status status)
{
    switch (status) {
    case BEDNET_OK:
        return BEDNET_REASON_NONE;
    case BEDNET_LIMIT:
        return BEDNET_REASON_TABLE_FULL;
    default:
        return BEDNET_REASON_INTERNAL;
    }
}

static void login(void *state, const struct bednet_login *login, struct bednet_decision *decision,
                  struct bednet_text *username)
{
    struct jwt *jwt = state;
    struct bednet_identity_spec spec = {.chain = jwt->chain, .handle = login->client.handle};
    bednet_jwt_judge(&jwt->work, bednet_chain_policy(jwt->chain), login, bednet_clock_wall_s(), &spec,
                     decision);
    if (decision->verdict != BEDNET_GRANT)
        return;
    spec.credential = bednet_session_credential(login->password);
    decision->reason = reason_of(bednet_session_identify(&spec));
    if (decision->reason != BEDNET_REASON_NONE)
        decision->verdict = BEDNET_DENY;
    *username = spec.subject.username;
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_JWT,
    .start = start,
    .stop = free,
    .login = login,
};
