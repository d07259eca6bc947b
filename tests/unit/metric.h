/* SPDX-License-Identifier: Apache-2.0 */
/* What the page of metrics says in a program that has no server for it. */
#ifndef BEDNET_TESTS_UNIT_METRIC_H
#define BEDNET_TESTS_UNIT_METRIC_H

#include "cmocka_first.h"

#include "runtime/counters.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A series without labels. */
static inline long long metric(const char *name)
{
    static char text[256 * 1024];
    struct bednet_exposition page;
    char wanted[128];
    bednet_exposition_start(&page, text, sizeof text);
    bednet_counters_render(&page);
    assert_true(bednet_exposition_finish(&page));
    snprintf(wanted, sizeof wanted, "\n%s ", name);
    const char *at = strstr(text, wanted);
    assert_non_null(at);
    return strtoll(at + strlen(wanted), NULL, 10);
}

#endif
