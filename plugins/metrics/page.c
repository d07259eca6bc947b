/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/metrics/page.h"
#include "runtime/counters.h"

#include <stdlib.h>
#include <string.h>

/* Digits that counters may gain between two renderings. */
#define SLACK_BYTES 1024

/* The page of metrics, owned by the caller; NULL without memory. The first round only measures. */
static char *render(size_t *length)
{
    char *out = NULL;
    size_t capacity = 0;
    for (int round = 0; round < 3; round++) {
        struct bednet_exposition page;
        bednet_exposition_start(&page, out, capacity);
        bednet_counters_render(&page);
        if (bednet_exposition_finish(&page)) {
            *length = page.length;
            return out;
        }
        free(out);
        capacity = page.length + SLACK_BYTES;
        out = malloc(capacity);
        if (out == NULL)
            return NULL;
    }
    free(out);
    return NULL;
}

static void answer_text(struct bednet_metrics_answer *answer, unsigned status, const char *text)
{
    *answer = (struct bednet_metrics_answer){
        .status = status, .type = "text/plain; charset=utf-8", .text = text, .text_bytes = strlen(text)};
}

static void answer_page(struct bednet_metrics_answer *answer)
{
    size_t length = 0;
    char *page = render(&length);
    if (page == NULL) {
        answer_text(answer, 503, "out of memory\n");
        return;
    }
    *answer = (struct bednet_metrics_answer){.status = 200,
                                             .type = "text/plain; version=0.0.4; charset=utf-8",
                                             .text = page,
                                             .text_bytes = length,
                                             .page = page};
}

void bednet_metrics_answer(const char *method, const char *path, struct bednet_metrics_answer *answer)
{
    bool metrics = strcmp(path, "/metrics") == 0;
    if (!metrics && strcmp(path, "/-/healthy") != 0) {
        answer_text(answer, 404, "not found: metrics are at /metrics\n");
    } else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        answer_text(answer, 405, "method not allowed\n");
        answer->allow = "GET, HEAD";
    } else if (metrics) {
        answer_page(answer);
    } else {
        answer_text(answer, 200, "ok\n");
    }
}
