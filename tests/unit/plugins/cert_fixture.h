/* SPDX-License-Identifier: Apache-2.0 */
/* Logins by certificates that are made on the spot, judged by a policy that a test program brings. */
#ifndef BEDNET_TESTS_CERT_FIXTURE_H
#define BEDNET_TESTS_CERT_FIXTURE_H

#include "certificates.h"
#include "plugins/cert/login.h"

#include <stdlib.h>
#include <unistd.h>

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

static char folder[] = "/tmp/bednet-cert-XXXXXX";
static struct made_ca devices, services, foreign;
static struct bednet_policy *policy;
static struct bednet_cert_view view;
static struct bednet_cert_login work;
static struct bednet_identity_spec spec;

static inline const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline void remove_file(const char *name)
{
    unlink(path_of(name));
}

/* `foreign` is called like `devices`, and has another key. */
static inline int open_pki(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    devices = made_authority("Devices", NOW - 1000 * DAY, NOW + 1000 * DAY);
    services = made_authority("Services", NOW - 1000 * DAY, NOW + 1000 * DAY);
    foreign = made_authority("Devices", NOW - 1000 * DAY, NOW + 1000 * DAY);
    made_write(path_of("devices.crt"), devices.certificate);
    made_write(path_of("services.crt"), services.certificate);
    return 0;
}

static inline int close_pki(void **state)
{
    (void)state;
    bednet_policy_free(policy);
    made_authority_free(&devices);
    made_authority_free(&services);
    made_authority_free(&foreign);
    static const char *const files[] = {"devices.crt", "services.crt", "devices.crl", "bednet.yaml"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        remove_file(files[i]);
    return rmdir(folder);
}

/* The `certificate` section begins at line 2; authorities are at 3 to 5, and `rest` follows at line 6. */
static inline void use_policy(const char *rest)
{
    FILE *file = made_file(path_of("bednet.yaml"));
    assert_true(fprintf(file,
                        "bednet: 1\ncertificate:\n  authorities:\n    devices: devices.crt\n"
                        "    services: services.crt\n%s",
                        rest) > 0);
    assert_int_equal(fclose(file), 0);
    chmod(path_of("bednet.yaml"), 0600);
    bednet_policy_free(policy);
    policy = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    enum bednet_status status = bednet_policy_load(path_of("bednet.yaml"), diag, &policy);
    for (size_t i = 0; i < bednet_diag_count(diag); i++)
        fprintf(stderr, "%s\n", bednet_diag_at(diag, i)->text);
    bednet_diag_free(diag);
    assert_int_equal(status, BEDNET_OK);
    view = (struct bednet_cert_view){.policy = policy, .crls_settled = true};
}

static inline struct bednet_decision judge_with(struct bednet_cert_proofs *proofs, X509 *certificate,
                                                const char *client_id)
{
    struct bednet_decision decision = {0};
    spec = (struct bednet_identity_spec){0};
    bednet_cert_judge(&work, &view, proofs, certificate, bednet_text(client_id), NOW, &spec, &decision);
    assert_int_equal(ERR_peek_error(), 0); /* the broker's TLS connections have the same queue */
    return decision;
}

/* A certificate of one day ago, for a year, of the wish's authority. */
static inline struct bednet_decision judge(const struct made_ca *ca, struct made_wish wish,
                                           const char *client_id)
{
    if (wish.serial == 0)
        wish.serial = 7;
    if (wish.from_s == 0)
        wish.from_s = NOW - DAY;
    if (wish.until_s == 0)
        wish.until_s = NOW + 364 * DAY;
    X509 *certificate = made_issue(ca, &wish);
    struct bednet_decision decision = judge_with(NULL, certificate, client_id);
    X509_free(certificate);
    return decision;
}

static inline void assert_deny(struct bednet_decision decision, enum bednet_reason reason, uint32_t line)
{
    assert_string_equal(bednet_reason_name(decision.reason), bednet_reason_name(reason));
    assert_int_equal(decision.verdict, BEDNET_DENY);
    assert_int_equal(decision.rule.line, line);
}

static inline void assert_grant(struct bednet_decision decision)
{
    assert_string_equal(bednet_reason_name(decision.reason), "none");
    assert_int_equal(decision.verdict, BEDNET_GRANT);
}

#endif
