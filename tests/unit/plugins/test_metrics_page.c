/* SPDX-License-Identifier: Apache-2.0 */
/* What each method and path is answered, before any HTTP. */
#include "cmocka_first.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/metrics/page.h"
#include "runtime/counters.h"

static void other_paths_are_not_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"",          "/",           "*",         "/metrics/", "/Metrics",
                                        "/metric",   "/metricss",   "//metrics", "metrics",   "/-/healthy/",
                                        "/-/health", "/../metrics", "/-/ready",  "/metrics\n"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct bednet_metrics_answer answer;
        bednet_metrics_answer("GET", paths[i], &answer);
        assert_int_equal(answer.status, 404);
        assert_null(answer.page);
        assert_null(answer.allow);
    }
}

static void other_methods_are_not_allowed(void **state)
{
    (void)state;
    static const char *const methods[] = {"",      "get",     "POST",  "PUT",  "DELETE", "OPTIONS",
                                          "PATCH", "CONNECT", "TRACE", "GETX", "HEADER", "PROPFIND"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct bednet_metrics_answer answer;
        bednet_metrics_answer(methods[i], i % 2 == 0 ? "/metrics" : "/-/healthy", &answer);
        assert_int_equal(answer.status, 405);
        assert_string_equal(answer.allow, "GET, HEAD");
        assert_null(answer.page);
    }
}

static void metrics_are_the_counters(void **state)
{
    (void)state;
    bednet_counters_reset();
    bednet_count(BEDNET_COUNTER_CONNECTIONS_OPENED);
    char expected[65536];
    struct bednet_exposition page;
    bednet_exposition_start(&page, expected, sizeof expected);
    bednet_counters_render(&page);
    assert_true(bednet_exposition_finish(&page));

    static const char *const methods[] = {"GET", "HEAD"};
    for (size_t i = 0; i < 2; i++) {
        struct bednet_metrics_answer answer;
        bednet_metrics_answer(methods[i], "/metrics", &answer);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.type, "text/plain; version=0.0.4; charset=utf-8");
        assert_ptr_equal(answer.text, answer.page);
        assert_int_equal(answer.text_bytes, page.length);
        assert_memory_equal(answer.text, expected, page.length);
        free(answer.page);
    }
}

static void health_is_cheap(void **state)
{
    (void)state;
    struct bednet_metrics_answer answer;
    bednet_metrics_answer("GET", "/-/healthy", &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.text_bytes, 3);
    assert_memory_equal(answer.text, "ok\n", 3);
    assert_null(answer.page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_paths_are_not_found),
        cmocka_unit_test(other_methods_are_not_allowed),
        cmocka_unit_test(metrics_are_the_counters),
        cmocka_unit_test(health_is_cheap),
    };
    return cmocka_run_group_tests_name("metrics page", tests, NULL, NULL);
}
