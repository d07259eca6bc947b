/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of a token whose signature was verified (RFC 7519 section 4). */
#ifndef BEDNET_TOKEN_CLAIMS_H
#define BEDNET_TOKEN_CLAIMS_H

#include "token/json.h"
#include "token/verify.h"

/* `claim.` and four names with dots between them. */
#define BEDNET_CLAIM_LEVELS_MAX 4

/* Members at the top by the names that RFC 7519 and those that build on it gave them. */
enum bednet_claim {
    BEDNET_CLAIM_ISS,
    BEDNET_CLAIM_SUB,
    BEDNET_CLAIM_AUD,
    BEDNET_CLAIM_EXP,
    BEDNET_CLAIM_NBF,
    BEDNET_CLAIM_IAT,
    BEDNET_CLAIM_JTI,
    BEDNET_CLAIM_AZP,
    BEDNET_CLAIM_CNF,
    BEDNET_CLAIMS
};

/* One block of memory: the table, and behind it the text from which it borrows. */
struct bednet_claims {
    int64_t expiry_s;
    const struct bednet_json *named[BEDNET_CLAIMS]; /* NULL: it is not there */
    struct bednet_json values[];                    /* the root is an object */
};

/*
 * BEDNET_REASON_NONE with *claims owned by the caller; CLAIMS where the payload is no JSON object; INTERNAL.
 * Allocates once.
 */
enum bednet_reason bednet_claims_read(struct bednet_text payload, struct bednet_claims **claims);

/* True when `iss` is exactly this one. */
bool bednet_claims_come_from(const struct bednet_claims *claims, struct bednet_text issuer);

/*
 * Everything else that `issuer` asks of claims which come from it, at time `now_s`. Once it said NONE, the
 * expiry is known, and no name has two origins.
 */
enum bednet_reason bednet_claims_check(struct bednet_claims *claims, const struct bednet_token_issuer *issuer,
                                       int64_t now_s);

/*
 * The claim that bednet_claims_visit would call `claim.` and this name: a member of that name, dots and all,
 * or with the part before a dot an object that has the rest. NULL where there is none. Borrowed. Only of
 * claims in which no name has two origins.
 */
const struct bednet_json *bednet_claims_find(const struct bednet_claims *claims, struct bednet_text name);

/* The same in claims that nobody has verified, for showing only. `root` is an object. */
const struct bednet_json *bednet_claims_find_in(const struct bednet_json *root, struct bednet_text name);

/* True for a string whose words are values of their own: `scope` and `scp`, by their names from the top on.
 */
bool bednet_claim_is_word_list(const struct bednet_json *claim, struct bednet_text name);

/* Cuts the next word off *rest, which spaces stand between; false when there is none left. */
bool bednet_claim_next_word(struct bednet_text *rest, struct bednet_text *word);

/* A string, integer or boolean as it is written; false for any other value. */
bool bednet_claim_text(const struct bednet_json *value, struct bednet_text *text);

#endif
