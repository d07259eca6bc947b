/* SPDX-License-Identifier: Apache-2.0 */
/* A login as bednet_cert would judge it, with everything that is worth saying about the verdict. */
#ifndef BEDNET_TOOLS_EXPLANATION_H
#define BEDNET_TOOLS_EXPLANATION_H

#include "admission.h"
#include "certificate/certificate.h"
#include "trial.h"

/* What is asked. */
struct bednet_cert_question {
    const char *path;
    const char *policy_path;      /* NULL: the certificate is only looked at */
    const char *token_path;       /* NULL: no token comes with it */
    struct bednet_text client_id; /* absent: none was said */
    int64_t now_s;
    bool json;
};

/* What came of it. */
struct bednet_explanation {
    const struct bednet_cert_question *question;
    struct bednet_certificate certificate;
    bool opened;                        /* its number and times are such */
    size_t behind;                      /* certificates behind it in the file */
    const struct bednet_policy *policy; /* NULL: there is none, and nothing below */
    struct bednet_trials trials;
    enum bednet_plugin judge; /* whose decision it is: jwt's where a token comes with the certificate */
    struct bednet_decision decision;
    struct bednet_text certified;      /* the certificate's user name, beside which the token has another */
    struct bednet_admission admission; /* where it was granted */
};

/* Each writes to standard output; the second is false without memory. */
void bednet_explanation_print(const struct bednet_explanation *explanation);
bool bednet_explanation_print_json(const struct bednet_explanation *explanation);

#endif
