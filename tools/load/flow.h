/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one subscriber has got of one publisher, by sequence numbers: each message counts once, copies and
 * latecomers are told apart as far back as FLOW_WINDOW messages. Also the stamp that carries the number.
 */
#ifndef BEDNET_LOAD_FLOW_H
#define BEDNET_LOAD_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BEDNET_FLOW_WINDOW = 1024, BEDNET_STAMP_BYTES = 24 };

struct bednet_flow {
    uint32_t next;    /* the number after the highest that came */
    uint64_t unique;  /* messages that came, each once */
    uint64_t copies;  /* that came again, or too late to tell */
    uint64_t belated; /* that came behind a later one, once */
    uint64_t seen[BEDNET_FLOW_WINDOW / 64];
};

enum bednet_flow_kind { BEDNET_FLOW_NEW, BEDNET_FLOW_BELATED, BEDNET_FLOW_COPY };

enum bednet_flow_kind bednet_flow_take(struct bednet_flow *flow, uint32_t number);

/* The first bytes of each payload. */
struct bednet_stamp {
    uint32_t run;       /* tells this run's messages from what else comes along */
    uint32_t publisher; /* its place among the publishers */
    uint32_t number;    /* from 0 on, of each publisher */
    int64_t sent_ns;    /* CLOCK_MONOTONIC: when it was sent, or at a fixed rate should have been */
};

void bednet_stamp_put(const struct bednet_stamp *stamp, unsigned char out[BEDNET_STAMP_BYTES]);

/* False where the payload has none. */
bool bednet_stamp_get(const unsigned char *payload, size_t length, struct bednet_stamp *stamp);

#endif
