/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the authorities of the PKI could be made to sign: certificates of every make, also those that none
 * should issue, and lists of revocations. Everything fails the test that cannot be done.
 */
#ifndef BEDNET_TESTS_BROKER_ISSUE_H
#define BEDNET_TESTS_BROKER_ISSUE_H

#include "harness/pki.h"

/* Bytes under a kind: the NID of an attribute of a subject, or GEN_DNS and its like of a name. */
struct issue_value {
    int kind;
    const char *bytes;
    size_t length; /* 0: up to the NUL */
    int type;      /* V_ASN1_...; 0: UTF8String in subjects, IA5String in names */
};

#define ISSUE_VALUES_MAX 40

struct issue_options {
    const char *name;                /* of the files */
    const char *by;                  /* "service-ca"; NULL: "device-ca" */
    const char *cn, *ou, *dns, *uri; /* NULL: none */
    const struct issue_value *more;  /* further attributes of the subject, up to kind 0 */
    const struct issue_value *names; /* further subject alternative names, up to kind 0 */
    const char *usage;               /* extended key usages; NULL: "clientAuth"; "": none */
    const char *oid;                 /* a further extension, with... */
    const char *oid_text;            /* ...that as its UTF8String */
    long from_s, until_s;            /* seconds from now; both 0: from an hour ago for a day */
    const char *key;                 /* as forge_key has it; NULL: "P-256" */
    unsigned bits;                   /* of RSA */
    const char *digest;              /* NULL: "SHA256" */
};

/* NAME.crt, with the authority's behind it, and NAME.key of the PKI's folder. */
#define issue(env, ...) issue_of(env, &(const struct issue_options){__VA_ARGS__})
const struct tls_identity *issue_of(struct env *env, const struct issue_options *options);

/* As policies name certificates: lower-case hexadecimal. */
const char *issue_fingerprint(struct env *env, const struct tls_identity *identity);
const char *issue_key_digest(struct env *env, const struct tls_identity *identity);
const char *issue_serial(struct env *env, const struct tls_identity *identity);

struct issue_list_options {
    const char *path;                          /* relative to the PKI's folder */
    const char *by;                            /* NULL: "device-ca" */
    const char *signer;                        /* whose key signs it; NULL: that authority's */
    const struct tls_identity *const *revoked; /* up to NULL */
    size_t others;                             /* so many serial numbers that are nobody's */
    long from_s, until_s;                      /* seconds from now; both 0: from an hour ago for a day */
    bool der;                                  /* else PEM */
};

/* A list of revocations, put there by a rename. */
#define issue_list(env, ...) issue_list_of(env, &(const struct issue_list_options){__VA_ARGS__})
void issue_list_of(struct env *env, const struct issue_list_options *options);

#endif
