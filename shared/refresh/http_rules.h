/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the header of an answer says of the body: for how long it is good (RFC 9111, as a private cache that
 * must answer anyhow reads it), how to ask for it again, and whether it is what it seems. Pure.
 */
#ifndef BEDNET_REFRESH_HTTP_RULES_H
#define BEDNET_REFRESH_HTTP_RULES_H

#include "core/text.h"
#include <stdint.h>

#define BEDNET_HTTP_HEADER_BYTES_MAX (32 * 1024)
#define BEDNET_HTTP_VALIDATOR_BYTES  256

/* All of an answer's header that matters. Zeroed is that of an answer without any field. */
struct bednet_http_header {
    size_t bytes;                           /* of all lines, those of interim answers too */
    bool encoded;                           /* the body is not what it says it is but something of it */
    char etag[BEDNET_HTTP_VALIDATOR_BYTES]; /* empty: none that could be sent back */
    char last_modified[BEDNET_HTTP_VALIDATOR_BYTES]; /* likewise */
    bool has_max_age;
    int64_t max_age_s;
    bool revalidate; /* no-cache or no-store */
    bool has_expires;
    int64_t expires; /* 0 where it is no date: in the past */
    int64_t date;    /* 0: not said */
    int64_t age_s;
};

/*
 * Reads one line, with its line end. A status line starts afresh, for interim answers say nothing of the
 * last. False when the header is too large.
 */
bool bednet_http_header_line(struct bednet_http_header *header, struct bednet_text line);

/*
 * For how many seconds the body is good: what the server says, but at least least_s and at most most_s, which
 * is also what counts where it says nothing. `now` is the wall clock, for answers with Expires but without
 * Date.
 */
int64_t bednet_http_life_s(const struct bednet_http_header *header, int64_t now, int64_t least_s,
                           int64_t most_s);

#endif
