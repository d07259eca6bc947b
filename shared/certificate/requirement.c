/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule asks of the certificates that are its. */
#include "certificate/der.h"
#include "certificate/errors.h"
#include "certificate/rule.h"

#include <openssl/x509v3.h>

static const struct bednet_oid extended_key_usage = {3, {0x55, 0x1D, 0x25}};

const char *bednet_requirement_name(enum bednet_requirement requirement)
{
    static const char *const names[] = {
#define X(name, text) text,
        BEDNET_REQUIREMENT_LIST(X)
#undef X
    };

    return (size_t)requirement < BEDNET_REQUIREMENTS ? names[requirement] : "unknown";
}

/* At the very second of notAfter it has ended, as for X509_verify_cert. */
static enum bednet_reason check_validity(const struct bednet_certificate *certificate, int64_t now_s)
{
    if (now_s < certificate->not_before_s) {
        return BEDNET_REASON_NOT_YET_VALID;
    }
    return now_s >= certificate->not_after_s ? BEDNET_REASON_EXPIRED : BEDNET_REASON_NONE;
}

/* Of a key by its named curve: one that spells its numbers out may be any other. */
static unsigned curve_of(int type, const void *value)
{
    if (type != V_ASN1_OBJECT) {
        return 0;
    }
    switch (OBJ_obj2nid(value)) {
    case NID_X9_62_prime256v1:
        return BEDNET_CERT_KEY_P256;
    case NID_secp384r1:
        return BEDNET_CERT_KEY_P384;
    case NID_secp521r1:
        return BEDNET_CERT_KEY_P521;
    default:
        return 0;
    }
}

/* By what the certificate says of its key, without asking a provider. 0 for a key that has no type of ours.
 */
static unsigned key_type(const X509 *x509)
{
    const ASN1_OBJECT *algorithm;
    const void *value;
    X509_ALGOR *identifier;
    int type;

    if (X509_PUBKEY_get0_param(NULL, NULL, NULL, &identifier, X509_get_X509_PUBKEY(x509)) != 1) {
        return 0;
    }
    X509_ALGOR_get0(&algorithm, &type, &value, identifier);
    switch (OBJ_obj2nid(algorithm)) {
    case NID_rsaEncryption:
    case NID_rsassaPss:
        return BEDNET_CERT_KEY_RSA;
    case NID_X9_62_id_ecPublicKey:
        return curve_of(type, value);
    case NID_ED25519:
        return BEDNET_CERT_KEY_ED25519;
    case NID_ED448:
        return BEDNET_CERT_KEY_ED448;
    default:
        return 0;
    }
}

static bool check_key(const struct bednet_certificate_rule *rule, const X509 *x509)
{
    const EVP_PKEY *key = X509_get0_pubkey(x509);
    unsigned type = key_type(x509);

    if (key == NULL || (type & rule->keys) == 0) {
        return false;
    }
    return type != BEDNET_CERT_KEY_RSA ||
           (EVP_PKEY_get_bits(key) > 0 && (unsigned)EVP_PKEY_get_bits(key) >= rule->rsa_bits_min);
}

static unsigned digest_of(X509 *x509)
{
    int digest, key;

    if (X509_get_signature_info(x509, &digest, &key, NULL, NULL) != 1) {
        return 0;
    }
    switch (digest) {
    case NID_sha1:
        return BEDNET_CERT_DIGEST_SHA1;
    case NID_sha256:
        return BEDNET_CERT_DIGEST_SHA256;
    case NID_sha384:
        return BEDNET_CERT_DIGEST_SHA384;
    case NID_sha512:
        return BEDNET_CERT_DIGEST_SHA512;
    case NID_undef:
        return key == NID_ED25519 || key == NID_ED448 ? BEDNET_CERT_DIGEST_SHA512 : 0;
    default:
        return 0;
    }
}

/* True where `usages` (a SEQUENCE OF OBJECT IDENTIFIER) names it; one that is not well-formed names nothing.
 */
static bool names_usage(struct bednet_text usages, const struct bednet_oid *wanted)
{
    bool found = false;

    while (usages.len > 0) {
        struct bednet_der usage;

        if (!bednet_der_take(&usages, &usage) || usage.class != V_ASN1_UNIVERSAL ||
            usage.tag != V_ASN1_OBJECT || usage.constructed) {
            return false;
        }
        found = found || (usage.content.len == wanted->bytes &&
                          memcmp(usage.content.ptr, wanted->der, wanted->bytes) == 0);
    }
    return found;
}

static bool check_usages(const struct bednet_certificate_rule *rule, const X509 *x509)
{
    struct bednet_text value;
    struct bednet_der usages;

    if (rule->usage_count == 0) {
        return true;
    }
    if (bednet_der_extension(x509, &extended_key_usage, &value) != BEDNET_OK ||
        !bednet_der_only(value, &usages) || usages.class != V_ASN1_UNIVERSAL ||
        usages.tag != V_ASN1_SEQUENCE || !usages.constructed) {
        return false;
    }
    for (size_t i = 0; i < rule->usage_count; i++) {
        struct bednet_oid wanted;

        if (!bednet_oid_parse(rule->usages[i], &wanted) || !names_usage(usages.content, &wanted)) {
            return false;
        }
    }
    return true;
}

static bool check_lifetime(const struct bednet_certificate_rule *rule,
                           const struct bednet_certificate *certificate)
{
    return rule->lifetime_max_s == 0 ||
           certificate->not_after_s - certificate->not_before_s <= rule->lifetime_max_s;
}

static enum bednet_reason require(const struct bednet_certificate_rule *rule,
                                  enum bednet_requirement requirement,
                                  const struct bednet_certificate *certificate, int64_t now_s)
{
    switch (requirement) {
    case BEDNET_REQUIREMENT_VALIDITY:
        return check_validity(certificate, now_s);
    case BEDNET_REQUIREMENT_KEY:
        return check_key(rule, certificate->x509) ? BEDNET_REASON_NONE : BEDNET_REASON_CERTIFICATE_KEY;
    case BEDNET_REQUIREMENT_SIGNATURE:
        return (digest_of(certificate->x509) & rule->digests) != 0 ? BEDNET_REASON_NONE
                                                                   : BEDNET_REASON_CERTIFICATE_SIGNATURE;
    case BEDNET_REQUIREMENT_USAGE:
        return check_usages(rule, certificate->x509) ? BEDNET_REASON_NONE : BEDNET_REASON_CERTIFICATE_USAGE;
    case BEDNET_REQUIREMENT_LIFETIME:
        return check_lifetime(rule, certificate) ? BEDNET_REASON_NONE : BEDNET_REASON_LIFETIME;
    case BEDNET_REQUIREMENT_ALLOW:
        return rule->allow == NULL || bednet_certificate_list_has(rule->allow, &certificate->mark)
                   ? BEDNET_REASON_NONE
                   : BEDNET_REASON_CERTIFICATE_LIST;
    case BEDNET_REQUIREMENTS:
        break;
    }
    return BEDNET_REASON_INTERNAL;
}

enum bednet_reason bednet_rule_require(const struct bednet_certificate_rule *rule,
                                       enum bednet_requirement requirement,
                                       const struct bednet_certificate *certificate, int64_t now_s)
{
    enum bednet_reason reason = require(rule, requirement, certificate, now_s);

    bednet_errors_begin(); /* and so nothing is left behind either */
    return reason;
}
