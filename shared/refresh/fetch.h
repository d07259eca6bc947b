/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request with libcurl, and its limits. What a hostile server may send is bounded in every direction:
 * time, header, body, encodings, redirects (which are reported, not followed). Nothing of the environment
 * counts: no proxies, no .netrc, no cookies. The worker's thread only.
 */
#ifndef BEDNET_REFRESH_FETCH_H
#define BEDNET_REFRESH_FETCH_H

#include "core/status.h"
#include "refresh/http_rules.h"

#include <curl/curl.h>

#define BEDNET_FETCH_WHY_BYTES 512

struct bednet_fetch_request {
    const char *url;     /* see bednet_url_fault */
    const char *ca_file; /* NULL: the system's certificates */
    bool plain_http;
    const char *etag;          /* NULL: unconditional; empty: not by this */
    const char *last_modified; /* likewise */
    int64_t connect_ms;
    int64_t total_ms;
    long stalled_s; /* without a byte, more or less */
};

enum bednet_fetch_outcome {
    BEDNET_FETCH_BODY,      /* 200 */
    BEDNET_FETCH_UNCHANGED, /* 304, as asked for */
    BEDNET_FETCH_REDIRECT,  /* to `location` */
    BEDNET_FETCH_REFUSED,   /* any other status */
    BEDNET_FETCH_FAILED     /* no answer, or none that may be used */
};

struct bednet_fetch;

/* All of it borrowed from the fetch. */
struct bednet_fetch_result {
    enum bednet_fetch_outcome outcome;
    long status; /* of HTTP; 0 where none came */
    const struct bednet_http_header *header;
    char *body; /* may be spoilt */
    size_t bytes;
    const char *location;             /* absolute */
    char why[BEDNET_FETCH_WHY_BYTES]; /* of what failed; not escaped */
};

/* Copies what it needs. `owner` comes back with bednet_fetch_owner. BEDNET_NOMEM leaves nothing behind. */
enum bednet_status bednet_fetch_start(CURLM *multi, const struct bednet_fetch_request *request, void *owner,
                                      struct bednet_fetch **out);

/* The owner of a transfer that libcurl says is done; NULL for one that is not ours. */
void *bednet_fetch_owner(CURL *easy);

/* How it ended, with libcurl's code for it. */
void bednet_fetch_result(struct bednet_fetch *fetch, CURLcode code, struct bednet_fetch_result *result);

/* Breaks off what is under way, waiting for nothing. NULL is allowed. */
void bednet_fetch_free(struct bednet_fetch *fetch);

#endif
