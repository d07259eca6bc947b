/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the file of a time zone: refused, or a zone whose clocks are never off by more than a day or
 * so. */
#include "core/hours.h"
#include "fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct bednet_zone *zone, int64_t now_s)
{
    const struct bednet_hours hours = {.days = 0x7F, .until_minute = BEDNET_MINUTES_OF_DAY, .zone = zone};
    int32_t offset = bednet_zone_offset(zone, now_s);

    MUST(offset >= -26 * 3600 && offset <= 26 * 3600);
    MUST(bednet_hours_hold(&hours, now_s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t moments[] = {-5364662400, -1, 0, 1774742400, 4102444800, 32503680000};
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_zone zone;
    const char *error = NULL;

    MUST(arena != NULL);
    if (bednet_zone_parse(arena, (struct bednet_text){(const char *)data, size}, &zone, &error) ==
        BEDNET_OK) {
        for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
            ask(&zone, moments[i]);
        }
        for (size_t i = 0; i < zone.count; i++) {
            MUST(i == 0 || zone.transitions[i - 1] < zone.transitions[i]);
        }
    } else {
        MUST(error != NULL);
    }
    bednet_arena_free(arena);
    return 0;
}
