/* SPDX-License-Identifier: Apache-2.0 */
/* The line a second, for whoever watches. */
#include "swarm.h"

#include <stdio.h>

static const char *phase_name(enum bednet_phase phase)
{
    static const char *const names[] = {"connecting", "warm-up", "measuring", "settling", "leaving", "over"};
    return names[phase];
}

void bednet_progress_print(struct bednet_swarm *swarm)
{
    const struct bednet_counts *now = &swarm->tally.total, *before = &swarm->at_second;
    const struct bednet_histogram *recent = swarm->tally.recent;
    double seconds = (double)(swarm->now_ns - swarm->second_ns) / 1e9 + 1;
    fprintf(stderr, "%-10s %6zu of %zu connected", phase_name(swarm->phase), swarm->ready, swarm->count);
    if (now->logins != before->logins)
        fprintf(stderr, ", %.0f logins/s", (double)(now->logins - before->logins) / seconds);
    if (swarm->play->has_messages)
        fprintf(stderr, ", %.0f sent/s, %.0f delivered/s", (double)(now->sent - before->sent) / seconds,
                (double)(now->delivered - before->delivered) / seconds);
    if (recent->count > 0)
        fprintf(stderr, ", p50 %.3f ms, p99 %.3f ms", (double)bednet_histogram_quantile(recent, 0.5) / 1e6,
                (double)bednet_histogram_quantile(recent, 0.99) / 1e6);
    fputc('\n', stderr);
}
