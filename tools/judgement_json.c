/* SPDX-License-Identifier: Apache-2.0 */
/* The same verdict for machines. */
#include "judgement.h"
#include "remedy.h"

#include <jansson.h>

/* Bytes that are no UTF-8 have no place in JSON: null. */
static json_t *text_value(struct bednet_text text)
{
    json_t *value = text.ptr != NULL ? json_stringn(text.ptr, text.len) : NULL;
    return value != NULL ? value : json_null();
}

static json_t *checks(enum bednet_step failed)
{
    json_t *list = json_array();
    for (unsigned step = 0; failed != BEDNET_STEPS && step < BEDNET_STEPS; step++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "check",
                                              bednet_step_title((enum bednet_step)step), "outcome",
                                              step < failed    ? "passed"
                                              : step == failed ? "failed"
                                                               : "not reached"));
    return list;
}

static json_t *roles(const struct bednet_judgement *judgement)
{
    json_t *list = json_array();
    for (size_t i = 0; i < judgement->role_count; i++)
        json_array_append_new(list, text_value(judgement->policy->acl.roles[judgement->roles[i]].name));
    return list;
}

static json_t *permissions(const struct bednet_permissions *permissions)
{
    if (permissions == NULL)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < permissions->count; i++) {
        const struct bednet_permission *entry = &permissions->entries[i];
        json_t *actions = json_array();
        for (unsigned action = 0; action < BEDNET_ACTIONS; action++)
            if (entry->actions & 1u << action)
                json_array_append_new(actions, json_string(bednet_action_name((enum bednet_action)action)));
        json_array_append_new(list, json_pack("{s:o, s:b, s:o}", "filter", text_value(entry->filter), "deny",
                                              entry->denies, "actions", actions));
    }
    return json_pack("{s:s, s:o}", "use", permissions->use == BEDNET_PERMISSIONS_WIDEN ? "widen" : "narrow",
                     "entries", list);
}

static json_t *granted(const struct bednet_judgement *judgement)
{
    const struct bednet_identity_spec *spec = &judgement->spec;
    return json_pack("{s:o, s:o, s:b, s:o, s:b, s:o, s:o}", "username", text_value(spec->subject.username),
                     "client_id", text_value(spec->subject.client_id), "client_id_is_bound",
                     spec->client_id_is_vouched, "roles", roles(judgement), "too_many_roles",
                     judgement->too_many_roles, "permissions", permissions(spec->permissions), "ends",
                     spec->ends_s != 0 ? json_integer(spec->ends_s) : json_null());
}

bool bednet_judgement_print_json(const struct bednet_judgement *judgement)
{
    static const char *const verdicts[BEDNET_VERDICTS] = {
        [BEDNET_DENY] = "refused", [BEDNET_GRANT] = "accepted", [BEDNET_DEFER] = "not judged"};
    enum bednet_verdict verdict = judgement->decision.verdict;
    bool denied = verdict == BEDNET_DENY;
    json_t *document =
        json_pack("{s:s, s:s?, s:s?, s:s, s:I, s:I, s:o, s:o}", "verdict", verdicts[verdict], "reason",
                  denied ? bednet_reason_name(judgement->decision.reason) : NULL, "remedy",
                  denied ? bednet_remedy(judgement->decision.reason) : NULL, "policy",
                  judgement->question->policy_path, "line", (json_int_t)judgement->decision.rule.line,
                  "column", (json_int_t)judgement->decision.rule.column, "checks",
                  checks(denied ? judgement->failed : BEDNET_STEPS), "login",
                  verdict == BEDNET_GRANT ? granted(judgement) : json_null());
    bool printed = document != NULL && json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0;
    json_decref(document);
    if (printed)
        putchar('\n');
    return printed;
}
