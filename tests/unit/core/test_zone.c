/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones: files that are none, and what time it is anywhere at any time, against the C library's opinion.
 */
#include "cmocka_first.h"

#include "core/civil.h"
#include "core/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ZONES "/usr/share/zoneinfo/"

struct file {
    char bytes[BEDNET_ZONE_BYTES_MAX];
    size_t length;
};

static bool read_zone(const char *name, struct file *file)
{
    char path[256];
    FILE *stream;

    snprintf(path, sizeof(path), ZONES "%s", name);
    stream = fopen(path, "rb");
    if (stream == NULL) {
        return false;
    }
    file->length = fread(file->bytes, 1, sizeof(file->bytes), stream);
    fclose(stream);
    return true;
}

static enum bednet_status parse(struct bednet_arena *arena, const char *bytes, size_t length,
                                struct bednet_zone *out)
{
    const char *error;
    /* Where it ends is where a sanitizer says so. */
    char *copy = malloc(length + 1);
    enum bednet_status status;

    assert_non_null(copy);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    status = bednet_zone_parse(arena, (struct bednet_text){copy, length}, out, &error);
    free(copy);
    return status;
}

static void what_is_no_rule(void **state)
{
    static const char *const wrong[] = {"",
                                        "CET",
                                        "CE-1",
                                        "CET-25",
                                        "CET-1x",
                                        "<CET-1",
                                        "CET-1CEST",
                                        "CET-1CEST,",
                                        "CET-1CEST,M3.5.0",
                                        "CET-1CEST,M3.5.0,",
                                        "CET-1CEST,M0.5.0,M10.5.0/3",
                                        "CET-1CEST,M13.5.0,M10.5.0/3",
                                        "CET-1CEST,M3.6.0,M10.5.0/3",
                                        "CET-1CEST,M3.0.0,M10.5.0/3",
                                        "CET-1CEST,M3.5.7,M10.5.0/3",
                                        "CET-1CEST,M3.5,M10.5.0/3",
                                        "CET-1CEST,M3.5.0,M10.5.0/168",
                                        "CET-1CEST,M3.5.0,M10.5.0/3:60",
                                        "CET-1CEST,M3.5.0,M10.5.0/3x",
                                        "CET-1CEST,J0,M10.5.0/3",
                                        "CET-1CEST,366,M10.5.0/3",
                                        ":CET-1"};
    struct bednet_zone_rule rule;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (bednet_zone_rule_parse(bednet_text(wrong[i]), &rule)) {
            fail_msg("a rule: %s", wrong[i]);
        }
    }
}

/* A real file cut at every byte, and with each byte changed in turn: refused, or a zone that answers. */
static void what_is_no_zone(void **state)
{
    struct file file;
    struct bednet_zone zone;
    struct bednet_arena *arena = bednet_arena_new();

    (void)state;
    assert_non_null(arena);
    if (!read_zone("Europe/Berlin", &file)) {
        skip();
    }
    for (size_t length = 0; length < file.length; length++) {
        assert_int_equal(parse(arena, file.bytes, length, &zone), BEDNET_INVALID);
    }
    assert_int_equal(parse(arena, file.bytes, file.length, &zone), BEDNET_OK);
    for (size_t at = 0; at < file.length; at++) {
        char was = file.bytes[at];

        file.bytes[at] = (char)(was ^ 0xFF);
        if (parse(arena, file.bytes, file.length, &zone) == BEDNET_OK) {
            bednet_zone_offset(&zone, 0);
            bednet_zone_offset(&zone, INT64_C(4000000000));
        }
        file.bytes[at] = was;
    }
    bednet_arena_free(arena);
}

static void calendars_agree(void **state)
{
    (void)state;
    for (int64_t day = -800000; day < 800000; day += 5) {
        time_t second = (time_t)(day * 86400);
        struct tm broken;

        assert_non_null(gmtime_r(&second, &broken));
        int64_t year = bednet_year_of_day(day);
        assert_int_equal(year, broken.tm_year + 1900);
        assert_int_equal(day - bednet_day_of_year(year), broken.tm_yday);
        assert_int_equal((bednet_weekday_of_day(day) + 1) % 7, broken.tm_wday);
    }
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 16;
}

static void assert_offset(const struct bednet_zone *zone, const char *name, int64_t now_s)
{
    time_t second = (time_t)now_s;
    struct tm broken;

    assert_non_null(localtime_r(&second, &broken));
    if (bednet_zone_offset(zone, now_s) != broken.tm_gmtoff) {
        fail_msg("%s at %" PRId64 ": %d, expected %ld", name, now_s, bednet_zone_offset(zone, now_s),
                 broken.tm_gmtoff);
    }
}

/* Random moments from 1800 to 2400, and the seconds around each change of this century. */
static void assert_zone_agrees(const struct bednet_zone *zone, const char *name, uint64_t *seed)
{
    for (int i = 0; i < 400; i++) {
        assert_offset(zone, name, (int64_t)(next(seed) % 18900000000) - INT64_C(5364662400));
    }
    for (size_t i = 0; i < zone->count; i++) {
        for (int around = -1; around <= 1; around++) {
            if (zone->transitions[i] > -INT64_C(5364662400)) {
                assert_offset(zone, name, zone->transitions[i] + around);
            }
        }
    }
    for (int64_t hour = INT64_C(2145916800); hour < INT64_C(2145916800) + 366 * 86400; hour += 3600) {
        assert_offset(zone, name, hour);
    }
}

static void zones_agree(void **state)
{
    FILE *list = fopen(ZONES "tzdata.zi", "r");
    uint64_t seed = 1;
    unsigned count = 0;
    char line[256];
    struct file file;

    (void)state;
    if (list == NULL) {
        skip();
    }
    while (fgets(line, sizeof(line), list) != NULL) {
        char name[128];
        struct bednet_arena *arena;
        struct bednet_zone zone;

        if (sscanf(line, "Z %127s", name) != 1 || !read_zone(name, &file)) {
            continue;
        }
        arena = bednet_arena_new();
        assert_non_null(arena);
        assert_int_equal(parse(arena, file.bytes, file.length, &zone), BEDNET_OK);
        setenv("TZ", name, 1);
        tzset();
        assert_zone_agrees(&zone, name, &seed);
        bednet_arena_free(arena);
        count++;
    }
    fclose(list);
    assert_true(count > 200);
}

static void rules_agree(void **state)
{
    static const char *const rules[] = {"UTC0",
                                        "<+0330>-3:30",
                                        "CET-1CEST,M3.5.0,M10.5.0/3",
                                        "EST5EDT,M3.2.0,M11.1.0",
                                        "NZST-12NZDT,M9.5.0,M4.1.0/3",
                                        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                                        "IST-2IDT,M3.4.4/26,M10.5.0",
                                        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                                        "AAA3BBB,J59/2,J300/2",
                                        "AAA3BBB,59/2,300/2",
                                        "AAA-5BBB-6,J60,J61"};

    (void)state;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct bednet_zone zone = {.has_rule = true};

        if (!bednet_zone_rule_parse(bednet_text(rules[i]), &zone.rule)) {
            fail_msg("no rule: %s", rules[i]);
        }
        setenv("TZ", rules[i], 1);
        tzset();
        for (int64_t now = INT64_C(1577836800); now < INT64_C(1577836800) + INT64_C(1500) * 86400;
             now += 900) {
            assert_offset(&zone, rules[i], now);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_rule), cmocka_unit_test(what_is_no_zone),
        cmocka_unit_test(calendars_agree), cmocka_unit_test(zones_agree),
        cmocka_unit_test(rules_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
