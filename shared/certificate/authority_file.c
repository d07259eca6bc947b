/* SPDX-License-Identifier: Apache-2.0 */
/* The one certificate of an authority's file, in PEM or DER. */
#include "certificate/authority_internal.h"
#include "core/file.h"

#include <assert.h>
#include <openssl/pem.h>
#include <stdio.h>

static enum bednet_status refuse(enum bednet_status status, char *why, const char *sentence)
{
    snprintf(why, BEDNET_AUTHORITY_WHY_BYTES, "%s", sentence);
    return status;
}

/* A certificate that fills `length` bytes; NULL where that is none. */
static X509 *decode(const unsigned char *bytes, size_t length)
{
    const unsigned char *at = bytes;
    X509 *certificate = d2i_X509(NULL, &at, (long)length);

    if (certificate != NULL && at != bytes + length) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

static enum bednet_status take_block(BIO *bio, X509 **out, size_t *blocks, char *why)
{
    enum bednet_status status = BEDNET_OK;
    unsigned char *data = NULL;
    char *name = NULL, *header = NULL;
    long bytes = 0;

    if (PEM_read_bio(bio, &name, &header, &data, &bytes) != 1) {
        return refuse(BEDNET_INVALID, why, "holds a block of PEM that is cut short or damaged");
    }
    if (strcmp(name, PEM_STRING_X509) != 0) {
        status = refuse(BEDNET_INVALID, why,
                        "holds something else than a certificate (expected one block CERTIFICATE)");
    } else if (++*blocks > 1) {
        status = refuse(BEDNET_INVALID, why,
                        "holds several certificates (expected one; each authority has a name and a file)");
    } else if ((*out = decode(data, (size_t)bytes)) == NULL) {
        status = refuse(BEDNET_INVALID, why, "holds a certificate that OpenSSL cannot read");
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, (size_t)bytes);
    return status;
}

/* The first line from `at` on that begins a block; the end of the file where there is none. */
static size_t find_block(const struct bednet_file *file, size_t at)
{
    static const char begin[] = "-----BEGIN ";

    while (at < file->length) {
        const char *line = file->bytes + at, *end;

        if (file->length - at >= sizeof(begin) - 1 && memcmp(line, begin, sizeof(begin) - 1) == 0) {
            return at;
        }
        end = memchr(line, '\n', file->length - at);
        at = end != NULL ? (size_t)(end - file->bytes) + 1 : file->length;
    }
    return at;
}

static enum bednet_status read_pem(const struct bednet_file *file, X509 **out, char *why)
{
    enum bednet_status status = BEDNET_OK;
    BIO *bio = BIO_new_mem_buf(file->bytes, (int)file->length);
    size_t blocks = 0;

    if (bio == NULL) {
        return BEDNET_NOMEM;
    }
    for (size_t at = 0; status == BEDNET_OK && find_block(file, at) < file->length;
         at = file->length - BIO_ctrl_pending(bio)) {
        status = take_block(bio, out, &blocks, why);
    }
    BIO_free(bio);
    return status;
}

static enum bednet_status read_certificate(const struct bednet_file *file, X509 **out, char *why)
{
    if (find_block(file, 0) < file->length) {
        return read_pem(file, out, why);
    }
    *out = decode((const unsigned char *)file->bytes, file->length);
    return *out != NULL
               ? BEDNET_OK
               : refuse(BEDNET_INVALID, why, "holds no certificate (expected exactly one, in PEM or DER)");
}

enum bednet_status bednet_authority_read(const char *path, X509 **out, char why[BEDNET_AUTHORITY_WHY_BYTES])
{
    static_assert(BEDNET_FILE_FAULT_BYTES <= BEDNET_AUTHORITY_WHY_BYTES, "what is wrong with a file fits");
    struct bednet_file file = {0};
    enum bednet_status status = bednet_file_read(path, BEDNET_AUTHORITIES_FILE_BYTES, &file, why);

    *out = NULL;
    if (status == BEDNET_OK) {
        status = read_certificate(&file, out, why);
    }
    if (status != BEDNET_OK) {
        X509_free(*out);
        *out = NULL;
    }
    bednet_file_free(&file);
    return status;
}
