/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of one key that were found right a moment ago. A device comes back with the token that it came
 * with, and after a restart of the broker all of them do at once: for them the arithmetic of RSA, ECDSA and
 * EdDSA is spared, and nothing else is. What is kept is a fingerprint of exactly those bytes, in a bounded
 * number of slots, for as long as the key is in use; wrong signatures never come in, so they push out
 * nothing. One thread at a time.
 *
 * The fingerprint is SipHash-2-4 with 128 bits under secrets that are drawn for each key and never leave it.
 * To have a forged token taken for one that is kept, two inputs must share a fingerprint. Without the secrets
 * SipHash is a pseudorandom function as far as anybody knows: nobody can compute, or see, the fingerprint of
 * anything, so each try succeeds with a probability of 65536 in 2^128, whatever is tried, and collisions of
 * tokens that the issuer signed help nobody. An unkeyed hash would have to be a slow one, since there the
 * search could be done at home.
 */
#ifndef BEDNET_TOKEN_VERIFIED_H
#define BEDNET_TOKEN_VERIFIED_H

#include "core/text.h"
#include <stdint.h>

struct bednet_verified;

struct bednet_fingerprint {
    uint64_t words[2];
};

/*
 * NULL without memory or randomness. Takes 1 MiB of address space, of which no more is touched than what is
 * kept needs, from 4 KiB on.
 */
struct bednet_verified *bednet_verified_new(void);
void bednet_verified_free(struct bednet_verified *verified);

/*
 * Of what was signed, by which algorithm, and the signature, which has at most BEDNET_SIGNATURE_BYTES_MAX
 * bytes and the one length that fits key and algorithm.
 */
void bednet_fingerprint_take(const struct bednet_verified *verified, unsigned algorithm,
                             struct bednet_text input, struct bednet_text signature,
                             struct bednet_fingerprint *out);

bool bednet_verified_knows(const struct bednet_verified *verified,
                           const struct bednet_fingerprint *fingerprint);
void bednet_verified_note(struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint);

#endif
