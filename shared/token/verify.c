/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which a token is judged: what costs nothing first, what the token says of itself last. */
#include "token/verify.h"
#include "token/candidates.h"
#include "token/claims.h"
#include "token/compact.h"
#include "token/header.h"

/*
 * Finds the issuer whose key signed the token and who is named in it. Payload and signature belong to one
 * another, so the claims are read only after some key verified.
 */
static enum bednet_reason authenticate(const struct bednet_token_rules *rules,
                                       const struct bednet_compact *token, const struct bednet_header *header,
                                       size_t *issuer, struct bednet_claims **claims)
{
    struct bednet_candidates candidates;
    enum bednet_reason reason = bednet_candidates_find(rules, header, &candidates);
    if (reason != BEDNET_REASON_NONE)
        return reason;

    enum bednet_reason refusal = BEDNET_REASON_SIGNATURE;
    for (size_t i = 0; i < candidates.count; i++) {
        reason = bednet_key_verify(candidates.at[i].key, header->algorithm, token->signing_input,
                                   token->signature);
        if (reason == BEDNET_REASON_INTERNAL)
            return reason;
        if (reason != BEDNET_REASON_NONE)
            continue;
        if (*claims == NULL && (reason = bednet_claims_read(token->payload, claims)) != BEDNET_REASON_NONE)
            return reason;
        if (bednet_claims_come_from(*claims, rules->issuers[candidates.at[i].issuer].issuer)) {
            *issuer = candidates.at[i].issuer;
            return BEDNET_REASON_NONE;
        }
        refusal = BEDNET_REASON_ISSUER;
    }
    return refusal;
}

static enum bednet_reason verify_opened(const struct bednet_token_rules *rules, struct bednet_compact *token,
                                        int64_t now_s, size_t *issuer, struct bednet_claims **claims)
{
    struct bednet_header header;
    enum bednet_reason reason = bednet_header_read(token->header, token->header_bytes, &header);
    if (reason == BEDNET_REASON_NONE)
        reason = authenticate(rules, token, &header, issuer, claims);
    if (reason == BEDNET_REASON_NONE && (rules->issuers[*issuer].types & header.type) == 0)
        reason = BEDNET_REASON_TOKEN_TYPE;
    if (reason == BEDNET_REASON_NONE)
        reason = bednet_claims_check(*claims, &rules->issuers[*issuer], now_s);
    return reason;
}

enum bednet_reason bednet_token_verify(const struct bednet_token_rules *rules, struct bednet_text token,
                                       int64_t now_s, size_t *issuer, struct bednet_claims **claims)
{
    struct bednet_compact compact;
    struct bednet_claims *found = NULL;
    *issuer = BEDNET_ISSUER_UNKNOWN;
    enum bednet_reason reason = bednet_compact_open(token, rules->token_bytes_max, &compact);
    if (reason == BEDNET_REASON_NONE) {
        reason = verify_opened(rules, &compact, now_s, issuer, &found);
        bednet_compact_close(&compact);
    }
    /* Newer versions of OpenSSL put a note of each failed allocation into the broker's queue of errors. */
    if (reason == BEDNET_REASON_INTERNAL)
        bednet_crypto_drain_errors();
    if (reason != BEDNET_REASON_NONE) {
        bednet_claims_free(found);
        return reason;
    }
    *claims = found;
    return BEDNET_REASON_NONE;
}
