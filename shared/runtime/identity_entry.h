/* SPDX-License-Identifier: Apache-2.0 */
/* What the table of identities keeps of each of them, and how it is made. For identity.c alone. */
#ifndef BEDNET_RUNTIME_IDENTITY_ENTRY_H
#define BEDNET_RUNTIME_IDENTITY_ENTRY_H

#include "runtime/expiry.h"
#include "runtime/identity.h"
#include "runtime/table.h"

#include <stdint.h>

/* One allocation: the entry, its arrays, then the bytes that all texts point into. */
struct bednet_identity_entry {
    struct bednet_identity identity;
    const void *handle;
    const void *chain;
    bool indexed;
    bool waited;  /* it was pending when bednet_identities_confirm_all came by */
    bool known;   /* alive, and its names were compared since */
    bool closing; /* it ended, and its connection is still to be closed */
    bool over;    /* it ended, and for good: its session has no right left either */
    size_t name_key_bytes;
    const char *name_key; /* chain, client id, NUL, and where there is a user name its bytes and NUL */
    UT_hash_handle by_handle;
    UT_hash_handle by_name;
    struct bednet_identity_entry *prev; /* in the list of its state: pending, retired, unproven or closing */
    struct bednet_identity_entry *next;
    struct bednet_expiry_item expiry;
};

#define BEDNET_IDENTITY_KEY_BYTES_MAX (sizeof(void *) + BEDNET_IDENTITY_NAME_BYTES_MAX + 2)

/*
 * Writes what a session is known by without its handle, and returns how many bytes that is: at most
 * BEDNET_IDENTITY_KEY_BYTES_MAX, where the names fit. MQTT strings hold no NUL, so the separator keeps the
 * parts apart, and absent differs from empty.
 */
size_t bednet_identity_write_key(char *out, const void *chain, struct bednet_text client_id,
                                 struct bednet_text username);

static inline bool bednet_identity_names_fit(struct bednet_text client_id, struct bednet_text username)
{
    return client_id.ptr != NULL && client_id.len <= BEDNET_IDENTITY_NAME_BYTES_MAX &&
           username.len <= BEDNET_IDENTITY_NAME_BYTES_MAX - client_id.len;
}

/* Unlike to bednet_text_equal, a name that is absent is the same as one that is absent. */
static inline bool bednet_identity_same_name(struct bednet_text a, struct bednet_text b)
{
    return a.len == b.len && (a.ptr == NULL) == (b.ptr == NULL) &&
           (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Copies everything. NULL without memory; else free() it. It is in no table and in no list. */
struct bednet_identity_entry *bednet_identity_new_entry(const struct bednet_identity_spec *spec);

#endif
