/* SPDX-License-Identifier: Apache-2.0 */
/* Writing Prometheus' text format 0.0.4 and its two ways of escaping. */
#include "core/exposition.h"

#include <inttypes.h>
#include <stdio.h>

static void put(struct bednet_exposition *page, const char *bytes, size_t count)
{
    if (count == 0) {
        return; /* `out` may be NULL while a page is only measured */
    }
    if (!page->overflow && count <= page->capacity - page->length) {
        memcpy(page->out + page->length, bytes, count);
    } else {
        page->overflow = true;
    }
    page->length += count;
}

static void put_string(struct bednet_exposition *page, const char *string)
{
    put(page, string, strlen(string));
}

/* Runs between characters that need a backslash go out in one piece. */
static void put_escaped(struct bednet_exposition *page, const char *string, const char *special)
{
    while (*string != '\0') {
        size_t plain = strcspn(string, special);

        put(page, string, plain);
        string += plain;
        if (*string == '\0') {
            break;
        }
        put(page, "\\", 1);
        put(page, *string == '\n' ? "n" : string, 1);
        string++;
    }
}

void bednet_exposition_start(struct bednet_exposition *page, char *out, size_t capacity)
{
    *page = (struct bednet_exposition){.out = out, .capacity = capacity};
}

void bednet_exposition_family(struct bednet_exposition *page, const char *name, const char *type,
                              const char *help)
{
    put_string(page, "# HELP ");
    put_string(page, name);
    put_string(page, " ");
    put_escaped(page, help, "\\\n");
    put_string(page, "\n# TYPE ");
    put_string(page, name);
    put_string(page, " ");
    put_string(page, type);
    put_string(page, "\n");
}

static void put_labels(struct bednet_exposition *page, const struct bednet_label *labels, size_t label_count)
{
    for (size_t i = 0; i < label_count; i++) {
        put_string(page, i == 0 ? "{" : ",");
        put_string(page, labels[i].name);
        put_string(page, "=\"");
        put_escaped(page, labels[i].value, "\\\"\n");
        put_string(page, "\"");
    }
    if (label_count > 0) {
        put_string(page, "}");
    }
}

void bednet_exposition_sample(struct bednet_exposition *page, const char *name,
                              const struct bednet_label *labels, size_t label_count, uint64_t value)
{
    char digits[24];

    put_string(page, name);
    put_labels(page, labels, label_count);
    snprintf(digits, sizeof(digits), " %" PRIu64 "\n", value);
    put_string(page, digits);
}

void bednet_exposition_sample_milli(struct bednet_exposition *page, const char *name, uint64_t thousandths)
{
    char digits[32];

    put_string(page, name);
    snprintf(digits, sizeof(digits), " %" PRIu64 ".%03u\n", thousandths / 1000,
             (unsigned)(thousandths % 1000));
    put_string(page, digits);
}

void bednet_exposition_histogram(struct bednet_exposition *page, const char *name, const uint64_t *bounds,
                                 const uint64_t *counts, size_t bound_count, uint64_t sum)
{
    char series[128], bound[24];
    uint64_t total = 0;

    snprintf(series, sizeof(series), "%s_bucket", name);
    for (size_t i = 0; i <= bound_count; i++) {
        const struct bednet_label label = {"le", bound};

        if (i < bound_count) {
            snprintf(bound, sizeof(bound), "%" PRIu64, bounds[i]);
        } else {
            snprintf(bound, sizeof(bound), "+Inf");
        }
        total += counts[i];
        bednet_exposition_sample(page, series, &label, 1, total);
    }
    snprintf(series, sizeof(series), "%s_sum", name);
    bednet_exposition_sample(page, series, NULL, 0, sum);
    snprintf(series, sizeof(series), "%s_count", name);
    bednet_exposition_sample(page, series, NULL, 0, total);
}

bool bednet_exposition_finish(const struct bednet_exposition *page)
{
    return !page->overflow;
}
