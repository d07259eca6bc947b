/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the file of a store is, and who may read and write it. */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* SQLite takes a file for an empty one that is shorter than any page. */
#define LEAST_BYTES 512

static enum bednet_status fail(char why[BEDNET_STORE_WHY_BYTES], const char *text)
{
    char buffer[96];
    snprintf(why, BEDNET_STORE_WHY_BYTES, "%s: %s (expected a folder that the broker's user may write to)",
             text, strerror_r(errno, buffer, sizeof buffer));
    return BEDNET_IO;
}

static enum bednet_status refuse(char why[BEDNET_STORE_WHY_BYTES], const char *text)
{
    snprintf(why, BEDNET_STORE_WHY_BYTES, "%s", text);
    return BEDNET_INVALID;
}

/* Whoever may write to the folder could give somebody else's rights to any session. */
static enum bednet_status judge_folder(const char *path, char why[BEDNET_STORE_WHY_BYTES])
{
    char folder[PATH_MAX];
    struct stat what;
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL && slash != path ? (size_t)(slash - path) : 1;
    if (length >= sizeof folder)
        return refuse(why, "the path is too long");
    memcpy(folder, slash != NULL ? path : ".", length);
    folder[length] = '\0';
    if (stat(folder, &what) != 0)
        return fail(why, "the folder cannot be used");
    if ((what.st_uid != geteuid() && what.st_uid != 0) || (what.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return refuse(
            why, "others may write to its folder (expected a folder of the broker's own user, mode 0700)");
    return BEDNET_OK;
}

static enum bednet_status judge_file(int fd, char why[BEDNET_STORE_WHY_BYTES])
{
    struct stat what;
    if (fstat(fd, &what) != 0)
        return fail(why, "it cannot be used");
    if (!S_ISREG(what.st_mode))
        return refuse(why, "it is not a regular file (expected one, or none)");
    if (what.st_uid != geteuid())
        return refuse(why, "it belongs to somebody else (expected the broker's own user)");
    if ((what.st_mode & 07777) != (S_IRUSR | S_IWUSR))
        return refuse(
            why, "its mode is not 0600 (expected that only the broker's own user may read and write it)");
    if (what.st_size > 0 && what.st_size < LEAST_BYTES)
        return refuse(why, "it is damaged: move it away, and whoever it knew has to log in again");
    return BEDNET_OK;
}

/* Not blocking: it may have become a pipe. */
enum bednet_status bednet_store_prepare_file(const char *path, char why[BEDNET_STORE_WHY_BYTES])
{
    enum bednet_status status = judge_folder(path, why);
    if (status != BEDNET_OK)
        return status;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0 && errno == ELOOP)
        return refuse(why, "it is a symbolic link (expected the file itself)");
    if (fd < 0)
        return fail(why, "it cannot be opened");
    status = judge_file(fd, why);
    close(fd);
    return status;
}
