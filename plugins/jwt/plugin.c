/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bednet_jwt.so: authentication by JSON Web Tokens. Defers on logins that carry none. Keys behind URLs and
 * the list of revocations change while the broker runs: every login sees the latest, and a new list is held
 * against the sessions that live.
 */
#include "broker/module.h"
#include "plugins/jwt/carrier.h"
#include "plugins/jwt/factor.h"
#include "plugins/jwt/login.h"
#include "refresh/refresher.h"
#include "runtime/clock.h"
#include "runtime/counters.h"

#include <sodium/randombytes.h>
#include <stdlib.h>

struct jwt {
    struct bednet_chain *chain;
    struct bednet_refresher *refresher;
    struct bednet_jwt_login work;
    struct bednet_jwt_view view;
    struct bednet_jwt_factor factor_work;
    bool configured; /* the refresher works for the policy in force */
    bool reviewing;  /* sessions are being held against the revocations */
};

/* Keys may have come, or grown too old, since the last login. */
static void update_view(struct jwt *jwt)
{
    const struct bednet_jwt_policy *policy = &jwt->view.policy->jwt;
    bool changed = bednet_refresher_take(jwt->refresher);
    for (size_t i = 0; i < policy->rules.issuer_count; i++)
        if (policy->mappings[i].keys.origin != BEDNET_KEYS_FILE)
            jwt->view.issuers[i].keys = jwt->configured ? bednet_refresher_keys(jwt->refresher, i) : NULL;
    const struct bednet_revocations *newer =
        jwt->configured ? bednet_refresher_revocations(jwt->refresher) : NULL;
    jwt->view.revocations = newer != NULL ? newer : policy->revocations;
    if (changed)
        jwt->reviewing = true;
}

static void take_policy(struct jwt *jwt, const struct bednet_policy *policy)
{
    bednet_jwt_view_of(policy, &jwt->view);
    jwt->configured = bednet_refresher_configure(jwt->refresher, &policy->jwt) == BEDNET_OK;
    jwt->reviewing = true;
    update_view(jwt);
}

/* Then tokens let in and refuse nobody, and end nothing: see docs/jwt.md. */
static bool observes(const struct jwt *jwt)
{
    return jwt->view.policy->observe[BEDNET_PLUGIN_JWT];
}

static bool is_revoked(const void *revocations, const struct bednet_identity *identity)
{
    struct bednet_subject subject = bednet_identity_subject(identity);
    return identity->method == BEDNET_METHOD_JWT && bednet_revocations_hit(revocations, &subject);
}

/* Holds all sessions against the revocations, some thousands at a time; true while there are more. */
static bool review(struct jwt *jwt, bednet_session_kick kick)
{
    if (jwt->reviewing)
        bednet_session_review_restart(jwt->chain, BEDNET_PLUGIN_JWT);
    jwt->reviewing = false;
    return jwt->view.revocations != NULL && !observes(jwt) &&
           bednet_session_review(jwt->chain, BEDNET_PLUGIN_JWT, is_revoked, jwt->view.revocations,
                                 jwt->view.policy->jwt.on_expiry.will, kick);
}

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    struct jwt *jwt = calloc(1, sizeof *jwt);
    if (jwt == NULL)
        return BEDNET_NOMEM;
    jwt->chain = chain;
    enum bednet_status status = bednet_refresher_start(&jwt->refresher);
    if (status != BEDNET_OK) {
        free(jwt);
        return status;
    }
    take_policy(jwt, bednet_chain_policy(chain));
    /* Whoever was revoked while the broker was down gets nothing from the first message on. */
    while (review(jwt, NULL)) {
    }
    *state = jwt;
    return BEDNET_OK;
}

static void stop(void *state)
{
    struct jwt *jwt = state;
    bednet_refresher_stop(jwt->refresher);
    free(jwt);
}

static void commit(void *state, const struct bednet_policy *next)
{
    take_policy(state, next);
}

static enum bednet_reason reason_of(enum bednet_status status)
{
    switch (status) {
    case BEDNET_OK:
        return BEDNET_REASON_NONE;
    case BEDNET_INVALID:
        return BEDNET_REASON_OTHER_IDENTITY;
    case BEDNET_LIMIT:
        return BEDNET_REASON_TABLE_FULL;
    default:
        return BEDNET_REASON_INTERNAL;
    }
}

/* Thousands of tokens that were made at once need not end at once. */
static int64_t spread(const struct jwt *jwt, int64_t ends_s)
{
    int64_t jitter_s = jwt->view.policy->jwt.on_expiry.jitter_s, end_s;
    if (ends_s == 0 || jitter_s == 0 ||
        __builtin_add_overflow(ends_s, randombytes_uniform((uint32_t)jitter_s + 1), &end_s))
        return ends_s;
    return end_s;
}

/*
 * After SIGHUP the broker shows the password of a session again. Where the token was elsewhere, a password
 * that came with it is nobody's secret and must not be known again; 0 stands for that.
 */
static uint64_t credential_of(const struct jwt *jwt, const struct bednet_login *login)
{
    struct bednet_text token = bednet_jwt_token_of(login, jwt->view.policy->jwt.carriers);
    return token.ptr == login->password.ptr ? bednet_session_credential(token) : 0;
}

/* The certificate that came with the token, where a plugin left it to this one. */
static enum bednet_reason add_certificate(struct jwt *jwt, const struct bednet_factor *factor,
                                          struct bednet_identity_spec *spec, struct bednet_source *rule)
{
    if (factor->spec == NULL)
        return BEDNET_REASON_NONE;
    enum bednet_reason reason = bednet_jwt_merge(&jwt->factor_work, jwt->view.policy, factor, spec);
    if (reason == BEDNET_REASON_FACTORS_DISAGREE)
        *rule = factor->agree_source;
    return reason;
}

static void login(void *state, const struct bednet_login *login, struct bednet_decision *decision,
                  struct bednet_text *username)
{
    struct jwt *jwt = state;
    struct bednet_factor factor;
    struct bednet_identity_spec spec = {.chain = jwt->chain, .handle = login->client.handle};
    int64_t now_s = bednet_clock_wall_s();
    if (!bednet_chain_take_factor(jwt->chain, login->client.handle, &factor))
        factor.spec = NULL;
    update_view(jwt);
    bednet_jwt_judge(&jwt->work, &jwt->view, login, now_s, &spec, decision);
    if (decision->reason == BEDNET_REASON_UNKNOWN_KEY || decision->reason == BEDNET_REASON_KEYS_UNAVAILABLE)
        bednet_refresher_ask(jwt->refresher);
    if (decision->verdict != BEDNET_GRANT)
        return;
    spec.ends_s = observes(jwt) ? 0 : spread(jwt, spec.ends_s);
    spec.credential = credential_of(jwt, login);
    decision->reason = add_certificate(jwt, &factor, &spec, &decision->rule);
    if (decision->reason == BEDNET_REASON_NONE)
        decision->reason =
            reason_of(login->renews ? bednet_session_renew(&spec) : bednet_session_identify(&spec));
    if (decision->reason != BEDNET_REASON_NONE)
        decision->verdict = BEDNET_DENY;
    else if (factor.spec != NULL)
        bednet_count_certificate(factor.not_after_s - now_s);
    *username = spec.subject.username;
}

static void tick(void *state, bednet_session_kick kick,
                 void (*log)(enum bednet_severity severity, const char *line))
{
    struct jwt *jwt = state;
    if (!jwt->configured)
        take_policy(jwt, jwt->view.policy);
    update_view(jwt);
    bednet_refresher_drain(jwt->refresher, log);
    review(jwt, kick);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_JWT,
    .start = start,
    .stop = stop,
    .commit = commit,
    .login = login,
    .enhanced_login = true,
    .renews = true,
    .tick = tick,
};
