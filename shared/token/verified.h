/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of one key that were found right a moment ago. A device comes back with the token that it came
 * with, and after a restart of the broker all of them do at once: for them the arithmetic of RSA, ECDSA and
 * EdDSA is spared, and nothing else is. What is kept is a fingerprint of exactly those bytes, in a fixed
 * number of slots, for as long as the key is in use. One thread at a time.
 */
#ifndef BEDNET_TOKEN_VERIFIED_H
#define BEDNET_TOKEN_VERIFIED_H

#include "core/text.h"

struct bednet_verified;

struct bednet_fingerprint {
    unsigned char bytes[32];
};

/* NULL without memory. Takes 2 MiB of address space, of which memory backs what is used. */
struct bednet_verified *bednet_verified_new(void);
void bednet_verified_free(struct bednet_verified *verified);

/* Of what was signed and its signature, whose length is the key's: nobody can find two that share one. */
void bednet_fingerprint_take(struct bednet_text input, struct bednet_text signature,
                             struct bednet_fingerprint *out);

bool bednet_verified_knows(const struct bednet_verified *verified,
                           const struct bednet_fingerprint *fingerprint);
void bednet_verified_note(struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint);

#endif
