/* SPDX-License-Identifier: Apache-2.0 */
/* What a process has used of the machine. */
#ifndef BEDNET_LOAD_GAUGE_H
#define BEDNET_LOAD_GAUGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct bednet_gauge {
    int64_t cpu_ns;     /* user and system, of all threads */
    int64_t rss_bytes;  /* now */
    int64_t own_bytes;  /* of those, what no file is mapped to; 0 where that may not be looked at */
    int64_t peak_bytes; /* at the most, since it was started */
};

/* False where there is no such process, or it may not be looked at. */
bool bednet_gauge_read(pid_t pid, struct bednet_gauge *out);

#endif
