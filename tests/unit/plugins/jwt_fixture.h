/* SPDX-License-Identifier: Apache-2.0 */
/* Logins by tokens that libjwt mints, judged by a policy that a test program brings. */
#ifndef BEDNET_TESTS_JWT_FIXTURE_H
#define BEDNET_TESTS_JWT_FIXTURE_H

#include "cmocka_first.h"

#include "plugins/jwt/login.h"

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1700000000

static const unsigned char SECRET[] = "0123456789abcdef0123456789abcdef";
static const char JWKS[] =
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}]}";

static struct bednet_policy *policy;
static struct bednet_jwt_view view;
static struct bednet_jwt_login work;
static struct bednet_identity_spec spec;

static inline void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    chmod(path, 0600);
}

static inline void remove_file(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

/* Beside the policy stand its keys as jwks.json and `revoked`, unless that is NULL, as revoked.yaml. */
static inline int open_policy(const char *text, const char *revoked)
{
    char folder[] = "/tmp/bednet-jwt-XXXXXX", path[256];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "jwks.json", JWKS);
    write_file(folder, "bednet.yaml", text);
    if (revoked != NULL)
        write_file(folder, "revoked.yaml", revoked);
    snprintf(path, sizeof path, "%s/bednet.yaml", folder);
    struct bednet_diag *diag = bednet_diag_new();
    enum bednet_status status = bednet_policy_load(path, diag, &policy);
    for (size_t i = 0; i < bednet_diag_count(diag); i++)
        fprintf(stderr, "%s\n", bednet_diag_at(diag, i)->text);
    bednet_diag_free(diag);
    remove_file(folder, "bednet.yaml");
    remove_file(folder, "jwks.json");
    remove_file(folder, "revoked.yaml");
    rmdir(folder);
    if (status != BEDNET_OK)
        return -1;
    bednet_jwt_view_of(policy, &view);
    return 0;
}

static inline int close_policy(void **state)
{
    (void)state;
    bednet_policy_free(policy);
    return 0;
}

static inline struct bednet_decision judge_login(const struct bednet_login *login)
{
    struct bednet_decision decision = {0};
    spec = (struct bednet_identity_spec){0};
    bednet_jwt_judge(&work, &view, login, NOW, &spec, &decision);
    return decision;
}

static inline struct bednet_decision judge(const char *client_id, const char *password)
{
    struct bednet_login login = {
        .client = {.client_id = bednet_text(client_id), .username = bednet_text("whoever")},
        .password = bednet_text(password),
    };
    return judge_login(&login);
}

/* A token with these claims besides iss and exp; `more` are members of a JSON object, or NULL. */
static inline char *mint(const char *more)
{
    jwt_t *jwt;
    char *json = NULL;
    assert_true(asprintf(&json, "{\"iss\":\"me\",\"exp\":%d%s%s}", NOW + 60, more != NULL ? "," : "",
                         more != NULL ? more : "") > 0);
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, json), 0);
    assert_int_equal(jwt_set_alg(jwt, JWT_ALG_HS256, SECRET, sizeof SECRET - 1), 0);
    char *token = jwt_encode_str(jwt);
    assert_non_null(token);
    jwt_free(jwt);
    free(json);
    return token;
}

static inline struct bednet_decision judge_claims(const char *client_id, const char *more)
{
    char *token = mint(more);
    struct bednet_decision decision = judge(client_id, token);
    free(token);
    return decision;
}

static inline void assert_deny(struct bednet_decision decision, enum bednet_reason reason)
{
    assert_int_equal(decision.verdict, BEDNET_DENY);
    assert_int_equal(decision.reason, reason);
}

static inline void assert_grant(struct bednet_decision decision)
{
    assert_int_equal(decision.reason, BEDNET_REASON_NONE);
    assert_int_equal(decision.verdict, BEDNET_GRANT);
}

#endif
