/* SPDX-License-Identifier: Apache-2.0 */
/* A keyring as seen from inside this folder. */
#ifndef BEDNET_TOKEN_KEYRING_INTERNAL_H
#define BEDNET_TOKEN_KEYRING_INTERNAL_H

#include "token/key.h"
#include "token/keyring.h"

struct bednet_keyring {
    size_t count;
    struct bednet_key keys[]; /* as in the file */
};

/* The key with that kid; NULL where there is none. Borrowed. */
const struct bednet_key *bednet_keyring_find(const struct bednet_keyring *keyring, struct bednet_text kid);

#endif
