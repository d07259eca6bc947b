/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of keys for a token that nobody has vouched for yet. */
#include "token/candidates.h"
#include "token/keyring_internal.h"

/* What was come across on the way. */
struct search {
    const struct bednet_header *header;
    struct bednet_candidates *candidates; /* named ones */
    struct bednet_candidates nameless;
    size_t nameless_count; /* more than there is room for */
    bool misfit;           /* the named key is there, but not for this algorithm */
    bool unavailable;      /* an issuer that might have it has no keys */
};

static void add(struct bednet_candidates *candidates, size_t issuer, const struct bednet_key *key)
{
    if (candidates->count == BEDNET_CANDIDATES_MAX)
        return;
    candidates->at[candidates->count].issuer = issuer;
    candidates->at[candidates->count].key = key;
    candidates->count++;
}

static void search_named(struct search *search, size_t index, const struct bednet_token_issuer *issuer)
{
    const struct bednet_key *key = bednet_keyring_find(issuer->keys, search->header->kid);
    if (key == NULL)
        return;
    if ((issuer->algorithms & key->algorithms & search->header->algorithm) != 0)
        add(search->candidates, index, key);
    else
        search->misfit = true;
}

static void search_nameless(struct search *search, size_t index, const struct bednet_token_issuer *issuer)
{
    for (size_t i = 0; i < issuer->keys->count; i++) {
        const struct bednet_key *key = &issuer->keys->keys[i];
        if ((issuer->algorithms & key->algorithms & search->header->algorithm) == 0)
            continue;
        search->nameless_count++;
        add(&search->nameless, index, key);
    }
}

static void append_nameless(struct search *search)
{
    if (search->nameless_count > BEDNET_CANDIDATES_NAMELESS_MAX)
        return;
    for (size_t i = 0; i < search->nameless.count; i++)
        add(search->candidates, search->nameless.at[i].issuer, search->nameless.at[i].key);
}

enum bednet_reason bednet_candidates_find(const struct bednet_token_rules *rules,
                                          const struct bednet_header *header,
                                          struct bednet_candidates *candidates)
{
    struct search search;
    search.header = header;
    search.candidates = candidates;
    search.nameless.count = search.nameless_count = 0;
    search.misfit = search.unavailable = false;
    unsigned allowed = 0;
    candidates->count = 0;
    for (size_t i = 0; i < rules->issuer_count; i++) {
        const struct bednet_token_issuer *issuer = &rules->issuers[i];
        allowed |= issuer->algorithms;
        if (issuer->keys == NULL)
            search.unavailable |= (issuer->algorithms & header->algorithm) != 0;
        else if (header->kid.ptr != NULL && !issuer->keys->nameless)
            search_named(&search, i, issuer);
        else
            search_nameless(&search, i, issuer);
    }
    append_nameless(&search);
    if (candidates->count > 0)
        return BEDNET_REASON_NONE;
    if ((allowed & header->algorithm) == 0)
        return BEDNET_REASON_ALGORITHM;
    if (search.unavailable && search.nameless_count == 0)
        return BEDNET_REASON_KEYS_UNAVAILABLE;
    return search.misfit ? BEDNET_REASON_ALGORITHM : BEDNET_REASON_UNKNOWN_KEY;
}

bool bednet_candidates_recall_header(const struct bednet_token_rules *rules, struct bednet_text segment,
                                     struct bednet_header *header)
{
    for (size_t i = 0; i < rules->issuer_count; i++) {
        const struct bednet_keyring *keys = rules->issuers[i].keys;
        for (size_t k = 0; keys != NULL && k < keys->count; k++) {
            if (bednet_verified_recall_header(keys->keys[k].verified, segment, header))
                return true;
        }
    }
    return false;
}
