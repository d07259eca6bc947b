/* SPDX-License-Identifier: Apache-2.0 */
/* What an entry of `accept` asks of its certificates: key, signature, usage, lifetime. */
#include "policy/certificate.h"
#include "policy/tables.h"

#include <stdio.h>

enum { RSA_BITS_LEAST = 1024, RSA_BITS_MOST = 16384 };

#define LIFETIME_MOST_S (UINT64_C(36500) * 24 * 60 * 60)

#define CLIENT_AUTH "1.3.6.1.5.5.7.3.2"

static const struct bednet_word type_words[] = {
    {"rsa", BEDNET_CERT_KEY_RSA},   {"p256", BEDNET_CERT_KEY_P256},       {"p384", BEDNET_CERT_KEY_P384},
    {"p521", BEDNET_CERT_KEY_P521}, {"ed25519", BEDNET_CERT_KEY_ED25519}, {"ed448", BEDNET_CERT_KEY_ED448},
};
const struct bednet_words bednet_words_key_type = BEDNET_WORDS("key_type", type_words);

static void read_types(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_certificate_rule *rule = into;
    unsigned types = 0;
    if (bednet_build_read_mask(build, pair, "a list such as [p256, ed25519]", "a type",
                               &bednet_words_key_type, &types))
        rule->keys = types;
}

static void read_rsa_bits(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_certificate_rule *rule = into;
    uint64_t bits;
    if (bednet_read_number(&build->report, &pair->value, "rsa_bits", RSA_BITS_LEAST, RSA_BITS_MOST, &bits))
        rule->rsa_bits_min = (unsigned)bits;
}

static const struct bednet_key key_keys[] = {
    {"types", BEDNET_KEY_OPTIONAL, read_types},
    {"rsa_bits", BEDNET_KEY_OPTIONAL, read_rsa_bits},
};
const struct bednet_key_table bednet_table_certificate_key = BEDNET_KEY_TABLE("certificate_key", key_keys);

void bednet_certificate_read_key(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_acceptance_target *target = into;
    target->acceptance->require[BEDNET_REQUIREMENT_KEY] = pair->key.source;
    bednet_keys_read(build, &bednet_table_certificate_key, &pair->value, "key", &target->acceptance->rule);
}

static const struct bednet_word digest_words[] = {
    {"sha1", BEDNET_CERT_DIGEST_SHA1},
    {"sha256", BEDNET_CERT_DIGEST_SHA256},
    {"sha384", BEDNET_CERT_DIGEST_SHA384},
    {"sha512", BEDNET_CERT_DIGEST_SHA512},
};
const struct bednet_words bednet_words_digest = BEDNET_WORDS("digest", digest_words);

static void warn_of_sha1(struct bednet_build *build, const struct bednet_node *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (bednet_text_equal(list->items[i].text, BEDNET_TEXT_LITERAL("sha1")))
            bednet_report_warning(&build->report, list->items[i].source,
                                  "signatures with sha1 are accepted (expected sha256 or better: others can "
                                  "make certificates that look alike)");
}

void bednet_certificate_read_signature(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_acceptance_target *target = into;
    unsigned digests = 0;
    target->acceptance->require[BEDNET_REQUIREMENT_SIGNATURE] = pair->key.source;
    if (!bednet_build_read_mask(build, pair, "a list such as [sha256, sha384]", "a signature",
                                &bednet_words_digest, &digests))
        return;
    target->acceptance->rule.digests = digests;
    warn_of_sha1(build, &pair->value);
}

static const struct bednet_word usage_words[] = {{"client_auth", 0}};
const struct bednet_words bednet_words_usage = BEDNET_WORDS("usage", usage_words);

/* An OID as `oid.OID` would be a field's name. */
static bool is_oid(struct bednet_text text)
{
    char name[128];
    struct bednet_field field;
    int length = snprintf(name, sizeof name, "oid.%s", text.ptr);
    return length > 0 && (size_t)length < sizeof name &&
           bednet_field_named((struct bednet_text){name, (size_t)length}, &field);
}

static void read_usage(struct bednet_build *build, const struct bednet_node *node, struct bednet_text *out)
{
    static const char *const known[] = {"client_auth"};
    struct bednet_text text;
    if (!bednet_read_text(&build->report, node, "a usage", &text))
        return;
    if (bednet_text_equal(text, BEDNET_TEXT_LITERAL("client_auth")))
        *out = BEDNET_TEXT_LITERAL(CLIENT_AUTH);
    else if (is_oid(text))
        *out = bednet_build_keep(build, text);
    else
        bednet_build_refuse_unknown(build, node->source, "unknown usage", text, known, 1,
                                    "client_auth, or an OID such as " CLIENT_AUTH);
}

void bednet_certificate_read_usage(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_acceptance_target *target = into;
    struct bednet_certificate_rule *rule = &target->acceptance->rule;
    size_t count;
    const struct bednet_node *items = bednet_node_as_list(&pair->value, &count);
    target->acceptance->require[BEDNET_REQUIREMENT_USAGE] = pair->key.source;
    if (count == 0 || count > BEDNET_USAGES_MAX) {
        bednet_report_error(&build->report, pair->value.source,
                            "%zu entries in extended_key_usage (expected 1 to %d, or no such key)", count,
                            BEDNET_USAGES_MAX);
        return;
    }
    struct bednet_text *usages = bednet_build_array(build, count, sizeof *usages);
    for (size_t i = 0; i < count && usages != NULL; i++)
        read_usage(build, &items[i], &usages[i]);
    rule->usages = usages;
    rule->usage_count = usages != NULL ? count : 0;
}

static void read_max(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_certificate_rule *rule = into;
    uint64_t seconds;
    if (bednet_read_duration(&build->report, &pair->value, "max", 1, LIFETIME_MOST_S, &seconds))
        rule->lifetime_max_s = (int64_t)seconds;
}

static const struct bednet_key lifetime_keys[] = {{"max", BEDNET_KEY_REQUIRED, read_max}};
const struct bednet_key_table bednet_table_lifetime = BEDNET_KEY_TABLE("lifetime", lifetime_keys);

void bednet_certificate_read_lifetime(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_acceptance_target *target = into;
    target->acceptance->require[BEDNET_REQUIREMENT_LIFETIME] = pair->key.source;
    bednet_keys_read(build, &bednet_table_lifetime, &pair->value, "lifetime", &target->acceptance->rule);
}
