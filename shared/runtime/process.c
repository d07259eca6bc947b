/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process.h"

#include <stdlib.h>
#include <sys/random.h>

static struct bednet_process process;
static size_t references;

static void clear(void)
{
    bednet_identities_free(process.identities);
    bednet_subscriptions_free(process.subscriptions);
    bednet_denial_log_free(process.denials);
    process = (struct bednet_process){0};
}

struct bednet_process *bednet_process_acquire(void)
{
    if (references++ > 0)
        return &process;
    if (getrandom(process.key.bytes, sizeof process.key.bytes, 0) == (ssize_t)sizeof process.key.bytes) {
        process.identities = bednet_identities_new(&process.key, BEDNET_IDENTITIES_MAX);
        process.subscriptions =
            bednet_subscriptions_new(&process.key, BEDNET_IDENTITIES_MAX, BEDNET_SUBSCRIPTIONS_BYTES_MAX);
        process.denials = bednet_denial_log_new(&process.key);
        if (process.identities != NULL && process.subscriptions != NULL && process.denials != NULL)
            return &process;
    }
    clear();
    references = 0;
    return NULL;
}

void bednet_process_release(void)
{
    if (--references == 0)
        clear();
}

struct bednet_process *bednet_process(void)
{
    return &process;
}
