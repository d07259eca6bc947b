/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/stamp.h"
#include "core/hash.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct look {
    struct bednet_file_state state;
    uint64_t files; /* of a folder */
};

struct bednet_stamped {
    char *path;
    struct look look;
};

static struct bednet_file_state look_from(int folder, const char *path, bool *is_folder)
{
    struct stat what;
    struct bednet_file_state state = {.there = false};
    *is_folder = false;
    if (fstatat(folder, path, &what, 0) != 0)
        return state;
    *is_folder = S_ISDIR(what.st_mode);
    state.there = true;
    state.device = what.st_dev;
    state.inode = what.st_ino;
    state.bytes = what.st_size;
    state.modified = what.st_mtim;
    state.changed = what.st_ctim;
    return state;
}

struct bednet_file_state bednet_file_look(const char *path)
{
    bool is_folder;
    return look_from(AT_FDCWD, path, &is_folder);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool bednet_file_same(const struct bednet_file_state *a, const struct bednet_file_state *b)
{
    return a->there == b->there && a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           same_time(&a->modified, &b->modified) && same_time(&a->changed, &b->changed);
}

/* Of a folder in it only that it is there: nothing below is read. */
static uint64_t look_at_file(int folder, const char *name)
{
    bool is_folder;
    const struct bednet_file_state state = look_from(folder, name, &is_folder);
    uint64_t fields[] = {bednet_hash_frozen(bednet_text(name)),
                         state.there,
                         (uint64_t)state.device,
                         (uint64_t)state.inode,
                         (uint64_t)state.bytes,
                         (uint64_t)state.modified.tv_sec,
                         (uint64_t)state.modified.tv_nsec,
                         (uint64_t)state.changed.tv_sec,
                         (uint64_t)state.changed.tv_nsec};
    return bednet_hash_frozen(
        (struct bednet_text){(const char *)fields, is_folder ? 2 * sizeof fields[0] : sizeof fields});
}

/* A sum, for no order is promised. */
static uint64_t look_at_files(const char *path)
{
    uint64_t files = 0;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return 0;
    const struct dirent *entry;
    for (size_t i = 0; i < BEDNET_STAMP_FOLDER_MAX && (entry = readdir(folder)) != NULL; i++)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            files += look_at_file(dirfd(folder), entry->d_name);
    closedir(folder);
    return files;
}

static struct look look_at(const char *path)
{
    struct look look = {.files = 0};
    bool is_folder;
    look.state = look_from(AT_FDCWD, path, &is_folder);
    if (is_folder)
        look.files = look_at_files(path);
    return look;
}

static bool make_room(struct bednet_stamp *stamp)
{
    if (stamp->count < stamp->capacity)
        return true;
    size_t capacity = stamp->capacity > 0 ? stamp->capacity * 2 : 16;
    struct bednet_stamped *grown = realloc(stamp->paths, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    stamp->paths = grown;
    stamp->capacity = capacity;
    return true;
}

bool bednet_stamp_add(struct bednet_stamp *stamp, const char *path)
{
    if (!make_room(stamp))
        return false;
    char *copy = strdup(path);
    if (copy == NULL)
        return false;
    stamp->paths[stamp->count++] = (struct bednet_stamped){copy, look_at(path)};
    return true;
}

bool bednet_stamp_holds(const struct bednet_stamp *stamp)
{
    for (size_t i = 0; i < stamp->count; i++) {
        struct look look = look_at(stamp->paths[i].path);
        if (!bednet_file_same(&look.state, &stamp->paths[i].look.state) ||
            look.files != stamp->paths[i].look.files)
            return false;
    }
    return true;
}

void bednet_stamp_clear(struct bednet_stamp *stamp)
{
    for (size_t i = 0; i < stamp->count; i++)
        free(stamp->paths[i].path);
    free(stamp->paths);
    *stamp = (struct bednet_stamp){0};
}
