/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the page of metrics for promtool: `page` as it is at the start, `page full` with every number above
 * zero and every plugin loaded.
 */
#include "runtime/counters.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE_BYTES (256 * 1024)

static void count_decisions(enum bednet_plugin plugin)
{
    for (unsigned action = 0; action < BEDNET_ACTIONS; action++) {
        for (unsigned verdict = 0; verdict < BEDNET_VERDICTS; verdict++) {
            for (unsigned reason = 0; reason < BEDNET_REASONS; reason++) {
                const struct bednet_decision decision = {.verdict = (enum bednet_verdict)verdict,
                                                         .reason = (enum bednet_reason)reason};
                bednet_count_decision(plugin, (enum bednet_action)action, &decision);
            }
        }
    }
}

static void count_everything(void)
{
    for (unsigned plugin = 0; plugin < BEDNET_PLUGINS; plugin++) {
        bednet_count_plugin_loaded((enum bednet_plugin)plugin);
        bednet_count_observed((enum bednet_plugin)plugin);
        count_decisions((enum bednet_plugin)plugin);
    }
    for (unsigned action = 0; action < BEDNET_ACTIONS; action++)
        for (unsigned reason = 0; reason < BEDNET_REASONS; reason++)
            bednet_count_gate_denial((enum bednet_action)action, (enum bednet_reason)reason);
    for (unsigned counter = 0; counter < BEDNET_COUNTERS; counter++)
        bednet_count((enum bednet_counter)counter);
    for (unsigned gauge = 0; gauge < BEDNET_GAUGES; gauge++)
        bednet_gauge_set((enum bednet_gauge)gauge, INT64_MAX);
    for (int64_t days = 0; days < 1000; days++)
        bednet_count_certificate(days * 86400);
    bednet_count_reload(false);
    bednet_count_reload(true);
    bednet_count_load_time(UINT64_MAX);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "full") == 0)
        count_everything();
    char *out = malloc(PAGE_BYTES);
    if (out == NULL)
        return EXIT_FAILURE;
    struct bednet_exposition page;
    bednet_exposition_start(&page, out, PAGE_BYTES);
    bednet_counters_render(&page);
    bool written = bednet_exposition_finish(&page) && fwrite(out, 1, page.length, stdout) == page.length &&
                   fflush(stdout) == 0;
    free(out);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
