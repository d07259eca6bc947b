/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include <openssl/x509.h>

static const struct {
    const char *title, *text;
} trials[BEDNET_TRIALS] = {
#define X(name, title, text) [BEDNET_TRIAL_##name] = {title, text},
    BEDNET_TRIAL_LIST(X)
#undef X
};

const char *bednet_trial_title(enum bednet_trial trial)
{
    return trials[trial].title;
}

const char *bednet_trial_text(enum bednet_trial trial)
{
    return trials[trial].text;
}

/* In the plugin's order; *authority of the copy is what the rules found out. */
static void ask_entries(const struct bednet_certificate_policy *policy,
                        struct bednet_certificate *certificate, struct bednet_trials *out)
{
    struct bednet_captures captures;
    bool over = false;
    out->taken = policy->accept_count;
    for (size_t i = 0; i < policy->accept_count && !over; i++) {
        struct bednet_entry_verdict *entry = &out->entries[i];
        entry->asked = true;
        entry->fit = bednet_rule_fit(&policy->accept[i].rule, policy->authorities, certificate, &captures,
                                     &entry->failed);
        over = entry->fit == BEDNET_RULE_FITS || entry->fit == BEDNET_RULE_AMBIGUOUS ||
               entry->fit == BEDNET_RULE_NO_MEMORY;
        if (entry->fit == BEDNET_RULE_FITS)
            out->taken = i;
    }
    out->outcomes[BEDNET_TRIAL_ENTRY] = out->taken < policy->accept_count ? BEDNET_PASSED : BEDNET_FAILED;
}

static void ask_requirements(const struct bednet_certificate_rule *rule,
                             const struct bednet_certificate *certificate, int64_t now_s,
                             struct bednet_trials *out)
{
    static const enum bednet_trial of[BEDNET_REQUIREMENTS] = {
        [BEDNET_REQUIREMENT_VALIDITY] = BEDNET_TRIAL_VALIDITY,
        [BEDNET_REQUIREMENT_KEY] = BEDNET_TRIAL_KEY,
        [BEDNET_REQUIREMENT_SIGNATURE] = BEDNET_TRIAL_SIGNATURE,
        [BEDNET_REQUIREMENT_USAGE] = BEDNET_TRIAL_USAGE,
        [BEDNET_REQUIREMENT_LIFETIME] = BEDNET_TRIAL_LIFETIME,
        [BEDNET_REQUIREMENT_ALLOW] = BEDNET_TRIAL_ALLOW};
    for (int i = 0; i < BEDNET_REQUIREMENTS; i++)
        out->outcomes[of[i]] =
            bednet_rule_require(rule, (enum bednet_requirement)i, certificate, now_s) == BEDNET_REASON_NONE
                ? BEDNET_PASSED
                : BEDNET_FAILED;
}

/* What a list that is missing or out of date means is the plugin's to say, where it came so far. */
static void ask_lists(const struct bednet_cert_view *view, const struct bednet_certificate *certificate,
                      int64_t now_s, struct bednet_trials *out)
{
    const struct bednet_certificate_policy *policy = &view->policy->certificate;
    out->outcomes[BEDNET_TRIAL_DENY] =
        bednet_certificate_list_has(&policy->deny, &certificate->mark) ? BEDNET_FAILED : BEDNET_PASSED;
    if (policy->crl.source.line == 0) {
        out->outcomes[BEDNET_TRIAL_CRL] = BEDNET_PASSED;
        return;
    }
    out->crl = bednet_crls_ask(view->crls, X509_get_issuer_name(certificate->x509), certificate->mark.issued,
                               now_s, &out->stale_s);
    if (out->crl == BEDNET_CRL_GOOD || out->crl == BEDNET_CRL_REVOKED)
        out->outcomes[BEDNET_TRIAL_CRL] = out->crl == BEDNET_CRL_GOOD ? BEDNET_PASSED : BEDNET_FAILED;
}

/* The trial that a reason of bednet_cert is about; BEDNET_TRIALS for one that is about none. */
static enum bednet_trial trial_of(enum bednet_reason reason, const struct bednet_trials *held)
{
    bool has_entry = held->outcomes[BEDNET_TRIAL_ENTRY] == BEDNET_PASSED;
    switch (reason) {
    case BEDNET_REASON_CERTIFICATE_RULE:
        return held->outcomes[BEDNET_TRIAL_CERTIFICATE] == BEDNET_PASSED ? BEDNET_TRIAL_ENTRY
                                                                         : BEDNET_TRIAL_CERTIFICATE;
    case BEDNET_REASON_EXPIRED:
    case BEDNET_REASON_NOT_YET_VALID:
        return BEDNET_TRIAL_VALIDITY;
    case BEDNET_REASON_CERTIFICATE_KEY:
        return BEDNET_TRIAL_KEY;
    case BEDNET_REASON_CERTIFICATE_SIGNATURE:
        return BEDNET_TRIAL_SIGNATURE;
    case BEDNET_REASON_CERTIFICATE_USAGE:
        return BEDNET_TRIAL_USAGE;
    case BEDNET_REASON_LIFETIME:
        return BEDNET_TRIAL_LIFETIME;
    case BEDNET_REASON_CERTIFICATE_LIST:
        return held->outcomes[BEDNET_TRIAL_ALLOW] == BEDNET_FAILED ? BEDNET_TRIAL_ALLOW : BEDNET_TRIAL_DENY;
    case BEDNET_REASON_REVOKED:
    case BEDNET_REASON_CRL_UNAVAILABLE:
        return BEDNET_TRIAL_CRL;
    case BEDNET_REASON_IDENTITY:
        return has_entry ? BEDNET_TRIAL_USERNAME : BEDNET_TRIAL_ENTRY;
    case BEDNET_REASON_CLIENT_ID:
        return BEDNET_TRIAL_CLIENT_ID;
    case BEDNET_REASON_TOO_MANY_ROLES:
        return BEDNET_TRIAL_ROLES;
    case BEDNET_REASON_NO_TOKEN:
        return BEDNET_TRIAL_TOKEN;
    default:
        return BEDNET_TRIALS;
    }
}

/* The plugin came as far as to what refused; where nothing did, everything passed. */
static void take_decision(enum bednet_plugin judge, const struct bednet_decision *decision,
                          struct bednet_trials *out)
{
    bool denied = decision->verdict == BEDNET_DENY;
    unsigned failed = BEDNET_TRIALS;
    if (denied && judge == BEDNET_PLUGIN_CERT)
        failed = trial_of(decision->reason, out);
    else if (judge == BEDNET_PLUGIN_JWT && decision->verdict != BEDNET_GRANT)
        failed =
            decision->reason == BEDNET_REASON_FACTORS_DISAGREE ? BEDNET_TRIAL_AGREEMENT : BEDNET_TRIAL_TOKEN;
    if (denied && failed == BEDNET_TRIALS)
        return;
    for (unsigned trial = 0; trial < failed; trial++)
        if (out->outcomes[trial] == BEDNET_NOT_REACHED)
            out->outcomes[trial] = BEDNET_PASSED;
    if (failed < BEDNET_TRIALS)
        out->outcomes[failed] = BEDNET_FAILED;
}

/* Whether the plugin found an entry for the certificate, as far as its decision tells. */
static bool had_entry(enum bednet_plugin judge, const struct bednet_decision *decision)
{
    return judge == BEDNET_PLUGIN_JWT || decision->verdict == BEDNET_GRANT ||
           (decision->reason != BEDNET_REASON_CERTIFICATE_RULE &&
            decision->reason != BEDNET_REASON_IDENTITY && decision->reason != BEDNET_REASON_INTERNAL);
}

bool bednet_trials_hold(const struct bednet_cert_view *view, const struct bednet_certificate *certificate,
                        enum bednet_plugin judge, const struct bednet_decision *decision, int64_t now_s,
                        struct bednet_trials *out)
{
    const struct bednet_certificate_policy *policy = &view->policy->certificate;
    *out = (struct bednet_trials){.taken = policy->accept_count, .authority = BEDNET_AUTHORITY_NONE};
    for (int trial = 0; trial < BEDNET_TRIALS; trial++)
        out->outcomes[trial] = BEDNET_NOT_REACHED;
    out->outcomes[BEDNET_TRIAL_CERTIFICATE] = certificate != NULL ? BEDNET_PASSED : BEDNET_FAILED;
    if (certificate != NULL) {
        struct bednet_certificate asked = *certificate;
        ask_entries(policy, &asked, out);
        out->authority = asked.authority;
        if (out->taken < policy->accept_count)
            ask_requirements(&policy->accept[out->taken].rule, &asked, now_s, out);
        ask_lists(view, &asked, now_s, out);
    }
    take_decision(judge, decision, out);
    return out->taken < policy->accept_count || !had_entry(judge, decision);
}
