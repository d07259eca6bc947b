/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPU clock of a process has what /proc/PID/stat says in its fields utime and stime, in nanoseconds where
 * those have hundredths of a second; memory is in /proc/PID/status, which may be some pages late, and to the
 * page in /proc/PID/smaps_rollup.
 */
#include "gauge.h"

#include <stdio.h>
#include <time.h>

static int64_t read_own_bytes(pid_t pid)
{
    char path[64], line[256];
    long long kib = 0;
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    FILE *rollup = fopen(path, "re");
    if (rollup == NULL)
        return 0;
    while (fgets(line, sizeof line, rollup) != NULL && sscanf(line, "Anonymous: %lld kB", &kib) != 1)
        continue;
    fclose(rollup);
    return kib * 1024;
}

bool bednet_gauge_read(pid_t pid, struct bednet_gauge *out)
{
    char path[64], line[256];
    struct timespec time;
    clockid_t clock;
    long long kib;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *status = fopen(path, "re");
    if (status == NULL)
        return false;
    *out = (struct bednet_gauge){0};
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmRSS: %lld kB", &kib) == 1)
            out->rss_bytes = kib * 1024;
        else if (sscanf(line, "VmHWM: %lld kB", &kib) == 1)
            out->peak_bytes = kib * 1024;
    fclose(status);
    out->own_bytes = read_own_bytes(pid);
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return false;
    out->cpu_ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    /* Neither is there in a process that has ended and waits for its parent. */
    return out->rss_bytes > 0;
}
