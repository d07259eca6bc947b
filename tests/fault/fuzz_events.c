/* SPDX-License-Identifier: Apache-2.0 */
/* The lives of test_events.c, with choices made by libFuzzer. */
#include "fault/events.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_counts counts;
    static bool opened;
    if (!opened) {
        events_open();
        atexit(events_close);
        opened = true;
    }
    struct chooser chooser = {.bytes = data, .count = size};
    if (!events_run(&chooser, size, &counts))
        abort();
    return 0;
}
