/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of keys. */
#include "token/candidates.h"
#include "token/keyring_internal.h"

static bool fits(const struct bednet_token_issuer *issuer, const struct bednet_key *key,
                 enum bednet_algorithm algorithm)
{
    return (issuer->algorithms & key->algorithms & algorithm) != 0;
}

static void add(struct bednet_candidates *candidates, size_t issuer, const struct bednet_key *key)
{
    if (candidates->count == BEDNET_CANDIDATES_MAX)
        return;
    candidates->at[candidates->count].issuer = issuer;
    candidates->at[candidates->count].key = key;
    candidates->count++;
}

static enum bednet_reason find_named(const struct bednet_token_rules *rules,
                                     const struct bednet_header *header, struct bednet_candidates *candidates)
{
    bool known = false;
    for (size_t i = 0; i < rules->issuer_count; i++) {
        const struct bednet_key *key = bednet_keyring_find(rules->issuers[i].keys, header->kid);
        known |= key != NULL;
        if (key != NULL && fits(&rules->issuers[i], key, header->algorithm))
            add(candidates, i, key);
    }
    if (candidates->count > 0)
        return BEDNET_REASON_NONE;
    return known ? BEDNET_REASON_ALGORITHM : BEDNET_REASON_UNKNOWN_KEY;
}

/* Without a name only one key may come into question, or an attacker could make us try them all. */
static enum bednet_reason find_only(const struct bednet_token_rules *rules,
                                    const struct bednet_header *header, struct bednet_candidates *candidates)
{
    for (size_t i = 0; i < rules->issuer_count; i++) {
        const struct bednet_keyring *keys = rules->issuers[i].keys;
        for (size_t k = 0; k < keys->count; k++) {
            if (fits(&rules->issuers[i], &keys->keys[k], header->algorithm))
                add(candidates, i, &keys->keys[k]);
        }
    }
    return candidates->count == 1 ? BEDNET_REASON_NONE : BEDNET_REASON_UNKNOWN_KEY;
}

enum bednet_reason bednet_candidates_find(const struct bednet_token_rules *rules,
                                          const struct bednet_header *header,
                                          struct bednet_candidates *candidates)
{
    unsigned allowed = 0;
    for (size_t i = 0; i < rules->issuer_count; i++)
        allowed |= rules->issuers[i].algorithms;
    candidates->count = 0;
    if ((allowed & header->algorithm) == 0)
        return BEDNET_REASON_ALGORITHM;
    return header->kid.ptr != NULL ? find_named(rules, header, candidates)
                                   : find_only(rules, header, candidates);
}
