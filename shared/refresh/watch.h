/* SPDX-License-Identifier: Apache-2.0 */
/* Notices when the file of revocations changes, and reads it again. The worker's thread only. */
#ifndef BEDNET_REFRESH_WATCH_H
#define BEDNET_REFRESH_WATCH_H

#include "refresh/mailbox.h"
#include "refresh/stamp.h"

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
