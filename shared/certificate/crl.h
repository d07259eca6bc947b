/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of revoked certificates (RFC 5280 section 5), from files and folders, checked and made small. Frozen
 * once loaded; read by any thread.
 *
 * Taken are complete lists of the authorities that the policy names, in PEM (several to a file) or DER, with
 * a right signature of an authority of the list's issuer name that may sign lists. Of several of one issuer
 * the newest counts. Delta and indirect lists, lists for some reasons only, and those with critical
 * extensions that are not understood are refused by name.
 */
#ifndef BEDNET_CERTIFICATE_CRL_H
#define BEDNET_CERTIFICATE_CRL_H

#include "certificate/authority.h"
#include <stdint.h>

#define BEDNET_CRL_FILES_MAX   64
#define BEDNET_CRL_FOLDER_MAX  1024                 /* files in one folder */
#define BEDNET_CRL_BYTES_MAX   (128u * 1024 * 1024) /* of one file */
#define BEDNET_CRL_ENTRIES_MAX 4000000              /* of all lists together */
#define BEDNET_CRL_EARLY_S     300                  /* how far a list's clock may be ahead of ours */

/* What the policy names; paths are absolute or relative to the working directory. Borrowed. */
struct bednet_crl_sources {
    const struct bednet_text *files; /* each must be there */
    size_t file_count;
    const struct bednet_text
        *folders; /* every regular file in it, none below it; names with a dot first are left out */
    size_t folder_count;
};

struct bednet_crls;

/*
 * Loads them all. Errors go to `diag`, with the file's name; then *out is left alone: BEDNET_INVALID (one bad
 * list spoils the set), BEDNET_IO, BEDNET_LIMIT, BEDNET_NOMEM. A list that has expired at wall-clock time
 * `now_s` is taken, one that is not yet valid is not. A list of nobody among the authorities is an error in
 * `files`, and left out with a warning in `folders`. Takes its time: never in a callback.
 */
enum bednet_status bednet_crls_load(const struct bednet_crl_sources *sources,
                                    const struct bednet_authorities *authorities, int64_t now_s,
                                    struct bednet_diag *diag, struct bednet_crls **out);

/* The bytes of one of `files`, for tests and fuzzing; `name` stands for the path. */
enum bednet_status bednet_crls_parse(const char *name, struct bednet_text bytes,
                                     const struct bednet_authorities *authorities, int64_t now_s,
                                     struct bednet_diag *diag, struct bednet_crls **out);

/* NULL is allowed. */
void bednet_crls_free(struct bednet_crls *crls);

enum bednet_crl_answer {
    BEDNET_CRL_GOOD,
    BEDNET_CRL_REVOKED,
    BEDNET_CRL_MISSING, /* no list of the issuer */
    BEDNET_CRL_STALE    /* not on the list, whose nextUpdate has passed */
};

/*
 * What the lists say of a certificate of this issuer with this mark (bednet_issued_mark, of the same
 * authorities). *stale_s (may be NULL) is for how long the list has been out of date, 0 where it is not. NULL
 * for `crls` is no list at all. Allocates nothing; takes no longer for a longer list.
 */
enum bednet_crl_answer bednet_crls_ask(const struct bednet_crls *crls, const struct X509_name_st *issuer,
                                       const unsigned char mark[BEDNET_MARK_BYTES], int64_t now_s,
                                       int64_t *stale_s);

/* True where some list names this mark: what a living session is asked again, whoever issued it. */
bool bednet_crls_revoke(const struct bednet_crls *crls, const unsigned char mark[BEDNET_MARK_BYTES]);

/* For metrics and the log. Times are seconds since 1970; 0 where there is no list (or it does not say). */
struct bednet_crls_summary {
    size_t lists;
    size_t entries;
    int64_t oldest_update_s; /* the earliest thisUpdate */
    int64_t next_update_s;   /* the earliest nextUpdate */
};
void bednet_crls_summarize(const struct bednet_crls *crls, struct bednet_crls_summary *out);

#endif
