/* SPDX-License-Identifier: Apache-2.0 */
/* libsodium's SipHash-2-4 and xxHash's XXH3 behind two names that say which is for what. */
#include "core/hash.h"

#include <assert.h>
#include <sodium/crypto_shorthash.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static_assert(sizeof(((struct bednet_hash_key *)0)->bytes) == crypto_shorthash_KEYBYTES, "key of SipHash");

uint64_t bednet_hash_keyed_wide(const struct bednet_hash_key *key, struct bednet_text text)
{
    static const unsigned char nothing[1];
    const unsigned char *bytes = text.ptr != NULL ? (const unsigned char *)text.ptr : nothing;
    unsigned char digest[crypto_shorthash_BYTES];

    crypto_shorthash(digest, bytes, text.len, key->bytes);
    uint64_t hash = 0;
    for (size_t i = crypto_shorthash_BYTES; i-- > 0;)
        hash = hash << 8 | digest[i];
    return hash;
}

uint32_t bednet_hash_keyed(const struct bednet_hash_key *key, struct bednet_text text)
{
    return (uint32_t)bednet_hash_keyed_wide(key, text);
}

uint64_t bednet_hash_frozen(struct bednet_text text)
{
    return XXH3_64bits(text.ptr, text.len);
}
