/* SPDX-License-Identifier: Apache-2.0 */
/* The one certificate of an authority's file, in PEM or DER. */
#include "certificate/authority_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    unsigned char *bytes;
    size_t length;
};

static enum bednet_status refuse(enum bednet_status status, char *why, const char *sentence)
{
    snprintf(why, BEDNET_AUTHORITY_WHY_BYTES, "%s", sentence);
    return status;
}

static enum bednet_status refuse_errno(char *why)
{
    char text[96];

    /* The GNU variant: thread-safe, and never fails. */
    snprintf(why, BEDNET_AUTHORITY_WHY_BYTES, "%s (expected a file that can be read)",
             strerror_r(errno, text, sizeof(text)));
    return BEDNET_IO;
}

static enum bednet_status judge_file(int fd, struct stat *info, char *why)
{
    if (fstat(fd, info) != 0) {
        return refuse_errno(why);
    }
    if (!S_ISREG(info->st_mode)) {
        return refuse(BEDNET_IO, why, "is not a regular file (expected one)");
    }
    if ((info->st_mode & S_IWOTH) != 0) {
        return refuse(BEDNET_INVALID, why,
                      "may be written by anybody (expected no write permission for others)");
    }
    if (info->st_size > BEDNET_AUTHORITIES_FILE_BYTES) {
        return refuse(BEDNET_INVALID, why, "is larger than 1 MiB (expected one certificate)");
    }
    return BEDNET_OK;
}

/* The file as it is found at its end, were it growing meanwhile: what is cut off is no certificate. */
static enum bednet_status read_file(int fd, size_t capacity, struct file *out, char *why)
{
    out->bytes = malloc(capacity + 1);
    if (out->bytes == NULL) {
        return BEDNET_NOMEM;
    }
    while (out->length < capacity) {
        ssize_t got = read(fd, out->bytes + out->length, capacity - out->length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return refuse_errno(why);
        }
        if (got == 0) {
            break;
        }
        out->length += (size_t)got;
    }
    return BEDNET_OK;
}

static enum bednet_status open_file(const char *path, struct file *out, char *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum bednet_status status;
    struct stat info;

    if (fd < 0) {
        return refuse_errno(why);
    }
    status = judge_file(fd, &info, why);
    if (status == BEDNET_OK) {
        status = read_file(fd, (size_t)info.st_size, out, why);
    }
    close(fd);
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
static size_t find_block(const struct file *file, size_t at)
{
    static const char begin[] = "-----BEGIN ";

    while (at < file->length) {
        const unsigned char *line = file->bytes + at, *end;

        if (file->length - at >= sizeof(begin) - 1 && memcmp(line, begin, sizeof(begin) - 1) == 0) {
            return at;
        }
        end = memchr(line, '\n', file->length - at);
        at = end != NULL ? (size_t)(end - file->bytes) + 1 : file->length;
    }
    return at;
}

static enum bednet_status read_pem(const struct file *file, X509 **out, char *why)
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

static enum bednet_status read_certificate(const struct file *file, X509 **out, char *why)
{
    if (find_block(file, 0) < file->length) {
        return read_pem(file, out, why);
    }
    *out = decode(file->bytes, file->length);
    return *out != NULL
               ? BEDNET_OK
               : refuse(BEDNET_INVALID, why, "holds no certificate (expected exactly one, in PEM or DER)");
}

enum bednet_status bednet_authority_read(const char *path, X509 **out, char why[BEDNET_AUTHORITY_WHY_BYTES])
{
    struct file file = {NULL, 0};
    enum bednet_status status = open_file(path, &file, why);

    *out = NULL;
    if (status == BEDNET_OK) {
        status = read_certificate(&file, out, why);
    }
    if (status != BEDNET_OK) {
        X509_free(*out);
        *out = NULL;
    }
    free(file.bytes);
    return status;
}
