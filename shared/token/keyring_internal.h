/* SPDX-License-Identifier: Apache-2.0 */
/* A keyring as seen from inside this folder. */
#ifndef BEDNET_TOKEN_KEYRING_INTERNAL_H
#define BEDNET_TOKEN_KEYRING_INTERNAL_H

#include "token/key.h"
#include "token/keyring.h"

struct bednet_keyring {
    size_t count;
    bool nameless;            /* from a format without key ids */
    struct bednet_key keys[]; /* as in the file */
};

/* The key with that kid; NULL where there is none. Borrowed. */
const struct bednet_key *bednet_keyring_find(const struct bednet_keyring *keyring, struct bednet_text kid);

/* What is being read, and where complaints go. */
struct bednet_key_text {
    const char *file;
    struct bednet_text text; /* as it was given */
    struct bednet_diag *diag;
};

/* An empty keyring for so many keys; NULL without memory. */
struct bednet_keyring *bednet_keyring_new(size_t capacity);

/* The line and column of byte `offset`. */
struct bednet_source bednet_keyring_place(const struct bednet_key_text *source, size_t offset);

/* Complains of the place `offset`, and gives BEDNET_INVALID. */
enum bednet_status bednet_keyring_refuse(const struct bednet_key_text *source, size_t offset,
                                         const char *text);

/*
 * What became of the key at `offset`, which was read into the first free place of the keyring: it stays there
 * and is counted, or there is a complaint. OK, INVALID or NOMEM.
 */
enum bednet_status bednet_keyring_settle(const struct bednet_key_text *source, size_t offset, size_t number,
                                         struct bednet_text kid, enum bednet_key_outcome outcome,
                                         const char *why, struct bednet_keyring *keyring);

#endif
