/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of `certificate.accept`: which certificates are its, and what they must be like. That the chain
 * leads to a trusted authority was the listener's to verify. Borrowed for the life of the policy.
 */
#ifndef BEDNET_CERTIFICATE_RULE_H
#define BEDNET_CERTIFICATE_RULE_H

#include "certificate/authority.h"
#include "certificate/certificate.h"
#include "certificate/field.h"
#include "certificate/list.h"
#include "core/pattern.h"
#include "core/subject.h"
#include "core/verdict.h"
#include <stdint.h>

#define BEDNET_MATCHES_MAX 4
#define BEDNET_USAGES_MAX  8

enum bednet_certificate_key_type {
    BEDNET_CERT_KEY_RSA = 1 << 0,
    BEDNET_CERT_KEY_P256 = 1 << 1,
    BEDNET_CERT_KEY_P384 = 1 << 2,
    BEDNET_CERT_KEY_P521 = 1 << 3,
    BEDNET_CERT_KEY_ED25519 = 1 << 4,
    BEDNET_CERT_KEY_ED448 = 1 << 5
};

/* What the issuer hashed to sign; Ed25519 and Ed448 have theirs built in, and always count as SHA512. */
enum bednet_certificate_digest {
    BEDNET_CERT_DIGEST_SHA1 = 1 << 0,
    BEDNET_CERT_DIGEST_SHA256 = 1 << 1,
    BEDNET_CERT_DIGEST_SHA384 = 1 << 2,
    BEDNET_CERT_DIGEST_SHA512 = 1 << 3
};

#define BEDNET_CERT_KEYS_DEFAULT                                                                             \
    (BEDNET_CERT_KEY_RSA | BEDNET_CERT_KEY_P256 | BEDNET_CERT_KEY_P384 | BEDNET_CERT_KEY_P521 |              \
     BEDNET_CERT_KEY_ED25519 | BEDNET_CERT_KEY_ED448)
#define BEDNET_CERT_DIGESTS_DEFAULT                                                                          \
    (BEDNET_CERT_DIGEST_SHA256 | BEDNET_CERT_DIGEST_SHA384 | BEDNET_CERT_DIGEST_SHA512)
#define BEDNET_CERT_RSA_BITS_DEFAULT 2048

struct bednet_certificate_match {
    struct bednet_field field;
    struct bednet_pattern pattern;
};

struct bednet_certificate_rule {
    size_t authority; /* who must have signed it; BEDNET_AUTHORITY_NONE: whoever the listener trusts */
    const struct bednet_certificate_match *matches;
    size_t match_count;
    unsigned keys; /* masks of the enums above */
    unsigned digests;
    unsigned rsa_bits_min;
    const struct bednet_text *usages; /* OIDs of extended key usages that must all be there */
    size_t usage_count;
    int64_t lifetime_max_s;                      /* notAfter - notBefore; 0: as long as the issuer likes */
    const struct bednet_certificate_list *allow; /* NULL: any */
};

/* What the patterns of a rule took, as attributes `match.NAME`. */
#define BEDNET_CAPTURES_MAX 8
struct bednet_captures {
    struct bednet_attribute attributes[BEDNET_CAPTURES_MAX];
    size_t count;
    char bytes[BEDNET_CAPTURES_MAX * (BEDNET_PATTERN_NAME_BYTES_MAX + 8 + BEDNET_FIELD_BYTES_MAX)];
};

enum bednet_rule_fit {
    BEDNET_RULE_FITS,
    BEDNET_RULE_OTHER_ISSUER,
    BEDNET_RULE_NO_FIELD,  /* a field that it matches is not there */
    BEDNET_RULE_NO_MATCH,  /* its value is another */
    BEDNET_RULE_AMBIGUOUS, /* a field has several values, or is spoilt, or is no name: nobody may guess */
    BEDNET_RULE_NO_MEMORY
};

/*
 * Whether the certificate is this rule's. *failed (may be NULL) is the index of the match that did not fit.
 * A rule of a field with several values is ambiguous, not another's, so that no later rule guesses, unless
 * another match or the issuer says that it is another's in any case: the order of the matches makes no
 * difference. What two patterns take under one name must be the same. The signature is looked at last, and
 * once for each authority: `certificate` remembers.
 */
enum bednet_rule_fit bednet_rule_fit(const struct bednet_certificate_rule *rule,
                                     const struct bednet_authorities *authorities,
                                     struct bednet_certificate *certificate, struct bednet_captures *captures,
                                     size_t *failed);

/* What a rule asks of its certificates, each a question of its own for whoever explains; in this order. */
#define BEDNET_REQUIREMENT_LIST(X)                                                                           \
    X(VALIDITY, "validity")                                                                                  \
    X(KEY, "key")                                                                                            \
    X(SIGNATURE, "signature")                                                                                \
    X(USAGE, "extended_key_usage")                                                                           \
    X(LIFETIME, "lifetime")                                                                                  \
    X(ALLOW, "allow")

enum bednet_requirement {
#define X(name, text) BEDNET_REQUIREMENT_##name,
    BEDNET_REQUIREMENT_LIST(X)
#undef X
        BEDNET_REQUIREMENTS
};

const char *bednet_requirement_name(enum bednet_requirement requirement);

/* BEDNET_REASON_NONE where it holds at wall-clock time `now_s`, else why not. */
enum bednet_reason bednet_rule_require(const struct bednet_certificate_rule *rule,
                                       enum bednet_requirement requirement,
                                       const struct bednet_certificate *certificate, int64_t now_s);

#endif
