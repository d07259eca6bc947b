/* SPDX-License-Identifier: Apache-2.0 */
/* The authorities by name, by subject and by what they signed. */
#include "certificate/authority_internal.h"
#include "certificate/errors.h"

#include <endian.h>
#include <openssl/x509v3.h>
#include <sodium/crypto_hash_sha256.h>
#include <stdlib.h>

struct authority {
    char *name; /* owned, as is the certificate */
    X509 *certificate;
    unsigned char key[BEDNET_SHA256_BYTES];
};

struct bednet_authorities {
    size_t count;
    struct authority all[BEDNET_AUTHORITIES_MAX];
};

_Static_assert(BEDNET_AUTHORITIES_MAX <= 64, "bednet_certificate.not_by has a bit for each");

struct bednet_authorities *bednet_authorities_new(void)
{
    return calloc(1, sizeof(struct bednet_authorities));
}

void bednet_authorities_free(struct bednet_authorities *authorities)
{
    if (authorities == NULL) {
        return;
    }
    for (size_t i = 0; i < authorities->count; i++) {
        X509_free(authorities->all[i].certificate);
        free(authorities->all[i].name);
    }
    free(authorities);
}

struct bednet_authorities *bednet_authorities_copy(const struct bednet_authorities *authorities)
{
    struct bednet_authorities *copy = bednet_authorities_new();

    for (size_t i = 0; copy != NULL && i < bednet_authorities_count(authorities); i++) {
        struct authority *to = &copy->all[i];

        *to = authorities->all[i];
        to->name = strdup(to->name);
        to->certificate = X509_dup(to->certificate);
        copy->count++;
        /* Asking for them has what they are worked out from decoded, which nothing changes later. */
        if (to->name == NULL || to->certificate == NULL || X509_check_ca(to->certificate) != 1 ||
            X509_get0_pubkey(to->certificate) == NULL) {
            bednet_errors_drain();
            bednet_authorities_free(copy);
            return NULL;
        }
    }
    return copy;
}

static enum bednet_status refuse(char *why, const char *sentence)
{
    strcpy(why, sentence);
    return BEDNET_INVALID;
}

/* What is looked up once more in each certificate that it is asked about is found out here. */
static enum bednet_status judge(X509 *certificate, struct authority *out, char *why)
{
    if ((X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0) {
        return refuse(why, "its extensions are not well-formed (expected a certificate that openssl verify "
                           "accepts)");
    }
    if (X509_check_ca(certificate) != 1) {
        return refuse(why,
                      "it is no certificate of an authority (expected basicConstraints with CA:TRUE, and "
                      "keyCertSign where there is a keyUsage)");
    }
    if (X509_get0_pubkey(certificate) == NULL) {
        return refuse(why, "its key is of no use to OpenSSL (expected RSA, EC, Ed25519 or Ed448)");
    }
    return bednet_digest_key(certificate, out->key) ? BEDNET_OK : BEDNET_NOMEM;
}

static enum bednet_status add(struct bednet_authorities *authorities, struct bednet_text name,
                              const char *path, char *why)
{
    struct authority *added = &authorities->all[authorities->count];
    enum bednet_status status = bednet_authority_read(path, &added->certificate, why);

    if (status != BEDNET_OK) {
        return status;
    }
    status = judge(added->certificate, added, why);
    if (status == BEDNET_OK && (added->name = strndup(name.ptr, name.len)) == NULL) {
        status = BEDNET_NOMEM;
    }
    if (status == BEDNET_OK) {
        authorities->count++;
    } else {
        X509_free(added->certificate);
    }
    return status;
}

enum bednet_status bednet_authorities_add(struct bednet_authorities *authorities, struct bednet_text name,
                                          const char *path, char why[BEDNET_AUTHORITY_WHY_BYTES])
{
    enum bednet_status status;

    why[0] = '\0';
    if (authorities->count == BEDNET_AUTHORITIES_MAX) {
        strcpy(why, "there are too many authorities (expected at most 64)");
        return BEDNET_LIMIT;
    }
    if (name.ptr == NULL || name.len == 0 || memchr(name.ptr, '\0', name.len) != NULL ||
        bednet_authority_named(authorities, name) != BEDNET_AUTHORITY_NONE) {
        return refuse(why, "its name is empty or another authority's (expected a name of its own)");
    }
    bednet_errors_begin();
    status = bednet_errors_end(add(authorities, name, path, why));
    if (status == BEDNET_NOMEM) {
        strcpy(why, "out of memory");
    }
    return status;
}

size_t bednet_authorities_count(const struct bednet_authorities *authorities)
{
    return authorities != NULL ? authorities->count : 0;
}

struct bednet_text bednet_authority_name(const struct bednet_authorities *authorities, size_t index)
{
    return bednet_text(authorities->all[index].name);
}

struct x509_st *bednet_authority_certificate(const struct bednet_authorities *authorities, size_t index)
{
    return authorities->all[index].certificate;
}

size_t bednet_authority_named(const struct bednet_authorities *authorities, struct bednet_text name)
{
    for (size_t i = 0; i < bednet_authorities_count(authorities); i++) {
        if (bednet_text_equal(bednet_text(authorities->all[i].name), name)) {
            return i;
        }
    }
    return BEDNET_AUTHORITY_NONE;
}

static const X509_NAME *subject_of(const struct bednet_authorities *authorities, size_t index)
{
    return X509_get_subject_name(authorities->all[index].certificate);
}

size_t bednet_authority_of(const struct bednet_authorities *authorities, const struct X509_name_st *name,
                           size_t from)
{
    for (size_t i = from; i < bednet_authorities_count(authorities); i++) {
        if (X509_NAME_cmp(subject_of(authorities, i), name) == 0) {
            return i;
        }
    }
    return BEDNET_AUTHORITY_NONE;
}

bool bednet_authority_signed(const struct bednet_authorities *authorities, size_t index,
                             struct x509_st *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(authorities->all[index].certificate);
    bool right;

    bednet_errors_begin();
    right = key != NULL && X509_verify(certificate, key) == 1;
    bednet_errors_drain();
    return right;
}

bool bednet_authority_may_have_issued(const struct bednet_authorities *authorities, size_t index,
                                      const struct bednet_certificate *certificate)
{
    size_t signer = certificate->authority;

    if ((certificate->not_by >> index & 1) != 0 ||
        X509_NAME_cmp(X509_get_issuer_name(certificate->x509), subject_of(authorities, index)) != 0) {
        return false;
    }
    return signer == BEDNET_AUTHORITY_NONE ||
           memcmp(authorities->all[signer].key, authorities->all[index].key, BEDNET_SHA256_BYTES) == 0;
}

bool bednet_authority_issued(const struct bednet_authorities *authorities, size_t index,
                             struct bednet_certificate *certificate)
{
    if (certificate->authority != BEDNET_AUTHORITY_NONE) {
        return true;
    }
    if (!bednet_authority_signed(authorities, index, certificate->x509)) {
        certificate->not_by |= UINT64_C(1) << index;
        return false;
    }
    certificate->authority = index;
    return true;
}

bool bednet_issued_mark(const struct bednet_authorities *authorities, const struct X509_name_st *issuer,
                        struct bednet_text serial, unsigned char mark[BEDNET_MARK_BYTES])
{
    size_t authority = bednet_authority_of(authorities, issuer, 0);
    const X509_NAME *name = authority != BEDNET_AUTHORITY_NONE ? subject_of(authorities, authority) : issuer;
    unsigned char digest[BEDNET_SHA256_BYTES];
    crypto_hash_sha256_state state;
    const unsigned char *der;
    uint32_t length;
    size_t bytes;

    /* DER puts a zero before a number whose first bit is set, and OpenSSL takes it off again. */
    while (serial.len > 0 && serial.ptr[0] == '\0') {
        serial.ptr++;
        serial.len--;
    }
    if (serial.len == 0 || serial.len > BEDNET_SERIAL_BYTES_MAX ||
        X509_NAME_get0_der(name, &der, &bytes) != 1) {
        return false;
    }
    length = htobe32((uint32_t)bytes);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)&length, sizeof(length));
    crypto_hash_sha256_update(&state, der, bytes);
    crypto_hash_sha256_update(&state, (const unsigned char *)serial.ptr, serial.len);
    crypto_hash_sha256_final(&state, digest);
    memcpy(mark, digest, BEDNET_MARK_BYTES);
    return true;
}
