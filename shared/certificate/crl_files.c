/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders of lists. */
#include "certificate/crl_internal.h"
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

bool bednet_crl_read_file(struct bednet_crl_reading *reading, const char *path)
{
    char fault[BEDNET_FILE_FAULT_BYTES];
    struct bednet_file file;
    reading->file = path;
    enum bednet_status status = bednet_file_read(path, BEDNET_CRL_BYTES_MAX, &file, fault);
    if (status == BEDNET_NOMEM)
        return bednet_crl_out_of_memory(reading);
    if (status != BEDNET_OK)
        return bednet_crl_refuse(reading, status, "%s", fault);
    bool good = bednet_crl_read(reading, (struct bednet_text){file.bytes, file.length});
    bednet_file_free(&file);
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
