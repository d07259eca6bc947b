/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own for tests that need files. */
#ifndef BEDNET_TESTS_POLICY_SCRATCH_H
#define BEDNET_TESTS_POLICY_SCRATCH_H

#include "cmocka_first.h"

#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64];

/* The path of `name` in the folder; valid until eight calls later. */
static inline const char *scratch_path(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%s/%s", scratch, name);
    return path;
}

/* Writes a file with exactly this mode, whatever the umask. */
static inline void scratch_write(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(scratch_path(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(scratch_path(name), mode), 0);
}

/* `told` with the folder in place of each %s. */
static inline void scratch_expand(const char *told, char *out, size_t out_bytes)
{
    size_t length = 0;
    for (const char *at = told; *at != '\0'; at++) {
        bool folder = at[0] == '%' && at[1] == 's';
        length += (size_t)snprintf(out + length, out_bytes - length, "%.*s", folder ? 64 : 1,
                                   folder ? scratch : at);
        at += folder ? 1 : 0;
    }
    out[length] = '\0';
}

static inline int scratch_begin(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/bednet-test-XXXXXX");
    return mkdtemp(scratch) != NULL ? 0 : -1;
}

static inline int scratch_remove(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline int scratch_end(void **state)
{
    (void)state;
    return nftw(scratch, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
