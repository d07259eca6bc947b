/* SPDX-License-Identifier: Apache-2.0 */
/* How a source gets its set: the steps of a refresh, and the key cache. See source.h. */
#include "refresh/origin.h"
#include "refresh/source.h"
#include "runtime/counters.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define REDIRECTS_MAX 3
/* By how much a set may be from the future: clocks are set back now and then. */
#define FUTURE_MAX_S 300
#define LEAST_LIFE_S 1

static uint32_t chance(void)
{
    uint32_t random = 0;
    /* Without it the source is merely punctual. */
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        return 0;
    return random;
}

static int64_t wall_s(void)
{
    return (int64_t)time(NULL);
}

/* Whole seconds until the next try. */
static long pause_s(const struct bednet_refresh_source *source, int64_t now_ms)
{
    int64_t pause = source->schedule.due_ms - now_ms;
    return pause > 0 ? (long)((pause + 999) / 1000) : 0;
}

static void end(struct bednet_refresh_source *source)
{
    bednet_fetch_free(source->fetch);
    source->fetch = NULL;
}

/* Always false, as bednet_source_proceed is where nothing is new. */
static bool fail(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                 const char *why)
{
    char host[BEDNET_URL_HOST_BYTES];
    int64_t now_ms = bednet_refresh_now_ms();
    bednet_url_host(source->requested, host);
    bednet_schedule_fail(&source->schedule, &context->limits->schedule, now_ms, chance());
    bednet_messages_add(context->messages, BEDNET_ERROR,
                        "keys of %.80s from %.60s: %.90s; %s, next try in %ld s", source->label, host, why,
                        source->set != NULL ? "the last good set stays" : "there are none yet",
                        pause_s(source, now_ms));
    bednet_count(BEDNET_COUNTER_JWKS_FETCHES_FAILED);
    end(source);
    return false;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool refuse_url(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                       const char *fault)
{
    char why[BEDNET_FETCH_WHY_BYTES];
    snprintf(why, sizeof why, "the URL %s", fault);
    return fail(source, context, why);
}

/* The first request of a step, or the one that a redirect leads to. `url` may belong to the last one. */
static bool request(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                    const char *url)
{
    size_t offset;
    const char *fault = bednet_url_fault(bednet_text(url), source->plain_http, &offset);
    int64_t left_ms = source->deadline_ms - bednet_refresh_now_ms();
    snprintf(source->requested, sizeof source->requested, "%s", url);
    if (fault != NULL)
        return refuse_url(source, context, fault);
    if (left_ms <= 0)
        return fail(source, context, "all requests together took too long");
    bool conditional =
        !source->reading_metadata && source->set != NULL && strcmp(source->target, source->body_url) == 0;
    const struct bednet_fetch_request asked = {.url = source->requested,
                                               .ca_file = source->ca_file,
                                               .plain_http = source->plain_http,
                                               .etag = conditional ? source->etag : NULL,
                                               .last_modified = conditional ? source->last_modified : NULL,
                                               .connect_ms = context->limits->connect_ms,
                                               .total_ms = left_ms,
                                               .stalled_s = context->limits->stalled_s};
    bednet_fetch_free(source->fetch);
    source->fetch = NULL;
    if (bednet_fetch_start(context->multi, &asked, source, &source->fetch) != BEDNET_OK)
        return fail(source, context, bednet_status_text(BEDNET_NOMEM));
    return false;
}

static bool ask_issuer(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                       enum bednet_discovery_form form)
{
    source->form = form;
    source->reading_metadata = true;
    source->redirects = 0;
    if (source->issuer == NULL || !bednet_discovery_url(source->issuer, form, source->target))
        return fail(source, context, "the issuer is no URL to find metadata at");
    return request(source, context, source->target);
}

static bool ask_keys(struct bednet_refresh_source *source, const struct bednet_source_context *context)
{
    source->reading_metadata = false;
    source->redirects = 0;
    return request(source, context, source->target);
}

void bednet_source_begin(struct bednet_refresh_source *source, const struct bednet_source_context *context)
{
    int64_t now_ms = bednet_refresh_now_ms();
    bednet_schedule_begin(&source->schedule, now_ms);
    source->deadline_ms = now_ms + context->limits->total_ms;
    if (source->discovers) {
        ask_issuer(source, context, BEDNET_DISCOVERY_OPENID);
        return;
    }
    snprintf(source->target, sizeof source->target, "%s", source->url != NULL ? source->url : "");
    ask_keys(source, context);
}

static void keep_on_disk(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                         bool changed)
{
    char why[BEDNET_KEY_CACHE_WHY_BYTES];
    if (context->key_cache == NULL)
        return;
    if (!changed && bednet_key_cache_touch(context->key_cache, source->cache_name) == BEDNET_OK)
        return;
    if (bednet_key_cache_write(context->key_cache, source->cache_name,
                               (struct bednet_text){source->body, source->bytes}, why) != BEDNET_OK)
        bednet_messages_add(context->messages, BEDNET_WARNING, "keys of %.80s: %s", source->label, why);
}

/* The set is known to be good now. */
static bool succeed(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                    const struct bednet_http_header *header, bool changed)
{
    int64_t now_ms = bednet_refresh_now_ms();
    bool recovered = source->schedule.failures > 0 || source->too_old;
    int64_t least_s = most(context->limits->schedule.least_ms / 1000, LEAST_LIFE_S);
    int64_t life_s = bednet_http_life_s(header, wall_s(), least_s, most(source->refresh_s, least_s));
    snprintf(source->body_url, sizeof source->body_url, "%s", source->target);
    /* An answer that nothing changed need not repeat what it was asked with. */
    if (changed || header->etag[0] != '\0')
        memcpy(source->etag, header->etag, sizeof source->etag);
    if (changed || header->last_modified[0] != '\0')
        memcpy(source->last_modified, header->last_modified, sizeof source->last_modified);
    source->good_ms = now_ms;
    source->good_wall_s = wall_s();
    source->too_old = false;
    bednet_schedule_succeed(&source->schedule, &context->limits->schedule, now_ms, life_s * 1000, chance());
    /* Where `stale` is hardly longer than `refresh`, a set must not be too old before the next one is there.
     */
    if (source->schedule.due_ms > now_ms + source->stale_s * 750)
        source->schedule.due_ms = now_ms + source->stale_s * 750;
    if (changed || recovered)
        bednet_messages_add(context->messages, BEDNET_NOTICE, "keys of %.120s: %zu, %s; next look in %ld s",
                            source->label, bednet_keyring_count(source->set->keyring),
                            changed ? "taken into use" : "still the same", pause_s(source, now_ms));
    keep_on_disk(source, context, changed);
    bednet_count(BEDNET_COUNTER_JWKS_FETCHES_OK);
    end(source);
    return true;
}

static void describe(const struct bednet_diag *diag, enum bednet_status status, char *out, size_t bytes)
{
    snprintf(out, bytes, "%s", bednet_status_text(status));
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        const struct bednet_diag_entry *entry = bednet_diag_at(diag, i);
        if (entry->severity == BEDNET_ERROR) {
            snprintf(out, bytes, "%s", entry->text);
            return;
        }
    }
}

/* A set that is taken has at least one usable key: the keyring is made of nothing less. */
static enum bednet_status build(const struct bednet_refresh_source *source, struct bednet_text body,
                                struct bednet_keyset **out, char why[BEDNET_FETCH_WHY_BYTES])
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_keyset *set = calloc(1, sizeof *set);
    enum bednet_status status = BEDNET_NOMEM;
    if (diag != NULL && set != NULL)
        status = bednet_keyring_from_jwks("jwks", body, source->algorithms, diag, &set->keyring);
    if (status == BEDNET_OK) {
        set->users = 1;
        *out = set;
    } else {
        if (diag != NULL)
            describe(diag, status, why, BEDNET_FETCH_WHY_BYTES);
        else
            snprintf(why, BEDNET_FETCH_WHY_BYTES, "%s", bednet_status_text(status));
        free(set);
    }
    bednet_diag_free(diag);
    return status;
}

/* The set, and its text, which is from here on the source's. */
static void adopt(struct bednet_refresh_source *source, struct bednet_keyset *set, char *body, size_t bytes)
{
    bednet_keyset_release(source->set);
    free(source->body);
    source->set = set;
    source->body = body;
    source->bytes = bytes;
}

static bool take_keys(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                      struct bednet_fetch_result *result)
{
    struct bednet_text body = {result->body != NULL ? result->body : "", result->bytes};
    struct bednet_keyset *set = NULL;
    if (source->set != NULL && body.len == source->bytes && memcmp(body.ptr, source->body, body.len) == 0)
        return succeed(source, context, result->header, false);
    char *kept = malloc(body.len > 0 ? body.len : 1);
    if (kept == NULL)
        return fail(source, context, bednet_status_text(BEDNET_NOMEM));
    memcpy(kept, body.ptr, body.len);
    if (build(source, body, &set, result->why) != BEDNET_OK) {
        free(kept);
        return fail(source, context, result->why);
    }
    adopt(source, set, kept, body.len);
    return succeed(source, context, result->header, true);
}

/*
 * Where the first form of metadata is not there or not right, the other one may be. Of two failures the log
 * gets the one that says more: metadata that are wrong rather than a page that is missing.
 */
static bool try_other(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                      const char *why, bool wrong)
{
    if (source->reading_metadata && source->form == BEDNET_DISCOVERY_OPENID) {
        source->wrong_metadata = wrong ? why : NULL;
        return ask_issuer(source, context, BEDNET_DISCOVERY_OAUTH);
    }
    if (source->reading_metadata && !wrong && source->wrong_metadata != NULL)
        why = source->wrong_metadata;
    return fail(source, context, why);
}

static bool take_metadata(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                          const struct bednet_fetch_result *result)
{
    const char *why = NULL;
    enum bednet_status status = bednet_discovery_read(
        result->body, result->bytes, bednet_text(source->issuer), source->plain_http, source->target, &why);
    if (status == BEDNET_NOMEM)
        return fail(source, context, bednet_status_text(status));
    return status == BEDNET_OK ? ask_keys(source, context) : try_other(source, context, why, true);
}

static bool redirect(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                     const char *location)
{
    if (++source->redirects > REDIRECTS_MAX)
        return fail(source, context, "too many redirects (at most 3)");
    if (!bednet_url_same_origin(source->requested, location))
        return fail(source, context, "a redirect to another host, scheme or port");
    return request(source, context, location);
}

bool bednet_source_proceed(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                           CURLcode code)
{
    struct bednet_fetch_result result;
    bednet_fetch_result(source->fetch, code, &result);
    switch (result.outcome) {
    case BEDNET_FETCH_BODY:
        return source->reading_metadata ? take_metadata(source, context, &result)
                                        : take_keys(source, context, &result);
    case BEDNET_FETCH_UNCHANGED:
        return succeed(source, context, result.header, false);
    case BEDNET_FETCH_REDIRECT:
        return redirect(source, context, result.location);
    case BEDNET_FETCH_REFUSED:
        return try_other(source, context, result.why, false);
    case BEDNET_FETCH_FAILED:
        break;
    }
    return fail(source, context, result.why);
}

/* A time in the future says nothing of the age. */
static const char *take_cached(struct bednet_refresh_source *source, char *text, size_t bytes,
                               int64_t good_wall_s, char why[BEDNET_FETCH_WHY_BYTES])
{
    struct bednet_keyset *set = NULL;
    int64_t age_s = wall_s() - good_wall_s;
    if (age_s < -FUTURE_MAX_S)
        return "the cached set is from the future";
    if (build(source, (struct bednet_text){text, bytes}, &set, why) != BEDNET_OK)
        return why;
    adopt(source, set, text, bytes);
    source->good_wall_s = good_wall_s;
    source->good_ms = bednet_refresh_now_ms() - most(age_s, 0) * 1000;
    return NULL;
}

void bednet_source_warm(struct bednet_refresh_source *source, const struct bednet_source_context *context)
{
    char why[BEDNET_FETCH_WHY_BYTES];
    const char *refusal = why;
    char *text = NULL;
    size_t bytes = 0;
    int64_t good_wall_s = 0;
    if (context->key_cache == NULL)
        return;
    enum bednet_status status =
        bednet_key_cache_read(context->key_cache, source->cache_name, &text, &bytes, &good_wall_s, why);
    if (status == BEDNET_NOT_FOUND)
        return;
    if (status == BEDNET_OK)
        refusal = take_cached(source, text, bytes, good_wall_s, why);
    if (refusal != NULL) {
        free(text);
        bednet_messages_add(context->messages, BEDNET_WARNING, "keys of %.80s from key_cache: %.140s",
                            source->label, refusal);
        return;
    }
    bednet_messages_add(context->messages, BEDNET_NOTICE,
                        "keys of %.120s from key_cache: %zu, as of %lld s ago", source->label,
                        bednet_keyring_count(source->set->keyring), (long long)(wall_s() - good_wall_s));
}
