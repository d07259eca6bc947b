/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys may have signed a token: the header's `kid` and `alg` only choose among what the policy allows.
 */
#ifndef BEDNET_TOKEN_CANDIDATES_H
#define BEDNET_TOKEN_CANDIDATES_H

#include "token/header.h"
#include "token/key.h"
#include "token/verify.h"

/*
 * A key id is unique in one issuer's set, not among issuers, and tenants of one identity provider share whole
 * sets. So there may be a key for each issuer, and this many signatures are checked at most.
 */
#define BEDNET_CANDIDATES_MAX 16

/*
 * Where the key id does not tell: an old and a new key of two issuers. Where more fit, none of them is tried:
 * a forged token must not cost that many signatures, and a right one not depend on which were left out.
 */
#define BEDNET_CANDIDATES_NAMELESS_MAX BEDNET_PEM_KEYS_MAX

struct bednet_candidates {
    size_t count;
    struct {
        size_t issuer; /* index in the rules */
        const struct bednet_key *key;
    } at[BEDNET_CANDIDATES_MAX];
};

/*
 * BEDNET_REASON_NONE with at least one candidate; ALGORITHM where no issuer allows the algorithm, or not with
 * the key that is named; KEYS_UNAVAILABLE where an issuer that allows it has no keys at the moment;
 * UNKNOWN_KEY. Allocates nothing.
 */
enum bednet_reason bednet_candidates_find(const struct bednet_token_rules *rules,
                                          const struct bednet_header *header,
                                          struct bednet_candidates *candidates);

/*
 * What a header, still in base64url, says, where a token with the same one was verified by a key that is in
 * use now. *header then borrows from that key. It says as little for the token as if it had been read.
 */
bool bednet_candidates_recall_header(const struct bednet_token_rules *rules, struct bednet_text segment,
                                     struct bednet_header *header);

#endif
