/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One source of keys: what the policy says of it, the last good set, and the refresh that is under way, step
 * by step: metadata, redirects, the set itself. Made by the broker's thread, then the worker's alone.
 */
#ifndef BEDNET_REFRESH_SOURCE_H
#define BEDNET_REFRESH_SOURCE_H

#include "refresh/discovery.h"
#include "refresh/fetch.h"
#include "refresh/key_cache.h"
#include "refresh/limits.h"
#include "refresh/messages.h"

#define BEDNET_SOURCE_IDENTITY_BYTES 32

/* Keys that more than one bulletin may speak of. Only the worker counts. */
struct bednet_keyset {
    unsigned users;
    struct bednet_keyring *keyring;
};

struct bednet_refresh_source {
    /* From the policy; strings are owned. */
    uint64_t ticket; /* the same as long as the source is the same, over all reloads */
    bool discovers;
    bool plain_http;
    char *url;    /* NULL where it is discovered */
    char *issuer; /* may be NULL where there is a URL */
    char *ca_file;
    unsigned algorithms;
    int64_t refresh_s;
    int64_t stale_s;
    char cache_name[BEDNET_KEY_CACHE_NAME_BYTES];
    char label[BEDNET_URL_BYTES]; /* for the log, escaped */

    /* The last good set. Times are of CLOCK_BOOTTIME, which goes on while the machine sleeps. */
    struct bednet_keyset *set; /* NULL: none yet */
    char *body;                /* as it was fetched */
    size_t bytes;
    int64_t good_ms;
    int64_t good_wall_s;
    bool too_old; /* as it was told last */

    /* Where the body came from, and what tells whether it changed. */
    char body_url[BEDNET_URL_BYTES];
    char etag[BEDNET_HTTP_VALIDATOR_BYTES];
    char last_modified[BEDNET_HTTP_VALIDATOR_BYTES];

    /* The refresh that is under way, where `fetch` is there. */
    struct bednet_schedule schedule;
    struct bednet_fetch *fetch;
    bool reading_metadata;
    enum bednet_discovery_form form;
    const char *wrong_metadata; /* a constant: what was wrong with those of the first form; NULL: nothing */
    unsigned redirects;
    int64_t deadline_ms;
    char target[BEDNET_URL_BYTES];    /* what is asked for first */
    char requested[BEDNET_URL_BYTES]; /* what is being asked for: the same, or where that redirects to */
};

/* What a source works with. */
struct bednet_source_context {
    const struct bednet_refresh_limits *limits;
    struct bednet_messages *messages;
    CURLM *multi;
    const char *key_cache; /* NULL: none */
};

/* What makes two sources the same: where the keys come from, whom to trust for it, and for what. */
bool bednet_source_identity(const struct bednet_key_source *from,
                            unsigned char out[BEDNET_SOURCE_IDENTITY_BYTES]);

/* NULL without memory. */
struct bednet_refresh_source *bednet_source_new(const struct bednet_key_source *from, uint64_t ticket);

/* Breaks off what is under way. NULL is allowed. */
void bednet_source_free(struct bednet_refresh_source *source);

/* Takes what may differ between two sources that are the same. */
void bednet_source_adjust(struct bednet_refresh_source *source, const struct bednet_refresh_source *newer);

/* From the key cache; due at once all the same. */
void bednet_source_warm(struct bednet_refresh_source *source, const struct bednet_source_context *context);

/* Begins a refresh. */
void bednet_source_begin(struct bednet_refresh_source *source, const struct bednet_source_context *context);

/* The fetch has ended. True when that makes a difference to bulletins: a set is new, or good for longer. */
bool bednet_source_proceed(struct bednet_refresh_source *source, const struct bednet_source_context *context,
                           CURLcode code);

/* Whether there is a set that may be used. */
bool bednet_source_usable(const struct bednet_refresh_source *source, int64_t now_ms);

/* Tells the log when a set became too old; true then, for bulletins should not have it any longer. */
bool bednet_source_expire(struct bednet_refresh_source *source, const struct bednet_source_context *context);

void bednet_keyset_release(struct bednet_keyset *set);

/* A text on the heap; NULL for an absent one. False without memory. */
bool bednet_refresh_copy(struct bednet_text text, char **out);

/* Milliseconds of CLOCK_BOOTTIME. */
int64_t bednet_refresh_now_ms(void);

#endif
