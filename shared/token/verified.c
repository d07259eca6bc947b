/* SPDX-License-Identifier: Apache-2.0 */
/* A table of fingerprints that grows within memory which is not touched before. */
#include "token/verified.h"
#include "token/key.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sys/random.h>

/* Powers of two. A set of four is as long as a line of the processor's cache. */
#define WAYS       4
#define SETS_FIRST 64
#define SETS_LAST  16384

/* All zero says that a slot is free. */
struct bednet_verified {
    unsigned char secrets[2][crypto_shorthash_siphashx24_KEYBYTES];
    size_t sets; /* in use; the memory of the others was not touched yet */
    size_t taken;
    struct bednet_fingerprint slots[SETS_LAST][WAYS];
};

struct bednet_verified *bednet_verified_new(void)
{
    struct bednet_verified *verified = OPENSSL_malloc(sizeof *verified);
    if (verified == NULL)
        return NULL;
    if (getrandom(verified->secrets, sizeof verified->secrets, 0) != sizeof verified->secrets) {
        OPENSSL_free(verified);
        return NULL;
    }
    verified->sets = SETS_FIRST;
    verified->taken = 0;
    memset(verified->slots, 0, SETS_FIRST * sizeof *verified->slots);
    return verified;
}

void bednet_verified_free(struct bednet_verified *verified)
{
    OPENSSL_free(verified);
}

void bednet_fingerprint_take(const struct bednet_verified *verified, unsigned algorithm,
                             struct bednet_text input, struct bednet_text signature,
                             struct bednet_fingerprint *out)
{
    unsigned char rest[crypto_shorthash_siphashx24_BYTES + sizeof algorithm + BEDNET_SIGNATURE_BYTES_MAX];
    unsigned char *at = rest + crypto_shorthash_siphashx24_BYTES;
    static_assert(sizeof *out == crypto_shorthash_siphashx24_BYTES, "128 bits");
    assert(signature.len <= BEDNET_SIGNATURE_BYTES_MAX);
    crypto_shorthash_siphashx24(rest, (const unsigned char *)input.ptr, input.len, verified->secrets[0]);
    memcpy(at, &algorithm, sizeof algorithm);
    at += sizeof algorithm;
    memcpy(at, signature.ptr, signature.len);
    at += signature.len;
    crypto_shorthash_siphashx24((unsigned char *)out, rest, (size_t)(at - rest), verified->secrets[1]);
    out->words[1] |= 1; /* never that of a free slot */
}

static bool is_same(const struct bednet_fingerprint *a, const struct bednet_fingerprint *b)
{
    return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

bool bednet_verified_knows(const struct bednet_verified *verified,
                           const struct bednet_fingerprint *fingerprint)
{
    const struct bednet_fingerprint *set = verified->slots[fingerprint->words[0] & (verified->sets - 1)];
    bool known = false;
    for (size_t way = 0; way < WAYS; way++)
        known |= is_same(&set[way], fingerprint);
    return known;
}

/* Twice as many sets: what is in one stays, or moves as far up as there were sets. */
static void grow(struct bednet_verified *verified)
{
    size_t sets = verified->sets;
    memset(verified->slots[sets], 0, sets * sizeof *verified->slots);
    for (size_t i = 0; i < sets; i++) {
        for (size_t way = 0; way < WAYS; way++) {
            struct bednet_fingerprint *slot = &verified->slots[i][way];
            if ((slot->words[0] & sets) == 0)
                continue;
            verified->slots[i + sets][way] = *slot;
            *slot = (struct bednet_fingerprint){{0, 0}};
        }
    }
    verified->sets = 2 * sets;
}

static struct bednet_fingerprint *free_way(struct bednet_fingerprint set[WAYS])
{
    for (size_t way = 0; way < WAYS; way++) {
        if (set[way].words[1] == 0)
            return &set[way];
    }
    return NULL;
}

/*
 * Two tokens that push each other out cost their arithmetic each time, so that a crowded set makes the table
 * grow, as long as it is not nearly empty besides.
 */
void bednet_verified_note(struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint)
{
    struct bednet_fingerprint *set, *place;
    for (;;) {
        set = verified->slots[fingerprint->words[0] & (verified->sets - 1)];
        place = free_way(set);
        if (place != NULL || verified->sets == SETS_LAST || verified->taken < verified->sets * WAYS / 8)
            break;
        grow(verified);
    }
    verified->taken += place != NULL;
    if (place == NULL)
        place = &set[fingerprint->words[1] >> 62];
    *place = *fingerprint;
}
