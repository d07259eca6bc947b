/* SPDX-License-Identifier: Apache-2.0 */
/* Revocations as seen from inside this folder: a table that is filled by the file and then only asked. */
#ifndef BEDNET_POLICY_REVOCATIONS_INTERNAL_H
#define BEDNET_POLICY_REVOCATIONS_INTERNAL_H

#include "core/hash.h"
#include "policy/revocations.h"

/* What an entry may name, besides the time of issue. */
enum bednet_revocation_field {
    BEDNET_REVOCATION_ISSUER,
    BEDNET_REVOCATION_JTI,
    BEDNET_REVOCATION_SUB,
    BEDNET_REVOCATION_CLIENT_ID,
    BEDNET_REVOCATION_FIELDS
};

#define BEDNET_REVOCATION_VALUE_BYTES_MAX 65535
#define BEDNET_REVOCATION_ALWAYS          INT64_MAX

/* One entry as it was read. Absent texts are not asked for. */
struct bednet_revocation {
    struct bednet_text fields[BEDNET_REVOCATION_FIELDS]; /* none empty */
    int64_t before_s;                                    /* BEDNET_REVOCATION_ALWAYS: at any time */
};

/* Empty; NULL without memory or randomness. */
struct bednet_revocations *bednet_revocations_new(void);

/* Copies the entry. False without memory. */
bool bednet_revocations_add(struct bednet_revocations *revocations, const struct bednet_revocation *entry);

/* Makes it ready for questions. False without memory. */
bool bednet_revocations_freeze(struct bednet_revocations *revocations);

#endif
