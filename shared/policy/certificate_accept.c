/* SPDX-License-Identifier: Apache-2.0 */
/* Whose certificates are let in, and who their holders are then. */
#include "policy/certificate.h"
#include "policy/identity_mapping.h"
#include "policy/tables.h"

static void read_issuer(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_acceptance_target *target = into;
    target->pinned = true;
    bednet_certificate_read_issuer(build, target->section, pair, &target->acceptance->rule.authority);
}

static void keep_match(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_acceptance_target *)into)->match = pair;
}

static void keep_username(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_acceptance_target *)into)->username = pair;
}

static void keep_client_id(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_acceptance_target *)into)->client_id = pair;
}

static void keep_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_acceptance_target *)into)->roles = pair;
}

/* Who wants to let nobody in says so by leaving the entry out. */
static void read_allow(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_acceptance_target *target = into;
    struct bednet_certificate_list *list = bednet_build_array(build, 1, sizeof *list);
    target->acceptance->require[BEDNET_REQUIREMENT_ALLOW] = pair->key.source;
    if (pair->value.kind == BEDNET_NODE_SEQUENCE && pair->value.count == 0)
        bednet_report_error(&build->report, pair->value.source,
                            "allow is an empty list (expected at least one, or no such key)");
    if (list != NULL)
        bednet_certificate_read_list(build, target->section, pair, list);
    target->acceptance->rule.allow = list;
}

static const struct bednet_key acceptance_keys[] = {
    {"issuer", BEDNET_KEY_OPTIONAL, read_issuer},
    {"match", BEDNET_KEY_OPTIONAL, keep_match},
    {"username", BEDNET_KEY_OPTIONAL, keep_username},
    {"client_id", BEDNET_KEY_OPTIONAL, keep_client_id},
    {"roles", BEDNET_KEY_OPTIONAL, keep_roles},
    {"key", BEDNET_KEY_OPTIONAL, bednet_certificate_read_key},
    {"signature", BEDNET_KEY_OPTIONAL, bednet_certificate_read_signature},
    {"extended_key_usage", BEDNET_KEY_OPTIONAL, bednet_certificate_read_usage},
    {"lifetime", BEDNET_KEY_OPTIONAL, bednet_certificate_read_lifetime},
    {"allow", BEDNET_KEY_OPTIONAL, read_allow},
};

const struct bednet_key_table bednet_table_acceptance = BEDNET_KEY_TABLE("acceptance", acceptance_keys);

static bool takes(const struct bednet_acceptance_target *target, const char *name)
{
    for (size_t i = 0; i < target->taken_count; i++)
        if (bednet_text_equal(target->taken[i], bednet_text(name)))
            return true;
    return false;
}

static void read_mapping(struct bednet_build *build, const struct bednet_acceptance_target *target)
{
    struct bednet_identity_mapping *identity = &target->acceptance->identity;
    const struct bednet_mapping_terms terms = {
        .prefixes = {"cert.", "match."},
        .names = "${cert.NAME} or ${match.NAME}",
        .voucher = "the certificate",
        .taken = {target->taken, target->taken_count, "its entry"},
    };
    if (target->username != NULL)
        bednet_mapping_read_username(build, target->username, &terms, identity);
    else if (takes(target, "username"))
        bednet_mapping_default(build, BEDNET_TEXT_LITERAL("match.username"), &identity->username);
    else
        bednet_mapping_default(build, BEDNET_TEXT_LITERAL("cert.cn"), &identity->username);
    if (target->client_id != NULL)
        bednet_mapping_read_client_id(build, target->client_id, &terms, identity);
    else if (takes(target, "client_id"))
        bednet_mapping_default(build, BEDNET_TEXT_LITERAL("match.client_id"), &identity->client_id);
    if (target->roles != NULL)
        bednet_mapping_read_roles(build, target->roles, &terms, identity);
}

/* True for an entry that is any certificate's, as far as it says. */
static bool read_acceptance(struct bednet_build *build, const struct bednet_certificate_section *section,
                            const struct bednet_node *node, struct bednet_certificate_acceptance *acceptance)
{
    struct bednet_acceptance_target target = {.section = section, .acceptance = acceptance};
    acceptance->source = node->source;
    for (size_t i = 0; i < BEDNET_REQUIREMENTS; i++)
        acceptance->require[i] = node->source;
    acceptance->rule.authority = BEDNET_AUTHORITY_NONE;
    acceptance->rule.keys = BEDNET_CERT_KEYS_DEFAULT;
    acceptance->rule.digests = BEDNET_CERT_DIGESTS_DEFAULT;
    acceptance->rule.rsa_bits_min = BEDNET_CERT_RSA_BITS_DEFAULT;
    if (!bednet_keys_read(build, &bednet_table_acceptance, node, "an entry of accept", &target))
        return false;
    if (target.match != NULL)
        bednet_certificate_read_match(build, &target);
    read_mapping(build, &target);
    return !target.pinned && target.match == NULL;
}

static void warn_of_unreached(struct bednet_build *build, const struct bednet_node *node,
                              struct bednet_source fits_all)
{
    bednet_report_warning(&build->report, node->source,
                          "this entry of accept is never reached (expected it before the one at %u:%u, which "
                          "fits every certificate)",
                          fits_all.line, fits_all.column);
}

void bednet_certificate_read_accept(struct bednet_build *build,
                                    const struct bednet_certificate_section *section)
{
    const struct bednet_node *list = &section->accept->value;
    struct bednet_source fits_all = {0};
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "accept", "a list of entries"))
        return;
    if (list->count == 0 || list->count > BEDNET_ACCEPT_MAX) {
        bednet_report_error(&build->report, list->source, "%zu entries in accept (expected 1 to %d)",
                            list->count, BEDNET_ACCEPT_MAX);
        return;
    }
    struct bednet_certificate_acceptance *accept = bednet_build_array(build, list->count, sizeof *accept);
    if (accept == NULL)
        return;
    build->policy->certificate.accept = accept;
    build->policy->certificate.accept_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        if (fits_all.line != 0)
            warn_of_unreached(build, &list->items[i], fits_all);
        if (read_acceptance(build, section, &list->items[i], &accept[i]) && fits_all.line == 0)
            fits_all = list->items[i].source;
    }
}
