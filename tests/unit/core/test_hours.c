/* SPDX-License-Identifier: Apache-2.0 */
/* Days and hours: words that are none, and every minute of days on which clocks change. */
#include "cmocka_first.h"

#include "core/condition.h"

#include <stdlib.h>
#include <time.h>

static void what_are_no_days(void **state)
{
    static const char *const wrong[] = {"",         "mo",       "Mon",     "monday",  "mon-",
                                        "mon-fr",   "mon-fri,", "mon_fri", "mon fri", "fri-day",
                                        "-mon-fri", "xyz-fri",  "montue",  "uem",     "ontuewe"};
    uint8_t days;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (bednet_days_parse(bednet_text(wrong[i]), &days)) {
            fail_msg("days: %s", wrong[i]);
        }
    }
    assert_false(bednet_days_parse(bednet_text(NULL), &days));
}

static void what_are_days(void **state)
{
    static const struct {
        const char *text;
        uint8_t days;
    } right[] = {{"mon", 1},       {"sun", 64},    {"mon-fri", 31},  {"sat-sun", 96},
                 {"fri-mon", 113}, {"wed-wed", 4}, {"mon-sun", 127}, {"tue-mon", 127}};
    uint8_t days;

    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        assert_true(bednet_days_parse(bednet_text(right[i].text), &days));
        assert_int_equal(days, right[i].days);
    }
}

static void what_are_no_hours(void **state)
{
    static const char *const wrong[] = {"",
                                        "07:00",
                                        "7:00-19:00",
                                        "07:00-19:0",
                                        "07:00 19:00",
                                        "07:00-19:60",
                                        "07:60-19:00",
                                        "25:00-26:00",
                                        "07:00-24:01",
                                        "24:00-07:00",
                                        "07:00-07:00",
                                        "07:00-00:00",
                                        "0x:00-19:00",
                                        "07.00-19.00",
                                        "-7:00-19:00",
                                        "07:00-19:00 "};
    struct bednet_hours hours = {.from_minute = 7};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (bednet_hours_parse(bednet_text(wrong[i]), &hours)) {
            fail_msg("hours: %s", wrong[i]);
        }
        assert_int_equal(hours.from_minute, 7);
    }
    assert_true(bednet_hours_parse(bednet_text("00:00-24:00"), &hours));
    assert_int_equal(hours.until_minute, 1440);
    assert_true(bednet_hours_parse(bednet_text("23:59-00:01"), &hours));
}

/* The clock on the wall of Berlin, as the C library has it: the oracle. */
static bool expected(const struct bednet_hours *hours, time_t second)
{
    struct tm wall;
    unsigned minute, day;

    assert_non_null(localtime_r(&second, &wall));
    minute = (unsigned)wall.tm_hour * 60 + (unsigned)wall.tm_min;
    day = (unsigned)(wall.tm_wday + 6) % 7;
    if (hours->from_minute >= hours->until_minute && minute < hours->until_minute) {
        /* They began on the day before. */
        return (hours->days >> (day + 6) % 7 & 1) != 0 ||
               (minute >= hours->from_minute && (hours->days >> day & 1));
    }
    return (hours->days >> day & 1) != 0 && minute >= hours->from_minute &&
           (hours->from_minute >= hours->until_minute || minute < hours->until_minute);
}

static struct bednet_hours berlin_hours(const struct bednet_zone *berlin, const char *days, const char *text)
{
    struct bednet_hours hours = {.zone = berlin};

    assert_true(bednet_days_parse(bednet_text(days), &hours.days));
    assert_true(bednet_hours_parse(bednet_text(text), &hours));
    return hours;
}

/* 2026: summer begins on 29 March at 01:00 UTC and ends on 25 October at 01:00 UTC, both Sundays. */
static void every_minute_agrees(void **state)
{
    static const struct {
        const char *days, *hours;
    } cases[] = {{"mon-fri", "07:00-19:00"}, {"sat-sun", "22:00-06:00"}, {"sun", "02:00-03:00"},
                 {"sun", "02:30-02:00"},     {"sat", "23:59-02:30"},     {"mon-sun", "00:00-24:00"},
                 {"fri-mon", "00:00-00:01"}};
    static const long begins[] = {1774440000, 1792756800, 1798588800};
    struct bednet_zone berlin = {.has_rule = true};
    unsigned held = 0, failed = 0;

    (void)state;
    assert_true(bednet_zone_rule_parse(bednet_text("CET-1CEST,M3.5.0,M10.5.0/3"), &berlin.rule));
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bednet_hours hours = berlin_hours(&berlin, cases[i].days, cases[i].hours);

        for (size_t k = 0; k < sizeof(begins) / sizeof(begins[0]); k++) {
            for (long second = begins[k]; second < begins[k] + 8 * 86400; second += 30) {
                bool holds = bednet_hours_hold(&hours, second);

                if (holds != expected(&hours, second)) {
                    fail_msg("%s %s at %ld", cases[i].days, cases[i].hours, second);
                }
                held += holds;
                failed += !holds;
            }
        }
    }
    assert_true(held > 10000 && failed > 10000);
}

/* An hour that the clocks leave out never is, and one that they show twice is twice. */
static void the_days_on_which_clocks_change(void **state)
{
    struct bednet_zone berlin = {.has_rule = true};

    (void)state;
    assert_true(bednet_zone_rule_parse(bednet_text("CET-1CEST,M3.5.0,M10.5.0/3"), &berlin.rule));
    struct bednet_hours hours = berlin_hours(&berlin, "sun", "02:00-03:00");
    for (long second = 1774742400 - 7200; second < 1774742400 + 86400; second += 60) {
        assert_false(bednet_hours_hold(&hours, second)); /* 29 March */
    }
    assert_false(bednet_hours_hold(&hours, 1792886399)); /* 25 October */
    for (long second = 1792886400; second < 1792886400 + 7200; second += 60) {
        assert_true(bednet_hours_hold(&hours, second));
    }
    assert_false(bednet_hours_hold(&hours, 1792886400 + 7200));
}

static void what_cannot_be_told(void **state)
{
    static const struct bednet_zone utc = {.count = 0};
    struct bednet_condition condition = {.aspects = BEDNET_ASPECT_TIME,
                                         .hours = {.days = 0x7F, .until_minute = 1440, .zone = &utc}};
    struct bednet_situation situation = {.now_s = 0};

    (void)state;
    assert_int_equal(bednet_condition_judge(&condition, ~0u, NULL), BEDNET_CONDITION_UNKNOWN);
    assert_int_equal(bednet_condition_judge(&condition, ~0u, &situation), BEDNET_CONDITION_UNKNOWN);
    situation.now_s = 1;
    assert_int_equal(bednet_condition_judge(&condition, ~0u, &situation), BEDNET_CONDITION_HOLDS);
    condition.hours.zone = NULL;
    assert_int_equal(bednet_condition_judge(&condition, ~0u, &situation), BEDNET_CONDITION_UNKNOWN);
    condition.hours = (struct bednet_hours){.days = 1, .until_minute = 1440, .zone = &utc};
    /* 1970 began on a Thursday; what fails is not unknown, whatever else is. */
    assert_int_equal(bednet_condition_judge(&condition, ~0u, &situation), BEDNET_CONDITION_FAILS);
    condition.aspects |= BEDNET_ASPECT_ADDRESS | BEDNET_ASPECT_PROTOCOL;
    assert_int_equal(bednet_condition_judge(&condition, ~0u, &situation), BEDNET_CONDITION_FAILS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_are_no_days),
        cmocka_unit_test(what_are_days),
        cmocka_unit_test(what_are_no_hours),
        cmocka_unit_test(every_minute_agrees),
        cmocka_unit_test(the_days_on_which_clocks_change),
        cmocka_unit_test(what_cannot_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
