/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, judging and reading a file. */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum bednet_status refuse(enum bednet_status status, char *fault, const char *text)
{
    snprintf(fault, BEDNET_FILE_FAULT_BYTES, "%s", text);
    return status;
}

static enum bednet_status refuse_errno(char *fault, int error)
{
    char text[96];
    /* The GNU variant: thread-safe, and never fails. */
    snprintf(fault, BEDNET_FILE_FAULT_BYTES, "%s (expected a file that can be read)",
             strerror_r(error, text, sizeof text));
    return BEDNET_IO;
}

static enum bednet_status judge(const struct stat *info, size_t bytes_max, char *fault)
{
    if (S_ISDIR(info->st_mode))
        return refuse(BEDNET_IO, fault, "is a directory (expected a regular file)");
    if (!S_ISREG(info->st_mode))
        return refuse(BEDNET_IO, fault, "is not a regular file (expected one)");
    if ((info->st_mode & S_IWOTH) != 0)
        return refuse(BEDNET_INVALID, fault,
                      "may be written by anybody (expected no write permission for others)");
    if (info->st_size < 0 || (unsigned long long)info->st_size > bytes_max) {
        snprintf(fault, BEDNET_FILE_FAULT_BYTES, "is larger than %zu bytes (expected a smaller file)",
                 bytes_max);
        return BEDNET_INVALID;
    }
    return BEDNET_OK;
}

/* Reads at most `capacity` bytes; -1 with errno on failure. */
static ssize_t read_fully(int fd, char *bytes, size_t capacity)
{
    size_t length = 0;
    while (length < capacity) {
        ssize_t got = read(fd, bytes + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static enum bednet_status read_judged(int fd, const struct stat *info, struct bednet_file *out, char *fault)
{
    size_t expected = (size_t)info->st_size;
    /* One byte more than there should be shows a file that grows while it is read. */
    char *bytes = malloc(expected + 1);
    if (bytes == NULL)
        return BEDNET_NOMEM;
    ssize_t got = read_fully(fd, bytes, expected + 1);
    if (got >= 0 && (size_t)got == expected) {
        *out = (struct bednet_file){bytes, expected, (info->st_mode & S_IROTH) != 0};
        return BEDNET_OK;
    }
    int error = errno;
    explicit_bzero(bytes, expected + 1);
    free(bytes);
    if (got < 0)
        return refuse_errno(fault, error);
    return refuse(BEDNET_INVALID, fault,
                  "changed while it was read (expected it to be replaced in one piece)");
}

enum bednet_status bednet_file_read(const char *path, size_t bytes_max, struct bednet_file *out,
                                    char fault[BEDNET_FILE_FAULT_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return refuse_errno(fault, errno);
    struct stat info;
    enum bednet_status status =
        fstat(fd, &info) == 0 ? judge(&info, bytes_max, fault) : refuse_errno(fault, errno);
    if (status == BEDNET_OK)
        status = read_judged(fd, &info, out, fault);
    close(fd);
    return status;
}

void bednet_file_free(struct bednet_file *file)
{
    if (file->bytes != NULL)
        explicit_bzero(file->bytes, file->length);
    free(file->bytes);
    *file = (struct bednet_file){0};
}
