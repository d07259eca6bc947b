/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the text of a token to claims that may be believed (RFC 7515, RFC 7519, RFC 8725). The only entry: no
 * claim leaves this folder before the signature, and all that its issuer's rules ask, were checked.
 */
#ifndef BEDNET_TOKEN_VERIFY_H
#define BEDNET_TOKEN_VERIFY_H

#include "core/verdict.h"
#include "token/keyring.h"
#include <stdint.h>

#define BEDNET_TOKEN_BYTES_DEFAULT  16384 /* of the policy's jwt.max_bytes */
#define BEDNET_TOKEN_BYTES_MAX      65535 /* its upper bound: no MQTT string is longer */
#define BEDNET_TOKEN_LEEWAY_S_MAX   300
#define BEDNET_CLAIM_NAME_BYTES_MAX 256 /* `claim.` included; what is longer is left out */

/* Kinds of token by the header's `typ`; a mask. */
enum bednet_token_type {
    BEDNET_TYP_ABSENT = 1 << 0,
    BEDNET_TYP_JWT = 1 << 1,
    BEDNET_TYP_AT_JWT = 1 << 2 /* RFC 9068 */
};

#define BEDNET_TYP_DEFAULT (BEDNET_TYP_ABSENT | BEDNET_TYP_JWT | BEDNET_TYP_AT_JWT)

/* A claim that must be there, and, where there are any, have one of the values. */
struct bednet_required_claim {
    struct bednet_text name;          /* `a.b` for a member of an object */
    const struct bednet_text *values; /* a string, or an integer or boolean as it is written; an array must
                                         hold one of them, as must the words of `scope` and `scp` */
    size_t value_count;               /* 0: any value but null */
};

/* What one issuer's tokens must satisfy. Borrowed for the life of the rules. */
struct bednet_token_issuer {
    struct bednet_text issuer;           /* `iss`, compared exactly */
    const struct bednet_text *audiences; /* `aud` must hold one of these */
    size_t audience_count;               /* 0: `aud` is not looked at */
    const struct bednet_text *parties;   /* `azp`, or where there is none `client_id`, must be one of these */
    size_t party_count;                  /* 0: neither is looked at */
    const struct bednet_required_claim *required;
    size_t required_count;
    unsigned algorithms;
    unsigned types; /* mask of enum bednet_token_type */
    int64_t leeway_s;
    int64_t lifetime_max_s; /* exp - iat at most, and both must be there; 0: as long as the issuer likes */
    bool expiry_optional;   /* without `exp` a token never expires */
    const struct bednet_keyring *keys; /* NULL while there are none: BEDNET_REASON_KEYS_UNAVAILABLE */
};

struct bednet_token_rules {
    const struct bednet_token_issuer *issuers;
    size_t issuer_count;
    size_t token_bytes_max;
};

struct bednet_claims;

/*
 * True when a password looks as if it were meant as a token, well made or not: a first segment before a dot
 * that base64url-decodes to something beginning with `{`. What does not is left to other plugins.
 */
bool bednet_token_is_meant(struct bednet_text password);

/* No issuer's key signed the token, or that issuer is not the one it names. */
#define BEDNET_ISSUER_UNKNOWN SIZE_MAX

/*
 * Verifies `token` at wall-clock time `now_s` (seconds since 1970). BEDNET_REASON_NONE where all is well:
 * *claims is then owned by the caller; any other reason leaves it untouched. *issuer becomes the index of the
 * rules that it satisfied, or broke, where it was them that refused it; else BEDNET_ISSUER_UNKNOWN. Failures
 * of memory give BEDNET_REASON_INTERNAL (SIGNATURE where OpenSSL hides them). One thread per keyring at a
 * time.
 */
enum bednet_reason bednet_token_verify(const struct bednet_token_rules *rules, struct bednet_text token,
                                       int64_t now_s, size_t *issuer, struct bednet_claims **claims);

void bednet_claims_free(struct bednet_claims *claims);

enum bednet_confirmation {
    BEDNET_CONFIRMATION_NONE,        /* a bearer token */
    BEDNET_CONFIRMATION_CERTIFICATE, /* `x5t#S256` of RFC 8705 section 3.1 and nothing else */
    BEDNET_CONFIRMATION_UNSUPPORTED  /* another or a malformed member: nobody may use it here */
};

#define BEDNET_THUMBPRINT_BYTES 32

/* What `cnf` (RFC 7800) asks of whoever shows the token; `thumbprint` is filled for CERTIFICATE. */
enum bednet_confirmation bednet_claims_confirmation(const struct bednet_claims *claims,
                                                    unsigned char thumbprint[BEDNET_THUMBPRINT_BYTES]);

/* `exp` in whole seconds since 1970, rounded down; INT64_MAX where there is none and need be none. */
int64_t bednet_claims_expiry(const struct bednet_claims *claims);

/*
 * Calls visit(context, name, value) for each claim as an attribute of the policy's language: `claim.site`;
 * members of nested objects as `claim.outer.inner` down to 4 levels; each string, integer or boolean of an
 * array as a further value of the same name, in a row; `scope` (RFC 8693 section 4.2) and `scp` at the top
 * word by word. Reals, nulls and strings or names that are not clean UTF-8 are left out. No name has two
 * origins: a token in which `a.b` stands beside an object `a` was refused. Stops and returns false when visit
 * does.
 */
bool bednet_claims_visit(const struct bednet_claims *claims,
                         bool (*visit)(void *context, struct bednet_text name, struct bednet_text value),
                         void *context);

#endif
