/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked for on the command line, read and checked. */
#ifndef BEDNET_LOAD_ORDER_H
#define BEDNET_LOAD_ORDER_H

#include "backoff.h"
#include "wish.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    BEDNET_ORDER_CLIENTS_MAX = 200000,
    BEDNET_ORDER_WINDOW_MAX = 32767,
    BEDNET_ORDER_PAYLOAD_MAX = 1024 * 1024
};

enum bednet_drop { BEDNET_DROP_RESET, BEDNET_DROP_DISCONNECT, BEDNET_DROP_AWAIT };

struct bednet_play;

struct bednet_order {
    const struct bednet_play *play;

    /* Where to, and how. */
    const char *host;
    unsigned port; /* 0: the usual one */
    bool is_remote_allowed;
    int version;
    bool tls, insecure;
    const char *ca_file;     /* NULL: those of the system */
    const char *server_name; /* that the broker's certificate is for; NULL: the host */

    /* Who. Publishers, or whoever else there is, then subscribers. */
    size_t clients, subscribers;
    const char *id, *subscriber_id;         /* templates */
    const char *username, *password;        /* templates; NULL: none */
    const char *tokens, *subscriber_tokens; /* files; NULL: none */
    const char *certificates;               /* folder; NULL: none */
    struct bednet_wish wish;                /* for tokens of one's own; key_path NULL: none */
    const char *mint_claims[16];            /* NAME=TEXT, whose text is a template */
    size_t mint_claim_count;
    unsigned keepalive_s;

    /* What. */
    const char *topic, *filter; /* templates; no filter: by the topic */
    unsigned long topics;       /* turns of %t */
    unsigned qos;
    size_t payload_bytes;
    bool has_rate;
    double rate;      /* a second: of each publisher, or of logins altogether */
    size_t window;    /* messages of a publisher under way; 0: by the rate */
    uint64_t count;   /* messages of each publisher, or logins; 0: until the time is over */
    size_t in_flight; /* logins at once */
    int64_t warm_up_ns, duration_ns, timeout_ns;
    unsigned rounds;
    enum bednet_drop drop;
    struct bednet_backoff backoff;
    int64_t ping_ns;
    uint32_t seed;

    /* What is said about it. */
    pid_t broker_pid; /* 0: not looked at */
    const char *json; /* file, `-`: standard output; NULL: for people */
    bool progress;
    int expected_refusal;  /* reason that is no failure; -1: none */
    double tolerated_loss; /* messages, or where it is_share their share */
    bool is_share;
};

/* An exit code; what is wrong was printed. To be freed in any case. */
int bednet_order_read(int argc, char **argv, struct bednet_order *order);
void bednet_order_free(struct bednet_order *order);

#endif
