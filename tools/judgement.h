/* SPDX-License-Identifier: Apache-2.0 */
/* A login as bednet_jwt would judge it, with everything that is worth saying about the verdict. */
#ifndef BEDNET_TOOLS_JUDGEMENT_H
#define BEDNET_TOOLS_JUDGEMENT_H

#include "admission.h"
#include "decoded.h"
#include "plugins/jwt/login.h"
#include "steps.h"

/* What is asked. */
struct bednet_question {
    const char *policy_path;
    const char *keys_path;        /* NULL: the policy's */
    bool fetches;                 /* the policy's keys from URLs */
    const char *certificate_path; /* NULL: the client shows none */
    struct bednet_text client_id; /* absent: none was said */
    enum bednet_token_carrier carrier;
    const char *method; /* of enhanced authentication; NULL otherwise */
    int64_t now_s;
    bool json;
};

/* What came of it. */
struct bednet_judgement {
    const struct bednet_question *question;
    const struct bednet_policy *policy;
    const struct bednet_jwt_view *view;
    struct bednet_text token;
    struct bednet_decoded decoded; /* for showing only */
    struct bednet_decision decision;
    enum bednet_step failed;           /* where it was denied */
    struct bednet_admission admission; /* where it was granted */
};

/* The issuer of the policy that the token says it comes from; issuer_count where it is none of them. */
size_t bednet_judgement_issuer(const struct bednet_judgement *judgement);

/* Each writes to standard output; the second is false without memory. */
void bednet_judgement_print(const struct bednet_judgement *judgement);
bool bednet_judgement_print_json(const struct bednet_judgement *judgement);

#endif
