/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities for tests, in files of a folder that goes away again, and certificates that they issue. */
#ifndef BEDNET_TESTS_CERTIFICATE_MAKING_AUTHORITY_H
#define BEDNET_TESTS_CERTIFICATE_MAKING_AUTHORITY_H

#include "making.h"

#include "certificate/authority.h"
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct made_folder {
    char path[64];
    char file[96]; /* the one file that is in it, rewritten from case to case */
};

static inline void make_folder(struct made_folder *folder)
{
    strcpy(folder->path, "/tmp/bednet-certificate-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof(folder->file), "%s/file", folder->path);
}

static inline void make_folder_end(struct made_folder *folder)
{
    unlink(folder->file);
    assert_int_equal(rmdir(folder->path), 0);
}

static inline void make_file(const struct made_folder *folder, const void *bytes, size_t count)
{
    FILE *file = fopen(folder->file, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(folder->file, 0644), 0);
}

/* PEM of all of them, one behind the other. */
static inline void make_pem_file(const struct made_folder *folder, X509 *const *certificates, size_t count)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long bytes;

    assert_non_null(bio);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(PEM_write_bio_X509(bio, certificates[i]), 1);
    }
    bytes = BIO_get_mem_data(bio, &text);
    make_file(folder, text, (size_t)bytes);
    BIO_free(bio);
}

#define MADE_CA_CONSTRAINTS "\x30\x03\x01\x01\xFF" /* BasicConstraints of CA:TRUE */

/* Not signed yet, so that it can be given more. */
static inline X509 *make_ca_begun(const char *name, EVP_PKEY *key)
{
    X509 *ca = make_begin();

    make_subject(ca, NID_commonName, name);
    assert_int_equal(X509_set_issuer_name(ca, X509_get_subject_name(ca)), 1);
    assert_int_equal(X509_set_pubkey(ca, key), 1);
    return ca;
}

static inline X509 *make_ca(const char *name, EVP_PKEY *key)
{
    X509 *ca = make_ca_begun(name, key);

    make_extension(ca, "2.5.29.19", true, MADE_CA_CONSTRAINTS, sizeof(MADE_CA_CONSTRAINTS) - 1);
    ca = make_signed(ca, key, EVP_sha256());
    assert_non_null(ca);
    return ca;
}

static inline void make_authority(struct bednet_authorities *authorities, const char *name,
                                  const struct made_folder *folder, X509 *certificate)
{
    char why[BEDNET_AUTHORITY_WHY_BYTES];

    make_pem_file(folder, &certificate, 1);
    if (bednet_authorities_add(authorities, bednet_text(name), folder->file, why) != BEDNET_OK) {
        fail_msg("%s: %s", name, why);
    }
}

/* Its issuer is what the authority calls itself, whoever signs it. */
static inline X509 *make_issued(X509 *begun, X509 *ca, EVP_PKEY *key)
{
    X509 *issued;

    assert_int_equal(X509_set_issuer_name(begun, X509_get_subject_name(ca)), 1);
    issued = make_signed(begun, key, EVP_sha256());
    assert_non_null(issued);
    return issued;
}

#endif
