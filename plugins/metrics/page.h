/* SPDX-License-Identifier: Apache-2.0 */
/* What a request gets: decided from method and path alone, without a word of HTTP on the wire. Any thread. */
#ifndef BEDNET_METRICS_PAGE_H
#define BEDNET_METRICS_PAGE_H

#include <stddef.h>

struct bednet_metrics_answer {
    unsigned status;   /* of HTTP */
    const char *type;  /* Content-Type, constant */
    const char *allow; /* the Allow field, constant; NULL where none belongs */
    const char *text;  /* the body */
    size_t text_bytes;
    char *page; /* what of the body must be freed by the caller; NULL where text is constant */
};

/*
 * Answers `method` on `path` (decoded, without query). GET and HEAD of /metrics render the counters, and are
 * answered by 503 when memory fails. Nothing that the client sent comes back.
 */
void bednet_metrics_answer(const char *method, const char *path, struct bednet_metrics_answer *answer);

#endif
