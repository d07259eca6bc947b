/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hashes with different duties. Keys that a client chooses go through bednet_hash_keyed (SipHash-2-4 by
 * libsodium), which nobody can steer without the key. Tables that only the policy fills use
 * bednet_hash_frozen (XXH3): an attacker chooses what is looked up there, never what is in it.
 */
#ifndef BEDNET_CORE_HASH_H
#define BEDNET_CORE_HASH_H

#include "core/text.h"
#include <stdint.h>

struct bednet_hash_key {
    uint8_t bytes[16];
};

/* Any thread. */
uint64_t bednet_hash_keyed_wide(const struct bednet_hash_key *key, struct bednet_text text);

/* The lower half of it, as tables want it. Any thread. */
uint32_t bednet_hash_keyed(const struct bednet_hash_key *key, struct bednet_text text);

/* Any thread. Never for keys that clients may insert. */
uint64_t bednet_hash_frozen(struct bednet_text text);

#endif
