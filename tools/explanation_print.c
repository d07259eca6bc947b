/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict in words: what was decided, by which line of the policy, what to do, and all that it came from.
 */
#include "explanation.h"

#include "cert_fields.h"
#include "entries.h"
#include "json_print.h"
#include "moment.h"
#include "remedy.h"
#include "wanted.h"

#include <stdio.h>

static void print_attributes(const struct bednet_subject *subject)
{
    for (size_t i = 0; i < subject->attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(subject, i);
        printf("  attribute   %.*s: ", (int)attribute.name.len, attribute.name.ptr);
        bednet_json_print_string(stdout, attribute.value);
        putchar('\n');
    }
}

static const char *place(const struct bednet_explanation *explanation, char out[BEDNET_PLACE_BYTES])
{
    return bednet_answer_place(explanation->question->policy_path, explanation->decision.rule, out);
}

/* Without an issuer in the entry, anybody whom the listener trusts may have signed it. */
static void print_authority(const struct bednet_explanation *explanation)
{
    size_t authority = explanation->trials.authority;
    if (authority == BEDNET_AUTHORITY_NONE) {
        puts("  signed by   not looked at: the entry has no issuer, and chains are the listener's to verify");
        return;
    }
    struct bednet_text name = bednet_authority_name(explanation->policy->certificate.authorities, authority);
    bednet_answer_list("signed by", &name, 1);
}

static void print_granted(const struct bednet_explanation *explanation)
{
    char where[BEDNET_PLACE_BYTES];
    puts("accepted");
    printf("  policy      %s\n", place(explanation, where));
    print_authority(explanation);
    if (explanation->judge == BEDNET_PLUGIN_CERT && explanation->question->token_path != NULL)
        puts("  token       not looked at: the policy has `token: ignore`");
    bednet_admission_print(&explanation->admission, "certificate", explanation->question->now_s);
    bednet_wanted_print_lists(explanation);
    print_attributes(&explanation->admission.spec.subject);
}

static void print_denied(const struct bednet_explanation *explanation)
{
    enum bednet_reason reason = explanation->decision.reason;
    const char *remedy = bednet_remedy(explanation->judge, reason);
    char where[BEDNET_PLACE_BYTES];
    printf("refused: %s\n", bednet_reason_name(reason));
    printf("  policy      %s%s\n", place(explanation, where),
           explanation->policy->observe[explanation->judge] ? " (mode observe: counted, not enforced)" : "");
    bednet_wanted_print(explanation);
    if (remedy != NULL)
        printf("  remedy      %s\n", remedy);
}

static void print_verdict(const struct bednet_explanation *explanation)
{
    if (explanation->decision.verdict == BEDNET_GRANT)
        print_granted(explanation);
    else
        print_denied(explanation);
    putchar('\n');
    bednet_entries_print(explanation);
    putchar('\n');
    for (unsigned trial = 0; trial < BEDNET_TRIALS; trial++)
        bednet_answer_check(explanation->trials.outcomes[trial], bednet_trial_title((enum bednet_trial)trial),
                            bednet_trial_text((enum bednet_trial)trial));
    putchar('\n');
}

static void print_certificate(const struct bednet_explanation *explanation)
{
    printf("certificate %s", explanation->question->path);
    if (explanation->behind > 0)
        printf(", the first of %zu in the file", explanation->behind + 1);
    putchar('\n');
    bednet_cert_fields_print(&explanation->certificate, explanation->opened, explanation->question->now_s);
}

void bednet_explanation_print(const struct bednet_explanation *explanation)
{
    if (explanation->policy != NULL)
        print_verdict(explanation);
    print_certificate(explanation);
}
