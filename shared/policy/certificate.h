/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of `certificate` share: the section, and one entry of `accept`, while they are read.
 * Internal. */
#ifndef BEDNET_POLICY_CERTIFICATE_H
#define BEDNET_POLICY_CERTIFICATE_H

#include "policy/build.h"

/*
 * The section. Pairs are borrowed from the document, and NULL where the policy does not speak of them: they
 * are read once the authorities are known, wherever they stand.
 */
struct bednet_certificate_section {
    const struct bednet_pair *authorities;
    const struct bednet_pair *accept;
    const struct bednet_pair *deny;
    const struct bednet_pair *crl;
    /* Names of authorities, in the order of the policy, which is that of policy->certificate.authorities. */
    struct bednet_text names[BEDNET_AUTHORITIES_MAX];
    size_t name_count;
};

/* One entry of `accept`; its mapping is read once its patterns are known. */
struct bednet_acceptance_target {
    const struct bednet_certificate_section *section;
    struct bednet_certificate_acceptance *acceptance;
    bool pinned; /* names an issuer, known or not */
    const struct bednet_pair *match;
    const struct bednet_pair *username;
    const struct bednet_pair *client_id;
    const struct bednet_pair *roles;
    struct bednet_text taken[BEDNET_CAPTURES_MAX]; /* what its patterns take */
    size_t taken_count;
};

/* Reads the section's authorities, and the files where files are read. */
void bednet_certificate_read_authorities(struct bednet_build *build,
                                         struct bednet_certificate_section *section);

/* The authority that the value of `pair` names; false, and reported, where there is none. */
bool bednet_certificate_read_issuer(struct bednet_build *build,
                                    const struct bednet_certificate_section *section,
                                    const struct bednet_pair *pair, size_t *authority);

void bednet_certificate_read_accept(struct bednet_build *build,
                                    const struct bednet_certificate_section *section);
void bednet_certificate_read_crl(struct bednet_build *build,
                                 const struct bednet_certificate_section *section);

/* Reads a list of certificates that are named one by one. */
void bednet_certificate_read_list(struct bednet_build *build,
                                  const struct bednet_certificate_section *section,
                                  const struct bednet_pair *pair, struct bednet_certificate_list *list);

/* Reads the entry's patterns, and notes what they take. */
void bednet_certificate_read_match(struct bednet_build *build, struct bednet_acceptance_target *target);

/* Readers of what an entry asks of its certificates; `into` is its target. */
void bednet_certificate_read_key(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_certificate_read_signature(struct bednet_build *build, const struct bednet_pair *pair,
                                       void *into);
void bednet_certificate_read_usage(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_certificate_read_lifetime(struct bednet_build *build, const struct bednet_pair *pair, void *into);

#endif
