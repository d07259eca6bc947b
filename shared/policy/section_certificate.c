/* SPDX-License-Identifier: Apache-2.0 */
/* `certificate`: logins by client certificate, as far as it is the same for all of them. */
#include "policy/certificate.h"
#include "policy/tables.h"

static void read_mode(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_mode(build, pair, BEDNET_PLUGIN_CERT);
}

static void read_required(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_read_boolean(&build->report, &pair->value, "required", &build->policy->certificate.required);
}

static void keep_authorities(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_certificate_section *)into)->authorities = pair;
}

static void keep_accept(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_certificate_section *)into)->accept = pair;
}

static void keep_deny(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_certificate_section *)into)->deny = pair;
}

static void keep_crl(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct bednet_certificate_section *)into)->crl = pair;
}

static void read_on_expiry(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_on_expiry(build, pair, &build->policy->certificate.on_expiry);
}

static const struct bednet_word token_words[] = {{"ignore", 0}, {"required", 1}};
const struct bednet_words bednet_words_certificate_token = BEDNET_WORDS("certificate_token", token_words);

static void read_token(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_certificate_policy *certificate = &build->policy->certificate;
    int required;
    if (bednet_read_word(&build->report, &pair->value, "token", &bednet_words_certificate_token, &required))
        certificate->with_token = required != 0;
    certificate->token_source = pair->key.source;
}

static const struct bednet_word agreement_words[] = {{"username", BEDNET_AGREE_USERNAME},
                                                     {"client_id", BEDNET_AGREE_CLIENT_ID}};
const struct bednet_words bednet_words_agreement = BEDNET_WORDS("agreement", agreement_words);

/* Here, other than elsewhere, an empty list says something: nothing has to agree. */
static void read_agree(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    unsigned agree = 0;
    bool nothing = pair->value.kind == BEDNET_NODE_SEQUENCE && pair->value.count == 0;
    if (nothing || bednet_build_read_mask(build, pair, "a list of username, client_id", "an agreement",
                                          &bednet_words_agreement, &agree))
        build->policy->certificate.agree = agree;
}

static const struct bednet_key certificate_keys[] = {
    {"mode", BEDNET_KEY_OPTIONAL, read_mode},
    {"required", BEDNET_KEY_OPTIONAL, read_required},
    {"authorities", BEDNET_KEY_OPTIONAL, keep_authorities},
    {"accept", BEDNET_KEY_REQUIRED, keep_accept},
    {"deny", BEDNET_KEY_OPTIONAL, keep_deny},
    {"crl", BEDNET_KEY_OPTIONAL, keep_crl},
    {"on_expiry", BEDNET_KEY_OPTIONAL, read_on_expiry},
    {"token", BEDNET_KEY_OPTIONAL, read_token},
    {"agree", BEDNET_KEY_OPTIONAL, read_agree},
};

const struct bednet_key_table bednet_table_certificate = BEDNET_KEY_TABLE("certificate", certificate_keys);

void bednet_section_certificate(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_certificate_policy *certificate = &build->policy->certificate;
    struct bednet_certificate_section section = {0};
    build->policy->section[BEDNET_PLUGIN_CERT] = pair->key.source;
    certificate->agree = BEDNET_AGREE_USERNAME;
    certificate->token_source = pair->key.source;
    certificate->on_expiry = (struct bednet_expiry_policy){.will = true, .source = pair->key.source};
    bednet_keys_read(build, &bednet_table_certificate, &pair->value, "certificate", &section);
    if (section.authorities != NULL)
        bednet_certificate_read_authorities(build, &section);
    if (section.accept != NULL)
        bednet_certificate_read_accept(build, &section);
    if (section.deny != NULL) {
        certificate->deny_source = section.deny->key.source;
        bednet_certificate_read_list(build, &section, section.deny, &certificate->deny);
    }
    if (section.crl != NULL)
        bednet_certificate_read_crl(build, &section);
}

void bednet_certificate_review(struct bednet_build *build)
{
    const struct bednet_policy *policy = build->policy;
    if (policy->certificate.with_token && policy->section[BEDNET_PLUGIN_JWT].line == 0)
        bednet_report_error(&build->report, policy->certificate.token_source,
                            "'token: required' without a section jwt (expected one: nobody else knows whose "
                            "tokens are good)");
}
