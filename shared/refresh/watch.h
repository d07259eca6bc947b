/* SPDX-License-Identifier: Apache-2.0 */
/* Notices when the file of revocations changes, and reads it again. The worker's thread only. */
#ifndef BEDNET_REFRESH_WATCH_H
#define BEDNET_REFRESH_WATCH_H

#include "refresh/mailbox.h"
#include <sys/types.h>

/* Two looks at one state of a file give the same. */
struct bednet_file_state {
    bool there;
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec modified;
    struct timespec changed;
};

struct bednet_watch {
    bool read_once;               /* the list's first reading is over, with whatever result */
    struct bednet_file_state was; /* when it was read last */
    struct bednet_revocation_list *list;
};

/*
 * True when there is a new list. What cannot be read is told once for each state of the file, and leaves the
 * list as it was.
 */
bool bednet_watch_look(struct bednet_watch *watch, const char *path, struct bednet_messages *messages);

/* Forgets everything: the next look reads. */
void bednet_watch_reset(struct bednet_watch *watch);

#endif
