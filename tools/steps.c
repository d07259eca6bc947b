/* SPDX-License-Identifier: Apache-2.0 */
/* From a reason to its place in the order of token/verify.c and plugins/jwt/login.c. */
#include "steps.h"

#include "decoded.h"
#include "token/compact.h"
#include "token/header.h"

static const struct {
    const char *title, *text;
} steps[BEDNET_STEPS] = {
#define X(name, title, text) [BEDNET_STEP_##name] = {title, text},
    BEDNET_STEP_LIST(X)
#undef X
};

const char *bednet_step_title(enum bednet_step step)
{
    return steps[step].title;
}

const char *bednet_step_text(enum bednet_step step)
{
    return steps[step].text;
}

enum bednet_outcome bednet_step_outcome(enum bednet_step step, enum bednet_step failed)
{
    return step < failed ? BEDNET_PASSED : step == failed ? BEDNET_FAILED : BEDNET_NOT_REACHED;
}

/* How far a token came. */
enum reach {
    REACHED_STRUCTURE,
    REACHED_HEADER,
    REACHED_VERIFICATION, /* it failed somewhere between key and required claims */
    REACHED_HOLDER        /* the token is right in itself */
};

static enum reach reach_of(const struct bednet_jwt_view *view, struct bednet_text token, int64_t now_s)
{
    struct bednet_compact compact;
    struct bednet_header header;
    struct bednet_claims *claims = NULL;
    size_t issuer;
    if (bednet_compact_open(token, view->rules.token_bytes_max, &compact) != BEDNET_REASON_NONE)
        return REACHED_STRUCTURE;
    enum bednet_reason reason = bednet_header_read(compact.header, compact.header_bytes, &header);
    bednet_compact_close(&compact);
    if (reason != BEDNET_REASON_NONE)
        return REACHED_HEADER;
    if (bednet_token_verify(&view->rules, token, now_s, &issuer, &claims) != BEDNET_REASON_NONE)
        return REACHED_VERIFICATION;
    bednet_claims_free(claims);
    return REACHED_HOLDER;
}

/* Whether the payload can be read at all; the same reason then stands for what is wrong in it. */
static bool has_claims(struct bednet_text token)
{
    struct bednet_decoded decoded;
    bool has = bednet_decoded_open(token, &decoded) && decoded.parts[BEDNET_SEGMENT_PAYLOAD].values != NULL;
    bednet_decoded_close(&decoded);
    return has;
}

static enum bednet_step step_of_verification(enum bednet_reason reason, struct bednet_text token)
{
    switch (reason) {
    case BEDNET_REASON_ALGORITHM:
    case BEDNET_REASON_KEYS_UNAVAILABLE:
    case BEDNET_REASON_UNKNOWN_KEY:
        return BEDNET_STEP_KEY;
    case BEDNET_REASON_SIGNATURE:
        return BEDNET_STEP_SIGNATURE;
    case BEDNET_REASON_ISSUER:
        return BEDNET_STEP_ISSUER;
    case BEDNET_REASON_TOKEN_TYPE:
        return BEDNET_STEP_TYPE;
    case BEDNET_REASON_CLAIMS:
        return has_claims(token) ? BEDNET_STEP_CLAIM_TYPES : BEDNET_STEP_CLAIMS;
    case BEDNET_REASON_AUDIENCE:
        return BEDNET_STEP_AUDIENCE;
    case BEDNET_REASON_PARTY:
        return BEDNET_STEP_PARTY;
    case BEDNET_REASON_EXPIRED:
    case BEDNET_REASON_NOT_YET_VALID:
    case BEDNET_REASON_LIFETIME:
        return BEDNET_STEP_TIMES;
    case BEDNET_REASON_REQUIRED_CLAIM:
        return BEDNET_STEP_REQUIRED;
    default:
        return BEDNET_STEPS;
    }
}

static enum bednet_step step_of_holder(enum bednet_reason reason)
{
    switch (reason) {
    case BEDNET_REASON_CLAIMS:
    case BEDNET_REASON_IDENTITY:
        return BEDNET_STEP_IDENTITY;
    case BEDNET_REASON_CLIENT_ID:
        return BEDNET_STEP_CLIENT_ID;
    case BEDNET_REASON_TOO_MANY_ROLES:
        return BEDNET_STEP_ROLES;
    case BEDNET_REASON_CONFIRMATION:
        return BEDNET_STEP_CONFIRMATION;
    case BEDNET_REASON_REVOKED:
        return BEDNET_STEP_REVOCATION;
    case BEDNET_REASON_PERMISSIONS:
        return BEDNET_STEP_PERMISSIONS;
    default:
        return BEDNET_STEPS;
    }
}

enum bednet_step bednet_step_of(enum bednet_reason reason, const struct bednet_jwt_view *view,
                                struct bednet_text token, int64_t now_s)
{
    switch (reach_of(view, token, now_s)) {
    case REACHED_STRUCTURE:
        return BEDNET_STEP_STRUCTURE;
    case REACHED_HEADER:
        return BEDNET_STEP_HEADER;
    case REACHED_VERIFICATION:
        return step_of_verification(reason, token);
    default:
        return step_of_holder(reason);
    }
}
