/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet token verify`: the login that a token would make, judged by the plugin's own function. */
#include "command.h"
#include "diagnostics.h"
#include "fetched.h"
#include "input.h"
#include "judgement.h"

#include <getopt.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What has to live as long as a judgement; one for each run. */
struct court {
    struct bednet_policy *policy;
    struct bednet_jwt_view view;
    struct bednet_keyring *keyrings[BEDNET_ISSUERS_MAX]; /* of --keys */
    struct bednet_fetched fetched;                       /* of --fetch */
    X509 *certificate;                                   /* NULL: the client shows none */
    struct bednet_jwt_login work;
    struct bednet_login login;
    struct bednet_judgement judgement;
};

/* The keys of the file in place of issuer `index`'s own. */
static int replace_keys(const char *path, const struct bednet_file *file, size_t index, struct court *court)
{
    struct bednet_token_issuer *issuer = &court->view.issuers[index];
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        return bednet_command_nomem();
    enum bednet_status status =
        bednet_keyring_from_file(path, (struct bednet_text){file->bytes, file->length}, issuer->algorithms,
                                 diag, &court->keyrings[index]);
    bednet_diagnostics_print(diag, true);
    bednet_diag_free(diag);
    if (status != BEDNET_OK)
        return status == BEDNET_NOMEM ? bednet_command_nomem() : BEDNET_EXIT_NO;
    issuer->keys = court->keyrings[index];
    return BEDNET_EXIT_OK;
}

/* Of the issuer that the token names; of all of them where it names none that the policy knows. */
static int take_keys(const char *path, struct court *court)
{
    struct bednet_file file;
    size_t named = bednet_judgement_issuer(&court->judgement), count = court->view.rules.issuer_count;
    int code = bednet_input_read(path, BEDNET_JWKS_BYTES_MAX, &file);
    if (code != BEDNET_EXIT_OK)
        return code;
    for (size_t i = 0; code == BEDNET_EXIT_OK && i < count; i++)
        if (i == named || named == count)
            code = replace_keys(path, &file, i, court);
    bednet_file_free(&file);
    return code;
}

/* The callback has no context but the client, whose handle nobody else looks at here. */
static X509 *show_certificate(const struct bednet_client *client)
{
    X509 *certificate = (X509 *)(uintptr_t)client->handle;
    return X509_up_ref(certificate) == 1 ? certificate : NULL;
}

static int take_certificate(const char *path, struct court *court)
{
    int code = bednet_input_certificate(path, &court->certificate, NULL);
    court->login.client.handle = court->certificate;
    court->login.certificate = show_certificate;
    return code;
}

/* The login that brings the token where the question has it. */
static void write_login(const struct bednet_question *question, struct court *court)
{
    struct bednet_login *login = &court->login;
    login->client.client_id = question->client_id.ptr != NULL ? question->client_id : bednet_text("");
    switch (question->carrier) {
    case BEDNET_CARRIER_PASSWORD:
        login->client.username = bednet_text("bednet");
        login->password = court->judgement.token;
        break;
    case BEDNET_CARRIER_USERNAME:
        login->client.username = court->judgement.token;
        break;
    case BEDNET_CARRIER_ENHANCED:
        login->method = bednet_text(question->method);
        login->data = court->judgement.token;
        break;
    }
}

static int judge(struct court *court)
{
    struct bednet_judgement *judgement = &court->judgement;
    const struct bednet_question *question = judgement->question;
    bednet_jwt_judge(&court->work, &court->view, &court->login, question->now_s, &judgement->admission.spec,
                     &judgement->decision);
    if (court->policy->observe[BEDNET_PLUGIN_JWT])
        judgement->admission.spec.ends_s = 0; /* what is only observed ends nothing */
    if (judgement->decision.verdict == BEDNET_GRANT)
        bednet_admission_find_roles(&judgement->admission, judgement->question->now_s);
    else if (judgement->decision.verdict == BEDNET_DENY)
        judgement->failed =
            bednet_step_of(judgement->decision.reason, &court->view, judgement->token, question->now_s);
    if (!question->json)
        bednet_judgement_print(judgement);
    else if (!bednet_judgement_print_json(judgement))
        return bednet_command_nomem();
    return judgement->decision.verdict == BEDNET_GRANT && !judgement->admission.too_many_roles
               ? BEDNET_EXIT_OK
               : BEDNET_EXIT_NO;
}

static int prepare(const struct bednet_question *question, struct bednet_text token, struct court *court)
{
    int code = bednet_input_policy(question->policy_path, BEDNET_PLUGIN_JWT,
                                   "no section jwt: no login is judged by token", &court->policy);
    if (code != BEDNET_EXIT_OK)
        return code;
    bednet_jwt_view_of(court->policy, &court->view);
    court->judgement = (struct bednet_judgement){
        .question = question, .policy = court->policy, .view = &court->view, .token = token};
    court->judgement.admission =
        (struct bednet_admission){.policy = court->policy, .jitter_s = court->policy->jwt.on_expiry.jitter_s};
    if (!bednet_decoded_open(token, &court->judgement.decoded))
        return bednet_command_nomem();
    write_login(question, court);
    if (question->certificate_path != NULL)
        code = take_certificate(question->certificate_path, court);
    if (code == BEDNET_EXIT_OK && question->fetches)
        code = bednet_fetched_wait(&court->view, bednet_judgement_issuer(&court->judgement), &court->fetched);
    return code == BEDNET_EXIT_OK && question->keys_path != NULL ? take_keys(question->keys_path, court)
                                                                 : code;
}

static int verify(const struct bednet_question *question, struct bednet_text token)
{
    struct court *court = calloc(1, sizeof *court);
    if (court == NULL)
        return bednet_command_nomem();
    int code = prepare(question, token, court);
    if (code == BEDNET_EXIT_OK)
        code = judge(court);
    bednet_fetched_free(&court->fetched);
    bednet_decoded_close(&court->judgement.decoded);
    for (size_t i = 0; i < BEDNET_ISSUERS_MAX; i++)
        bednet_keyring_free(court->keyrings[i]);
    bednet_policy_free(court->policy);
    X509_free(court->certificate);
    free(court);
    return code;
}

static bool take_carrier(const char *name, struct bednet_question *question)
{
    static const struct {
        const char *name;
        enum bednet_token_carrier carrier;
        const char *method;
    } carriers[] = {{"password", BEDNET_CARRIER_PASSWORD, NULL},
                    {"username", BEDNET_CARRIER_USERNAME, NULL},
                    {"oauth2-jwt", BEDNET_CARRIER_ENHANCED, "OAUTH2-JWT"},
                    {"custom-jwt", BEDNET_CARRIER_ENHANCED, "CUSTOM-JWT"}};
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (strcmp(name, carriers[i].name) == 0) {
            question->carrier = carriers[i].carrier;
            question->method = carriers[i].method;
            return true;
        }
    fprintf(stderr,
            "bednet token verify: --carrier is '%s' (expected password, username, oauth2-jwt or "
            "custom-jwt)\n",
            name);
    return false;
}

static bool take(struct bednet_question *question, int option)
{
    switch (option) {
    case 'p':
        question->policy_path = optarg;
        return true;
    case 'k':
        question->keys_path = optarg;
        return true;
    case 'f':
        question->fetches = true;
        return true;
    case 'c':
        question->certificate_path = optarg;
        return true;
    case 'i':
        question->client_id = bednet_text(optarg);
        return true;
    case 'j':
        question->json = true;
        return true;
    case 'w':
        return take_carrier(optarg, question);
    case 't':
        return bednet_input_moment("token verify", optarg, &question->now_s);
    default:
        return false;
    }
}

int bednet_command_token_verify(int argc, char **argv)
{
    static const struct option options[] = {{"policy", required_argument, NULL, 'p'},
                                            {"keys", required_argument, NULL, 'k'},
                                            {"certificate", required_argument, NULL, 'c'},
                                            {"client-id", required_argument, NULL, 'i'},
                                            {"carrier", required_argument, NULL, 'w'},
                                            {"at", required_argument, NULL, 't'},
                                            {"fetch", no_argument, NULL, 'f'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    struct bednet_question question = {.carrier = BEDNET_CARRIER_PASSWORD, .now_s = time(NULL)};
    struct bednet_file input;
    struct bednet_text token;
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take(&question, option))
            return BEDNET_EXIT_USAGE;
    if (question.policy_path == NULL) {
        fputs("bednet token verify: --policy is missing; see bednet --help\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    if (question.fetches && question.keys_path != NULL) {
        fputs("bednet token verify: --fetch and --keys (expected one of them)\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    int code = bednet_input_token("token verify", argc, argv, &input, &token);
    if (code == BEDNET_EXIT_OK)
        code = verify(&question, token);
    bednet_file_free(&input);
    return code;
}
