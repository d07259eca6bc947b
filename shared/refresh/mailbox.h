/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two threads hand each other: plans to the worker, bulletins to the broker, and bulletins back for
 * the worker to free, which may take its time. Each way is one atomic pointer, so nobody waits; a new plan or
 * bulletin takes the place of one that was not yet fetched.
 */
#ifndef BEDNET_REFRESH_MAILBOX_H
#define BEDNET_REFRESH_MAILBOX_H

#include "refresh/source.h"
#include <stdatomic.h>

/* What the policy asks for. Made by the broker. */
struct bednet_refresh_plan {
    uint64_t generation;
    size_t count;
    struct bednet_refresh_source *sources[BEDNET_ISSUERS_MAX];
    char *key_cache;        /* NULL: none */
    char *revocations_path; /* NULL: none */
};

/* NULL is allowed. */
void bednet_plan_free(struct bednet_refresh_plan *plan);

/* Revocations that more than one bulletin may speak of. Only the worker counts. */
struct bednet_revocation_list {
    unsigned users;
    struct bednet_revocations *revocations;
};

void bednet_revocation_list_release(struct bednet_revocation_list *list);

struct bednet_bulletin_entry {
    uint64_t ticket;
    struct bednet_keyset *set;
    int64_t good_ms;
};

/* What there is to judge tokens by. Made and freed by the worker, read by the broker. */
struct bednet_bulletin {
    struct bednet_bulletin *next; /* on its way back */
    uint64_t generation;          /* of the plan that it answers */
    size_t count;
    struct bednet_bulletin_entry entries[BEDNET_ISSUERS_MAX]; /* usable sets only */
    struct bednet_revocation_list *revocations;               /* NULL: not read since that plan */
};

/* NULL is allowed. The worker's thread, or when that is gone. */
void bednet_bulletin_free(struct bednet_bulletin *bulletin);

/* Zeroed is empty. */
struct bednet_mailbox {
    _Atomic(struct bednet_refresh_plan *) plan;
    _Atomic(struct bednet_bulletin *) bulletin;
    _Atomic(struct bednet_bulletin *) returned;
};

/* The broker's thread. */
void bednet_mailbox_put_plan(struct bednet_mailbox *mailbox, struct bednet_refresh_plan *plan);
struct bednet_bulletin *bednet_mailbox_take_bulletin(struct bednet_mailbox *mailbox); /* NULL: nothing new */
void bednet_mailbox_return(struct bednet_mailbox *mailbox, struct bednet_bulletin *bulletin);

/* The worker's thread. */
struct bednet_refresh_plan *bednet_mailbox_take_plan(struct bednet_mailbox *mailbox); /* NULL: nothing new */
void bednet_mailbox_put_bulletin(struct bednet_mailbox *mailbox, struct bednet_bulletin *bulletin);
void bednet_mailbox_free_returned(struct bednet_mailbox *mailbox);

/* Frees all that nobody fetched. When the worker's thread is gone. */
void bednet_mailbox_clear(struct bednet_mailbox *mailbox);

#endif
