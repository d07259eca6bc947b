/* SPDX-License-Identifier: Apache-2.0 */
/* What the table of identities keeps of each of them, and how it is made. For identity.c alone. */
#ifndef BEDNET_RUNTIME_IDENTITY_ENTRY_H
#define BEDNET_RUNTIME_IDENTITY_ENTRY_H

#include "runtime/identity.h"
#include "runtime/table.h"

/* One allocation: the entry, then whatever varies in number. */
struct bednet_identity_entry {
    struct bednet_identity identity; /* first, so that one is where the other is */
    const void *chain;
    struct bednet_index_link by_handle;
    struct bednet_index_link by_name;
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

/* Copies everything. NULL without memory. It is in no table and in no list, and has no handle. */
struct bednet_identity_entry *bednet_identity_new_entry(const struct bednet_identity_spec *spec,
                                                        struct bednet_shapes *shapes,
                                                        struct bednet_commons *layouts);

/* One that is in no table and in no list any more; the tables are those that it was made with. */
void bednet_identity_free_entry(struct bednet_identity_entry *entry, struct bednet_shapes *shapes,
                                struct bednet_commons *layouts);

#endif
