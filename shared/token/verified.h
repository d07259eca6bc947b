/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of one key whose signatures were found right a moment ago. A device comes back with the token that
 * it came with, and after a restart of the broker all of them do at once: for them the arithmetic of RSA,
 * ECDSA and EdDSA is spared, and nothing else is. What is kept is a fingerprint of exactly the text that was
 * sent, all three segments of it, in a bounded number of slots, for as long as the key is in use; wrong
 * signatures never come in, so they push out nothing. One thread at a time.
 *
 * The fingerprint is SipHash-2-4 with 128 bits under a secret that is drawn for each key and never leaves it.
 * To have a forged token taken for one that is kept, two inputs must share a fingerprint. Without the secret
 * SipHash is a pseudorandom function as far as anybody knows: nobody can compute, or see, the fingerprint of
 * anything, so each try succeeds with a probability of 65536 in 2^127, whatever is tried, and collisions of
 * tokens that the issuer signed help nobody. An unkeyed hash would have to be a slow one, since there the
 * search could be done at home.
 *
 * Besides, the header of such a token is kept with what it says. The tokens of one key nearly always share it
 * to the letter, and the same letters say the same: it is compared in full, and whoever finds it here is
 * spared reading it, not one question that depends on it.
 */
#ifndef BEDNET_TOKEN_VERIFIED_H
#define BEDNET_TOKEN_VERIFIED_H

#include "core/text.h"
#include "token/header.h"
#include <stdint.h>

struct bednet_verified;

struct bednet_fingerprint {
    uint64_t words[2];
};

/*
 * NULL without memory or randomness. Takes 1 MiB of address space, of which no more is touched than what is
 * kept needs: 5 KiB, and from 200 tokens on 24 bytes for each.
 */
struct bednet_verified *bednet_verified_new(void);
void bednet_verified_free(struct bednet_verified *verified);

/* Of the text of a token, and of the algorithm that its header names. */
void bednet_fingerprint_take(const struct bednet_verified *verified, unsigned algorithm,
                             struct bednet_text token, struct bednet_fingerprint *out);

bool bednet_verified_knows(const struct bednet_verified *verified,
                           const struct bednet_fingerprint *fingerprint);

/* Only after the key itself found the signature right, and the text in its one spelling. */
void bednet_verified_note(struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint);

/*
 * What the header `segment`, still in base64url, says, where it is the one that is kept; *header then borrows
 * from `verified` until another is noted.
 */
bool bednet_verified_recall_header(const struct bednet_verified *verified, struct bednet_text segment,
                                   struct bednet_header *header);

/* Keeps what bednet_header_read made of `segment` in the place of the one before, unless it is long. */
void bednet_verified_note_header(struct bednet_verified *verified, struct bednet_text segment,
                                 const struct bednet_header *header);

#endif
