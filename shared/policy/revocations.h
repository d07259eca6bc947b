/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens and holders that are no longer welcome, from a file of its own that changes more often than the
 * policy. Frozen once loaded; read by any thread.
 *
 *     revoked:
 *       - jti: 8a7c0d
 *       - {issuer: https://id.example, sub: sensor-17}
 *       - client_id: sensor-9
 *       - {issuer: https://id.example, issued_before: 2026-11-22T00:00:00Z}
 *
 * An entry speaks of the tokens for which all that it says is true; `client_id` is that of the session,
 * whoever vouches for it.
 */
#ifndef BEDNET_POLICY_REVOCATIONS_H
#define BEDNET_POLICY_REVOCATIONS_H

#include "core/diag.h"
#include "core/status.h"
#include "core/subject.h"

#define BEDNET_REVOCATIONS_BYTES_MAX   (64u * 1024 * 1024)
#define BEDNET_REVOCATIONS_MAX         1000000
#define BEDNET_REVOCATIONS_NAMES_COUNT 4

struct bednet_revocations;

/*
 * Reads the file; every error goes to `diag`, and then *out is left alone: BEDNET_INVALID, BEDNET_IO,
 * BEDNET_NOMEM. Takes its time with long lists: never in a callback.
 */
enum bednet_status bednet_revocations_load(const char *path, struct bednet_diag *diag,
                                           struct bednet_revocations **out);

/* The same from memory; `name` stands for the path. */
enum bednet_status bednet_revocations_parse(const char *name, struct bednet_text yaml,
                                            struct bednet_diag *diag, struct bednet_revocations **out);

/* NULL is allowed. */
void bednet_revocations_free(struct bednet_revocations *revocations);

/* Entries of the file, repeated ones included. */
size_t bednet_revocations_count(const struct bednet_revocations *revocations);

/* The attributes that it asks for, and that an identity must therefore keep: claim.iss, claim.jti, ... */
extern const struct bednet_text bednet_revocations_attributes[BEDNET_REVOCATIONS_NAMES_COUNT];

/*
 * True when an entry speaks of the holder of these claims; of an attribute with several values any one
 * counts. Where one asks for the time of issue and the token does not tell it, that counts as before. NULL
 * revokes nothing. Allocates nothing; takes no longer for a longer list. A subject that would take more than
 * 1024 look-ups, for so many are the combinations of its values, is revoked.
 */
bool bednet_revocations_hit(const struct bednet_revocations *revocations,
                            const struct bednet_subject *subject);

#endif
