/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/key_cache.h"
#include "token/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH_BYTES 32

bool bednet_key_cache_name(struct bednet_text kind, struct bednet_text source,
                           char out[BEDNET_KEY_CACHE_NAME_BYTES])
{
    unsigned char hash[HASH_BYTES];
    unsigned int bytes = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool made = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, kind.ptr, kind.len) == 1 && EVP_DigestUpdate(context, "", 1) == 1 &&
                EVP_DigestUpdate(context, source.ptr, source.len) == 1 &&
                EVP_DigestFinal_ex(context, hash, &bytes) == 1 && bytes == sizeof hash;
    EVP_MD_CTX_free(context);
    for (size_t i = 0; made && i < sizeof hash; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    if (made)
        memcpy(out + 2 * sizeof hash, ".jwks", sizeof ".jwks");
    return made;
}

static enum bednet_status refuse(char why[BEDNET_KEY_CACHE_WHY_BYTES], enum bednet_status status,
                                 const char *text)
{
    snprintf(why, BEDNET_KEY_CACHE_WHY_BYTES, "%s", text);
    return status;
}

static enum bednet_status fail(char why[BEDNET_KEY_CACHE_WHY_BYTES], const char *text)
{
    char buffer[64];
    snprintf(why, BEDNET_KEY_CACHE_WHY_BYTES, "%s: %s", text, strerror_r(errno, buffer, sizeof buffer));
    return BEDNET_IO;
}

static bool others_may_write(const struct stat *what)
{
    return (what->st_uid != geteuid() && what->st_uid != 0) || (what->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Whoever may write to the folder could give one issuer the keys of another. */
static enum bednet_status open_folder(const char *folder, int *fd, char why[BEDNET_KEY_CACHE_WHY_BYTES])
{
    struct stat what;
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0 && errno == ENOENT)
        return BEDNET_NOT_FOUND;
    if (*fd < 0)
        return fail(why, "the folder of key_cache cannot be opened");
    if (fstat(*fd, &what) != 0 || others_may_write(&what)) {
        close(*fd);
        return refuse(why, BEDNET_INVALID,
                      "others may write to the folder of key_cache (expected the broker's own, mode 0700)");
    }
    return BEDNET_OK;
}

static enum bednet_status read_all(int fd, size_t size, char **text, size_t *bytes)
{
    char *read_text = malloc(size);
    if (read_text == NULL)
        return BEDNET_NOMEM;
    size_t got = 0;
    ssize_t piece = 1;
    while (got < size && piece > 0) {
        piece = read(fd, read_text + got, size - got);
        got += piece > 0 ? (size_t)piece : 0;
    }
    if (got < size) {
        free(read_text);
        return BEDNET_IO;
    }
    *text = read_text;
    *bytes = got;
    return BEDNET_OK;
}

static enum bednet_status read_file(int fd, char **text, size_t *bytes, int64_t *good_wall_s,
                                    char why[BEDNET_KEY_CACHE_WHY_BYTES])
{
    struct stat what;
    if (fstat(fd, &what) != 0)
        return fail(why, "the cached set cannot be read");
    if (!S_ISREG(what.st_mode) || what.st_uid != geteuid() || others_may_write(&what))
        return refuse(why, BEDNET_INVALID,
                      "the cached set is not the broker's own (expected a regular file, mode 0600)");
    if (what.st_size <= 0 || what.st_size > BEDNET_JWKS_BYTES_MAX)
        return refuse(why, BEDNET_INVALID, "the cached set has the wrong size (1 byte to 1 MiB)");
    *good_wall_s = (int64_t)what.st_mtim.tv_sec;
    enum bednet_status status = read_all(fd, (size_t)what.st_size, text, bytes);
    return status == BEDNET_OK ? status : refuse(why, status, "the cached set cannot be read");
}

enum bednet_status bednet_key_cache_read(const char *folder, const char *name, char **text, size_t *bytes,
                                         int64_t *good_wall_s, char why[BEDNET_KEY_CACHE_WHY_BYTES])
{
    int folder_fd;
    enum bednet_status status = open_folder(folder, &folder_fd, why);
    if (status != BEDNET_OK)
        return status;
    /* Not blocking: it may have become a pipe. */
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        status = errno == ENOENT ? BEDNET_NOT_FOUND : fail(why, "the cached set cannot be opened");
    else
        status = read_file(fd, text, bytes, good_wall_s, why);
    if (fd >= 0)
        close(fd);
    close(folder_fd);
    return status;
}

static bool write_all(int fd, struct bednet_text text)
{
    size_t done = 0;
    ssize_t piece = 1;
    while (done < text.len && piece > 0) {
        piece = write(fd, text.ptr + done, text.len - done);
        done += piece > 0 ? (size_t)piece : 0;
    }
    return done == text.len && fsync(fd) == 0;
}

/* The name is the thread's own: the chains of one broker may share a folder. */
static enum bednet_status replace(int folder_fd, const char *name, struct bednet_text text,
                                  char why[BEDNET_KEY_CACHE_WHY_BYTES])
{
    char temporary[BEDNET_KEY_CACHE_NAME_BYTES + 16];
    snprintf(temporary, sizeof temporary, "%s.%ld", name, (long)gettid());
    unlinkat(folder_fd, temporary, 0);
    int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(why, "the set cannot be kept in key_cache");
    bool written = write_all(fd, text) && renameat(folder_fd, temporary, folder_fd, name) == 0;
    enum bednet_status status = written ? BEDNET_OK : fail(why, "the set cannot be kept in key_cache");
    close(fd);
    if (!written)
        unlinkat(folder_fd, temporary, 0);
    else
        fsync(folder_fd);
    return status;
}

enum bednet_status bednet_key_cache_write(const char *folder, const char *name, struct bednet_text text,
                                          char why[BEDNET_KEY_CACHE_WHY_BYTES])
{
    int folder_fd;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail(why, "the folder of key_cache cannot be made");
    enum bednet_status status = open_folder(folder, &folder_fd, why);
    if (status == BEDNET_NOT_FOUND)
        return refuse(why, BEDNET_IO, "the folder of key_cache is gone again");
    if (status != BEDNET_OK)
        return status;
    status = replace(folder_fd, name, text, why);
    close(folder_fd);
    return status;
}

enum bednet_status bednet_key_cache_touch(const char *folder, const char *name)
{
    int folder_fd;
    char why[BEDNET_KEY_CACHE_WHY_BYTES];
    enum bednet_status status = open_folder(folder, &folder_fd, why);
    if (status != BEDNET_OK)
        return status;
    status = utimensat(folder_fd, name, NULL, AT_SYMLINK_NOFOLLOW) == 0 ? BEDNET_OK : BEDNET_IO;
    close(folder_fd);
    return status;
}
