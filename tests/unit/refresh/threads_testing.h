/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there, by name: sanitizers have threads of their own. */
#ifndef BEDNET_TESTS_UNIT_REFRESH_THREADS_TESTING_H
#define BEDNET_TESTS_UNIT_REFRESH_THREADS_TESTING_H

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static inline size_t count_threads(const char *name)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[64 + sizeof entry->d_name], found[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        count += fgets(found, sizeof found, file) != NULL && strncmp(found, name, strlen(name)) == 0 &&
                 strcmp(found + strlen(name), "\n") == 0;
        fclose(file);
    }
    closedir(folder);
    return count;
}

#endif
