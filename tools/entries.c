/* SPDX-License-Identifier: Apache-2.0 */
#include "entries.h"

#include "certificate/field.h"
#include "json_print.h"

#include <openssl/types.h>
#include <stdlib.h>

static const char *fit_name(const struct bednet_entry_verdict *verdict)
{
    static const char *const names[] = {
        [BEDNET_RULE_FITS] = "fits",           [BEDNET_RULE_OTHER_ISSUER] = "other issuer",
        [BEDNET_RULE_NO_FIELD] = "no field",   [BEDNET_RULE_NO_MATCH] = "no match",
        [BEDNET_RULE_AMBIGUOUS] = "ambiguous", [BEDNET_RULE_NO_MEMORY] = "no memory"};
    return verdict->asked ? names[verdict->fit] : "not asked";
}

/* The match that did not fit; NULL where the verdict is about none. */
static const struct bednet_certificate_match *failed_match(const struct bednet_explanation *explanation,
                                                           size_t entry)
{
    const struct bednet_entry_verdict *verdict = &explanation->trials.entries[entry];
    const struct bednet_certificate_rule *rule = &explanation->policy->certificate.accept[entry].rule;
    bool is_about = verdict->asked &&
                    (verdict->fit == BEDNET_RULE_NO_FIELD || verdict->fit == BEDNET_RULE_NO_MATCH ||
                     verdict->fit == BEDNET_RULE_AMBIGUOUS) &&
                    verdict->failed < rule->match_count;
    return is_about ? &rule->matches[verdict->failed] : NULL;
}

static struct bednet_text name_of(const struct bednet_field *field, char out[160])
{
    if (field->kind != BEDNET_FIELD_OID)
        return bednet_text(bednet_field_names[field->kind]);
    snprintf(out, 160, "oid.%.*s", (int)field->oid.len, field->oid.ptr);
    return bednet_text(out);
}

static void print_values(X509 *certificate, const struct bednet_field *field)
{
    struct bednet_field_values *values = malloc(sizeof *values);
    if (values == NULL || bednet_field_read(certificate, field, values) != BEDNET_OK) {
        fputs("spoilt", stdout);
        free(values);
        return;
    }
    for (size_t i = 0; i < values->count; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        bednet_json_print_string(stdout, values->values[i]);
    }
    free(values);
}

static void print_match(const struct bednet_explanation *explanation,
                        const struct bednet_certificate_match *match, enum bednet_rule_fit fit)
{
    char name[160];
    struct bednet_text field = name_of(&match->field, name);
    printf(": %.*s ", (int)field.len, field.ptr);
    if (fit == BEDNET_RULE_NO_FIELD) {
        fputs("is not there", stdout);
        return;
    }
    fputs("has ", stdout);
    print_values(explanation->certificate.x509, &match->field);
    fputs(", the policy ", stdout);
    bednet_json_print_string(stdout, match->pattern.text);
}

static void print_issuer(const struct bednet_explanation *explanation, size_t entry)
{
    const struct bednet_certificate_policy *policy = &explanation->policy->certificate;
    fputs(": not signed by ", stdout);
    bednet_json_print_string(
        stdout, bednet_authority_name(policy->authorities, policy->accept[entry].rule.authority));
}

void bednet_entries_print(const struct bednet_explanation *explanation)
{
    const struct bednet_certificate_policy *policy = &explanation->policy->certificate;
    char where[BEDNET_PLACE_BYTES];
    for (size_t i = 0; i < policy->accept_count; i++) {
        const struct bednet_entry_verdict *verdict = &explanation->trials.entries[i];
        const struct bednet_certificate_match *match = failed_match(explanation, i);
        printf("  entry %-3zu   %s %s", i + 1,
               bednet_answer_place(explanation->question->policy_path, policy->accept[i].source, where),
               fit_name(verdict));
        if (verdict->asked && verdict->fit == BEDNET_RULE_OTHER_ISSUER)
            print_issuer(explanation, i);
        else if (match != NULL)
            print_match(explanation, match, verdict->fit);
        putchar('\n');
    }
}

json_t *bednet_entries_json(const struct bednet_explanation *explanation)
{
    const struct bednet_certificate_policy *policy = &explanation->policy->certificate;
    json_t *list = json_array();
    for (size_t i = 0; i < policy->accept_count; i++) {
        const struct bednet_certificate_match *match = failed_match(explanation, i);
        struct bednet_source source = policy->accept[i].source;
        char name[160];
        json_t *field = match != NULL ? bednet_answer_text_json(name_of(&match->field, name)) : json_null();
        json_t *pattern = match != NULL ? bednet_answer_text_json(match->pattern.text) : json_null();
        json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:o, s:o}", "line", (json_int_t)source.line,
                                              "column", (json_int_t)source.column, "fit",
                                              fit_name(&explanation->trials.entries[i]), "field", field,
                                              "pattern", pattern));
    }
    return list;
}
