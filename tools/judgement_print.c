/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict in words: what was decided, by which line of the policy, and what to do. */
#include "judgement.h"

#include "answer.h"
#include "json_print.h"
#include "moment.h"
#include "remedy.h"
#include "token/claims.h"

#include <stdio.h>

size_t bednet_judgement_issuer(const struct bednet_judgement *judgement)
{
    const struct bednet_token_rules *rules = &judgement->view->rules;
    const struct bednet_json *claims = judgement->decoded.parts[BEDNET_SEGMENT_PAYLOAD].values;
    size_t i = 0;
    while (i < rules->issuer_count &&
           (claims == NULL || !bednet_json_is(bednet_json_member(claims, "iss"), rules->issuers[i].issuer)))
        i++;
    return i;
}

static void print_granted(const struct bednet_judgement *judgement)
{
    char where[BEDNET_PLACE_BYTES];
    puts("accepted");
    size_t issuer = bednet_judgement_issuer(judgement);
    if (issuer < judgement->view->rules.issuer_count)
        bednet_answer_list("issuer", &judgement->view->rules.issuers[issuer].issuer, 1);
    printf("  policy      %s\n",
           bednet_answer_place(judgement->question->policy_path, judgement->decision.rule, where));
    bednet_admission_print(&judgement->admission, "token", judgement->question->now_s);
}

/* What the token has in the members that the reason is about. */
static void print_members(const struct bednet_json *object, const char *const *names, const char *what)
{
    for (; object != NULL && *names != NULL; names++) {
        const struct bednet_json *value = bednet_json_member(object, *names);
        int64_t at_s;
        printf("  %s %s: ", what, *names);
        if (value == NULL)
            fputs("not there", stdout);
        else
            bednet_json_print(stdout, value, 2);
        bool is_time = strcmp(*names, "exp") == 0 || strcmp(*names, "nbf") == 0 || strcmp(*names, "iat") == 0;
        if (is_time && bednet_json_whole(value, false, &at_s)) {
            char utc[BEDNET_MOMENT_BYTES];
            bednet_moment_utc(at_s, utc);
            printf(" (%s)", utc);
        }
        putchar('\n');
    }
}

static void print_path(const struct bednet_judgement *judgement, struct bednet_text path)
{
    const struct bednet_json *claims = judgement->decoded.parts[BEDNET_SEGMENT_PAYLOAD].values;
    const struct bednet_json *value = claims != NULL ? bednet_claims_find_in(claims, path) : NULL;
    printf("  token has   %.*s: ", (int)path.len, path.ptr);
    if (value != NULL)
        bednet_json_print(stdout, value, 2);
    else
        fputs("not there", stdout);
    putchar('\n');
}

/* What the claims are that a template of the policy speaks of. */
static void print_template(const struct bednet_judgement *judgement, const struct bednet_template *tmpl)
{
    static const char prefix[] = "claim.";
    bednet_answer_list("policy has", &tmpl->text, 1);
    for (size_t i = 0; i < tmpl->part_count; i++) {
        struct bednet_text name = tmpl->parts[i].text;
        size_t skip = sizeof prefix - 1;
        if (tmpl->parts[i].kind == BEDNET_PART_ATTRIBUTE && name.len > skip)
            print_path(judgement, (struct bednet_text){name.ptr + skip, name.len - skip});
    }
}

static void print_client_id(const struct bednet_judgement *judgement, const struct bednet_template *tmpl)
{
    print_template(judgement, tmpl);
    if (judgement->question->client_id.ptr != NULL)
        bednet_answer_list("client has", &judgement->question->client_id, 1);
    else
        puts("  client has  no client id: none was told by --client-id");
}

static void print_required(const struct bednet_judgement *judgement, const struct bednet_token_issuer *issuer)
{
    for (size_t i = 0; i < issuer->required_count; i++) {
        bednet_answer_list("policy has", &issuer->required[i].name, 1);
        bednet_answer_list("  one of", issuer->required[i].values, issuer->required[i].value_count);
        print_path(judgement, issuer->required[i].name);
    }
}

static void print_faults(const struct bednet_decoded *decoded)
{
    if (decoded->fault[0] != '\0')
        printf("  %s\n", decoded->fault);
    for (int i = 0; i < BEDNET_SEGMENTS; i++)
        if (decoded->parts[i].fault[0] != '\0')
            printf("  %s\n", decoded->parts[i].fault);
}

static void print_wanted_of(const struct bednet_judgement *judgement,
                            const struct bednet_token_issuer *issuer,
                            const struct bednet_jwt_mapping *mapping)
{
    switch (judgement->decision.reason) {
    case BEDNET_REASON_AUDIENCE:
        bednet_answer_list("policy has", issuer->audiences, issuer->audience_count);
        break;
    case BEDNET_REASON_PARTY:
        bednet_answer_list("policy has", issuer->parties, issuer->party_count);
        break;
    case BEDNET_REASON_REQUIRED_CLAIM:
        print_required(judgement, issuer);
        break;
    case BEDNET_REASON_CLAIMS:
    case BEDNET_REASON_IDENTITY:
        print_template(judgement, &mapping->identity.username);
        break;
    case BEDNET_REASON_CLIENT_ID:
        print_client_id(judgement, &mapping->identity.client_id);
        break;
    case BEDNET_REASON_PERMISSIONS:
        print_path(judgement, mapping->permissions.claim);
        break;
    case BEDNET_REASON_KEYS_UNAVAILABLE:
        bednet_answer_list(
            "policy has",
            mapping->keys.origin == BEDNET_KEYS_URL ? &mapping->keys.url : &mapping->keys.issuer, 1);
        break;
    default:
        break;
    }
}

/* What the policy wants, where that is a short list. */
static void print_wanted(const struct bednet_judgement *judgement)
{
    size_t index = bednet_judgement_issuer(judgement);
    const struct bednet_token_rules *rules = &judgement->view->rules;
    enum bednet_reason reason = judgement->decision.reason;
    if (reason == BEDNET_REASON_ISSUER ||
        (reason == BEDNET_REASON_UNKNOWN_KEY && index == rules->issuer_count))
        for (size_t i = 0; i < rules->issuer_count; i++)
            bednet_answer_list("policy has", &rules->issuers[i].issuer, 1);
    if (index == rules->issuer_count)
        return;
    print_wanted_of(judgement, &rules->issuers[index], &judgement->policy->jwt.mappings[index]);
}

static void print_steps(enum bednet_step failed)
{
    if (failed == BEDNET_STEPS)
        return;
    putchar('\n');
    for (unsigned step = 0; step < BEDNET_STEPS; step++)
        bednet_answer_check(bednet_step_outcome((enum bednet_step)step, failed),
                            bednet_step_title((enum bednet_step)step),
                            bednet_step_text((enum bednet_step)step));
}

/* Before a token is verified the plugin itself blames no issuer, and its line is that of the section. */
static void print_issuer(const struct bednet_judgement *judgement)
{
    const struct bednet_token_rules *rules = &judgement->view->rules;
    size_t index = bednet_judgement_issuer(judgement);
    if (index == rules->issuer_count)
        return;
    char where[BEDNET_PLACE_BYTES];
    fputs("  issuer      ", stdout);
    bednet_json_print_string(stdout, rules->issuers[index].issuer);
    printf(", %s\n", bednet_answer_place(judgement->question->policy_path,
                                         judgement->policy->jwt.mappings[index].source, where));
}

static void print_denied(const struct bednet_judgement *judgement)
{
    enum bednet_reason reason = judgement->decision.reason;
    const char *remedy = bednet_remedy(BEDNET_PLUGIN_JWT, reason);
    char where[BEDNET_PLACE_BYTES];
    printf("refused: %s\n", bednet_reason_name(reason));
    printf("  policy      %s%s\n",
           bednet_answer_place(judgement->question->policy_path, judgement->decision.rule, where),
           judgement->policy->observe[BEDNET_PLUGIN_JWT] ? " (mode observe: counted, not enforced)" : "");
    print_issuer(judgement);
    print_faults(&judgement->decoded);
    print_members(judgement->decoded.parts[BEDNET_SEGMENT_HEADER].values,
                  bednet_remedy_header_members(reason), "header has ");
    print_members(judgement->decoded.parts[BEDNET_SEGMENT_PAYLOAD].values, bednet_remedy_claims(reason),
                  "token has  ");
    print_wanted(judgement);
    if (remedy != NULL)
        printf("  remedy      %s\n", remedy);
    print_steps(judgement->failed);
}

void bednet_judgement_print(const struct bednet_judgement *judgement)
{
    switch (judgement->decision.verdict) {
    case BEDNET_GRANT:
        print_granted(judgement);
        break;
    case BEDNET_DEFER:
        puts("not judged: this is not meant as a token, or the policy takes none from there (carriers)\n"
             "  remedy      What bednet_jwt takes for no token it leaves to the plugins and password_file "
             "behind it.");
        break;
    default:
        print_denied(judgement);
    }
}
