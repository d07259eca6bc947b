/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet cert explain`: what is in a certificate, and the login it would make, judged by the plugin. */
#include "command.h"
#include "diagnostics.h"
#include "explanation.h"
#include "input.h"
#include "plugins/cert/login.h"
#include "plugins/jwt/factor.h"
#include "plugins/jwt/login.h"

#include <getopt.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What has to live as long as an explanation; one for each run. */
struct court {
    struct bednet_policy *policy;
    X509 *certificate;
    struct bednet_crls *crls;
    struct bednet_cert_view view;
    struct bednet_cert_login work;
    struct bednet_identity_spec spec; /* what the certificate says; a factor refers to it */
    struct bednet_file token_file;
    struct bednet_text token; /* absent: none comes with it */
    struct bednet_jwt_view jwt_view;
    struct bednet_jwt_login jwt_work;
    struct bednet_jwt_factor factor_work;
    struct bednet_explanation explanation;
};

/* The lists that the plugin loads at its start. */
static int load_crls(const struct bednet_certificate_policy *policy, int64_t now_s, struct bednet_crls **out)
{
    if (policy->crl.source.line == 0)
        return BEDNET_EXIT_OK;
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        return bednet_command_nomem();
    enum bednet_status status = bednet_crls_load(&policy->crl.sources, policy->authorities, now_s, diag, out);
    bednet_diagnostics_print(diag, true);
    bednet_diag_free(diag);
    return status == BEDNET_OK ? BEDNET_EXIT_OK : status == BEDNET_INVALID ? BEDNET_EXIT_NO : BEDNET_EXIT_IO;
}

static int load_policy(const struct bednet_cert_question *question, struct court *court)
{
    if (question->policy_path == NULL)
        return BEDNET_EXIT_OK;
    int code =
        bednet_input_policy(question->policy_path, BEDNET_PLUGIN_CERT,
                            "no section certificate: no login is judged by certificate", &court->policy);
    if (code == BEDNET_EXIT_OK)
        code = load_crls(&court->policy->certificate, question->now_s, &court->crls);
    if (code == BEDNET_EXIT_OK && question->token_path != NULL)
        code = bednet_input_token_file(question->token_path, &court->token_file, &court->token);
    court->view =
        (struct bednet_cert_view){.policy = court->policy, .crls = court->crls, .crls_settled = true};
    return code;
}

/* As the two plugins do it: the token is judged by itself, then put together with the certificate. */
static void judge_token(struct court *court, const struct bednet_login *login)
{
    const struct bednet_policy *policy = court->policy;
    struct bednet_explanation *explanation = &court->explanation;
    struct bednet_admission *admission = &explanation->admission;
    struct bednet_decision *decision = &explanation->decision;
    struct bednet_factor factor = {
        .spec = &court->spec,
        .agree = policy->observe[BEDNET_PLUGIN_CERT] ? 0 : policy->certificate.agree,
        .not_after_s = explanation->certificate.not_after_s,
        .agree_source = policy->certificate.token_source,
    };
    explanation->judge = BEDNET_PLUGIN_JWT;
    explanation->certified = court->spec.subject.username;
    bednet_jwt_view_of(policy, &court->jwt_view);
    bednet_jwt_judge(&court->jwt_work, &court->jwt_view, login, explanation->question->now_s,
                     &admission->spec, decision);
    if (decision->verdict != BEDNET_GRANT)
        return;
    if (policy->observe[BEDNET_PLUGIN_JWT])
        admission->spec.ends_s = 0;
    decision->reason = bednet_jwt_merge(&court->factor_work, policy, &factor, &admission->spec);
    if (decision->reason == BEDNET_REASON_FACTORS_DISAGREE)
        decision->rule = factor.agree_source;
    if (decision->reason != BEDNET_REASON_NONE)
        decision->verdict = BEDNET_DENY;
    if (admission->spec.ends_s != court->spec.ends_s)
        admission->jitter_s = policy->jwt.on_expiry.jitter_s;
}

static X509 *show_certificate(const struct bednet_client *client)
{
    X509 *certificate = (X509 *)(uintptr_t)client->handle;
    return X509_up_ref(certificate) == 1 ? certificate : NULL;
}

/* Tokens travel as passwords; how else is of no matter here. False without memory. */
static bool judge(struct court *court)
{
    struct bednet_explanation *explanation = &court->explanation;
    const struct bednet_cert_question *question = explanation->question;
    struct bednet_text client_id = question->client_id.ptr != NULL ? question->client_id : bednet_text("");
    struct bednet_login login = {
        .client = {.handle = court->certificate, .client_id = client_id, .username = bednet_text("bednet")},
        .password = court->token,
        .certificate = show_certificate,
    };
    explanation->judge = BEDNET_PLUGIN_CERT;
    bednet_cert_judge(&court->work, &court->view, NULL, court->certificate, client_id, question->now_s,
                      &court->spec, &explanation->decision);
    if (explanation->policy->observe[BEDNET_PLUGIN_CERT])
        court->spec.ends_s = 0;
    if (bednet_cert_is_factor(&court->view, &login, &explanation->decision))
        judge_token(court, &login);
    else
        explanation->admission.spec = court->spec;
    if (explanation->decision.verdict == BEDNET_GRANT)
        bednet_admission_find_roles(&explanation->admission, explanation->question->now_s);
    return bednet_trials_hold(&court->view, explanation->opened ? &explanation->certificate : NULL,
                              explanation->judge, &explanation->decision, question->now_s,
                              &explanation->trials);
}

static int answer(const struct bednet_explanation *explanation)
{
    if (!explanation->question->json)
        bednet_explanation_print(explanation);
    else if (!bednet_explanation_print_json(explanation))
        return bednet_command_nomem();
    bool refused = explanation->policy != NULL &&
                   (explanation->decision.verdict != BEDNET_GRANT || explanation->admission.too_many_roles);
    return refused ? BEDNET_EXIT_NO : BEDNET_EXIT_OK;
}

static int explain_in(const struct bednet_cert_question *question, struct court *court)
{
    struct bednet_explanation *explanation = &court->explanation;
    int code = bednet_input_certificate(question->path, &court->certificate, &explanation->behind);
    if (code == BEDNET_EXIT_OK)
        code = load_policy(question, court);
    if (code != BEDNET_EXIT_OK)
        return code;
    const struct bednet_certificate_policy *policy =
        court->policy != NULL ? &court->policy->certificate : NULL;
    enum bednet_status status = bednet_certificate_open(
        court->certificate, policy != NULL ? policy->authorities : NULL, &explanation->certificate);
    if (status == BEDNET_NOMEM)
        return bednet_command_nomem();
    explanation->question = question;
    explanation->opened = status == BEDNET_OK;
    explanation->policy = explanation->admission.policy = court->policy;
    if (policy != NULL) {
        explanation->admission.jitter_s = policy->on_expiry.jitter_s;
        if (!judge(court))
            return bednet_command_nomem();
    }
    return answer(explanation);
}

static int explain(const struct bednet_cert_question *question)
{
    struct court *court = calloc(1, sizeof *court);
    if (court == NULL)
        return bednet_command_nomem();
    int code = explain_in(question, court);
    bednet_file_free(&court->token_file);
    bednet_crls_free(court->crls);
    bednet_policy_free(court->policy);
    X509_free(court->certificate);
    free(court);
    return code;
}

static bool take(struct bednet_cert_question *question, int option)
{
    switch (option) {
    case 'p':
        question->policy_path = optarg;
        return true;
    case 'i':
        question->client_id = bednet_text(optarg);
        return true;
    case 'T':
        question->token_path = optarg;
        return true;
    case 't':
        return bednet_input_moment("cert explain", optarg, &question->now_s);
    case 'j':
        question->json = true;
        return true;
    default:
        return false;
    }
}

/* What says something about a login is no help without a policy to judge it by. */
static const char *wrong(const struct bednet_cert_question *question, int argc, char **argv)
{
    if (optind + 1 != argc)
        return "expected one FILE";
    if (question->policy_path == NULL && (question->client_id.ptr != NULL || question->token_path != NULL))
        return "--client-id and --token want a --policy";
    bool both = question->token_path != NULL && strcmp(question->token_path, "-") == 0 &&
                strcmp(argv[optind], "-") == 0;
    return both ? "FILE and --token are both standard input" : NULL;
}

int bednet_command_cert_explain(int argc, char **argv)
{
    static const struct option options[] = {
        {"policy", required_argument, NULL, 'p'}, {"client-id", required_argument, NULL, 'i'},
        {"token", required_argument, NULL, 'T'},  {"at", required_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},         {NULL, 0, NULL, 0}};
    struct bednet_cert_question question = {.now_s = time(NULL)};
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take(&question, option))
            return BEDNET_EXIT_USAGE;
    const char *fault = wrong(&question, argc, argv);
    if (fault != NULL) {
        fprintf(stderr, "bednet cert explain: %s; see bednet --help\n", fault);
        return BEDNET_EXIT_USAGE;
    }
    question.path = argv[optind];
    return explain(&question);
}
