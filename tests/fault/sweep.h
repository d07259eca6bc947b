/* SPDX-License-Identifier: Apache-2.0 */
/* Does one thing again and again, with the first, the second, the n-th allocation failing, until none does.
 */
#ifndef BEDNET_TESTS_FAULT_SWEEP_H
#define BEDNET_TESTS_FAULT_SWEEP_H

#include "fault/faults.h"

/* Functions that return a text return what is wrong, or NULL. Only `run` meets failures. */
struct operation {
    enum faults_scope scope;
    bool threads;          /* another thread is at work, and gives its memory back a moment later */
    void (*prepare)(void); /* may be NULL */
    int (*run)(void);
    /* `failed`: the run met a failure. */
    const char *(*judge)(int outcome, bool failed);
    /* Does the same without failures, which must work, and brings everything back to where it was. */
    const char *(*settle)(void);
};

struct sweep {
    const char *defect; /* NULL: none for any n */
    size_t n;           /* the one that failed last */
    size_t allocations; /* of a run without failures, at its end */
    size_t kept;        /* blocks that libraries keep since, once and for all */
};

struct sweep sweep(const struct operation *operation, enum faults_mode mode);

#endif
