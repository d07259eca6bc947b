/* SPDX-License-Identifier: Apache-2.0 */
#include "wanted.h"

#include "cert_facts.h"
#include "json_print.h"
#include "moment.h"

#include <inttypes.h>

static const struct bednet_certificate_rule *rule_of(const struct bednet_explanation *explanation)
{
    const struct bednet_certificate_policy *policy = &explanation->policy->certificate;
    return explanation->trials.taken < policy->accept_count ? &policy->accept[explanation->trials.taken].rule
                                                            : NULL;
}

static void print_words(const struct bednet_words *words, unsigned mask)
{
    struct bednet_text names[BEDNET_KEYS_MAX];
    bednet_answer_list("policy has", names, bednet_answer_words(words, mask, names));
}

static void print_key(const struct bednet_certificate_rule *rule, const struct bednet_cert_facts *facts)
{
    print_words(&bednet_words_key_type, rule->keys);
    if ((rule->keys & BEDNET_CERT_KEY_RSA) != 0)
        printf("              rsa of %u bits or more\n", rule->rsa_bits_min);
    printf("  shown is    %s", facts->key);
    if (facts->key_bits > 0)
        printf(" of %d bits", facts->key_bits);
    putchar('\n');
}

static void print_signature(const struct bednet_certificate_rule *rule, const struct bednet_cert_facts *facts)
{
    print_words(&bednet_words_digest, rule->digests);
    printf("  shown is    %s\n", facts->signature);
}

static void print_usages(const struct bednet_certificate_rule *rule, const struct bednet_cert_facts *facts)
{
    bednet_answer_list("policy has", rule->usages, rule->usage_count);
    fputs("  shown is    ", stdout);
    for (size_t i = 0; i < facts->usage_count; i++)
        printf("%s%s", i > 0 ? ", " : "", facts->usages[i]);
    puts(facts->usage_count > 0 ? "" : "none");
}

static void print_lifetime(const struct bednet_certificate_rule *rule,
                           const struct bednet_certificate *certificate)
{
    printf("  policy has  %" PRId64 " s at most\n  shown are   %" PRId64 " s\n", rule->lifetime_max_s,
           certificate->not_after_s - certificate->not_before_s);
}

static void print_time(const char *title, int64_t at_s, int64_t now_s)
{
    char utc[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
    bednet_moment_utc(at_s, utc);
    bednet_moment_distance(at_s, now_s, distance);
    printf("  %-11s %s, %s\n", title, utc, distance);
}

static void print_client_id(const struct bednet_explanation *explanation)
{
    const struct bednet_certificate_policy *policy = &explanation->policy->certificate;
    bednet_answer_list("policy has", &policy->accept[explanation->trials.taken].identity.client_id.text, 1);
    if (explanation->question->client_id.ptr != NULL)
        bednet_answer_list("client has", &explanation->question->client_id, 1);
    else
        puts("  client has  no client id: none was told by --client-id");
}

void bednet_wanted_print_lists(const struct bednet_explanation *explanation)
{
    const struct bednet_trials *trials = &explanation->trials;
    int64_t now_s = explanation->question->now_s;
    if (trials->crl == BEDNET_CRL_MISSING)
        puts("  lists       there is none of its issuer");
    else if (trials->crl == BEDNET_CRL_STALE)
        print_time("list ended", now_s - trials->stale_s, now_s);
}

static void print_token(const struct bednet_explanation *explanation)
{
    if (explanation->decision.reason != BEDNET_REASON_FACTORS_DISAGREE) {
        puts("  token       refused by itself; see bednet token verify");
        return;
    }
    bednet_answer_list("certificate", &explanation->certified, 1);
    bednet_answer_list("token", &explanation->admission.spec.subject.username, 1);
}

/* Of the entry that took the certificate. */
static void print_of_rule(const struct bednet_explanation *explanation,
                          const struct bednet_certificate_rule *rule)
{
    struct bednet_cert_facts facts;
    bednet_cert_facts_read(explanation->certificate.x509, &facts);
    switch (explanation->decision.reason) {
    case BEDNET_REASON_CERTIFICATE_KEY:
        print_key(rule, &facts);
        break;
    case BEDNET_REASON_CERTIFICATE_SIGNATURE:
        print_signature(rule, &facts);
        break;
    case BEDNET_REASON_CERTIFICATE_USAGE:
        print_usages(rule, &facts);
        break;
    case BEDNET_REASON_LIFETIME:
        print_lifetime(rule, &explanation->certificate);
        break;
    case BEDNET_REASON_CLIENT_ID:
        print_client_id(explanation);
        break;
    case BEDNET_REASON_IDENTITY:
        bednet_answer_list(
            "policy has",
            &explanation->policy->certificate.accept[explanation->trials.taken].identity.username.text, 1);
        break;
    default:
        break;
    }
}

void bednet_wanted_print(const struct bednet_explanation *explanation)
{
    const struct bednet_certificate_rule *rule = rule_of(explanation);
    int64_t now_s = explanation->question->now_s;
    if (explanation->judge == BEDNET_PLUGIN_JWT) {
        print_token(explanation);
        return;
    }
    switch (explanation->decision.reason) {
    case BEDNET_REASON_EXPIRED:
        print_time("expired", explanation->certificate.not_after_s, now_s);
        break;
    case BEDNET_REASON_NOT_YET_VALID:
        print_time("begins", explanation->certificate.not_before_s, now_s);
        break;
    case BEDNET_REASON_REVOKED:
    case BEDNET_REASON_CRL_UNAVAILABLE:
        bednet_wanted_print_lists(explanation);
        break;
    default:
        if (rule != NULL)
            print_of_rule(explanation, rule);
    }
}
