/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of a token whose signature was verified (RFC 7519 section 4). */
#ifndef BEDNET_TOKEN_CLAIMS_H
#define BEDNET_TOKEN_CLAIMS_H

#include "token/json.h"
#include "token/verify.h"

/* BEDNET_REASON_NONE with *claims owned by the caller; CLAIMS where the payload is no JSON object; INTERNAL.
 */
enum bednet_reason bednet_claims_read(struct bednet_text payload, struct bednet_claims **claims);

/* True when `iss` is exactly this one. */
bool bednet_claims_come_from(const struct bednet_claims *claims, struct bednet_text issuer);

/*
 * Everything else that `issuer` asks of claims which come from it, at time `now_s`. Once it said NONE, the
 * expiry is known.
 */
enum bednet_reason bednet_claims_check(struct bednet_claims *claims, const struct bednet_token_issuer *issuer,
                                       int64_t now_s);

/*
 * The claim of that name, `a.b` for a member of an object, down to 4 levels; NULL where there is none.
 * Borrowed. Unambiguous once bednet_claims_check said NONE.
 */
const struct bednet_json *bednet_claims_find(const struct bednet_claims *claims, struct bednet_text name);

#endif
