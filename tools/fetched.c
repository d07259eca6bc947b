/* SPDX-License-Identifier: Apache-2.0 */
/* Polls the plugin's own refresher, one for each issuer: what it refuses is refused here. */
#include "fetched.h"

#include "command.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Discovery and keys, each as slow as the refresher allows, take longer than anybody waits for. */
enum { PAUSE_MS = 20, WAIT_MS = 15000 };

/* Whether print() was given an error; it has no other way to tell. */
static bool failed;

/* The refresher would try again, and says when; nobody waits for that here. */
static int length_of(const char *line)
{
    const char *end = strstr(line, "; there are none yet, next try");
    return (int)(end != NULL ? (size_t)(end - line) : strlen(line));
}

static void print(enum bednet_severity severity, const char *line)
{
    failed = failed || severity == BEDNET_ERROR;
    if (severity != BEDNET_NOTICE)
        fprintf(stderr, "bednet: %s%.*s\n", severity == BEDNET_WARNING ? "warning: " : "", length_of(line),
                line);
}

static bool is_awaited(const struct bednet_jwt_view *view, size_t issuer, size_t named)
{
    return view->policy->jwt.mappings[issuer].keys.origin != BEDNET_KEYS_FILE &&
           (issuer == named || named >= view->rules.issuer_count);
}

/* The broker's key cache is the broker's, and revocations were read with the policy. */
static enum bednet_status begin(const struct bednet_jwt_policy *policy, size_t issuer,
                                struct bednet_refresher **out)
{
    struct bednet_jwt_policy jwt = *policy;
    jwt.mappings += issuer;
    jwt.rules.issuer_count = 1;
    jwt.key_cache = jwt.revocations_path = (struct bednet_text){0};
    enum bednet_status status = bednet_refresher_start(out);
    return status == BEDNET_OK ? bednet_refresher_configure(*out, &jwt) : status;
}

/* True once the keys are there, or something is wrong with them. */
static bool is_answered(struct bednet_refresher *refresher, struct bednet_token_issuer *issuer)
{
    failed = false;
    bednet_refresher_take(refresher);
    bednet_refresher_drain(refresher, print);
    issuer->keys = bednet_refresher_keys(refresher, 0);
    return issuer->keys != NULL || failed;
}

/* True once all have answered. */
static bool look(struct bednet_jwt_view *view, const struct bednet_fetched *fetched,
                 bool answered[BEDNET_ISSUERS_MAX])
{
    bool complete = true;
    for (size_t i = 0; i < view->rules.issuer_count; i++) {
        if (fetched->refreshers[i] != NULL && !answered[i])
            answered[i] = is_answered(fetched->refreshers[i], &view->issuers[i]);
        complete &= fetched->refreshers[i] == NULL || answered[i];
    }
    return complete;
}

int bednet_fetched_wait(struct bednet_jwt_view *view, size_t named, struct bednet_fetched *out)
{
    bool answered[BEDNET_ISSUERS_MAX] = {false};
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    for (size_t i = 0; i < view->rules.issuer_count; i++)
        if (is_awaited(view, i, named) && begin(&view->policy->jwt, i, &out->refreshers[i]) != BEDNET_OK)
            return bednet_command_nomem();
    for (int waited_ms = 0; waited_ms < WAIT_MS && !look(view, out, answered); waited_ms += PAUSE_MS)
        nanosleep(&pause, NULL);
    return BEDNET_EXIT_OK;
}

void bednet_fetched_free(struct bednet_fetched *fetched)
{
    for (size_t i = 0; i < BEDNET_ISSUERS_MAX; i++)
        bednet_refresher_stop(fetched->refreshers[i]);
}
