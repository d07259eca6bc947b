/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded, and wiped when freed: what comes in may be a credential. */
#include "input.h"
#include "command.h"
#include "token/verify.h"

#include <errno.h>
#include <getopt.h>
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
    /* Room for white space around the longest token. */
    int code = read_standard_input(BEDNET_TOKEN_BYTES_MAX + 1024, out);
    if (code == BEDNET_EXIT_OK)
        *token = trim((struct bednet_text){out->bytes, out->length});
    return code;
}
