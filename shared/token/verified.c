/* SPDX-License-Identifier: Apache-2.0 */
/* A table of fingerprints that grows within memory which is not touched before, and one header. */
#include "token/verified.h"
#include "token/keyring.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sys/random.h>

/* Powers of two. A set of four is as long as a line of the processor's cache. */
#define WAYS       4
#define SETS_FIRST 64
#define SETS_LAST  16384
/*
 * So many slots in a hundred are taken when the table grows. Where some of its sets are divided and others
 * are not yet, the latter are nearly full by then; with more, many fingerprints are pushed out (measured).
 */
#define FILLED 66

/* A key id of the longest kind in base64url, and what else stands beside it. */
#define SEGMENT_BYTES_MAX 512

struct kept_header {
    struct bednet_header said; /* its kid, if any, is the one below */
    size_t segment_bytes;      /* 0: none is kept */
    char segment[SEGMENT_BYTES_MAX];
    char kid[BEDNET_KID_BYTES_MAX];
};

/* All zero says that a slot is free. */
struct bednet_verified {
    unsigned char secret[crypto_shorthash_siphashx24_KEYBYTES];
    struct kept_header header;
    size_t sets;  /* in use; the memory of the others was not touched yet */
    size_t range; /* the least power of two that is no less */
    size_t taken;
    struct bednet_fingerprint slots[SETS_LAST][WAYS];
};

struct bednet_verified *bednet_verified_new(void)
{
    struct bednet_verified *verified = OPENSSL_malloc(sizeof *verified);
    if (verified == NULL)
        return NULL;
    if (getrandom(verified->secret, sizeof verified->secret, 0) != sizeof verified->secret) {
        OPENSSL_free(verified);
        return NULL;
    }
    verified->header.segment_bytes = 0;
    verified->sets = verified->range = SETS_FIRST;
    verified->taken = 0;
    memset(verified->slots, 0, SETS_FIRST * sizeof *verified->slots);
    return verified;
}

void bednet_verified_free(struct bednet_verified *verified)
{
    OPENSSL_free(verified);
}

void bednet_fingerprint_take(const struct bednet_verified *verified, unsigned algorithm,
                             struct bednet_text token, struct bednet_fingerprint *out)
{
    static_assert(sizeof *out == crypto_shorthash_siphashx24_BYTES, "128 bits");
    crypto_shorthash_siphashx24((unsigned char *)out, (const unsigned char *)token.ptr, token.len,
                                verified->secret);
    /* The text names the algorithm too; this holds even for a caller who took it from elsewhere. */
    out->words[0] ^= (uint64_t)algorithm << 32;
    out->words[1] |= 1; /* never that of a free slot */
}

static bool is_same(const struct bednet_fingerprint *a, const struct bednet_fingerprint *b)
{
    return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

/*
 * The table grows by one set at a time (linear hashing): each of the sets of the last half of the range takes
 * what is its own from the one that had stood for both, when its turn comes.
 */
static size_t set_of(const struct bednet_verified *verified, uint64_t bits)
{
    size_t set = bits & (verified->range - 1);
    return set < verified->sets ? set : set - verified->range / 2;
}

/*
 * A fingerprint stands in one of two sets, the other of which it can be moved to: so the table is well filled
 * before one that came is pushed out.
 */
static size_t first_set(const struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint)
{
    return set_of(verified, fingerprint->words[0]);
}

static size_t second_set(const struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint)
{
    return set_of(verified, fingerprint->words[1] >> 1);
}

static bool holds(const struct bednet_fingerprint set[WAYS], const struct bednet_fingerprint *fingerprint)
{
    bool holds = false;
    for (size_t way = 0; way < WAYS; way++)
        holds |= is_same(&set[way], fingerprint);
    return holds;
}

bool bednet_verified_knows(const struct bednet_verified *verified,
                           const struct bednet_fingerprint *fingerprint)
{
    return holds(verified->slots[first_set(verified, fingerprint)], fingerprint) ||
           holds(verified->slots[second_set(verified, fingerprint)], fingerprint);
}

/* One set more: what is in the one that stood for it stays, or moves to the same way of the new one. */
static void grow(struct bednet_verified *verified)
{
    size_t added = verified->sets;
    if (added == verified->range)
        verified->range *= 2;
    size_t old = added - verified->range / 2;
    memset(verified->slots[added], 0, sizeof verified->slots[added]);
    for (size_t way = 0; way < WAYS; way++) {
        struct bednet_fingerprint *slot = &verified->slots[old][way];
        uint64_t place = first_set(verified, slot) == old ? slot->words[0] : slot->words[1] >> 1;
        if ((place & (verified->range - 1)) != added)
            continue;
        verified->slots[added][way] = *slot;
        *slot = (struct bednet_fingerprint){{0, 0}};
    }
    verified->sets++;
}

static size_t count_free(const struct bednet_fingerprint set[WAYS])
{
    size_t count = 0;
    for (size_t way = 0; way < WAYS; way++)
        count += set[way].words[1] == 0;
    return count;
}

static struct bednet_fingerprint *free_way(struct bednet_fingerprint set[WAYS])
{
    for (size_t way = 0; way < WAYS; way++) {
        if (set[way].words[1] == 0)
            return &set[way];
    }
    return NULL;
}

/* One of a full set moves to where else it may stand, and its place is free. NULL where none of them can. */
static struct bednet_fingerprint *clear_place(struct bednet_verified *verified, size_t set)
{
    for (size_t way = 0; way < WAYS; way++) {
        struct bednet_fingerprint *slot = &verified->slots[set][way];
        size_t first = first_set(verified, slot), second = second_set(verified, slot);
        struct bednet_fingerprint *elsewhere = free_way(verified->slots[first == set ? second : first]);
        if (elsewhere != NULL) {
            *elsewhere = *slot;
            return slot;
        }
    }
    return NULL;
}

static struct bednet_fingerprint *find_place(struct bednet_verified *verified,
                                             const struct bednet_fingerprint *fingerprint)
{
    size_t first = first_set(verified, fingerprint), second = second_set(verified, fingerprint);
    bool second_is_emptier = count_free(verified->slots[second]) > count_free(verified->slots[first]);
    struct bednet_fingerprint *place = free_way(verified->slots[second_is_emptier ? second : first]);
    if (place == NULL)
        place = clear_place(verified, first);
    return place != NULL ? place : clear_place(verified, second);
}

/*
 * Two tokens that push each other out cost their arithmetic each time, so that the table grows before that
 * becomes likely.
 */
void bednet_verified_note(struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint)
{
    while (verified->sets < SETS_LAST && verified->taken * 100 >= verified->sets * WAYS * FILLED)
        grow(verified);
    struct bednet_fingerprint *place = find_place(verified, fingerprint);
    verified->taken += place != NULL;
    if (place == NULL)
        place = &verified->slots[first_set(verified, fingerprint)][fingerprint->words[1] >> 62];
    *place = *fingerprint;
}

static bool is_kept(const struct kept_header *kept, struct bednet_text segment)
{
    return segment.len > 0 && segment.len == kept->segment_bytes &&
           memcmp(segment.ptr, kept->segment, segment.len) == 0;
}

bool bednet_verified_recall_header(const struct bednet_verified *verified, struct bednet_text segment,
                                   struct bednet_header *header)
{
    if (!is_kept(&verified->header, segment))
        return false;
    *header = verified->header.said;
    return true;
}

/* A header that is kept already stays untouched: it may be itself what the caller has of it. */
void bednet_verified_note_header(struct bednet_verified *verified, struct bednet_text segment,
                                 const struct bednet_header *header)
{
    struct kept_header *kept = &verified->header;
    if (segment.len > sizeof kept->segment || header->kid.len > sizeof kept->kid || is_kept(kept, segment))
        return;
    memcpy(kept->segment, segment.ptr, segment.len);
    kept->segment_bytes = segment.len;
    kept->said = *header;
    if (header->kid.ptr != NULL) {
        memcpy(kept->kid, header->kid.ptr, header->kid.len);
        kept->said.kid.ptr = kept->kid;
    }
}
