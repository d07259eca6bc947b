/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded, and wiped when freed: what comes in may be a credential. */
#include "input.h"
#include "certificate/errors.h"
#include "command.h"
#include "diagnostics.h"
#include "moment.h"
#include "token/verify.h"

#include <errno.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Appends what standard input has; BEDNET_EXIT_NO where that is more than there is room for. */
static int drain(char *bytes, size_t capacity, size_t *length)
{
    while (*length < capacity) {
        ssize_t got = read(STDIN_FILENO, bytes + *length, capacity - *length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return BEDNET_EXIT_IO;
        if (got == 0)
            return BEDNET_EXIT_OK;
        *length += (size_t)got;
    }
    return BEDNET_EXIT_NO;
}

static int read_standard_input(size_t bytes_max, struct bednet_file *out)
{
    size_t capacity = bytes_max + 1;
    *out = (struct bednet_file){.bytes = malloc(capacity)};
    if (out->bytes == NULL)
        return bednet_command_nomem();
    int code = drain(out->bytes, capacity, &out->length);
    if (code == BEDNET_EXIT_OK)
        return code;
    if (code == BEDNET_EXIT_IO)
        perror("bednet: standard input");
    else
        fprintf(stderr, "bednet: standard input: too long (expected at most %zu bytes)\n", bytes_max);
    bednet_file_free(out);
    return code;
}

int bednet_input_read(const char *path, size_t bytes_max, struct bednet_file *out)
{
    char fault[BEDNET_FILE_FAULT_BYTES];
    if (strcmp(path, "-") == 0)
        return read_standard_input(bytes_max, out);
    enum bednet_status status = bednet_file_read(path, bytes_max, out, fault);
    if (status == BEDNET_OK)
        return BEDNET_EXIT_OK;
    if (status == BEDNET_NOMEM)
        return bednet_command_nomem();
    fprintf(stderr, "bednet: %s: %s\n", path, fault);
    return BEDNET_EXIT_IO;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bednet_text trim(struct bednet_text text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* Room for white space around the longest token. */
int bednet_input_token_file(const char *path, struct bednet_file *out, struct bednet_text *token)
{
    int code = bednet_input_read(path, BEDNET_TOKEN_BYTES_MAX + 1024, out);
    if (code == BEDNET_EXIT_OK)
        *token = trim((struct bednet_text){out->bytes, out->length});
    return code;
}

int bednet_input_token(const char *command, int argc, char **argv, struct bednet_file *out,
                       struct bednet_text *token)
{
    *out = (struct bednet_file){0};
    if (optind + 1 < argc) {
        fprintf(stderr, "bednet %s: expected one token; see bednet --help\n", command);
        return BEDNET_EXIT_USAGE;
    }
    if (optind + 1 == argc && strcmp(argv[optind], "-") != 0) {
        *token = trim(bednet_text(argv[optind]));
        return BEDNET_EXIT_OK;
    }
    return bednet_input_token_file("-", out, token);
}

int bednet_input_policy(const char *path, enum bednet_plugin section, const char *lack,
                        struct bednet_policy **out)
{
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        return bednet_command_nomem();
    enum bednet_status status = bednet_policy_load(path, diag, out);
    bednet_diagnostics_print(diag, true);
    bednet_diag_free(diag);
    if (status != BEDNET_OK)
        return status == BEDNET_INVALID ? BEDNET_EXIT_NO : BEDNET_EXIT_IO;
    if ((*out)->section[section].line != 0)
        return BEDNET_EXIT_OK;
    fprintf(stderr, "bednet: %s: %s\n", path, lack);
    bednet_policy_free(*out);
    *out = NULL;
    return BEDNET_EXIT_NO;
}

/* Nobody is asked for the password of a file that calls itself encrypted. */
static int give_no_password(char *out, int bytes, int writes, void *context)
{
    (void)out, (void)bytes, (void)writes, (void)context;
    return -1;
}

static X509 *read_pem(const struct bednet_file *file, size_t *behind)
{
    BIO *bio = BIO_new_mem_buf(file->bytes, (int)file->length);
    X509 *first = bio != NULL ? PEM_read_bio_X509(bio, NULL, give_no_password, NULL) : NULL, *next = first;
    for (*behind = 0; next != NULL; *behind += next != NULL ? 1 : 0) {
        next = PEM_read_bio_X509(bio, NULL, give_no_password, NULL);
        X509_free(next);
    }
    BIO_free(bio);
    return first;
}

static X509 *read_der(const struct bednet_file *file)
{
    const unsigned char *at = (const unsigned char *)file->bytes;
    X509 *certificate = d2i_X509(NULL, &at, (long)file->length);
    if (certificate != NULL && at == (const unsigned char *)file->bytes + file->length)
        return certificate;
    X509_free(certificate);
    return NULL;
}

int bednet_input_certificate(const char *path, X509 **out, size_t *behind)
{
    struct bednet_file file;
    size_t more = 0;
    int code = bednet_input_read(path, BEDNET_CERTIFICATE_BYTES_MAX, &file);
    if (code != BEDNET_EXIT_OK)
        return code;
    bednet_errors_begin();
    *out = read_pem(&file, &more);
    if (*out == NULL)
        *out = read_der(&file);
    bool failed = bednet_errors_drain();
    bednet_file_free(&file);
    if (behind != NULL)
        *behind = more;
    if (*out != NULL && !failed)
        return BEDNET_EXIT_OK;
    X509_free(*out);
    *out = NULL;
    if (failed)
        return bednet_command_nomem();
    fprintf(stderr, "bednet: %s: no certificate (expected one in PEM or DER)\n", path);
    return BEDNET_EXIT_NO;
}

bool bednet_input_moment(const char *command, const char *text, int64_t *at_s)
{
    if (bednet_moment_parse(text, at_s))
        return true;
    fprintf(stderr, "bednet %s: --at is '%s' (expected seconds since 1970, or 2026-11-22T12:00:00Z)\n",
            command, text);
    return false;
}
