/* SPDX-License-Identifier: Apache-2.0 */
/* The whole run: its devices, the one loop that serves them, and the phases that it goes through. */
#ifndef BEDNET_LOAD_SWARM_H
#define BEDNET_LOAD_SWARM_H

#include "gauge.h"
#include "order.h"
#include "play.h"

enum bednet_phase {
    BEDNET_PHASE_GATHER,
    BEDNET_PHASE_WARM_UP,
    BEDNET_PHASE_MEASURE,
    BEDNET_PHASE_SETTLE, /* what is under way comes to its end */
    BEDNET_PHASE_LEAVE,
    BEDNET_PHASE_OVER
};

#define BEDNET_SCRATCH_BYTES (64u * 1024)

enum bednet_moment { BEDNET_MOMENT_BEFORE, BEDNET_MOMENT_MEASURE, BEDNET_MOMENT_SETTLED, BEDNET_MOMENTS };

struct bednet_swarm {
    const struct bednet_order *order;
    const struct bednet_play *play;
    struct bednet_place place;
    SSL_CTX *tls;
    struct bednet_device *devices; /* clients, then subscribers; owned */
    size_t count;
    int epoll, clock, signals;
    int64_t clock_set_ns; /* what `clock` is set to */
    struct bednet_alarms alarms;
    struct bednet_alarm metronome;                /* the play's own */
    struct bednet_device *waiting, **waiting_end; /* for their login */
    size_t logging_in, ready, present;            /* present: not OFF */
    unsigned char *scratch;                       /* what was just read; owned */
    unsigned short random[3];
    uint32_t run;
    void *stage; /* the play's */

    enum bednet_phase phase;
    int64_t now_ns, phase_ns;                  /* now; when the phase began */
    int64_t heard_ns;                          /* when anything was last heard */
    int64_t started_ns, measured_ns, ended_ns; /* of the measurement, and when it was over */
    struct bednet_tally tally;
    struct bednet_counts at_measure, at_end;
    struct bednet_gauge gauges[BEDNET_MOMENTS], own[BEDNET_MOMENTS];
    bool has_gauge;
    bool is_interrupted, is_stalled, has_failed_to_gather, gave_up;
    bool expects_drops; /* connections that end are what is tested */

    int64_t second_ns; /* when the present second of the display ends */
    struct bednet_counts at_second;
};

/* An exit code; what is wrong was printed. To be freed in any case. */
int bednet_swarm_init(struct bednet_swarm *swarm, const struct bednet_order *order);
void bednet_swarm_free(struct bednet_swarm *swarm);

/* An exit code: BEDNET_EXIT_IO where the machine fails us. What the broker did is in the tally. */
int bednet_swarm_run(struct bednet_swarm *swarm);

/* Whether an end is counted as measured now: a duration is noted only then. */
void bednet_swarm_note(struct bednet_swarm *swarm, enum bednet_duration duration, int64_t since_ns);

/* For device.c: who waits for its turn, and what is watched on its connection. */
void bednet_swarm_enqueue(struct bednet_swarm *swarm, struct bednet_device *device);
bool bednet_swarm_watch(struct bednet_swarm *swarm, struct bednet_device *device, bool is_new);

/* A line about the last second on standard error. */
void bednet_progress_print(struct bednet_swarm *swarm);

#endif
