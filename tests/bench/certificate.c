/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a login by certificate costs the plugin: rules, fields, revocations and identity together, for a
 * certificate of which TLS has read and verified all that it does. One line a round with nanoseconds of CPU
 * time for each login, the first time that the plugin sees a certificate and every other time: where a rule
 * pins the issuer, its signature is checked once more the first time.
 *
 *     certificate POLICY CERTIFICATE CLIENT_ID ROUNDS
 *
 * Exits 0 only when every login was let in.
 */
#include "plugins/cert/login.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOGINS 500

static struct bednet_cert_login work;
static struct bednet_cert_view view;
static struct bednet_text client_id;
static X509 *certificates[LOGINS];

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static struct bednet_policy *load_policy(const char *path, struct bednet_diag *diag)
{
    struct bednet_policy *policy = NULL;
    if (bednet_policy_load(path, diag, &policy) != BEDNET_OK)
        die("the policy does not load");
    return policy;
}

static struct bednet_crls *load_crls(const struct bednet_policy *policy, struct bednet_diag *diag)
{
    struct bednet_crls *crls = NULL;
    if (bednet_crls_load(&policy->certificate.crl.sources, policy->certificate.authorities, time(NULL), diag,
                         &crls) != BEDNET_OK)
        die("the lists of revocations do not load");
    return crls;
}

/* As it is after a handshake: its extensions and its key are decoded. */
static void read_certificates(const char *path)
{
    for (size_t i = 0; i < LOGINS; i++) {
        FILE *file = fopen(path, "r");
        certificates[i] = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
        if (certificates[i] == NULL || X509_check_purpose(certificates[i], X509_PURPOSE_SSL_CLIENT, 0) != 1 ||
            X509_get0_pubkey(certificates[i]) == NULL)
            die("the certificate cannot be read");
        fclose(file);
    }
}

static void free_certificates(void)
{
    for (size_t i = 0; i < LOGINS; i++)
        X509_free(certificates[i]);
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Nanoseconds for each login; without `proofs` nothing is remembered. */
static double log_in(struct bednet_cert_proofs *proofs)
{
    double begun_ns = cpu_ns();
    for (size_t i = 0; i < LOGINS; i++) {
        struct bednet_identity_spec spec = {0};
        struct bednet_decision decision;
        bednet_cert_judge(&work, &view, proofs, certificates[i], client_id, time(NULL), &spec, &decision);
        if (decision.verdict != BEDNET_GRANT)
            die(bednet_reason_name(decision.reason));
    }
    return (cpu_ns() - begun_ns) / LOGINS;
}

static void measure(const char *path, struct bednet_cert_proofs *proofs)
{
    read_certificates(path);
    double first_ns = log_in(NULL);
    free_certificates();
    read_certificates(path);
    printf("%.0f %.0f\n", first_ns, log_in(proofs));
    free_certificates();
}

int main(int argc, char **argv)
{
    if (argc != 5)
        die("usage: certificate POLICY CERTIFICATE CLIENT_ID ROUNDS");
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_cert_proofs *proofs = bednet_cert_proofs_new();
    struct bednet_policy *policy = load_policy(argv[1], diag);
    struct bednet_crls *crls = load_crls(policy, diag);
    view = (struct bednet_cert_view){.policy = policy, .crls = crls, .crls_settled = true};
    client_id = bednet_text(argv[3]);
    for (int rounds = atoi(argv[4]); rounds > 0; rounds--)
        measure(argv[2], proofs);
    bednet_crls_free(crls);
    bednet_policy_free(policy);
    bednet_cert_proofs_free(proofs);
    bednet_diag_free(diag);
    return 0;
}
