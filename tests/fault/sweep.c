/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block that lives on after a failure is a leak if the same failure leaves one more each time. What appears
 * once and stays is a cache (OpenSSL's error slots, a larger table): counted, and the caller judges how many.
 */
#include "fault/sweep.h"

#include <openssl/err.h>
#include <poll.h>
#include <stdint.h>

/* How long another thread may take to come to rest. */
#define PATIENCE_MS 1000
#define CALM_MS     5
/* More than OpenSSL has error slots, of which each failure may take the next. */
#define REPETITIONS 40

static bool live_returns_to(const struct operation *operation, size_t expected)
{
    for (int waited = 0; operation->threads && faults_live() != expected && waited < PATIENCE_MS; waited++)
        poll(NULL, 0, 1);
    return faults_live() == expected;
}

static size_t live_at_rest(const struct operation *operation)
{
    size_t live = faults_live();
    for (int calm = 0; operation->threads && calm < CALM_MS; calm++) {
        poll(NULL, 0, 1);
        if (faults_live() != live)
            calm = 0;
        live = faults_live();
    }
    return live;
}

/* The broker's own TLS connections share the queue of this thread, and take what lies there for theirs. */
static const char *left_in_queue(void)
{
    unsigned long error = ERR_peek_error();
    ERR_clear_error();
    return error != 0 ? "an error is left in OpenSSL's queue" : NULL;
}

static const char *once(const struct operation *operation, enum faults_mode mode, size_t n, size_t *asked)
{
    if (operation->prepare != NULL)
        operation->prepare();
    faults_arm(operation->scope, mode, n);
    int outcome = operation->run();
    *asked = faults_disarm();
    const char *queue = left_in_queue();
    const char *defect = operation->judge(outcome, n != 0 && *asked >= n);
    const char *unsettled = operation->settle();
    if (defect == NULL)
        defect = queue;
    return defect != NULL ? defect : unsettled;
}

static const char *grows(const struct operation *operation, enum faults_mode mode, size_t n, size_t *baseline)
{
    size_t before = live_at_rest(operation);
    int stable = 0;
    for (int i = 0; i < REPETITIONS && stable < 2; i++) {
        size_t asked;
        const char *defect = once(operation, mode, n, &asked);
        if (defect != NULL)
            return defect;
        size_t live = live_at_rest(operation);
        stable = live == before ? stable + 1 : 0;
        before = live;
    }
    *baseline = before;
    return stable < 2 ? "memory leaks" : NULL;
}

struct sweep sweep(const struct operation *operation, enum faults_mode mode)
{
    struct sweep result = {0};
    size_t asked = 0;
    for (int warm = 0; warm < 3 && result.defect == NULL; warm++)
        result.defect = once(operation, mode, 0, &asked);
    size_t baseline = live_at_rest(operation);
    size_t first = baseline;
    do {
        result.n++;
        if (result.defect == NULL)
            result.defect = once(operation, mode, result.n, &asked);
        if (result.defect == NULL && !live_returns_to(operation, baseline))
            result.defect = grows(operation, mode, result.n, &baseline);
    } while (result.defect == NULL && asked >= result.n);
    result.allocations = asked;
    result.kept = baseline > first ? baseline - first : 0;
    return result;
}
