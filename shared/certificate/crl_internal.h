/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of revocations as seen from inside this folder, on their way from files to one table. */
#ifndef BEDNET_CERTIFICATE_CRL_INTERNAL_H
#define BEDNET_CERTIFICATE_CRL_INTERNAL_H

#include "certificate/crl.h"

#include <openssl/x509.h>

/* One entry. */
struct bednet_crl_mark {
    unsigned char bytes[BEDNET_MARK_BYTES];
};

/* One list that was found good. */
struct bednet_crl_list {
    X509_NAME *issuer;
    ASN1_INTEGER *number; /* NULL: it has none */
    int64_t this_update_s;
    int64_t next_update_s;         /* 0: it does not say */
    struct bednet_crl_mark *marks; /* until the table has them */
    size_t count;
};

/* Frees what the list owns. */
void bednet_crl_list_clear(struct bednet_crl_list *list);

/*
 * The entries of all lists, ascending, and where those begin that share their first bits: marks are digests,
 * so that some four do, however many there are.
 */
struct bednet_crl_table {
    struct bednet_crl_mark *marks;
    uint32_t *starts; /* one more than there are buckets */
    unsigned bits;    /* of a mark that choose its bucket */
    size_t count;
};

/* Moves the marks of the lists into the table. False without memory. */
bool bednet_crl_table_build(struct bednet_crl_table *table, struct bednet_crl_list *lists, size_t count);
bool bednet_crl_table_has(const struct bednet_crl_table *table, const unsigned char mark[BEDNET_MARK_BYTES]);
void bednet_crl_table_clear(struct bednet_crl_table *table);

/* One list for each name that an issuer can have. */
struct bednet_crls {
    struct bednet_crl_list lists[BEDNET_AUTHORITIES_MAX];
    size_t list_count;
    size_t entries;
    struct bednet_crl_table table;
};

/* A set while it is read. */
struct bednet_crl_reading {
    const struct bednet_authorities *authorities;
    int64_t now_s;
    struct bednet_diag *diag;
    const char *file; /* that is being read */
    bool in_folder;   /* it was not named: lists of strangers are left out */
    enum bednet_status status;
    struct bednet_crls *crls;
};

/*
 * Reports what is wrong with the file, keeps the first status, and returns false. Where libcrypto was out of
 * memory, that is what is reported. Leaves no error of libcrypto's behind.
 */
bool bednet_crl_refuse(struct bednet_crl_reading *reading, enum bednet_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool bednet_crl_out_of_memory(struct bednet_crl_reading *reading);
#define BEDNET_CRL_TOO_MANY "too many revoked certificates (expected at most %d in all lists together)"

/* After an error the rest is read all the same, for all errors to be told at once; not after these two. */
bool bednet_crl_goes_on(const struct bednet_crl_reading *reading);

void bednet_crl_warn(struct bednet_crl_reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A name as messages have it: RFC 4514, cut where it is long. */
#define BEDNET_CRL_NAME_BYTES 200
void bednet_crl_name(const X509_NAME *name, char out[BEDNET_CRL_NAME_BYTES]);

/* Every list in these bytes into the set. False when that has been reported. */
bool bednet_crl_read(struct bednet_crl_reading *reading, struct bednet_text bytes);

/* The same of files and of all files in folders. */
bool bednet_crl_read_file(struct bednet_crl_reading *reading, const char *path);
bool bednet_crl_read_folder(struct bednet_crl_reading *reading, const char *path);

/*
 * Whether the list may stand for its issuer; false when it was reported. *out stays empty, and true is
 * returned, where it is none of ours.
 */
bool bednet_crl_judge(struct bednet_crl_reading *reading, X509_CRL *crl, struct bednet_crl_list *out);

/* The marks of its entries. False when that was reported. */
bool bednet_crl_entries(struct bednet_crl_reading *reading, X509_CRL *crl, struct bednet_crl_list *list);

#endif
