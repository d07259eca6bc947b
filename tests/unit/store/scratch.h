/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for each test, a store in it, and what is in that. */
#ifndef BEDNET_TESTS_STORE_SCRATCH_H
#define BEDNET_TESTS_STORE_SCRATCH_H

#include "cmocka_first.h"

#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[64];
static char path[128];
static char why[BEDNET_STORE_WHY_BYTES];

static int scratch_make(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/bednet-store-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/identities.db", folder);
    return 0;
}

static int scratch_remove(void **state)
{
    (void)state;
    DIR *open = opendir(folder);
    struct dirent *entry;
    while (open != NULL && (entry = readdir(open)) != NULL) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        unlink(name);
    }
    closedir(open);
    return rmdir(folder);
}

static inline enum bednet_status try_open(struct bednet_store **store)
{
    const struct bednet_store_options options = {.path = path, .keep_s = 3600, .records_max = 1000};
    *store = NULL;
    why[0] = '\0';
    return bednet_store_open(&options, store, why);
}

/* Not started: nothing is written, and it can be read. */
static inline struct bednet_store *open_store(void)
{
    struct bednet_store *store;
    enum bednet_status status = try_open(&store);
    if (status != BEDNET_OK)
        fail_msg("open: %d %s", status, why);
    return store;
}

static inline struct bednet_store *start_store(void)
{
    struct bednet_store *store = open_store();
    assert_int_equal(bednet_store_start(store), BEDNET_OK);
    return store;
}

static inline uint64_t put(struct bednet_store *store, const char *client_id, const char *bytes)
{
    return bednet_store_put(store, bednet_text(client_id), bednet_text(bytes));
}

static bool append(void *context, const struct bednet_store_record *record)
{
    char *out = context;
    size_t used = strlen(out);
    snprintf(out + used, 4096 - used, "%s%.*s=%.*s", used > 0 ? " " : "", (int)record->client_id.len,
             record->client_id.ptr, (int)record->bytes.len, record->bytes.ptr);
    return true;
}

/* All that is in the file, as `id=record`, the oldest first. */
static inline void assert_holds(const char *expected)
{
    char found[4096] = "";
    struct bednet_store *store = open_store();
    assert_int_equal(bednet_store_read(store, append, found, why), BEDNET_OK);
    assert_string_equal(found, expected);
    assert_int_equal(bednet_store_stop(store), 0);
}

#endif
