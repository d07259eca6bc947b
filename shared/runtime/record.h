/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An identity as bytes, for the time after a restart of the broker: versioned, bounded, with a checksum, so
 * that what a disk made of it is not taken for somebody's rights. There is one way only to write an identity.
 * No secret is in it: no password, no token, and not the keyed hash by which one is known again. Pure; any
 * thread.
 */
#ifndef BEDNET_RUNTIME_RECORD_H
#define BEDNET_RUNTIME_RECORD_H

#include "runtime/identity.h"

#define BEDNET_RECORD_CHAIN_BYTES_MAX 255
/* No identity is longer. */
#define BEDNET_RECORD_BYTES_MAX 16384

/* What is read. The texts of `spec` are those of the bytes, its arrays are here. */
struct bednet_record {
    struct bednet_text chain; /* the name of the chain; spec.chain is not set */
    bool revoked;             /* nothing is allowed any more */
    struct bednet_identity_spec spec;

    struct bednet_attribute attributes[BEDNET_IDENTITY_ATTRIBUTES_MAX];
    struct bednet_text role_names[BEDNET_ROLES_PER_CLIENT_MAX];
    struct bednet_permissions permissions;
    struct bednet_permission filters[BEDNET_PERMISSIONS_MAX];
    struct bednet_certificate_mark mark;
};

/*
 * Writes an identity; chain, handle and credential of `spec` and where the policy speaks of permissions are
 * left out. Returns how many bytes that took; 0 where the identity does not fit (see bednet_identity_fits) or
 * the chain's name is too long.
 */
size_t bednet_record_write(const struct bednet_identity_spec *spec, struct bednet_text chain, bool revoked,
                           unsigned char out[BEDNET_RECORD_BYTES_MAX]);

/*
 * Reads one. BEDNET_INVALID where the bytes are not exactly what bednet_record_write would write for an
 * identity that could be. `record` refers to the bytes, and to itself: it is not to be copied.
 */
enum bednet_status bednet_record_read(struct bednet_text bytes, struct bednet_record *record);

#endif
