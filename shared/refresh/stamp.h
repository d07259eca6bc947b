/* SPDX-License-Identifier: Apache-2.0 */
/* How files and folders looked, to notice when they change. One thread at a time. */
#ifndef BEDNET_REFRESH_STAMP_H
#define BEDNET_REFRESH_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Two looks at one state of a file give the same; zeroed is a file that is not there. */
struct bednet_file_state {
    bool there;
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec modified;
    struct timespec changed;
};

/* Follows links: where one leads elsewhere, that is another file. */
struct bednet_file_state bednet_file_look(const char *path);
bool bednet_file_same(const struct bednet_file_state *a, const struct bednet_file_state *b);

/*
 * Any number of paths. Of a folder also what the files in it look like, as far as there are not too many;
 * then what came and went still shows. Zeroed is empty.
 */
struct bednet_stamped;
struct bednet_stamp {
    struct bednet_stamped *paths;
    size_t count;
    size_t capacity;
};

#define BEDNET_STAMP_FOLDER_MAX 4096

/*
 * Looks at a path. Before it is read, so that what changes meanwhile is then read again. False without
 * memory.
 */
bool bednet_stamp_add(struct bednet_stamp *stamp, const char *path);

/* Looks at all of them again. */
bool bednet_stamp_holds(const struct bednet_stamp *stamp);

/* Frees what it has; it is empty then. */
void bednet_stamp_clear(struct bednet_stamp *stamp);

#endif
