/* SPDX-License-Identifier: Apache-2.0 */
/* The same verdict for machines. */
#include "answer.h"
#include "judgement.h"
#include "remedy.h"

static json_t *checks(enum bednet_step failed)
{
    json_t *list = json_array();
    for (unsigned step = 0; failed != BEDNET_STEPS && step < BEDNET_STEPS; step++)
        json_array_append_new(list,
                              bednet_answer_check_json(bednet_step_outcome((enum bednet_step)step, failed),
                                                       bednet_step_title((enum bednet_step)step)));
    return list;
}

bool bednet_judgement_print_json(const struct bednet_judgement *judgement)
{
    const struct bednet_decision *decision = &judgement->decision;
    return bednet_answer_print_json(bednet_answer_json(
        judgement->question->policy_path, decision, bednet_remedy(BEDNET_PLUGIN_JWT, decision->reason),
        checks(decision->verdict == BEDNET_DENY ? judgement->failed : BEDNET_STEPS),
        decision->verdict == BEDNET_GRANT ? bednet_admission_json(&judgement->admission) : json_null()));
}
