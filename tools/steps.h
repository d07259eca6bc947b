/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that a login by token passes through, in their order. Which of them failed follows from the
 * reason of the plugin's own verdict; nothing is judged a second time by other code.
 */
#ifndef BEDNET_TOOLS_STEPS_H
#define BEDNET_TOOLS_STEPS_H

#include "answer.h"
#include "plugins/jwt/view.h"

#define BEDNET_STEP_LIST(X)                                                                                  \
    X(STRUCTURE, "structure", "three segments of base64url, not longer than jwt.max_bytes")                  \
    X(HEADER, "header", "a JSON object with an algorithm and a type that are known, and no crit")            \
    X(KEY, "key", "one with this kid, for an algorithm that the policy allows")                              \
    X(SIGNATURE, "signature", "made with that key")                                                          \
    X(CLAIMS, "claims", "a JSON object without duplicate members")                                           \
    X(ISSUER, "issuer", "iss is the one that the key belongs to")                                            \
    X(TYPE, "type", "typ is one that this issuer may use")                                                   \
    X(CLAIM_TYPES, "claim types", "exp is there, and what must be a number or text is one")                  \
    X(AUDIENCE, "audience", "aud has one of the issuer's audiences")                                         \
    X(PARTY, "party", "azp or client_id is one of the issuer's parties")                                     \
    X(TIMES, "times", "not expired, already valid, and not made for too long")                               \
    X(REQUIRED, "required claims", "those of the policy are there, with a value that it wants")              \
    X(IDENTITY, "user name", "its claims are there, once each, and clean text")                              \
    X(CLIENT_ID, "client id", "the one that the token is for")                                               \
    X(ROLES, "roles", "not too many")                                                                        \
    X(CONFIRMATION, "certificate", "the one that the token is bound to, if any")                             \
    X(REVOCATION, "revocation", "neither token nor holder is revoked")                                       \
    X(PERMISSIONS, "permissions", "those in the token can be read whole")

enum bednet_step {
#define X(name, title, text) BEDNET_STEP_##name,
    BEDNET_STEP_LIST(X)
#undef X
        BEDNET_STEPS
};

/* Constant strings. */
const char *bednet_step_title(enum bednet_step step);
const char *bednet_step_text(enum bednet_step step);

/* What became of `step` where `failed` is the one that refused. */
enum bednet_outcome bednet_step_outcome(enum bednet_step step, enum bednet_step failed);

/*
 * The check that refused `token` with `reason` at time `now_s`. Where a reason has several places, the
 * plugin's own functions are asked how far they let it come. BEDNET_STEPS for a reason that is none's.
 */
enum bednet_step bednet_step_of(enum bednet_reason reason, const struct bednet_jwt_view *view,
                                struct bednet_text token, int64_t now_s);

#endif
