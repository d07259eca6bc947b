/* SPDX-License-Identifier: Apache-2.0 */
/* Polls the plugin's own refresher: what it refuses is refused here. */
#include "fetched.h"

#include "command.h"

#include <stdio.h>
#include <time.h>

/* Discovery and keys, each as slow as the refresher allows, take longer than anybody waits for. */
enum { PAUSE_MS = 20, WAIT_MS = 15000 };

static void print(enum bednet_severity severity, const char *line)
{
    if (severity != BEDNET_NOTICE)
        fprintf(stderr, "bednet: %s%s\n", severity == BEDNET_WARNING ? "warning: " : "", line);
}

static bool is_awaited(const struct bednet_jwt_view *view, size_t issuer, size_t named)
{
    return view->policy->jwt.mappings[issuer].keys.origin != BEDNET_KEYS_FILE &&
           (issuer == named || named >= view->rules.issuer_count);
}

/* True once all keys that are awaited are there. */
static bool take(struct bednet_jwt_view *view, size_t named, const struct bednet_refresher *refresher)
{
    bool complete = true;
    for (size_t i = 0; i < view->rules.issuer_count; i++) {
        if (!is_awaited(view, i, named))
            continue;
        view->issuers[i].keys = bednet_refresher_keys(refresher, i);
        complete &= view->issuers[i].keys != NULL;
    }
    return complete;
}

int bednet_fetched_wait(struct bednet_jwt_view *view, size_t named, struct bednet_refresher **out)
{
    /* The broker's key cache is the broker's, and revocations were read with the policy. */
    struct bednet_jwt_policy jwt = view->policy->jwt;
    jwt.key_cache = jwt.revocations_path = (struct bednet_text){0};
    if (bednet_refresher_start(out) != BEDNET_OK || bednet_refresher_configure(*out, &jwt) != BEDNET_OK)
        return bednet_command_nomem();
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    for (int waited_ms = 0; waited_ms < WAIT_MS; waited_ms += PAUSE_MS) {
        bednet_refresher_take(*out);
        bednet_refresher_drain(*out, print);
        if (take(view, named, *out))
            break;
        nanosleep(&pause, NULL);
    }
    return BEDNET_EXIT_OK;
}
