/* SPDX-License-Identifier: Apache-2.0 */
/* The times that the worker keeps to. Tests have shorter ones; nobody else has a choice. */
#ifndef BEDNET_REFRESH_LIMITS_H
#define BEDNET_REFRESH_LIMITS_H

#include "refresh/refresher.h"
#include "refresh/schedule.h"

struct bednet_refresh_limits {
    struct bednet_schedule_limits schedule;
    int64_t connect_ms;
    int64_t total_ms; /* of all requests that one refresh takes */
    long stalled_s;
    int64_t watch_ms; /* between two looks at the file of revocations */
};

extern const struct bednet_refresh_limits bednet_refresh_limits;

/* bednet_refresher_start with other limits, which are copied. */
enum bednet_status bednet_refresher_start_with(const struct bednet_refresh_limits *limits,
                                               struct bednet_refresher **out);

#endif
