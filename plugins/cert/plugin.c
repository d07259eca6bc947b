/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bednet_cert.so: authentication by client certificates, whose chain the listener has verified. Grants, or
 * leaves what the certificate says to the plugin that judges the token which has to come with it. Lists of
 * revocations change while the broker runs: every login sees the latest, and a new set is held against the
 * sessions that live.
 */
#include "broker/module.h"
#include "plugins/cert/crl_loader.h"
#include "plugins/cert/login.h"
#include "runtime/clock.h"
#include "runtime/counters.h"

#include <openssl/x509.h>
#include <sodium/randombytes.h>
#include <stdlib.h>

struct cert {
    struct bednet_chain *chain;
    struct bednet_crl_loader *crls;
    struct bednet_cert_proofs *proofs;
    struct bednet_cert_login work;
    struct bednet_cert_view view;
    struct bednet_identity_spec spec; /* of the last login; a factor refers to it */
    bool configured;                  /* the lists are those of the policy in force, or will be */
    bool reviewing;                   /* sessions are being held against lists */
};

/* New lists may have come since the last login. */
static void update_view(struct cert *cert)
{
    if (bednet_crl_loader_take(cert->crls))
        cert->reviewing = true;
    cert->view.crls = cert->configured ? bednet_crl_loader_current(cert->crls) : NULL;
    cert->view.crls_settled = cert->configured && bednet_crl_loader_settled(cert->crls);
}

/* Then certificates let in and refuse nobody, and end nothing. */
static bool observes(const struct cert *cert)
{
    return cert->view.policy->observe[BEDNET_PLUGIN_CERT];
}

static bool is_revoked(const void *view, const struct bednet_identity *identity)
{
    const struct bednet_certificate_mark *mark = bednet_identity_mark(identity);
    return mark != NULL && bednet_cert_is_revoked(view, mark);
}

/* Holds all sessions against the lists, some thousands at a time; true while there are more. */
static bool review(struct cert *cert, bednet_session_kick kick)
{
    if (cert->reviewing)
        bednet_session_review_restart(cert->chain, BEDNET_PLUGIN_CERT);
    cert->reviewing = false;
    return !observes(cert) && bednet_session_review(cert->chain, BEDNET_PLUGIN_CERT, is_revoked, &cert->view,
                                                    cert->view.policy->certificate.on_expiry.will, kick);
}

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    const struct bednet_policy *policy = bednet_chain_policy(chain);
    struct cert *cert = calloc(1, sizeof *cert);
    if (cert == NULL)
        return BEDNET_NOMEM;
    cert->chain = chain;
    cert->view.policy = policy;
    cert->configured = true;
    cert->proofs = bednet_cert_proofs_new();
    enum bednet_status status = cert->proofs != NULL ? BEDNET_OK : BEDNET_NOMEM;
    if (status == BEDNET_OK)
        status = bednet_crl_loader_start(&policy->certificate, diag, &cert->crls);
    if (status != BEDNET_OK) {
        bednet_cert_proofs_free(cert->proofs);
        free(cert);
        return status;
    }
    update_view(cert);
    /* Whoever was revoked while the broker was down gets nothing from the first message on. */
    cert->reviewing = true;
    while (review(cert, NULL)) {
    }
    *state = cert;
    return BEDNET_OK;
}

static void stop(void *state)
{
    struct cert *cert = state;
    bednet_crl_loader_stop(cert->crls);
    bednet_cert_proofs_free(cert->proofs);
    free(cert);
}

static void configure(struct cert *cert)
{
    cert->configured = bednet_crl_loader_configure(cert->crls, &cert->view.policy->certificate) == BEDNET_OK;
    update_view(cert);
}

static void commit(void *state, const struct bednet_policy *next)
{
    struct cert *cert = state;
    cert->view.policy = next;
    cert->reviewing = true;
    bednet_cert_proofs_clear(cert->proofs);
    configure(cert);
    bednet_crl_loader_reload(cert->crls);
}

static enum bednet_reason reason_of(enum bednet_status status)
{
    switch (status) {
    case BEDNET_OK:
        return BEDNET_REASON_NONE;
    case BEDNET_LIMIT:
        return BEDNET_REASON_TABLE_FULL;
    default:
        return BEDNET_REASON_INTERNAL;
    }
}

/* Thousands of certificates that were made at once need not end at once. */
static int64_t spread(const struct cert *cert, int64_t ends_s)
{
    int64_t jitter_s = cert->view.policy->certificate.on_expiry.jitter_s, end_s;
    if (ends_s == 0 || jitter_s == 0 ||
        __builtin_add_overflow(ends_s, randombytes_uniform((uint32_t)jitter_s + 1), &end_s))
        return ends_s;
    return end_s;
}

/* Whoever judges the other factor refuses where the two disagree; where this one only observes, nobody does.
 */
static void leave_factor(struct cert *cert)
{
    const struct bednet_certificate_policy *policy = &cert->view.policy->certificate;
    struct bednet_factor factor = {
        .spec = &cert->spec,
        .agree = observes(cert) ? 0 : policy->agree,
        .not_after_s = cert->work.certificate.not_after_s,
        .agree_source = policy->token_source,
    };
    bednet_chain_leave_factor(cert->chain, &factor);
}

static void identify(struct cert *cert, const struct bednet_login *login, int64_t now_s,
                     struct bednet_decision *decision, struct bednet_text *username)
{
    if (login->discovered)
        cert->spec.subject.username = login->client.username;
    decision->reason = reason_of(bednet_session_identify(&cert->spec));
    if (decision->reason != BEDNET_REASON_NONE) {
        decision->verdict = BEDNET_DENY;
        return;
    }
    bednet_count_certificate(cert->work.certificate.not_after_s - now_s);
    *username = cert->spec.subject.username;
}

static void judge(struct cert *cert, const struct bednet_login *login, struct x509_st *x509,
                  struct bednet_decision *decision, struct bednet_text *username)
{
    int64_t now_s = bednet_clock_wall_s();
    cert->spec = (struct bednet_identity_spec){.chain = cert->chain, .handle = login->client.handle};
    bednet_cert_judge(&cert->work, &cert->view, cert->proofs, x509, login->client.client_id, now_s,
                      &cert->spec, decision);
    if (decision->verdict == BEDNET_GRANT)
        cert->spec.ends_s = observes(cert) ? 0 : spread(cert, cert->spec.ends_s);
    if (bednet_cert_is_factor(&cert->view, login, decision))
        leave_factor(cert);
    else if (decision->verdict == BEDNET_GRANT)
        identify(cert, login, now_s, decision, username);
}

static void login(void *state, const struct bednet_login *login, struct bednet_decision *decision,
                  struct bednet_text *username)
{
    struct cert *cert = state;
    update_view(cert);
    struct x509_st *x509 = login->certificate != NULL ? login->certificate(&login->client) : NULL;
    judge(cert, login, x509, decision, username);
    X509_free(x509);
}

static void tick(void *state, bednet_session_kick kick,
                 void (*log)(enum bednet_severity severity, const char *line))
{
    struct cert *cert = state;
    if (!cert->configured)
        configure(cert);
    update_view(cert);
    bednet_crl_loader_drain(cert->crls, log);
    review(cert, kick);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_CERT,
    .start = start,
    .stop = stop,
    .commit = commit,
    .login = login,
    .enhanced_login = true,
    .discovers = true,
    .tick = tick,
};
