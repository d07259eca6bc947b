/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/watch.h"

#include <stdlib.h>

static void tell(const struct bednet_diag *diag, enum bednet_status status, const char *path,
                 struct bednet_messages *messages)
{
    char line[BEDNET_DIAG_TEXT_BYTES];
    const struct bednet_diag_entry *entry = diag != NULL ? bednet_diag_at(diag, 0) : NULL;
    for (size_t i = 0; entry != NULL && entry->severity != BEDNET_ERROR; i++)
        entry = bednet_diag_at(diag, i + 1);
    if (entry != NULL) {
        bednet_diag_format(entry, line, sizeof line);
        bednet_messages_add(messages, BEDNET_ERROR, "revocations: the old list stays: %s", line);
    } else {
        bednet_messages_add(messages, BEDNET_ERROR, "revocations: the old list stays: %s: %s", path,
                            bednet_status_text(status));
    }
}

static struct bednet_revocation_list *load(const char *path, struct bednet_messages *messages)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_revocation_list *list = calloc(1, sizeof *list);
    enum bednet_status status = BEDNET_NOMEM;
    if (diag != NULL && list != NULL)
        status = bednet_revocations_load(path, diag, &list->revocations);
    if (status == BEDNET_OK) {
        list->users = 1;
    } else {
        tell(diag, status, path, messages);
        free(list);
        list = NULL;
    }
    bednet_diag_free(diag);
    return list;
}

bool bednet_watch_look(struct bednet_watch *watch, const char *path, struct bednet_messages *messages)
{
    /* Looked at before it is read: what changes meanwhile is then read again. */
    struct bednet_file_state now = bednet_file_look(path);
    if (watch->read_once && bednet_file_same(&now, &watch->was))
        return false;
    bool first = !watch->read_once;
    watch->read_once = true;
    watch->was = now;
    struct bednet_revocation_list *list = load(path, messages);
    if (list == NULL)
        return false;
    bednet_revocation_list_release(watch->list);
    watch->list = list;
    if (!first)
        bednet_messages_add(messages, BEDNET_NOTICE, "revocations: %zu entries of %s taken into use",
                            bednet_revocations_count(list->revocations), path);
    return true;
}

void bednet_watch_reset(struct bednet_watch *watch)
{
    bednet_revocation_list_release(watch->list);
    *watch = (struct bednet_watch){0};
}
