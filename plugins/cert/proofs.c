/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/cert/proofs.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BITS 16

/* A generation of 0 says that the slot is free. */
struct slot {
    unsigned char fingerprint[BEDNET_MARK_BYTES];
    uint32_t generation;
    uint32_t authority;
};

struct bednet_cert_proofs {
    uint32_t generation;
    struct slot slots[1 << SLOT_BITS];
};

struct bednet_cert_proofs *bednet_cert_proofs_new(void)
{
    struct bednet_cert_proofs *proofs = calloc(1, sizeof *proofs);
    if (proofs != NULL)
        proofs->generation = 1;
    return proofs;
}

void bednet_cert_proofs_free(struct bednet_cert_proofs *proofs)
{
    free(proofs);
}

void bednet_cert_proofs_clear(struct bednet_cert_proofs *proofs)
{
    if (++proofs->generation != 0)
        return;
    memset(proofs, 0, sizeof *proofs);
    proofs->generation = 1;
}

/* A digest is spread as well as any hash; who makes two that collide has one of them checked again. */
static size_t slot_of(const struct bednet_certificate_mark *mark)
{
    uint32_t bits;
    memcpy(&bits, mark->fingerprint, sizeof bits);
    return bits >> (32 - SLOT_BITS);
}

size_t bednet_cert_proofs_find(const struct bednet_cert_proofs *proofs,
                               const struct bednet_certificate_mark *mark)
{
    const struct slot *slot = &proofs->slots[slot_of(mark)];
    bool known = slot->generation == proofs->generation &&
                 memcmp(slot->fingerprint, mark->fingerprint, sizeof slot->fingerprint) == 0;
    return known ? slot->authority : BEDNET_AUTHORITY_NONE;
}

void bednet_cert_proofs_note(struct bednet_cert_proofs *proofs, const struct bednet_certificate_mark *mark,
                             size_t authority)
{
    struct slot *slot = &proofs->slots[slot_of(mark)];
    memcpy(slot->fingerprint, mark->fingerprint, sizeof slot->fingerprint);
    slot->generation = proofs->generation;
    slot->authority = (uint32_t)authority;
}
