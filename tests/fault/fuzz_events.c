/* SPDX-License-Identifier: Apache-2.0 */
/* The lives of test_events.c, with choices made by libFuzzer. */
#include "fault/events.h"
#include "fault/fake_broker.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer remembers where a module counts its branches, even after it was unloaded. */
static void keep_mapped(void)
{
    static const char *const modules[] = {"topic", "limit", "metrics", "jwt", "acl"};
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        fake_pin(modules[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_counts counts;
    static bool opened;
    if (!opened) {
        keep_mapped();
        events_open();
        atexit(events_close);
        opened = true;
    }
    struct chooser chooser = {.bytes = data, .count = size};
    if (!events_run(&chooser, size, &counts))
        abort();
    return 0;
}
