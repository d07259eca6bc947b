/* SPDX-License-Identifier: Apache-2.0 */
/* The same for machines. */
#include "explanation.h"

#include "cert_fields.h"
#include "entries.h"
#include "remedy.h"

static json_t *checks(const struct bednet_trials *trials)
{
    json_t *list = json_array();
    for (unsigned trial = 0; trial < BEDNET_TRIALS; trial++)
        json_array_append_new(list, bednet_answer_check_json(trials->outcomes[trial],
                                                             bednet_trial_title((enum bednet_trial)trial)));
    return list;
}

static json_t *attributes(const struct bednet_subject *subject)
{
    json_t *list = json_array();
    for (size_t i = 0; i < subject->attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(subject, i);
        json_array_append_new(list, json_pack("{s:o, s:o}", "name", bednet_answer_text_json(attribute.name),
                                              "value", bednet_answer_text_json(attribute.value)));
    }
    return list;
}

static json_t *login(const struct bednet_explanation *explanation)
{
    if (explanation->decision.verdict != BEDNET_GRANT)
        return json_null();
    json_t *object = bednet_admission_json(&explanation->admission);
    if (object != NULL)
        json_object_set_new(object, "attributes", attributes(&explanation->admission.spec.subject));
    return object;
}

static json_t *authority(const struct bednet_explanation *explanation)
{
    size_t index = explanation->trials.authority;
    return index != BEDNET_AUTHORITY_NONE ? bednet_answer_text_json(bednet_authority_name(
                                                explanation->policy->certificate.authorities, index))
                                          : json_null();
}

bool bednet_explanation_print_json(const struct bednet_explanation *explanation)
{
    const struct bednet_decision *decision = &explanation->decision;
    json_t *document = json_object();
    if (explanation->policy != NULL) {
        json_decref(document);
        document = bednet_answer_json(explanation->question->policy_path, decision,
                                      bednet_remedy(explanation->judge, decision->reason),
                                      checks(&explanation->trials), login(explanation));
        json_object_set_new(document, "accept", bednet_entries_json(explanation));
        json_object_set_new(document, "signed_by", authority(explanation));
    }
    json_t *certificate = bednet_cert_fields_json(&explanation->certificate, explanation->opened);
    if (document == NULL || certificate == NULL) {
        json_decref(document);
        json_decref(certificate);
        return false;
    }
    json_object_set_new(certificate, "behind", json_integer((json_int_t)explanation->behind));
    json_object_set_new(document, "certificate", certificate);
    return bednet_answer_print_json(document);
}
