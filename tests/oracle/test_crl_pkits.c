/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists say of certificates, against X509_verify_cert with X509_V_FLAG_CRL_CHECK, for each certificate
 * and each list of NIST's PKITS. What else is wrong with a chain is not asked here: the issuer is trusted as
 * it is.
 */
#include "cmocka_first.h"

#include "certificate/certificate.h"
#include "certificate/crl.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX  512
#define PATH_BYTES 512
/* Within the life of everything that is meant to be valid. */
#define WHEN INT64_C(1700000000)

struct certificate_file {
    char path[PATH_BYTES];
    X509 *x509;
};

struct crl_file {
    char path[PATH_BYTES];
    X509_CRL *crl;
};

static struct certificate_file certificates[FILES_MAX];
static struct crl_file crls[FILES_MAX];
static size_t certificate_count, crl_count;

static FILE *next_file(DIR *folder, const char *name, char path[PATH_BYTES])
{
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, PATH_BYTES, "%s/%s/%s", BEDNET_PKITS, name, entry->d_name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        return file;
    }
    return NULL;
}

static int begin(void **state)
{
    DIR *folder = opendir(BEDNET_PKITS "/certs");
    FILE *file;
    (void)state;
    assert_non_null(folder);
    while ((file = next_file(folder, "certs", certificates[certificate_count].path)) != NULL) {
        certificates[certificate_count].x509 = d2i_X509_fp(file, NULL);
        certificate_count += certificates[certificate_count].x509 != NULL;
        fclose(file);
        assert_true(certificate_count < FILES_MAX);
    }
    closedir(folder);
    folder = opendir(BEDNET_PKITS "/crls");
    assert_non_null(folder);
    while ((file = next_file(folder, "crls", crls[crl_count].path)) != NULL) {
        crls[crl_count].crl = d2i_X509_CRL_fp(file, NULL);
        crl_count += crls[crl_count].crl != NULL;
        fclose(file);
        assert_true(crl_count < FILES_MAX);
    }
    closedir(folder);
    ERR_clear_error();
    return certificate_count > 300 && crl_count > 100 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < certificate_count; i++)
        X509_free(certificates[i].x509);
    for (size_t i = 0; i < crl_count; i++)
        X509_CRL_free(crls[i].crl);
    return 0;
}

/* What OpenSSL says of the lists. */
enum view { VIEW_GOOD, VIEW_REVOKED, VIEW_TROUBLE };
static enum view seen;
static int trouble;

static int on_verify(int good, X509_STORE_CTX *context)
{
    if (good)
        return 1;
    switch (X509_STORE_CTX_get_error(context)) {
    case X509_V_ERR_CERT_REVOKED:
        seen = VIEW_REVOKED;
        break;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
        trouble = X509_STORE_CTX_get_error(context);
        if (seen == VIEW_GOOD)
            seen = VIEW_TROUBLE;
        break;
    default:
        break;
    }
    return 1;
}

static enum view openssl_view(X509 *x509)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    for (size_t i = 0; i < certificate_count; i++)
        if (strstr(certificates[i].path, "/TrustAnchorRootCertificate.crt") != NULL)
            X509_STORE_add_cert(store, certificates[i].x509);
        else
            sk_X509_push(others, certificates[i].x509);
    for (size_t i = 0; i < crl_count; i++)
        X509_STORE_add_crl(store, crls[i].crl);
    /* Extended: an authority that changed its key has signed lists with either. */
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT);
    X509_STORE_set_verify_cb(store, on_verify);
    assert_int_equal(X509_STORE_CTX_init(context, store, x509, others), 1);
    X509_STORE_CTX_set_time(context, 0, (time_t)WHEN);
    seen = VIEW_GOOD;
    trouble = X509_V_OK;
    X509_verify_cert(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    sk_X509_free(others);
    ERR_clear_error();
    return seen;
}

static struct bednet_authorities *authorities_of(const X509_NAME *issuer)
{
    struct bednet_authorities *authorities = bednet_authorities_new();
    char why[BEDNET_AUTHORITY_WHY_BYTES], name[32];
    assert_non_null(authorities);
    for (size_t i = 0; i < certificate_count; i++) {
        if (X509_NAME_cmp(X509_get_subject_name(certificates[i].x509), issuer) != 0)
            continue;
        /* Those that are none are in there on purpose. */
        snprintf(name, sizeof name, "%zu", i);
        bednet_authorities_add(authorities, bednet_text(name), certificates[i].path, why);
    }
    return authorities;
}

static struct {
    size_t good, revoked, stale, missing, refused, unnamed;
} counted;

static struct bednet_crls *load(const struct bednet_crl_sources *sources,
                                const struct bednet_authorities *authorities)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_crls *loaded = NULL;
    enum bednet_status status = bednet_crls_load(sources, authorities, WHEN, diag, &loaded);
    assert_true((status == BEDNET_OK) == (loaded != NULL));
    assert_true((status == BEDNET_OK) != bednet_diag_failed(diag));
    bednet_diag_free(diag);
    return loaded;
}

static bool some_refused; /* of the issuer's lists */

/* All lists of the issuer that are not refused; NULL where there are none but such. */
static struct bednet_crls *lists_of(const X509_NAME *issuer, const struct bednet_authorities *authorities)
{
    struct bednet_text files[BEDNET_CRL_FILES_MAX];
    struct bednet_crl_sources sources = {.files = files};
    some_refused = false;
    for (size_t i = 0; i < crl_count; i++) {
        if (X509_NAME_cmp(X509_CRL_get_issuer(crls[i].crl), issuer) != 0)
            continue;
        struct bednet_text file = bednet_text(crls[i].path);
        const struct bednet_crl_sources one = {.files = &file, .file_count = 1};
        struct bednet_crls *alone = load(&one, authorities);
        if (alone != NULL)
            files[sources.file_count++] = file;
        else
            some_refused = true;
        bednet_crls_free(alone);
    }
    return sources.file_count > 0 || !some_refused ? load(&sources, authorities) : NULL;
}

/* Where they differ, ours is the answer that lets nobody in. */
static void agree(const char *path, enum bednet_crl_answer ours, enum view theirs)
{
    bool wrong = false;
    switch (ours) {
    case BEDNET_CRL_GOOD:
        counted.good++;
        wrong = theirs != VIEW_GOOD;
        break;
    case BEDNET_CRL_REVOKED:
        counted.revoked++;
        wrong = theirs == VIEW_GOOD;
        break;
    case BEDNET_CRL_STALE:
        counted.stale++;
        wrong = theirs != VIEW_TROUBLE || trouble != X509_V_ERR_CRL_HAS_EXPIRED;
        break;
    case BEDNET_CRL_MISSING:
        counted.missing++;
        wrong = theirs != VIEW_TROUBLE && !some_refused;
        break;
    }
    if (wrong)
        fail_msg("%s: ours is %d, OpenSSL's %d (%s)", path, (int)ours, (int)theirs,
                 X509_verify_cert_error_string(trouble));
}

static void compare(const struct certificate_file *file)
{
    const X509_NAME *issuer = X509_get_issuer_name(file->x509);
    struct bednet_authorities *authorities = authorities_of(issuer);
    struct bednet_crls *loaded = lists_of(issuer, authorities);
    struct bednet_certificate opened;
    enum bednet_status status = bednet_certificate_open(file->x509, authorities, &opened);
    if (status != BEDNET_OK)
        counted.unnamed++;
    else if (loaded == NULL)
        counted.refused++;
    else
        agree(file->path, bednet_crls_ask(loaded, issuer, opened.mark.issued, WHEN, NULL),
              openssl_view(file->x509));
    bednet_crls_free(loaded);
    bednet_authorities_free(authorities);
}

static void every_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < certificate_count; i++)
        if (X509_check_ca(certificates[i].x509) == 0)
            compare(&certificates[i]);
    print_message("good %zu, revoked %zu, stale %zu, missing %zu, lists refused %zu, no number %zu\n",
                  counted.good, counted.revoked, counted.stale, counted.missing, counted.refused,
                  counted.unnamed);
    assert_true(counted.good > 140);
    assert_true(counted.revoked > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_certificate)};
    return cmocka_run_group_tests(tests, begin, end);
}
