/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which a token is judged: what costs nothing first, what the token says of itself last. */
#include "token/verify.h"
#include "token/candidates.h"
#include "token/claims.h"
#include "token/compact.h"
#include "token/header.h"

/* What is known to be right is not decoded, let alone computed, again; nothing else differs for it. */
static enum bednet_reason verify_signature(const struct bednet_key *key, struct bednet_compact *token,
                                           const struct bednet_header *header)
{
    struct bednet_fingerprint fingerprint;
    bednet_fingerprint_take(key->verified, header->algorithm, token->text, &fingerprint);
    if (!bednet_verified_knows(key->verified, &fingerprint)) {
        enum bednet_reason reason = bednet_compact_decode(token);
        if (reason == BEDNET_REASON_NONE)
            reason = bednet_key_verify(key, header->algorithm, token->signing_input, token->signature);
        if (reason != BEDNET_REASON_NONE)
            return reason;
        bednet_verified_note(key->verified, &fingerprint);
    }
    bednet_verified_note_header(key->verified, token->segments[BEDNET_COMPACT_HEADER], header);
    return BEDNET_REASON_NONE;
}

static enum bednet_reason read_claims(struct bednet_compact *token, struct bednet_claims **claims)
{
    enum bednet_reason reason = *claims == NULL ? bednet_compact_decode_payload(token) : BEDNET_REASON_NONE;
    return *claims == NULL && reason == BEDNET_REASON_NONE ? bednet_claims_read(token->payload, claims)
                                                           : reason;
}

/*
 * Finds the issuer whose key signed the token and who is named in it. Payload and signature belong to one
 * another, so the claims are read only after some key verified.
 */
static enum bednet_reason authenticate(const struct bednet_token_rules *rules, struct bednet_compact *token,
                                       const struct bednet_header *header,
                                       const struct bednet_candidates *candidates, size_t *issuer,
                                       struct bednet_claims **claims)
{
    enum bednet_reason refusal = BEDNET_REASON_SIGNATURE;
    for (size_t i = 0; i < candidates->count; i++) {
        enum bednet_reason reason = verify_signature(candidates->at[i].key, token, header);
        if (reason == BEDNET_REASON_INTERNAL || reason == BEDNET_REASON_MALFORMED)
            return reason;
        if (reason != BEDNET_REASON_NONE)
            continue;
        if ((reason = read_claims(token, claims)) != BEDNET_REASON_NONE)
            return reason;
        if (bednet_claims_come_from(*claims, rules->issuers[candidates->at[i].issuer].issuer)) {
            *issuer = candidates->at[i].issuer;
            return BEDNET_REASON_NONE;
        }
        refusal = BEDNET_REASON_ISSUER;
    }
    return refusal;
}

static enum bednet_reason read_header(const struct bednet_token_rules *rules, struct bednet_compact *token,
                                      struct bednet_header *header)
{
    if (bednet_candidates_recall_header(rules, token->segments[BEDNET_COMPACT_HEADER], header))
        return BEDNET_REASON_NONE;
    enum bednet_reason reason = bednet_compact_decode(token);
    return reason == BEDNET_REASON_NONE ? bednet_header_read(token->header, token->header_bytes, header)
                                        : reason;
}

static enum bednet_reason verify_cut(const struct bednet_token_rules *rules, struct bednet_compact *token,
                                     int64_t now_s, size_t *issuer, struct bednet_claims **claims)
{
    struct bednet_header header;
    struct bednet_candidates candidates;
    enum bednet_reason reason = read_header(rules, token, &header);
    if (reason == BEDNET_REASON_NONE) {
        reason = bednet_candidates_find(rules, &header, &candidates);
        /* That a token is malformed is said of it before anything else, whether its header is known or not.
         */
        enum bednet_reason malformed = reason != BEDNET_REASON_NONE ? bednet_compact_decode(token) : reason;
        if (malformed != BEDNET_REASON_NONE)
            reason = malformed;
    }
    if (reason == BEDNET_REASON_NONE)
        reason = authenticate(rules, token, &header, &candidates, issuer, claims);
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
    enum bednet_reason reason = bednet_compact_cut(token, rules->token_bytes_max, &compact);
    if (reason == BEDNET_REASON_NONE) {
        reason = verify_cut(rules, &compact, now_s, issuer, &found);
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
