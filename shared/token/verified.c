/* SPDX-License-Identifier: Apache-2.0 */
#include "token/verified.h"

#include <assert.h>
#include <sodium/crypto_generichash_blake2b.h>
#include <stdint.h>
#include <stdlib.h>

/* A power of two. All zero says that a slot is free: no fingerprint that anybody can find is. */
#define SLOTS 65536

struct bednet_verified {
    struct bednet_fingerprint slots[SLOTS];
};

struct bednet_verified *bednet_verified_new(void)
{
    return calloc(1, sizeof(struct bednet_verified));
}

void bednet_verified_free(struct bednet_verified *verified)
{
    free(verified);
}

void bednet_fingerprint_take(struct bednet_text input, struct bednet_text signature,
                             struct bednet_fingerprint *out)
{
    crypto_generichash_blake2b_state state;
    static_assert(sizeof out->bytes == crypto_generichash_blake2b_BYTES, "the digest of BLAKE2b-256");
    crypto_generichash_blake2b_init(&state, NULL, 0, sizeof out->bytes);
    crypto_generichash_blake2b_update(&state, (const unsigned char *)input.ptr, input.len);
    crypto_generichash_blake2b_update(&state, (const unsigned char *)signature.ptr, signature.len);
    crypto_generichash_blake2b_final(&state, out->bytes, sizeof out->bytes);
}

static size_t slot_of(const struct bednet_fingerprint *fingerprint)
{
    uint32_t start;
    memcpy(&start, fingerprint->bytes, sizeof start);
    return start & (SLOTS - 1);
}

bool bednet_verified_knows(const struct bednet_verified *verified,
                           const struct bednet_fingerprint *fingerprint)
{
    return memcmp(&verified->slots[slot_of(fingerprint)], fingerprint, sizeof *fingerprint) == 0;
}

void bednet_verified_note(struct bednet_verified *verified, const struct bednet_fingerprint *fingerprint)
{
    verified->slots[slot_of(fingerprint)] = *fingerprint;
}
