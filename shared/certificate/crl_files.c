/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders of lists: opened without waiting, judged, and read whole. */
#include "certificate/crl_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse_errno(struct bednet_crl_reading *reading, int error, const char *expected)
{
    char text[96];
    if (error == ENOMEM)
        return bednet_crl_out_of_memory(reading);
    /* The GNU variant: thread-safe, and never fails. */
    return bednet_crl_refuse(reading, BEDNET_IO, "%s (expected %s)", strerror_r(error, text, sizeof text),
                             expected);
}

/* Whoever may write may bring an older list back, and that is signed as well. */
static bool is_guarded(struct bednet_crl_reading *reading, const struct stat *info)
{
    return (info->st_mode & S_IWOTH) == 0 ||
           bednet_crl_refuse(reading, BEDNET_INVALID,
                             "may be written by anybody (expected no write permission for others)");
}

static bool is_list_file(struct bednet_crl_reading *reading, const struct stat *info)
{
    if (!S_ISREG(info->st_mode))
        return bednet_crl_refuse(reading, BEDNET_IO, "is not a regular file (expected one)");
    if (info->st_size < 0 || (unsigned long long)info->st_size > BEDNET_CRL_BYTES_MAX)
        return bednet_crl_refuse(reading, BEDNET_LIMIT, "is larger than %u bytes (expected a smaller file)",
                                 BEDNET_CRL_BYTES_MAX);
    return is_guarded(reading, info);
}

/* At most `capacity` bytes; -1 with errno on failure. */
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

static bool read_open(struct bednet_crl_reading *reading, int fd)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return refuse_errno(reading, errno, "a file that can be read");
    if (!is_list_file(reading, &info))
        return false;
    size_t expected = (size_t)info.st_size;
    /* One byte more than there should be shows a file that grows while it is read. */
    char *bytes = malloc(expected + 1);
    if (bytes == NULL)
        return bednet_crl_out_of_memory(reading);
    ssize_t got = read_fully(fd, bytes, expected + 1);
    bool good;
    if (got < 0)
        good = refuse_errno(reading, errno, "a file that can be read");
    else if ((size_t)got != expected)
        good = bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "changed while it was read (expected it to be replaced in one piece)");
    else
        good = bednet_crl_read(reading, (struct bednet_text){bytes, expected});
    free(bytes);
    return good;
}

bool bednet_crl_read_file(struct bednet_crl_reading *reading, const char *path)
{
    reading->file = path;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return refuse_errno(reading, errno, "a file that can be read");
    bool good = read_open(reading, fd);
    close(fd);
    return good;
}

struct names {
    char *names[BEDNET_CRL_FOLDER_MAX];
    size_t count;
};

/* What is no regular file in the end, wherever its links lead, is none of ours. */
static bool add_name(struct bednet_crl_reading *reading, DIR *folder, const char *name, struct names *names)
{
    struct stat info;
    if (name[0] == '.')
        return true;
    if (fstatat(dirfd(folder), name, &info, 0) != 0)
        return refuse_errno(reading, errno, "files that can be read in the folder");
    if (!S_ISREG(info.st_mode))
        return true;
    if (names->count == BEDNET_CRL_FOLDER_MAX)
        return bednet_crl_refuse(reading, BEDNET_LIMIT, "has too many files (expected at most %d)",
                                 BEDNET_CRL_FOLDER_MAX);
    names->names[names->count] = strdup(name);
    if (names->names[names->count] == NULL)
        return bednet_crl_out_of_memory(reading);
    names->count++;
    return true;
}

static bool list_names(struct bednet_crl_reading *reading, DIR *folder, struct names *names)
{
    struct stat info;
    if (fstat(dirfd(folder), &info) != 0)
        return refuse_errno(reading, errno, "a folder that can be read");
    if (!is_guarded(reading, &info))
        return false;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL)
            return errno == 0 || refuse_errno(reading, errno, "a folder that can be read");
        if (!add_name(reading, folder, entry->d_name, names))
            return false;
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All of them, so that whoever mends a folder need not do it file by file. */
static bool read_names(struct bednet_crl_reading *reading, const char *path, struct names *names)
{
    bool good = true;
    qsort(names->names, names->count, sizeof *names->names, compare_names);
    for (size_t i = 0; i < names->count && bednet_crl_goes_on(reading); i++) {
        size_t bytes = strlen(path) + 1 + strlen(names->names[i]) + 1;
        char *file = malloc(bytes);
        if (file == NULL)
            return bednet_crl_out_of_memory(reading);
        snprintf(file, bytes, "%s/%s", path, names->names[i]);
        good = bednet_crl_read_file(reading, file) && good;
        reading->file = path;
        free(file);
    }
    return good;
}

bool bednet_crl_read_folder(struct bednet_crl_reading *reading, const char *path)
{
    reading->file = path;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return refuse_errno(reading, errno, "a folder that can be read");
    struct names names = {.count = 0};
    bool good = list_names(reading, folder, &names);
    closedir(folder);
    good = good && read_names(reading, path, &names);
    for (size_t i = 0; i < names.count; i++)
        free(names.names[i]);
    return good;
}
